from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index

class Migration(Base):
    dependencies = [('app', '0018_payments')]

    initial = False

    operations = [
        ops.CreateModel(
            name='CancelRequest',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('order', fields.ForeignKeyField('app.Order', source_field='order_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('status', fields.CharField(default='open', max_length=10)),
                ('reason', fields.CharField(max_length=20)),
                ('note', fields.CharField(default='', max_length=500)),
                ('lines', fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
                ('hold_id', fields.UUIDField(null=True)),
                ('requested_by', fields.CharField(max_length=200)),
                ('requested_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('answered_by', fields.CharField(default='', max_length=200)),
                ('answered_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('answer', fields.CharField(default='', max_length=500)),
            ],
            options={'table': 'order_cancel_request', 'app': 'app', 'indexes': [Index(fields=['status', 'requested_at', 'id']), Index(fields=['requested_at', 'id'])], 'pk_attr': 'id', 'table_description': 'A wish to cancel an order, or units of it, that somebody is to answer.'},
            bases=['Row'],
        ),
        ops.CreateModel(
            name='Substitute',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('variant', fields.ForeignKeyField('app.Variant', source_field='variant_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('instead', fields.ForeignKeyField('app.Variant', source_field='instead_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('rank', fields.IntField()),
            ],
            options={'table': 'variant_substitute', 'app': 'app', 'unique_together': (('variant', 'instead'),), 'pk_attr': 'id', 'table_description': "A variant that may be sent instead of another, at a buyer's no higher price."},
            bases=['Row'],
        ),
        ops.AddField(
            model_name='SourcingPolicy',
            name='short_pick',
            field=fields.CharField(default='wait', db_default='wait', max_length=10),
        ),
    ]
