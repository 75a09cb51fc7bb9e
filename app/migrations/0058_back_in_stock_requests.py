from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index

class Migration(Base):
    dependencies = [('app', '0057_payments_and_tenders')]

    initial = False

    operations = [
        ops.CreateModel(
            name='BackInStockRequest',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('variant', fields.ForeignKeyField('app.Variant', source_field='variant_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('channel', fields.ForeignKeyField('app.Channel', source_field='channel_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('customer', fields.ForeignKeyField('app.Customer', source_field='customer_id', null=True, db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('email', fields.CharField(default='', db_index=True, max_length=254)),
                ('language', fields.CharField(max_length=35)),
                ('status', fields.CharField(max_length=12)),
                ('slot', fields.CharField(null=True, unique=True, max_length=140)),
                ('token_hash', fields.CharField(unique=True, max_length=64)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('confirmed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('told_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('ended_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'back_in_stock_request', 'app': 'app', 'indexes': [Index(fields=['status', 'variant_id', 'channel_id', 'confirmed_at', 'id']), Index(fields=['status', 'created_at', 'id']), Index(fields=['created_at', 'id'])], 'pk_attr': 'id'},
            bases=['Row'],
        ),
    ]
