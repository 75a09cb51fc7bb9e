from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index

class Migration(Base):
    dependencies = [('app', '0067_gift_cards_as_products')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Payout',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('account', fields.ForeignKeyField('app.PaymentGateway', source_field='account_id', null=True, db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('gateway', fields.CharField(max_length=40)),
                ('reference', fields.CharField(max_length=120)),
                ('status', fields.CharField(max_length=10)),
                ('currency', fields.CharField(max_length=3)),
                ('arrival_on', fields.DateField()),
                ('total_minor', fields.BigIntField()),
                ('fee_minor', fields.BigIntField(default=0)),
                ('closed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('closed_by', fields.CharField(null=True, max_length=200)),
                ('note', fields.CharField(default='', max_length=500)),
                ('recorded_by', fields.CharField(max_length=200)),
                ('version', fields.IntField(default=1)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('updated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'payout', 'app': 'app', 'unique_together': (('gateway', 'reference'),), 'indexes': [Index(fields=['status', 'arrival_on', 'id']), Index(fields=['arrival_on', 'id'])], 'pk_attr': 'id'},
            bases=['Row'],
        ),
        ops.CreateModel(
            name='BankPayout',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('entry', fields.ForeignKeyField('app.BankEntry', source_field='entry_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('payout', fields.ForeignKeyField('app.Payout', source_field='payout_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'bank_payout', 'app': 'app', 'unique_together': (('entry',), ('payout',)), 'pk_attr': 'id'},
            bases=['Row'],
        ),
        ops.CreateModel(
            name='PayoutLine',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('payout', fields.ForeignKeyField('app.Payout', source_field='payout_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('position', fields.IntField()),
                ('kind', fields.CharField(max_length=20)),
                ('reference', fields.CharField(default='', max_length=120)),
                ('amount_minor', fields.BigIntField()),
                ('fee_minor', fields.BigIntField(default=0)),
                ('currency', fields.CharField(max_length=3)),
                ('own_minor', fields.BigIntField(null=True)),
                ('own_currency', fields.CharField(default='', max_length=3)),
                ('transaction', fields.ForeignKeyField('app.PaymentTransaction', source_field='transaction_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('dispute', fields.ForeignKeyField('app.Dispute', source_field='dispute_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('problem', fields.CharField(null=True, max_length=20)),
            ],
            options={'table': 'payout_line', 'app': 'app', 'unique_together': (('payout', 'position'), ('transaction', 'kind'), ('dispute', 'kind')), 'pk_attr': 'id'},
            bases=['Row'],
        ),
        ops.AddField(
            model_name='GatewayMessage',
            name='payout_reference',
            field=fields.CharField(default='', db_default='', max_length=120),
        ),
        ops.AddIndex(
            model_name='Payment',
            index=Index(fields=['reference']),
        ),
        ops.AddIndex(
            model_name='PaymentTransaction',
            index=Index(fields=['reference', 'kind']),
        ),
    ]
