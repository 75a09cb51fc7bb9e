from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(Base):
    dependencies = [('app', '0008_errands')]

    initial = False

    operations = [
        ops.AddField(
            model_name='StockLevel',
            name='reorder_point',
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name='StockLevel',
            name='reorder_up_to',
            field=fields.IntField(null=True),
        ),
    ]
