from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from uuid import uuid4
from tortoise import fields

class Migration(Base):
    dependencies = [('app', '0004_stock_value')]

    initial = False

    operations = [
        ops.CreateModel(
            name='LocationLoad',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('location', fields.ForeignKeyField('app.Location', source_field='location_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('day', fields.DateField()),
                ('orders', fields.IntField(default=0)),
            ],
            options={'table': 'location_load', 'app': 'app', 'unique_together': (('location', 'day'),), 'pk_attr': 'id', 'table_description': 'How many orders a location of limited capacity has been given for a day.'},
            bases=['Row'],
        ),
        ops.CreateModel(
            name='SourcingPolicy',
            fields=[
                ('channel_id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('strategy', fields.CharField(default='priority', max_length=20)),
                ('split', fields.CharField(default='any', max_length=20)),
                ('drop_ship', fields.CharField(default='last_resort', max_length=20)),
                ('max_parcels', fields.IntField(null=True)),
                ('min_parcel_units', fields.IntField(default=1)),
                ('ships_complete', fields.BooleanField(default=False)),
                ('earliest_first', fields.BooleanField(default=False)),
            ],
            options={'table': 'sourcing_policy', 'app': 'app', 'pk_attr': 'channel_id', 'table_description': 'How a channel wants its orders sent. A channel without one has the defaults of `sourcing.Policy`.'},
            bases=['Row'],
        ),
        ops.AddField(
            model_name='Location',
            name='countries',
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name='Location',
            name='hours',
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name='Location',
            name='parcel_cost_minor',
            field=fields.BigIntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name='Location',
            name='pick_capacity',
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name='Location',
            name='unit_cost_minor',
            field=fields.BigIntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name='Order',
            name='sourcing',
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
    ]
