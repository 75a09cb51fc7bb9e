from typing import Any

from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint


async def fill(apps: Any, editor: Any) -> None:
    """Each message that exists has a cause of its own."""
    await editor.client.execute_script("UPDATE message SET cause = CAST(id AS TEXT)")


async def leave(apps: Any, editor: Any) -> None:
    pass


class Migration(Base):
    dependencies = [('app', '0053_carts')]

    initial = False

    operations = [
        ops.CreateModel(
            name='MessageRule',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('channel', fields.ForeignKeyField('app.Channel', source_field='channel_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('kind', fields.CharField(max_length=40)),
                ('is_active', fields.BooleanField(default=True)),
            ],
            options={'table': 'message_rule', 'app': 'app', 'unique_together': (('channel', 'kind'),), 'pk_attr': 'id'},
            bases=['Row'],
        ),
        ops.CreateModel(
            name='MessageSuppression',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('fingerprint', fields.CharField(unique=True, max_length=64)),
                ('message_id', fields.UUIDField(null=True)),
                ('reason', fields.CharField(max_length=300)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'message_suppression', 'app': 'app', 'indexes': [Index(fields=['created_at', 'id'])], 'pk_attr': 'id'},
            bases=['Row'],
        ),
        ops.AddField(
            model_name='Channel',
            name='default_language',
            field=fields.CharField(default='en', db_default='en', max_length=35),
        ),
        ops.AddField(
            model_name='Channel',
            name='languages',
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name='Message',
            name='cause',
            field=fields.CharField(default='', db_default='', max_length=120),
        ),
        ops.AddField(
            model_name='Message',
            name='facts',
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name='Message',
            name='language',
            field=fields.CharField(default='', db_default='', max_length=35),
        ),
        ops.AddField(
            model_name='Message',
            name='order_id',
            field=fields.UUIDField(null=True, db_index=True),
        ),
        ops.RunPython(fill, leave),
        ops.AddConstraint(
            model_name='Message',
            constraint=UniqueConstraint(fields=('kind', 'cause', 'address'), name=None),
        ),
        ops.AddField(
            model_name='Order',
            name='language',
            field=fields.CharField(default='', db_default='', max_length=35),
        ),
    ]
