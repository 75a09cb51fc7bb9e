from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(Base):
    dependencies = [('app', '0021_prices_by_period')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Channel',
            name='guest_order_days',
            field=fields.IntField(default=30, db_default=30),
        ),
    ]
