from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from app.notifications.lifecycle import MessageKind, MessageStatus
from orjson import loads
from tortoise.fields.data import JSON_DUMPS
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index

class Migration(Base):
    dependencies = [('app', '0020_carriers_and_drop_shipping')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Message',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('kind', fields.CharEnumField(description='SUPPLIER_REQUEST: supplier_request\nSUPPLIER_CALL_OFF: supplier_call_off', enum_type=MessageKind, max_length=40)),
                ('address', fields.CharField(max_length=254)),
                ('subject_id', fields.UUIDField(db_index=True)),
                ('facts', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('status', fields.CharEnumField(default=MessageStatus.QUEUED, description='QUEUED: queued\nSENT: sent\nFAILED: failed', enum_type=MessageStatus, max_length=10)),
                ('attempts', fields.IntField(default=0)),
                ('next_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('problem', fields.CharField(default='', max_length=300)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('sent_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'message', 'app': 'app', 'indexes': [Index(fields=['status', 'next_at', 'id']), Index(fields=['created_at', 'id'])], 'pk_attr': 'id', 'table_description': 'Something that is to be said to somebody. Its words are made when it is sent.'},
            bases=['Row'],
        ),
    ]
