from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields

class Migration(Base):
    dependencies = [('app', '0037_discount_limits')]

    initial = False

    operations = [
        ops.AddField(
            model_name='OrderLine',
            name='adjusted',
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name='OrderLine',
            name='list_price_minor',
            field=fields.BigIntField(null=True),
        ),
    ]
