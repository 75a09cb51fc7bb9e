from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from tortoise import fields

async def fill(_apps, editor):
    """What was given back of paid orders is not due again; orders that cost nothing are paid."""
    await editor.client.execute_script(
        "UPDATE sales_order SET credited_minor = total_minor - cancelled_minor - paid_minor "
        "WHERE refunded_minor > 0 AND paid_minor + refunded_minor >= total_minor - cancelled_minor "
        "AND paid_minor < total_minor - cancelled_minor;"
        "UPDATE sales_order SET payment_status = 'paid' "
        "WHERE payment_status = 'unpaid' AND total_minor = cancelled_minor AND paid_minor = 0 "
        "AND status IN ('placed', 'confirmed', 'completed');"
    )


async def leave(_apps, editor):
    """Going back takes the column away; nothing else is to be undone."""


class Migration(Base):
    dependencies = [('app', '0028_channel_links')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Order',
            name='credited_minor',
            field=fields.BigIntField(default=0, db_default=0),
        ),
        ops.RunPython(fill, leave),
    ]
