from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tortoise import fields

class Migration(Base):
    dependencies = [('app', '0063_payment_gateways')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Channel',
            name='capture',
            field=fields.CharField(default='by_hand', db_default='by_hand', max_length=20),
        ),
        ops.AddField(
            model_name='Payment',
            name='can_renew',
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name='Payment',
            name='renews',
            field=fields.ForeignKeyField('app.Payment', source_field='renews_id', null=True, db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL),
        ),
    ]
