from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from app.core.database.migrating import CreateCheckedModel
from tortoise.fields.base import OnDelete
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint

class Migration(Base):
    dependencies = [('app', '0074_gateways_by_channel')]

    initial = False

    operations = [
        ops.CreateModel(
            name='BankAccount',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('iban', fields.CharField(unique=True, max_length=34)),
                ('name', fields.CharField(max_length=70)),
                ('bic', fields.CharField(default='', max_length=11)),
                ('is_active', fields.BooleanField(default=True)),
                ('version', fields.IntField(default=1)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('updated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'bank_account', 'app': 'app', 'pk_attr': 'id'},
            bases=['Row'],
        ),
        CreateCheckedModel(
            name='BankTransferFile',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('account', fields.ForeignKeyField('app.BankAccount', source_field='account_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('message_id', fields.CharField(unique=True, max_length=35)),
                ('status', fields.CharField(max_length=10)),
                ('currency', fields.CharField(max_length=3)),
                ('executes_on', fields.DateField()),
                ('transfer_count', fields.IntField()),
                ('total_minor', fields.BigIntField()),
                ('content', fields.TextField(unique=False)),
                ('created_by', fields.CharField(max_length=200)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('sent_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('cancelled_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('version', fields.IntField(default=1)),
                ('updated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'bank_transfer_file', 'app': 'app', 'constraints': [CheckConstraint(check='transfer_count > 0 AND total_minor > 0', name='bank_transfer_file_of_something')], 'indexes': [Index(fields=['created_at', 'id'])], 'pk_attr': 'id'},
            bases=['Row'],
        ),
        CreateCheckedModel(
            name='BankTransfer',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('transaction', fields.ForeignKeyField('app.PaymentTransaction', source_field='transaction_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('status', fields.CharField(max_length=10)),
                ('file', fields.ForeignKeyField('app.BankTransferFile', source_field='file_id', null=True, db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('end_to_end_id', fields.CharField(unique=True, max_length=35)),
                ('creditor', fields.TextField(unique=False)),
                ('masked_iban', fields.CharField(max_length=34)),
                ('account_holder', fields.CharField(max_length=70)),
                ('amount_minor', fields.BigIntField()),
                ('currency', fields.CharField(max_length=3)),
                ('reason', fields.CharField(default='', max_length=200)),
                ('entry', fields.ForeignKeyField('app.BankEntry', source_field='entry_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('return_entry', fields.ForeignKeyField('app.BankEntry', source_field='return_entry_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('created_by', fields.CharField(max_length=200)),
                ('version', fields.IntField(default=1)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('updated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'bank_transfer', 'app': 'app', 'unique_together': (('transaction',), ('entry',), ('return_entry',)), 'constraints': [CheckConstraint(check='amount_minor > 0', name='bank_transfer_of_something'), CheckConstraint(check="(file_id IS NULL) = (status IN ('waiting', 'cancelled'))", name='bank_transfer_filed_once')], 'indexes': [Index(fields=['status', 'created_at', 'id']), Index(fields=['created_at', 'id'])], 'pk_attr': 'id'},
            bases=['Row'],
        ),
        ops.AddField(
            model_name='BankEntry',
            name='return_reason',
            field=fields.CharField(default='', db_default='', max_length=200),
        ),
    ]
