from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from tortoise import fields


async def fill(_apps, editor):
    """What was cancelled and paid of the orders that are there."""
    await editor.client.execute_script(
        "UPDATE sales_order SET cancelled_minor = "
        "(SELECT SUM(c.amount_minor) FROM order_cancellation c WHERE c.order_id = sales_order.id) "
        "WHERE id IN (SELECT order_id FROM order_cancellation);"
        "UPDATE sales_order SET paid_minor = total_minor - cancelled_minor WHERE payment_status = 'paid';"
    )


async def leave(_apps, editor):
    """Going back takes the columns away; nothing else is to be undone."""


class Migration(Base):
    dependencies = [('app', '0013_fulfillment')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Channel',
            name='cancel_minutes',
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name='Order',
            name='cancelled_minor',
            field=fields.BigIntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name='Order',
            name='paid_minor',
            field=fields.BigIntField(default=0, db_default=0),
        ),
        ops.RunPython(fill, leave),
    ]
