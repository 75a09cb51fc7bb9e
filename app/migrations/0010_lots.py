from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from app.core.database.migrating import CreateCheckedModel
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint

class Migration(Base):
    dependencies = [('app', '0009_reorder')]

    initial = False

    operations = [
        CreateCheckedModel(
            name='Lot',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('variant', fields.ForeignKeyField('app.Variant', source_field='variant_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('number', fields.CharField(max_length=60)),
                ('expires_on', fields.DateField(null=True)),
                ('is_serial', fields.BooleanField(default=False)),
                ('units', fields.IntField(default=0)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'lot', 'app': 'app', 'unique_together': (('variant', 'number'),), 'constraints': [CheckConstraint(check='NOT is_serial OR units BETWEEN 0 AND 1', name='serial_is_one_unit')], 'indexes': [Index(fields=['created_at', 'id']), Index(fields=['expires_on', 'id'])], 'pk_attr': 'id', 'table_description': 'Units of a variant that were made together, or one unit with its serial number.'},
            bases=['Row'],
        ),
        CreateCheckedModel(
            name='LotAllocation',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('reservation_id', fields.UUIDField(db_index=True)),
                ('lot_id', fields.UUIDField()),
                ('level_id', fields.UUIDField(db_index=True)),
                ('quantity', fields.IntField()),
            ],
            options={'table': 'lot_allocation', 'app': 'app', 'unique_together': (('reservation_id', 'lot_id'),), 'constraints': [CheckConstraint(check='quantity > 0', name='allocation_of_something')], 'pk_attr': 'id', 'table_description': 'Units of a lot that are kept for a reservation: it is sent these, unless others are picked.'},
            bases=['Row'],
        ),
        CreateCheckedModel(
            name='LotLevel',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('lot', fields.ForeignKeyField('app.Lot', source_field='lot_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('level', fields.ForeignKeyField('app.StockLevel', source_field='level_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('expires_on', fields.DateField(null=True)),
                ('on_hand', fields.IntField(default=0)),
                ('damaged', fields.IntField(default=0)),
                ('quarantined', fields.IntField(default=0)),
                ('in_quality_check', fields.IntField(default=0)),
                ('allocated', fields.IntField(default=0)),
            ],
            options={'table': 'lot_level', 'app': 'app', 'unique_together': (('lot', 'level'),), 'constraints': [CheckConstraint(check='damaged >= 0 AND quarantined >= 0 AND in_quality_check >= 0', name='lot_states_not_negative'), CheckConstraint(check='allocated >= 0 AND allocated <= on_hand - damaged - quarantined - in_quality_check', name='lot_not_allocated_twice')], 'pk_attr': 'id', 'table_description': 'How much of a lot is in a level. The lots of a level add up to what is on hand there.'},
            bases=['Row'],
        ),
        CreateCheckedModel(
            name='LotMovement',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('movement', fields.ForeignKeyField('app.StockMovement', source_field='movement_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('lot_id', fields.UUIDField()),
                ('level_id', fields.UUIDField()),
                ('quantity', fields.IntField()),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'lot_movement', 'app': 'app', 'constraints': [CheckConstraint(check='quantity > 0', name='lot_movement_of_something')], 'indexes': [Index(fields=['lot_id', 'at', 'id']), Index(fields=['level_id', 'at'])], 'pk_attr': 'id', 'table_description': 'Which lot the units of a movement were of. Rows are added, never changed.'},
            bases=['Row'],
        ),
        ops.AddField(
            model_name='StockCountLine',
            name='lots',
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name='StockLevel',
            name='is_tracked',
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name='StockLevel',
            name='next_expiry',
            field=fields.DateField(null=True),
        ),
        ops.AddIndex(
            model_name='StockLevel',
            index=Index(fields=['next_expiry', 'id']),
        ),
        ops.AddField(
            model_name='Variant',
            name='tracking',
            field=fields.CharField(default='none', db_default='none', max_length=10),
        ),
        ops.AddField(
            model_name='Variant',
            name='tracks_expiry',
            field=fields.BooleanField(default=False, db_default=False),
        ),
    ]
