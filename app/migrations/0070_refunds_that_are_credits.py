from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(Base):
    dependencies = [('app', '0069_ledger')]

    initial = False

    operations = [
        ops.AddField(
            model_name='PaymentTransaction',
            name='is_credit',
            field=fields.BooleanField(default=False, db_default=False),
        ),
    ]
