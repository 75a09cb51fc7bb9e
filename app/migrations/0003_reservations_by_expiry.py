from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(Base):
    dependencies = [('app', '0002_search_prefix')]

    initial = False

    operations = [
        ops.AlterField(
            model_name='Reservation',
            name='level',
            field=fields.ForeignKeyField('app.StockLevel', source_field='level_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT),
        ),
        ops.AddIndex(
            model_name='Reservation',
            index=Index(fields=['level_id', 'expires_at']),
        ),
    ]
