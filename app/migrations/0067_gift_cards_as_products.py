from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from app.core.database.migrating import CreateCheckedModel
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from uuid import uuid4
from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint

class Migration(Base):
    dependencies = [('app', '0066_disputes')]

    initial = False

    operations = [
        CreateCheckedModel(
            name='PurchasedGiftCard',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('order_line', fields.ForeignKeyField('app.OrderLine', source_field='order_line_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('order_id', fields.UUIDField(db_index=True)),
                ('unit', fields.IntField()),
                ('card', fields.ForeignKeyField('app.StoredValue', source_field='card_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('price_minor', fields.BigIntField()),
                ('taken_back_minor', fields.BigIntField(null=True)),
                ('refunded_minor', fields.BigIntField(default=0)),
                ('refund_transaction', fields.ForeignKeyField('app.PaymentTransaction', source_field='refund_transaction_id', null=True, db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'purchased_gift_card', 'app': 'app', 'unique_together': (('order_line', 'unit'), ('card',)), 'constraints': [CheckConstraint(check='price_minor >= 0 AND refunded_minor >= 0 AND refunded_minor <= price_minor AND refunded_minor <= COALESCE(taken_back_minor, 0)', name='purchased_gift_card_refunded_within')], 'pk_attr': 'id'},
            bases=['Row'],
        ),
        ops.AddField(
            model_name='OrderLine',
            name='gift_recipient',
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name='OrderLine',
            name='is_gift_card',
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name='Variant',
            name='is_gift_card',
            field=fields.BooleanField(default=False, db_default=False),
        ),
    ]
