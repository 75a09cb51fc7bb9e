from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops

class Migration(Base):
    dependencies = [('app', '0047_makers_of_tokens')]

    initial = False

    operations = [
        ops.RemoveField(model_name='AccountRequest', name='password_hash'),
    ]
