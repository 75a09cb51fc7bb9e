from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from uuid import uuid4
from tortoise import fields

class Migration(Base):
    dependencies = [('app', '0016_parts_shipped')]

    initial = False

    operations = [
        ops.CreateModel(
            name='OrderEdit',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('order', fields.ForeignKeyField('app.Order', source_field='order_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('reason', fields.CharField(default='', max_length=500)),
                ('edited_by', fields.CharField(max_length=200)),
                ('difference', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'order_edit', 'app': 'app', 'pk_attr': 'id', 'table_description': 'A change of a placed order, as it was previewed and made.'},
            bases=['Row'],
        ),
    ]
