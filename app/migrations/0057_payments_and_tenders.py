from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from app.core.database.migrating import CreateCheckedModel
from tortoise.fields.base import OnDelete
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint


async def fill(_apps, editor):
    """The transactions of an order become those of one payment of the gateway `manual`."""
    # The order's own id is the payment's too: there is one of each, and an id is unique within its table.
    await editor.client.execute_script(
        "INSERT INTO payment (id, order_id, position, gateway, currency, status, authorized_minor, "
        "authorized_pending_minor, captured_minor, captured_pending_minor, refunded_minor, "
        "refunded_pending_minor, captures, overcapture_minor, created_at, updated_at) "
        "SELECT order_id, order_id, 1, 'manual', currency, "
        "CASE WHEN captured = refunded THEN 'refunded' ELSE 'captured' END, "
        "captured, 0, captured, 0, refunded, 0, 0, 0, first_at, last_at FROM ("
        "SELECT order_id, MIN(currency) AS currency, MIN(created_at) AS first_at, MAX(created_at) AS last_at, "
        "SUM(CASE kind WHEN 'capture' THEN amount_minor ELSE 0 END) AS captured, "
        "SUM(CASE kind WHEN 'refund' THEN amount_minor ELSE 0 END) AS refunded "
        "FROM payment_transaction GROUP BY order_id) AS sums;"
        "UPDATE payment_transaction SET payment_id = order_id;"
    )


async def leave(_apps, editor):
    """Going back takes the table and columns away; nothing else is to be undone."""


class Migration(Base):
    dependencies = [('app', '0056_message_templates')]

    initial = False

    operations = [
        CreateCheckedModel(
            name='Payment',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('order', fields.ForeignKeyField('app.Order', source_field='order_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('position', fields.IntField()),
                ('gateway', fields.CharField(max_length=40)),
                ('reference', fields.CharField(null=True, max_length=120)),
                ('currency', fields.CharField(max_length=3)),
                ('status', fields.CharField(max_length=10)),
                ('authorized_minor', fields.BigIntField(default=0)),
                ('authorized_pending_minor', fields.BigIntField(default=0)),
                ('captured_minor', fields.BigIntField(default=0)),
                ('captured_pending_minor', fields.BigIntField(default=0)),
                ('refunded_minor', fields.BigIntField(default=0)),
                ('refunded_pending_minor', fields.BigIntField(default=0)),
                ('captures', fields.IntField(default=0)),
                ('overcapture_minor', fields.BigIntField(default=0)),
                ('max_captures', fields.IntField(null=True)),
                ('capture_before', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('warned_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('updated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'payment', 'app': 'app', 'unique_together': (('order', 'position'), ('order', 'gateway', 'reference')), 'constraints': [CheckConstraint(check='authorized_minor >= 0 AND authorized_pending_minor >= 0 AND captured_minor >= 0 AND captured_pending_minor >= 0 AND refunded_minor >= 0 AND refunded_pending_minor >= 0 AND overcapture_minor >= 0 AND captures >= 0', name='payment_not_negative'), CheckConstraint(check='captured_minor + captured_pending_minor <= authorized_minor + overcapture_minor', name='payment_captured_within_authorized'), CheckConstraint(check='refunded_minor + refunded_pending_minor <= captured_minor', name='payment_refunded_within_captured')], 'indexes': [Index(fields=['status', 'capture_before'])], 'pk_attr': 'id'},
            bases=['Row'],
        ),
        ops.AddField(
            model_name='Order',
            name='authorized_minor',
            field=fields.BigIntField(default=0, db_default=0),
        ),
        ops.RemoveConstraint(
            model_name='PaymentTransaction',
            name=None,
            fields=['order', 'kind', 'reference'],
        ),
        ops.AddField(
            model_name='PaymentTransaction',
            name='payment',
            field=fields.ForeignKeyField('app.Payment', source_field='payment_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT),
        ),
        ops.RunPython(fill, leave),
        ops.AlterField(
            model_name='PaymentTransaction',
            name='payment',
            field=fields.ForeignKeyField('app.Payment', source_field='payment_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT),
        ),
        ops.AddField(
            model_name='PaymentTransaction',
            name='refund_id',
            field=fields.UUIDField(null=True),
        ),
        ops.AddField(
            model_name='PaymentTransaction',
            name='status',
            field=fields.CharField(default='succeeded', db_default='succeeded', max_length=10),
        ),
        ops.AddIndex(
            model_name='PaymentTransaction',
            index=Index(fields=['refund_id', 'id']),
        ),
        ops.AddConstraint(
            model_name='PaymentTransaction',
            constraint=UniqueConstraint(fields=('payment', 'kind', 'reference'), name=None),
        ),
    ]
