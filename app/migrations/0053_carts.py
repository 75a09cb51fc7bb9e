from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields

class Migration(Base):
    dependencies = [('app', '0052_session_devices')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Channel',
            name='cart_merge',
            field=fields.CharField(default='merge_lines', db_default='merge_lines', max_length=20),
        ),
        ops.AddField(
            model_name='Order',
            name='destination',
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name='Order',
            name='gift_note',
            field=fields.CharField(default='', db_default='', max_length=500),
        ),
    ]
