from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index

class Migration(Base):
    dependencies = [('app', '0055_customer_identities')]

    initial = False

    operations = [
        ops.CreateModel(
            name='MessageTemplate',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('kind', fields.CharField(max_length=40)),
                ('channel', fields.ForeignKeyField('app.Channel', source_field='channel_id', null=True, db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('language', fields.CharField(max_length=35)),
                ('status', fields.CharField(default='draft', max_length=10)),
                ('slot', fields.CharField(unique=True, max_length=140)),
                ('subject', fields.CharField(max_length=300)),
                ('html', fields.TextField(unique=False)),
                ('text', fields.TextField(unique=False)),
                ('version', fields.IntField(default=1)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('updated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'message_template', 'app': 'app', 'indexes': [Index(fields=['created_at', 'id'])], 'pk_attr': 'id'},
            bases=['Row'],
        ),
    ]
