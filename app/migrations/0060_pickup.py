from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from uuid import uuid4
from tortoise import fields

class Migration(Base):
    dependencies = [('app', '0059_orders_by_last_change')]

    initial = False

    operations = [
        ops.CreateModel(
            name='PickupSetting',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('channel', fields.ForeignKeyField('app.Channel', source_field='channel_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('location', fields.ForeignKeyField('app.Location', source_field='location_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('instructions', fields.CharField(default='', max_length=1000)),
                ('price_minor', fields.BigIntField(default=0)),
                ('preparation_minutes', fields.IntField(default=120)),
                ('days_kept', fields.IntField(default=7)),
                ('is_active', fields.BooleanField(default=True)),
            ],
            options={'table': 'pickup_setting', 'app': 'app', 'unique_together': (('channel', 'location'),), 'pk_attr': 'id'},
            bases=['Row'],
        ),
        ops.AddField(
            model_name='FulfillmentOrder',
            name='is_pickup',
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name='FulfillmentOrder',
            name='keep_until',
            field=fields.DateField(null=True),
        ),
        ops.AddField(
            model_name='FulfillmentOrder',
            name='pickup_ends_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='FulfillmentOrder',
            name='ready_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Order',
            name='pickup',
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
    ]
