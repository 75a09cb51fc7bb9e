from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from tortoise import fields
from tortoise.indexes import Index

class Migration(Base):
    dependencies = [('app', '0033_cost_flows')]

    initial = False

    operations = [
        ops.AddField(
            model_name='PurchaseOrder',
            name='confirmed_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddIndex(
            model_name='PurchaseOrder',
            index=Index(fields=['updated_at', 'id']),
        ),
        ops.AddField(
            model_name='PurchaseOrderLine',
            name='expected_on',
            field=fields.DateField(null=True),
        ),
        ops.AddField(
            model_name='PurchaseOrderLine',
            name='unit',
            field=fields.CharField(null=True, max_length=20),
        ),
        ops.AddField(
            model_name='PurchaseOrderLine',
            name='unit_quantity',
            field=fields.IntField(default=1, db_default=1),
        ),
        ops.AddField(
            model_name='Supplier',
            name='over_receipt_percent',
            field=fields.IntField(null=True),
        ),
    ]
