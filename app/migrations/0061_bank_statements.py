from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from app.core.database.migrating import CreateCheckedModel
from tortoise.fields.base import OnDelete
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint

class Migration(Base):
    dependencies = [('app', '0060_pickup')]

    initial = False

    operations = [
        ops.CreateModel(
            name='BankStatement',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('kind', fields.CharField(max_length=12)),
                ('account', fields.CharField(max_length=34)),
                ('currency', fields.CharField(max_length=3)),
                ('reference', fields.CharField(max_length=80)),
                ('opening_minor', fields.BigIntField(null=True)),
                ('closing_minor', fields.BigIntField(null=True)),
                ('difference_minor', fields.BigIntField(null=True)),
                ('entry_count', fields.IntField()),
                ('skipped_count', fields.IntField()),
                ('imported_by', fields.CharField(max_length=200)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'bank_statement', 'app': 'app', 'unique_together': (('account', 'currency', 'kind', 'reference'),), 'indexes': [Index(fields=['created_at', 'id'])], 'pk_attr': 'id'},
            bases=['Row'],
        ),
        CreateCheckedModel(
            name='BankEntry',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('statement', fields.ForeignKeyField('app.BankStatement', source_field='statement_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('account', fields.CharField(max_length=34)),
                ('currency', fields.CharField(max_length=3)),
                ('servicer_reference', fields.CharField(max_length=80)),
                ('part', fields.IntField()),
                ('direction', fields.CharField(max_length=6)),
                ('is_reversal', fields.BooleanField()),
                ('amount_minor', fields.BigIntField()),
                ('allocated_minor', fields.BigIntField(default=0)),
                ('status', fields.CharField(max_length=8)),
                ('problem', fields.CharField(null=True, max_length=16)),
                ('booked_on', fields.DateField()),
                ('valued_on', fields.DateField(null=True)),
                ('end_to_end_id', fields.CharField(default='', max_length=80)),
                ('structured_reference', fields.CharField(default='', max_length=80)),
                ('remittance', fields.CharField(default='', max_length=2000)),
                ('counterparty_name', fields.CharField(default='', max_length=200)),
                ('counterparty_account', fields.CharField(default='', max_length=34)),
                ('note', fields.CharField(default='', max_length=500)),
                ('closed_by', fields.CharField(null=True, max_length=200)),
                ('version', fields.IntField(default=1)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('updated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'bank_entry', 'app': 'app', 'unique_together': (('account', 'currency', 'servicer_reference', 'part'),), 'constraints': [CheckConstraint(check='amount_minor > 0', name='bank_entry_of_something'), CheckConstraint(check='allocated_minor >= 0 AND allocated_minor <= amount_minor', name='bank_entry_allocated_within')], 'indexes': [Index(fields=['status', 'booked_on', 'id']), Index(fields=['booked_on', 'id']), Index(fields=['statement_id'])], 'pk_attr': 'id'},
            bases=['Row'],
        ),
        CreateCheckedModel(
            name='BankAllocation',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('entry', fields.ForeignKeyField('app.BankEntry', source_field='entry_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('transaction', fields.ForeignKeyField('app.PaymentTransaction', source_field='transaction_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('amount_minor', fields.BigIntField()),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'bank_allocation', 'app': 'app', 'unique_together': (('transaction',),), 'constraints': [CheckConstraint(check='amount_minor > 0', name='bank_allocation_of_something')], 'pk_attr': 'id'},
            bases=['Row'],
        ),
    ]
