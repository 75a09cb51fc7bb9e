from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(Base):
    dependencies = [('app', '0051_account_deletions')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Session',
            name='device',
            field=fields.CharField(default='', db_default='', max_length=60),
        ),
        ops.AddField(
            model_name='Session',
            name='network',
            field=fields.CharField(default='', db_default='', max_length=64),
        ),
    ]
