from app.core.database.migrating import Migration as Base
from app.core.database.migrating import AddCheckedField
from tortoise.migrations import operations as ops
from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint


async def fill(_apps, editor):
    """Orders keep the capture rule of their channel, and lost disputes what was not charged back."""
    await editor.client.execute_script(
        "UPDATE sales_order SET capture_rule = (SELECT capture FROM channel WHERE channel.id = channel_id) "
        "WHERE placed_at IS NOT NULL;"
        "UPDATE sales_order SET ships_nothing = true WHERE placed_at IS NULL "
        "AND EXISTS (SELECT 1 FROM order_line l WHERE l.order_id = sales_order.id) "
        "AND NOT EXISTS (SELECT 1 FROM order_line l WHERE l.order_id = sales_order.id AND NOT l.is_gift_card);"
        "UPDATE dispute SET excess_minor = amount_minor - COALESCE("
        "(SELECT t.amount_minor FROM payment_transaction t WHERE t.id = dispute.chargeback_id), 0) "
        "WHERE status = 'lost' AND payment_id IS NOT NULL;"
    )


async def leave(_apps, _editor):
    """Going back takes the columns away; nothing else is to be undone."""


class Migration(Base):
    dependencies = [('app', '0072_refund_limits')]

    initial = False

    operations = [
        AddCheckedField(
            model_name='Dispute',
            name='excess_minor',
            field=fields.BigIntField(default=0, db_default=0),
            constraint=CheckConstraint(check='excess_minor >= 0 AND excess_minor <= amount_minor', name='dispute_excess_within'),
        ),
        ops.AddField(
            model_name='Order',
            name='capture_rule',
            field=fields.CharField(null=True, max_length=20),
        ),
        ops.AddField(
            model_name='Order',
            name='ships_nothing',
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name='Order',
            name='surplus_refunded_minor',
            field=fields.BigIntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name='StoredValue',
            name='blocked_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.RunPython(fill, leave),
        ops.RemoveConstraint(
            model_name='StoredValueEntry',
            name='stored_value_entry_sign',
        ),
        ops.AddConstraint(
            model_name='StoredValueEntry',
            constraint=CheckConstraint(check="amount_minor <> 0 AND (amount_minor > 0) = (kind IN ('issue', 'return', 'restore'))", name='stored_value_entry_sign'),
        ),
    ]
