from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index

class Migration(Base):
    dependencies = [('app', '0025_search')]

    initial = False

    operations = [
        ops.CreateModel(
            name='AccountRequest',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('purpose', fields.CharField(max_length=20)),
                ('email', fields.CharField(max_length=254)),
                ('customer', fields.ForeignKeyField('app.Customer', source_field='customer_id', null=True, db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('name', fields.CharField(default='', max_length=200)),
                ('password_hash', fields.CharField(null=True, max_length=200)),
                ('token_hash', fields.CharField(unique=True, max_length=64)),
                ('mailbox', fields.CharField(max_length=254)),
                ('hour', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('nth', fields.IntField()),
                ('expires_at', fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
                ('used_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'account_request', 'app': 'app', 'unique_together': (('mailbox', 'hour', 'nth'),), 'indexes': [Index(fields=['email', 'used_at'])], 'pk_attr': 'id', 'table_description': 'Somebody wants an account, or a new password, and is to prove the address by the token of a mail.'},
            bases=['Row'],
        ),
        ops.AddField(
            model_name='Session',
            name='refreshed_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
    ]
