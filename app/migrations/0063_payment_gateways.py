from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index

class Migration(Base):
    dependencies = [('app', '0062_stored_value')]

    initial = False

    operations = [
        ops.CreateModel(
            name='PaymentGateway',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('code', fields.CharField(unique=True, max_length=40)),
                ('name', fields.CharField(max_length=120)),
                ('kind', fields.CharField(max_length=20)),
                ('api_url', fields.CharField(default='', max_length=400)),
                ('secrets', fields.TextField(default='', unique=False)),
                ('earlier_secrets', fields.TextField(default='', unique=False)),
                ('secrets_changed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('is_active', fields.BooleanField(default=True)),
                ('version', fields.IntField(default=1)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('updated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'payment_gateway', 'app': 'app', 'pk_attr': 'id'},
            bases=['Row'],
        ),
        ops.CreateModel(
            name='GatewayMessage',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('account', fields.ForeignKeyField('app.PaymentGateway', source_field='account_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('external_id', fields.CharField(max_length=120)),
                ('reference', fields.CharField(default='', max_length=120)),
                ('transaction_id', fields.UUIDField(null=True)),
                ('kind', fields.CharField(default='', max_length=80)),
                ('amount_minor', fields.BigIntField(null=True)),
                ('currency', fields.CharField(default='', max_length=3)),
                ('body', fields.TextField(default='', unique=False)),
                ('received_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('attempts', fields.IntField(default=0)),
                ('next_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('done_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('outcome', fields.CharField(default='waiting', max_length=10)),
                ('note', fields.CharField(default='', max_length=500)),
            ],
            options={'table': 'gateway_message', 'app': 'app', 'unique_together': (('account', 'external_id'),), 'indexes': [Index(fields=['account_id', 'reference']), Index(fields=['next_at', 'id']), Index(fields=['outcome', 'received_at', 'id']), Index(fields=['received_at', 'id'])], 'pk_attr': 'id'},
            bases=['Row'],
        ),
        ops.AddField(
            model_name='Payment',
            name='account',
            field=fields.ForeignKeyField('app.PaymentGateway', source_field='account_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT),
        ),
        ops.AddField(
            model_name='Payment',
            name='can_increase',
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name='Payment',
            name='client_action',
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name='Payment',
            name='is_closed',
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name='Payment',
            name='is_unwanted',
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name='Payment',
            name='version',
            field=fields.IntField(default=1, db_default=1),
        ),
        ops.AddIndex(
            model_name='Payment',
            index=Index(fields=['account_id', 'reference']),
        ),
        ops.AddField(
            model_name='PaymentTransaction',
            name='asked_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='PaymentTransaction',
            name='attempts',
            field=fields.IntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name='PaymentTransaction',
            name='can_retry',
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name='PaymentTransaction',
            name='failure',
            field=fields.CharField(default='', db_default='', max_length=500),
        ),
        ops.AddField(
            model_name='PaymentTransaction',
            name='failure_code',
            field=fields.CharField(default='', db_default='', max_length=60),
        ),
        ops.AddField(
            model_name='PaymentTransaction',
            name='next_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='PaymentTransaction',
            name='return_url',
            field=fields.CharField(default='', db_default='', max_length=2000),
        ),
        ops.AddField(
            model_name='PaymentTransaction',
            name='token',
            field=fields.CharField(default='', db_default='', max_length=500),
        ),
        ops.AddIndex(
            model_name='PaymentTransaction',
            index=Index(fields=['status', 'next_at', 'id']),
        ),
    ]
