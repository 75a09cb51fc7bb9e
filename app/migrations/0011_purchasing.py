from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from app.core.database.migrating import CreateCheckedModel
from tortoise.fields.base import OnDelete
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint

class Migration(Base):
    dependencies = [('app', '0010_lots')]

    initial = False

    operations = [
        ops.CreateModel(
            name='PurchaseOrderNumber',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('value', fields.BigIntField()),
            ],
            options={'table': 'purchase_order_number', 'app': 'app', 'pk_attr': 'id', 'table_description': 'The last number that a purchase order was given: one row.'},
            bases=['Row'],
        ),
        CreateCheckedModel(
            name='Supplier',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('code', fields.CharField(unique=True, max_length=40)),
                ('name', fields.CharField(max_length=120)),
                ('email', fields.CharField(null=True, max_length=254)),
                ('currency', fields.CharField(max_length=3)),
                ('lead_days', fields.IntField(default=14)),
                ('lead_deviation_days', fields.IntField(default=0)),
                ('is_active', fields.BooleanField(default=True)),
                ('external_reference', fields.CharField(null=True, unique=True, max_length=120)),
                ('version', fields.IntField(default=1)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('updated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'supplier', 'app': 'app', 'constraints': [CheckConstraint(check='lead_days >= 0 AND lead_deviation_days >= 0', name='lead_time_not_negative')], 'indexes': [Index(fields=['created_at', 'id'])], 'pk_attr': 'id', 'table_description': 'Somebody from whom things are bought.'},
            bases=['Row'],
        ),
        ops.CreateModel(
            name='PurchaseOrder',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('number', fields.CharField(unique=True, max_length=20)),
                ('status', fields.CharField(default='draft', max_length=20)),
                ('supplier', fields.ForeignKeyField('app.Supplier', source_field='supplier_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('location', fields.ForeignKeyField('app.Location', source_field='location_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('currency', fields.CharField(max_length=3)),
                ('expected_on', fields.DateField(null=True)),
                ('note', fields.CharField(default='', max_length=500)),
                ('external_reference', fields.CharField(null=True, unique=True, max_length=120)),
                ('version', fields.IntField(default=1)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('updated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('sent_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('received_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'purchase_order', 'app': 'app', 'indexes': [Index(fields=['created_at', 'id']), Index(fields=['status', 'created_at', 'id'])], 'pk_attr': 'id', 'table_description': 'What is ordered of a supplier for one location.'},
            bases=['Row'],
        ),
        CreateCheckedModel(
            name='PurchaseOrderLine',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('purchase_order', fields.ForeignKeyField('app.PurchaseOrder', source_field='purchase_order_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('position', fields.IntField()),
                ('variant', fields.ForeignKeyField('app.Variant', source_field='variant_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('quantity', fields.IntField()),
                ('received', fields.IntField(default=0)),
                ('cost_minor', fields.BigIntField()),
            ],
            options={'table': 'purchase_order_line', 'app': 'app', 'unique_together': (('purchase_order', 'position'), ('purchase_order', 'variant')), 'constraints': [CheckConstraint(check='quantity > 0 AND received >= 0 AND cost_minor >= 0', name='purchase_of_something')], 'pk_attr': 'id', 'table_description': 'One SKU of a purchase order.'},
            bases=['Row'],
        ),
        CreateCheckedModel(
            name='SupplierItem',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('supplier', fields.ForeignKeyField('app.Supplier', source_field='supplier_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('variant', fields.ForeignKeyField('app.Variant', source_field='variant_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('supplier_sku', fields.CharField(default='', max_length=80)),
                ('cost_minor', fields.BigIntField()),
                ('pack_quantity', fields.IntField(default=1)),
                ('min_quantity', fields.IntField(default=1)),
                ('lead_days', fields.IntField(null=True)),
                ('is_preferred', fields.BooleanField(default=False)),
            ],
            options={'table': 'supplier_item', 'app': 'app', 'unique_together': (('supplier', 'variant'),), 'constraints': [CheckConstraint(check='cost_minor >= 0 AND pack_quantity >= 1 AND min_quantity >= 1', name='item_can_be_had')], 'pk_attr': 'id', 'table_description': 'What a supplier asks for a variant, and how it can be ordered.'},
            bases=['Row'],
        ),
    ]
