from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from app.core.database.migrating import CreateCheckedModel
from tortoise.fields.base import OnDelete
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint

class Migration(Base):
    dependencies = [('app', '0039_receipts_taken_back')]

    initial = False

    operations = [
        ops.CreateModel(
            name='SupplierReturn',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('number', fields.CharField(unique=True, max_length=20)),
                ('supplier', fields.ForeignKeyField('app.Supplier', source_field='supplier_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('location', fields.ForeignKeyField('app.Location', source_field='location_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('purchase_order', fields.ForeignKeyField('app.PurchaseOrder', source_field='purchase_order_id', null=True, db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('currency', fields.CharField(max_length=3)),
                ('reference', fields.CharField(default='', max_length=120)),
                ('note', fields.CharField(default='', max_length=500)),
                ('external_reference', fields.CharField(null=True, unique=True, max_length=120)),
                ('credited_minor', fields.BigIntField(null=True)),
                ('credit_reference', fields.CharField(default='', max_length=120)),
                ('credited_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('version', fields.IntField(default=1)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('updated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'supplier_return', 'app': 'app', 'indexes': [Index(fields=['created_at', 'id']), Index(fields=['updated_at', 'id'])], 'pk_attr': 'id', 'table_description': 'Goods that went back to a supplier, and the credit that is expected for them.'},
            bases=['Row'],
        ),
        CreateCheckedModel(
            name='SupplierReturnLine',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('supplier_return', fields.ForeignKeyField('app.SupplierReturn', source_field='supplier_return_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('position', fields.IntField()),
                ('variant', fields.ForeignKeyField('app.Variant', source_field='variant_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('quantity', fields.IntField()),
                ('credit_minor', fields.BigIntField()),
                ('value_minor', fields.BigIntField()),
            ],
            options={'table': 'supplier_return_line', 'app': 'app', 'unique_together': (('supplier_return', 'position'),), 'constraints': [CheckConstraint(check='quantity > 0 AND credit_minor >= 0 AND value_minor >= 0', name='return_of_something')], 'pk_attr': 'id', 'table_description': 'Pieces of a SKU that went back to a supplier.'},
            bases=['Row'],
        ),
        ops.CreateModel(
            name='SupplierReturnNumber',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('value', fields.BigIntField()),
            ],
            options={'table': 'supplier_return_number', 'app': 'app', 'pk_attr': 'id', 'table_description': 'The last number that a return to a supplier was given: one row.'},
            bases=['Row'],
        ),
    ]
