from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from uuid import uuid4
from tortoise import fields

class Migration(Base):
    dependencies = [('app', '0034_purchase_order_lines')]

    initial = False

    operations = [
        ops.CreateModel(
            name='SourceRefusal',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('claimant_id', fields.UUIDField()),
                ('location', fields.ForeignKeyField('app.Location', source_field='location_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('variant', fields.ForeignKeyField('app.Variant', source_field='variant_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'source_refusal', 'app': 'app', 'unique_together': (('claimant_id', 'location', 'variant'),), 'pk_attr': 'id', 'table_description': 'A location that would not send a variant to a claimant: it is not asked for it again.'},
            bases=['Row'],
        ),
        ops.AddField(
            model_name='CarrierMessage',
            name='expected_on',
            field=fields.DateField(null=True),
        ),
        ops.AddField(
            model_name='Package',
            name='expected_on',
            field=fields.DateField(null=True),
        ),
    ]
