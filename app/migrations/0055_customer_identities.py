from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from uuid import uuid4
from tortoise import fields

class Migration(Base):
    dependencies = [('app', '0054_messages_to_buyers')]

    initial = False

    operations = [
        ops.CreateModel(
            name='CustomerIdentity',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('customer', fields.ForeignKeyField('app.Customer', source_field='customer_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('issuer', fields.CharField(max_length=255)),
                ('subject', fields.CharField(max_length=255)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'customer_identity', 'app': 'app', 'unique_together': (('issuer', 'subject'),), 'pk_attr': 'id'},
            bases=['Row'],
        ),
    ]
