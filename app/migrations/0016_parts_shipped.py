from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields

class Migration(Base):
    dependencies = [('app', '0015_promise_by_hand')]

    initial = False

    operations = [
        ops.AddField(
            model_name='OrderLine',
            name='parts_shipped',
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
    ]
