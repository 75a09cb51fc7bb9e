from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from app.core.database.migrating import CreateCheckedModel
from tortoise.fields.base import OnDelete
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint

class Migration(Base):
    dependencies = [('app', '0061_bank_statements')]

    initial = False

    operations = [
        CreateCheckedModel(
            name='StoredValue',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('kind', fields.CharField(max_length=20)),
                ('channel', fields.ForeignKeyField('app.Channel', source_field='channel_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('customer', fields.ForeignKeyField('app.Customer', source_field='customer_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('currency', fields.CharField(max_length=3)),
                ('balance_minor', fields.BigIntField(default=0)),
                ('code_hash', fields.CharField(null=True, unique=True, max_length=64)),
                ('last_characters', fields.CharField(default='', max_length=8)),
                ('expires_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('disabled_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('issued_by', fields.CharField(max_length=200)),
                ('reason', fields.CharField(default='', max_length=500)),
                ('version', fields.IntField(default=1)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('updated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'stored_value', 'app': 'app', 'constraints': [CheckConstraint(check='balance_minor >= 0', name='stored_value_not_negative'), CheckConstraint(check="(kind = 'gift_card' AND code_hash IS NOT NULL AND customer_id IS NULL) OR (kind = 'store_credit' AND code_hash IS NULL AND customer_id IS NOT NULL)", name='stored_value_of_its_kind')], 'indexes': [Index(fields=['created_at', 'id']), Index(fields=['channel_id', 'created_at', 'id']), Index(fields=['customer_id', 'created_at', 'id']), Index(fields=['last_characters', 'id']), Index(fields=['expires_at', 'id'])], 'pk_attr': 'id'},
            bases=['Row'],
        ),
        CreateCheckedModel(
            name='StoredValueEntry',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('account', fields.ForeignKeyField('app.StoredValue', source_field='account_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('kind', fields.CharField(max_length=20)),
                ('amount_minor', fields.BigIntField()),
                ('balance_minor', fields.BigIntField()),
                ('currency', fields.CharField(max_length=3)),
                ('order_id', fields.UUIDField(null=True)),
                ('transaction_id', fields.UUIDField(null=True, unique=True)),
                ('recorded_by', fields.CharField(max_length=200)),
                ('note', fields.CharField(default='', max_length=500)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'stored_value_entry', 'app': 'app', 'constraints': [CheckConstraint(check="amount_minor <> 0 AND (amount_minor > 0) = (kind IN ('issue', 'return'))", name='stored_value_entry_sign'), CheckConstraint(check='balance_minor >= 0', name='stored_value_entry_balance')], 'indexes': [Index(fields=['account_id', 'created_at', 'id']), Index(fields=['order_id', 'id'])], 'pk_attr': 'id'},
            bases=['Row'],
        ),
        ops.AddField(
            model_name='Channel',
            name='payment_minutes',
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name='Channel',
            name='refund_order',
            field=fields.CharField(default='last_first', db_default='last_first', max_length=20),
        ),
        ops.AddField(
            model_name='Payment',
            name='stored_value',
            field=fields.ForeignKeyField('app.StoredValue', source_field='stored_value_id', null=True, db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT),
        ),
    ]
