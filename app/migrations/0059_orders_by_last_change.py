from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from tortoise.indexes import Index

class Migration(Base):
    dependencies = [('app', '0058_back_in_stock_requests')]

    initial = False

    operations = [
        ops.AddIndex(
            model_name='Order',
            index=Index(fields=['updated_at', 'id']),
        ),
    ]
