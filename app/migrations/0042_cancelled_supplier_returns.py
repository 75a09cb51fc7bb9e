from app.core.database.migrating import Migration as Base
from tortoise import fields
from tortoise.migrations import operations as ops


class Migration(Base):
    dependencies = [('app', '0041_transfers_that_turn_back')]

    initial = False

    operations = [
        ops.AddField(
            model_name="SupplierReturn", name="cancelled_at", field=fields.DatetimeField(null=True)
        ),
    ]
