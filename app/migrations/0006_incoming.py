from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from app.core.database.migrating import AddCheckedField, CreateCheckedModel
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint

class Migration(Base):
    dependencies = [('app', '0005_sourcing')]

    initial = False

    operations = [
        CreateCheckedModel(
            name='Backlog',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('channel_id', fields.UUIDField()),
                ('variant', fields.ForeignKeyField('app.Variant', source_field='variant_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('claimant_kind', fields.CharField(max_length=20)),
                ('claimant_id', fields.UUIDField(db_index=True)),
                ('quantity', fields.IntField()),
                ('priority', fields.IntField()),
                ('to', fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'backlog', 'app': 'app', 'constraints': [CheckConstraint(check='quantity > 0', name='backlog_of_something')], 'pk_attr': 'id', 'table_description': 'A demand that nothing could be kept for: its stock turned out missing. Served when stock comes.'},
            bases=['Row'],
        ),
        ops.CreateModel(
            name='CommitmentMove',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('level', fields.ForeignKeyField('app.StockLevel', source_field='level_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('claimant_kind', fields.CharField(max_length=20)),
                ('claimant_id', fields.UUIDField(db_index=True)),
                ('quantity', fields.IntField()),
                ('amount_minor', fields.BigIntField()),
                ('from_on', fields.DateField(null=True)),
                ('to_on', fields.DateField(null=True)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'commitment_move', 'app': 'app', 'indexes': [Index(fields=['at', 'id'])], 'pk_attr': 'id', 'table_description': 'Committed value that moved to another day, because what it waits for comes on another.'},
            bases=['Row'],
        ),
        CreateCheckedModel(
            name='IncomingStock',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('level', fields.ForeignKeyField('app.StockLevel', source_field='level_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('quantity', fields.IntField()),
                ('received', fields.IntField(default=0)),
                ('expected_on', fields.DateField()),
                ('source_kind', fields.CharField(default='', max_length=20)),
                ('source_id', fields.UUIDField(null=True, db_index=True)),
                ('reference', fields.CharField(default='', max_length=120)),
                ('is_open', fields.BooleanField(default=True)),
                ('version', fields.IntField(default=1)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('updated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'incoming_stock', 'app': 'app', 'constraints': [CheckConstraint(check='quantity > 0 AND received >= 0', name='incoming_of_something')], 'indexes': [Index(fields=['level_id', 'is_open', 'expected_on']), Index(fields=['expected_on', 'id'])], 'pk_attr': 'id', 'table_description': 'Units that are expected at a level: on order, or on their way.'},
            bases=['Row'],
        ),
        ops.AddField(
            model_name='Order',
            name='first_promised_on',
            field=fields.DateField(null=True),
        ),
        ops.AddField(
            model_name='Reservation',
            name='due_on',
            field=fields.DateField(null=True),
        ),
        ops.AddField(
            model_name='Reservation',
            name='waiting',
            field=fields.IntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name='StockLevel',
            name='backorder_days',
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name='StockLevel',
            name='preorder_until',
            field=fields.DateField(null=True),
        ),
        AddCheckedField(
            model_name='StockLevel',
            name='incoming',
            field=fields.IntField(default=0, db_default=0),
            constraint=CheckConstraint(check='incoming >= 0', name='incoming_not_negative'),
        ),
    ]
