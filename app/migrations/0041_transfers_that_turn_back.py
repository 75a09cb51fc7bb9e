from app.core.database.migrating import Migration as Base
from tortoise import fields
from tortoise.migrations import operations as ops


class Migration(Base):
    dependencies = [('app', '0040_supplier_returns')]

    initial = False

    operations = [
        ops.AddField(
            model_name="TransferLine", name="returned", field=fields.IntField(default=0, db_default=0)
        ),
        ops.AddField(
            model_name="TransferLine", name="surplus", field=fields.IntField(default=0, db_default=0)
        ),
    ]
