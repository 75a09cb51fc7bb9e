from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from uuid import uuid4
from tortoise import fields

class Migration(Base):
    dependencies = [('app', '0073_disputed_gift_cards')]

    initial = False

    operations = [
        ops.CreateModel(
            name='GatewayChannel',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('gateway', fields.ForeignKeyField('app.PaymentGateway', source_field='gateway_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('channel', fields.ForeignKeyField('app.Channel', source_field='channel_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
            ],
            options={'table': 'payment_gateway_channel', 'app': 'app', 'unique_together': (('gateway', 'channel'),), 'pk_attr': 'id'},
            bases=['Row'],
        ),
    ]
