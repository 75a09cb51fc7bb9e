from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(Base):
    dependencies = [('app', '0014_amounts')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Order',
            name='is_promised_by_hand',
            field=fields.BooleanField(default=False, db_default=False),
        ),
    ]
