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
    dependencies = [('app', '0019_cancel_requests_and_short_picks')]

    initial = False

    operations = [
        CreateCheckedModel(
            name='Box',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('code', fields.CharField(unique=True, max_length=40)),
                ('name', fields.CharField(max_length=120)),
                ('length_mm', fields.IntField()),
                ('width_mm', fields.IntField()),
                ('height_mm', fields.IntField()),
                ('empty_grams', fields.IntField(default=0)),
                ('most_grams', fields.IntField()),
                ('is_active', fields.BooleanField(default=True)),
                ('version', fields.IntField(default=1)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('updated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'box', 'app': 'app', 'constraints': [CheckConstraint(check='length_mm > 0 AND width_mm > 0 AND height_mm > 0 AND empty_grams >= 0 AND most_grams > 0', name='box_holds_something')], 'pk_attr': 'id', 'table_description': 'A box that goods are packed into: its inner measures and what it may weigh.'},
            bases=['Row'],
        ),
        ops.CreateModel(
            name='CarrierAccount',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('code', fields.CharField(unique=True, max_length=40)),
                ('name', fields.CharField(max_length=120)),
                ('kind', fields.CharField(max_length=20)),
                ('tracking_url', fields.CharField(default='', max_length=400)),
                ('api_url', fields.CharField(default='', max_length=400)),
                ('secrets', fields.TextField(default='', unique=False)),
                ('is_active', fields.BooleanField(default=True)),
                ('version', fields.IntField(default=1)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('updated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'carrier_account', 'app': 'app', 'pk_attr': 'id', 'table_description': 'A carrier as the company uses it. Its code is what shipments call it.'},
            bases=['Row'],
        ),
        ops.CreateModel(
            name='CarrierMessage',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('account', fields.ForeignKeyField('app.CarrierAccount', source_field='account_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('external_id', fields.CharField(max_length=120)),
                ('tracking_number', fields.CharField(default='', max_length=60)),
                ('body', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('received_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('done_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('outcome', fields.CharField(default='', max_length=200)),
            ],
            options={'table': 'carrier_message', 'app': 'app', 'unique_together': (('account', 'external_id'),), 'indexes': [Index(fields=['tracking_number', 'done_at']), Index(fields=['done_at', 'received_at', 'id'])], 'pk_attr': 'id', 'table_description': 'What a carrier called to say, stored once as it came, before anything is made of it.'},
            bases=['Row'],
        ),
        ops.CreateModel(
            name='Label',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('package_id', fields.UUIDField(db_index=True)),
                ('fulfillment_order', fields.ForeignKeyField('app.FulfillmentOrder', source_field='fulfillment_order_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('account', fields.ForeignKeyField('app.CarrierAccount', source_field='account_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('status', fields.CharField(default='pending', max_length=10)),
                ('service', fields.CharField(default='', max_length=60)),
                ('carrier_reference', fields.CharField(default='', max_length=120)),
                ('tracking_number', fields.CharField(null=True, max_length=60)),
                ('tracking_url', fields.CharField(default='', max_length=500)),
                ('label_url', fields.CharField(default='', max_length=500)),
                ('cost_minor', fields.BigIntField(null=True)),
                ('cost_currency', fields.CharField(null=True, max_length=3)),
                ('problem', fields.CharField(default='', max_length=500)),
                ('attempts', fields.IntField(default=0)),
                ('asked_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('next_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('updated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'carrier_label', 'app': 'app', 'indexes': [Index(fields=['status', 'next_at', 'id'])], 'pk_attr': 'id', 'table_description': 'A label for one package. A row is there before the carrier is asked, and says what came of it.'},
            bases=['Row'],
        ),
        ops.CreateModel(
            name='Manifest',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('number', fields.CharField(unique=True, max_length=20)),
                ('location', fields.ForeignKeyField('app.Location', source_field='location_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('carrier', fields.CharField(max_length=40)),
                ('day', fields.DateField()),
                ('shipments', fields.IntField()),
                ('packages', fields.IntField()),
                ('weight_grams', fields.BigIntField(null=True)),
                ('created_by', fields.CharField(max_length=200)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'manifest', 'app': 'app', 'indexes': [Index(fields=['location_id', 'created_at', 'id']), Index(fields=['created_at', 'id'])], 'pk_attr': 'id', 'table_description': 'What was handed to a carrier at a location at one time: the driver signs it.'},
            bases=['Row'],
        ),
        ops.CreateModel(
            name='ManifestNumber',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('value', fields.BigIntField()),
            ],
            options={'table': 'manifest_number', 'app': 'app', 'pk_attr': 'id', 'table_description': 'The last number that a manifest was given.'},
            bases=['Row'],
        ),
        ops.CreateModel(
            name='Message',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('kind', fields.CharField(max_length=40)),
                ('address', fields.CharField(max_length=254)),
                ('subject_id', fields.UUIDField(db_index=True)),
                ('status', fields.CharField(default='queued', max_length=10)),
                ('attempts', fields.IntField(default=0)),
                ('next_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('problem', fields.CharField(default='', max_length=300)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('sent_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'message', 'app': 'app', 'indexes': [Index(fields=['status', 'next_at', 'id']), Index(fields=['created_at', 'id'])], 'pk_attr': 'id', 'table_description': 'Something that is to be said to somebody. Its words are made when it is sent.'},
            bases=['Row'],
        ),
        ops.AddField(
            model_name='ApiToken',
            name='location_ids',
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name='FulfillmentOrder',
            name='purchase_order',
            field=fields.ForeignKeyField('app.PurchaseOrder', source_field='purchase_order_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT),
        ),
        ops.AddField(
            model_name='FulfillmentOrder',
            name='supplier_link_hash',
            field=fields.CharField(null=True, unique=True, max_length=64),
        ),
        ops.AddIndex(
            model_name='FulfillmentOrder',
            index=Index(fields=['purchase_order_id']),
        ),
        ops.AddField(
            model_name='PurchaseOrder',
            name='is_drop_ship',
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name='Shipment',
            name='manifest',
            field=fields.ForeignKeyField('app.Manifest', source_field='manifest_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL),
        ),
        ops.AddIndex(
            model_name='Shipment',
            index=Index(fields=['location_id', 'carrier', 'manifest_id', 'shipped_at']),
        ),
        ops.AddIndex(
            model_name='Shipment',
            index=Index(fields=['manifest_id', 'shipped_at', 'id']),
        ),
        ops.AddIndex(
            model_name='Shipment',
            index=Index(fields=['stage', 'updated_at', 'id']),
        ),
        ops.AddField(
            model_name='Supplier',
            name='location_id',
            field=fields.UUIDField(null=True, unique=True),
        ),
        ops.AddField(
            model_name='Variant',
            name='height_mm',
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name='Variant',
            name='length_mm',
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name='Variant',
            name='width_mm',
            field=fields.IntField(null=True),
        ),
    ]
