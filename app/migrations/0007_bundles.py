from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from app.core.database.migrating import CreateCheckedModel
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from uuid import uuid4
from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint

class Migration(Base):
    dependencies = [('app', '0006_incoming')]

    initial = False

    operations = [
        CreateCheckedModel(
            name='Component',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('whole', fields.ForeignKeyField('app.Variant', source_field='whole_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('part', fields.ForeignKeyField('app.Variant', source_field='part_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('quantity', fields.IntField()),
            ],
            options={'table': 'component', 'app': 'app', 'unique_together': (('whole', 'part'),), 'constraints': [CheckConstraint(check='quantity > 0', name='component_of_something')], 'pk_attr': 'id', 'table_description': 'What a bundle or a kit is made of: so many of a variant in each.'},
            bases=['Row'],
        ),
        CreateCheckedModel(
            name='VariantUnit',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('variant', fields.ForeignKeyField('app.Variant', source_field='variant_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('code', fields.CharField(max_length=20)),
                ('quantity', fields.IntField()),
                ('barcode', fields.CharField(null=True, db_index=True, max_length=14)),
            ],
            options={'table': 'variant_unit', 'app': 'app', 'unique_together': (('variant', 'code'),), 'constraints': [CheckConstraint(check='quantity > 0', name='unit_of_something')], 'pk_attr': 'id', 'table_description': 'A unit in which a variant is bought, such as a carton of twelve. Stock is counted in pieces.'},
            bases=['Row'],
        ),
        ops.AddField(
            model_name='OrderLine',
            name='components',
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name='OrderLine',
            name='stock_units',
            field=fields.IntField(default=1, db_default=1),
        ),
        ops.AddField(
            model_name='Variant',
            name='composition',
            field=fields.CharField(default='single', db_default='single', max_length=10),
        ),
    ]
