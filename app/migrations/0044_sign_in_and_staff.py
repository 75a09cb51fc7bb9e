from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields
from tortoise.indexes import Index

class Migration(Base):
    dependencies = [('app', '0043_cancel_requests_of_buyers')]

    initial = False

    operations = [
        ops.CreateModel(
            name='AttemptCount',
            fields=[
                ('id', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64)),
                ('tries', fields.IntField()),
                ('next_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('forget_at', fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'attempt_count', 'app': 'app', 'pk_attr': 'id', 'table_description': 'How often something was tried of late: see attempts. The id is a fingerprint of what is counted.'},
            bases=['Row'],
        ),
        ops.CreateModel(
            name='KnownNetwork',
            fields=[
                ('id', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64)),
                ('forget_at', fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'known_network', 'app': 'app', 'pk_attr': 'id', 'table_description': 'A network from which somebody has signed in: the id is a fingerprint of e-mail address and network.'},
            bases=['Row'],
        ),
        ops.AlterModelOptions(
            name='AccountRequest',
            options={'table': 'account_request', 'app': 'app', 'unique_together': (('mailbox', 'hour', 'nth'),), 'indexes': [Index(fields=['email', 'used_at'])], 'pk_attr': 'id', 'table_description': 'Somebody wants an account, or a password, and is to prove the address by the token of a mail.'},
        ),
        ops.AddField(
            model_name='AccountRequest',
            name='staff',
            field=fields.ForeignKeyField('app.Staff', source_field='staff_id', null=True, db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE),
        ),
        ops.AddField(
            model_name='Role',
            name='updated_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Role',
            name='version',
            field=fields.IntField(default=1, db_default=1),
        ),
        ops.AddIndex(
            model_name='Role',
            index=Index(fields=['created_at', 'id']),
        ),
        ops.AddField(
            model_name='Staff',
            name='location_ids',
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name='Staff',
            name='updated_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Staff',
            name='version',
            field=fields.IntField(default=1, db_default=1),
        ),
        ops.AddIndex(
            model_name='Staff',
            index=Index(fields=['created_at', 'id']),
        ),
        ops.DeleteModel(name='SignInFailure'),
    ]
