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
    dependencies = [('app', '0012_holds')]

    initial = False

    operations = [
        ops.CreateModel(
            name='FulfillmentOrder',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('number', fields.CharField(unique=True, max_length=50)),
                ('order', fields.ForeignKeyField('app.Order', source_field='order_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('channel_id', fields.UUIDField()),
                ('location', fields.ForeignKeyField('app.Location', source_field='location_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('status', fields.CharField(max_length=20)),
                ('is_drop_ship', fields.BooleanField(default=False)),
                ('is_held', fields.BooleanField(default=False)),
                ('urgency', fields.IntField()),
                ('priority', fields.IntField(default=0)),
                ('units', fields.IntField(default=0)),
                ('ships_on', fields.DateField()),
                ('promised_on', fields.DateField(null=True)),
                ('shipping_method', fields.CharField(default='', max_length=40)),
                ('carrier', fields.CharField(default='', max_length=40)),
                ('picker', fields.CharField(default='', max_length=200)),
                ('cancel_reason', fields.CharField(default='', max_length=500)),
                ('released_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('picked_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('packed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('shipped_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('delivered_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('version', fields.IntField(default=1)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('updated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'fulfillment_order', 'app': 'app', 'indexes': [Index(fields=['location_id', 'status', 'urgency', 'id']), Index(fields=['status', 'urgency', 'id']), Index(fields=['urgency', 'id']), Index(fields=['created_at', 'id'])], 'pk_attr': 'id', 'table_description': 'The work of one location for one order.'},
            bases=['Row'],
        ),
        CreateCheckedModel(
            name='FulfillmentLine',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('fulfillment_order', fields.ForeignKeyField('app.FulfillmentOrder', source_field='fulfillment_order_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('order_line', fields.ForeignKeyField('app.OrderLine', source_field='order_line_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('variant', fields.ForeignKeyField('app.Variant', source_field='variant_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('sku', fields.CharField(max_length=80)),
                ('name', fields.CharField(max_length=500)),
                ('tracks_stock', fields.BooleanField(default=True)),
                ('quantity', fields.IntField()),
                ('picked', fields.IntField(default=0)),
                ('lots', fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
                ('position', fields.IntField()),
            ],
            options={'table': 'fulfillment_line', 'app': 'app', 'constraints': [CheckConstraint(check='quantity > 0', name='work_on_something'), CheckConstraint(check='picked BETWEEN 0 AND quantity', name='picked_within')], 'pk_attr': 'id', 'table_description': 'Units of one variant of one order line, in a fulfillment order. A bundle has one for each component.'},
            bases=['Row'],
        ),
        ops.CreateModel(
            name='PickList',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('number', fields.BigIntField(unique=True)),
                ('location', fields.ForeignKeyField('app.Location', source_field='location_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('kind', fields.CharField(max_length=10)),
                ('status', fields.CharField(default='open', max_length=10)),
                ('zone', fields.CharField(default='', max_length=40)),
                ('picker', fields.CharField(default='', max_length=200)),
                ('version', fields.IntField(default=1)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('updated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'pick_list', 'app': 'app', 'indexes': [Index(fields=['location_id', 'status', 'created_at', 'id']), Index(fields=['created_at', 'id'])], 'pk_attr': 'id', 'table_description': 'A walk along the shelves.'},
            bases=['Row'],
        ),
        ops.CreateModel(
            name='PickListNumber',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('value', fields.BigIntField()),
            ],
            options={'table': 'pick_list_number', 'app': 'app', 'pk_attr': 'id', 'table_description': 'The last number that a pick list was given.'},
            bases=['Row'],
        ),
        ops.CreateModel(
            name='PickTask',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('pick_list', fields.ForeignKeyField('app.PickList', source_field='pick_list_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('line', fields.ForeignKeyField('app.FulfillmentLine', source_field='line_id', unique=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('bin', fields.CharField(default='', max_length=40)),
                ('position', fields.IntField()),
            ],
            options={'table': 'pick_task', 'app': 'app', 'pk_attr': 'id', 'table_description': 'One fulfillment line on a pick list.'},
            bases=['Row'],
        ),
        ops.CreateModel(
            name='Shipment',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('number', fields.CharField(unique=True, max_length=50)),
                ('order', fields.ForeignKeyField('app.Order', source_field='order_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('fulfillment_order', fields.ForeignKeyField('app.FulfillmentOrder', source_field='fulfillment_order_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('channel_id', fields.UUIDField()),
                ('location', fields.ForeignKeyField('app.Location', source_field='location_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('carrier', fields.CharField(max_length=40)),
                ('service', fields.CharField(default='', max_length=60)),
                ('stage', fields.CharField(max_length=20)),
                ('cost_minor', fields.BigIntField(null=True)),
                ('cost_currency', fields.CharField(null=True, max_length=3)),
                ('shipped_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('expected_on', fields.DateField(null=True)),
                ('delivered_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('version', fields.IntField(default=1)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('updated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'shipment', 'app': 'app', 'indexes': [Index(fields=['location_id', 'carrier', 'shipped_at', 'id']), Index(fields=['shipped_at', 'id']), Index(fields=['stage', 'shipped_at', 'id'])], 'pk_attr': 'id', 'table_description': 'What left a location for an order at one time, with one carrier.'},
            bases=['Row'],
        ),
        ops.CreateModel(
            name='Package',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('fulfillment_order', fields.ForeignKeyField('app.FulfillmentOrder', source_field='fulfillment_order_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('shipment', fields.ForeignKeyField('app.Shipment', source_field='shipment_id', null=True, db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('position', fields.IntField()),
                ('box', fields.CharField(default='', max_length=40)),
                ('weight_grams', fields.IntField(null=True)),
                ('length_mm', fields.IntField(null=True)),
                ('width_mm', fields.IntField(null=True)),
                ('height_mm', fields.IntField(null=True)),
                ('contents', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('carrier', fields.CharField(default='', max_length=40)),
                ('tracking_number', fields.CharField(null=True, max_length=60)),
                ('tracking_url', fields.CharField(default='', max_length=500)),
                ('stage', fields.CharField(null=True, max_length=20)),
                ('signed_by', fields.CharField(default='', max_length=120)),
                ('delivered_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'package', 'app': 'app', 'indexes': [Index(fields=['carrier', 'tracking_number'])], 'pk_attr': 'id', 'table_description': 'A parcel: before its shipment of a fulfillment order, after it on its way.'},
            bases=['Row'],
        ),
        ops.CreateModel(
            name='TrackingRecord',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('package', fields.ForeignKeyField('app.Package', source_field='package_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('fingerprint', fields.CharField(max_length=64)),
                ('stage', fields.CharField(max_length=20)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('text', fields.CharField(default='', max_length=300)),
                ('place', fields.CharField(default='', max_length=120)),
                ('source', fields.CharField(max_length=40)),
                ('received_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'tracking_record', 'app': 'app', 'unique_together': (('package', 'fingerprint'),), 'pk_attr': 'id', 'table_description': 'What a carrier, or somebody, said of a package. Stored once, however often it is said.'},
            bases=['Row'],
        ),
        ops.AddField(
            model_name='Order',
            name='is_out_for_delivery',
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name='Order',
            name='is_waiting',
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name='Order',
            name='priority',
            field=fields.IntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name='Order',
            name='warehouse_stage',
            field=fields.CharField(default='none', db_default='none', max_length=20),
        ),
        ops.AddField(
            model_name='OrderLine',
            name='quantity_delivered',
            field=fields.IntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name='StockLevel',
            name='bin',
            field=fields.CharField(default='', db_default='', max_length=40),
        ),
    ]
