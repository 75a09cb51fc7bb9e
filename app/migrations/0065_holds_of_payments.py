from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from tortoise import fields

async def fill(_apps, editor):
    """Open warnings of authorizations that expire soon name their payment in the reason."""
    await editor.client.execute_script(
        "UPDATE order_hold SET payment_id = (SELECT p.id FROM payment p WHERE p.order_id = order_hold.order_id "
        "AND order_hold.reason LIKE 'The authorization of payment ' || p.position || ' expires on %') "
        "WHERE rule = 'authorization_expiring' AND released_at IS NULL;"
    )


async def leave(_apps, editor):
    """Going back takes the column away; nothing else is to be undone."""


class Migration(Base):
    dependencies = [('app', '0064_captures_by_rule')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Hold',
            name='payment_id',
            field=fields.UUIDField(null=True),
        ),
        ops.RunPython(fill, leave),
    ]
