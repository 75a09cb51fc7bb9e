from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from app.core.database.migrating import CreateCheckedModel
from tortoise.fields.base import OnDelete
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint



async def fill(_apps, editor):
    """A payment for what is known to have come in for the orders that are there."""
    # The order's own id is the payment's too: there is one of each, and an id is unique within its table.
    await editor.client.execute_script(
        "INSERT INTO payment_transaction (id, order_id, kind, gateway, amount_minor, currency, note, "
        "recorded_by, at, created_at) "
        "SELECT id, id, 'capture', 'import', paid_minor, currency, '', 'import', "
        "COALESCE(placed_at, created_at), COALESCE(placed_at, created_at) "
        "FROM sales_order WHERE paid_minor > 0;"
    )


async def leave(_apps, editor):
    """Going back takes the table away; nothing else is to be undone."""


class Migration(Base):
    dependencies = [('app', '0017_order_edits')]

    initial = False

    operations = [
        CreateCheckedModel(
            name='PaymentTransaction',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('order', fields.ForeignKeyField('app.Order', source_field='order_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('kind', fields.CharField(max_length=20)),
                ('gateway', fields.CharField(max_length=40)),
                ('amount_minor', fields.BigIntField()),
                ('currency', fields.CharField(max_length=3)),
                ('reference', fields.CharField(null=True, max_length=120)),
                ('note', fields.CharField(default='', max_length=500)),
                ('recorded_by', fields.CharField(max_length=200)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'payment_transaction', 'app': 'app', 'unique_together': (('order', 'kind', 'reference'),), 'constraints': [CheckConstraint(check='amount_minor > 0', name='payment_of_something')], 'indexes': [Index(fields=['order_id', 'created_at', 'id'])], 'pk_attr': 'id', 'table_description': 'Money that came in for an order, or was given back. Never changed once it is written.'},
            bases=['Row'],
        ),
        ops.AddField(
            model_name='Order',
            name='refunded_minor',
            field=fields.BigIntField(default=0, db_default=0),
        ),
        ops.RunPython(fill, leave),
    ]
