from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops

class Migration(Base):
    dependencies = [('app', '0045_missing_indexes')]

    initial = False

    operations = [
        ops.RemoveField(model_name='Reservation', name='line_id'),
    ]
