from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from app.core.database.migrating import AddCheckedField, CreateCheckedModel
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint


async def open_books(_apps, editor):
    """What is on hand already is worth what it was last received for, as far as anybody said."""
    cost = """COALESCE((SELECT m.unit_cost_minor FROM stock_movement m
        WHERE m.level_id = s.id AND m.unit_cost_minor IS NOT NULL ORDER BY m.at DESC LIMIT 1), 0)"""
    await editor.client.execute_script(f"""
        INSERT INTO cost_layer (id, level_id, received_at, quantity, value_minor, remaining, remaining_minor,
            is_open, is_estimated, in_transit, origin_id, reference_kind)
        SELECT s.id, s.id, s.created_at, s.on_hand, s.on_hand * {cost}, s.on_hand, s.on_hand * {cost},
            TRUE, TRUE, FALSE, s.id, 'opening' FROM stock_level s WHERE s.on_hand > 0;
        INSERT INTO value_entry (id, level_id, from_account, to_account, quantity, amount_minor,
            balance_quantity, balance_minor, reason, reference_kind, note, at)
        SELECT s.id, s.id, 'gain', 'asset', s.on_hand, s.on_hand * {cost}, s.on_hand, s.on_hand * {cost},
            'count', 'opening', '', s.updated_at FROM stock_level s WHERE s.on_hand > 0;
    """)


async def close_books(_apps, _editor):
    """The tables go; nothing is left to undo."""


class Migration(Base):
    dependencies = [('app', '0003_reservations_by_expiry')]

    initial = False

    operations = [
        CreateCheckedModel(
            name='CostLayer',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('level', fields.ForeignKeyField('app.StockLevel', source_field='level_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('received_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('quantity', fields.IntField()),
                ('value_minor', fields.BigIntField()),
                ('remaining', fields.IntField()),
                ('remaining_minor', fields.BigIntField()),
                ('is_open', fields.BooleanField(default=True)),
                ('is_estimated', fields.BooleanField(default=False)),
                ('in_transit', fields.BooleanField(default=False)),
                ('origin_id', fields.UUIDField(db_index=True)),
                ('reference_kind', fields.CharField(default='', max_length=40)),
                ('reference_id', fields.UUIDField(null=True, db_index=True)),
            ],
            options={'table': 'cost_layer', 'app': 'app', 'constraints': [CheckConstraint(check='remaining >= 0 AND remaining <= quantity', name='layer_within'), CheckConstraint(check='remaining_minor >= 0 AND value_minor >= 0', name='layer_not_negative'), CheckConstraint(check='remaining > 0 OR remaining_minor = 0', name='layer_ends_even')], 'indexes': [Index(fields=['level_id', 'is_open', 'received_at', 'id'])], 'pk_attr': 'id', 'table_description': 'What a receipt, or the average of many, is worth: so many units for so much, and what is left of it.'},
            bases=['Row'],
        ),
        ops.CreateModel(
            name='Receipt',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('location', fields.ForeignKeyField('app.Location', source_field='location_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('reference', fields.CharField(default='', max_length=120)),
                ('note', fields.CharField(default='', max_length=500)),
                ('landed_costs', fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'receipt', 'app': 'app', 'indexes': [Index(fields=['at', 'id'])], 'pk_attr': 'id', 'table_description': 'Goods that came in together, and what bringing them here cost.'},
            bases=['Row'],
        ),
        CreateCheckedModel(
            name='ReceiptLine',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('receipt', fields.ForeignKeyField('app.Receipt', source_field='receipt_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('level', fields.ForeignKeyField('app.StockLevel', source_field='level_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('position', fields.IntField()),
                ('quantity', fields.IntField()),
                ('cost_minor', fields.BigIntField()),
                ('landed_minor', fields.BigIntField(default=0)),
                ('is_estimated', fields.BooleanField(default=False)),
            ],
            options={'table': 'receipt_line', 'app': 'app', 'unique_together': (('receipt', 'position'),), 'constraints': [CheckConstraint(check='quantity > 0', name='receipt_of_something')], 'pk_attr': 'id', 'table_description': 'One SKU of a receipt. Its id is the origin of the cost layers that come of it.'},
            bases=['Row'],
        ),
        ops.CreateModel(
            name='StockCount',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('status', fields.CharField(default='open', max_length=20)),
                ('location', fields.ForeignKeyField('app.Location', source_field='location_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('is_blind', fields.BooleanField(default=True)),
                ('approval_units', fields.IntField()),
                ('approval_minor', fields.BigIntField()),
                ('note', fields.CharField(default='', max_length=500)),
                ('version', fields.IntField(default=1)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('updated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('submitted_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('completed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'stock_count', 'app': 'app', 'indexes': [Index(fields=['created_at', 'id']), Index(fields=['status', 'created_at', 'id'])], 'pk_attr': 'id', 'table_description': 'A count of some levels of a location, while business goes on.'},
            bases=['Row'],
        ),
        CreateCheckedModel(
            name='StockCountLine',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('stock_count', fields.ForeignKeyField('app.StockCount', source_field='stock_count_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('level', fields.ForeignKeyField('app.StockLevel', source_field='level_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('expected', fields.IntField()),
                ('counted', fields.IntField(null=True)),
                ('counted_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('value_minor', fields.BigIntField(default=0)),
            ],
            options={'table': 'stock_count_line', 'app': 'app', 'unique_together': (('stock_count', 'level'),), 'constraints': [CheckConstraint(check='counted IS NULL OR counted >= 0', name='counted_not_negative')], 'pk_attr': 'id', 'table_description': 'What was expected of a level at the moment it was counted, and what was found.'},
            bases=['Row'],
        ),
        ops.CreateModel(
            name='Transfer',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('status', fields.CharField(default='draft', max_length=20)),
                ('source', fields.ForeignKeyField('app.Location', source_field='source_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('destination', fields.ForeignKeyField('app.Location', source_field='destination_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('expected_on', fields.DateField(null=True)),
                ('note', fields.CharField(default='', max_length=500)),
                ('external_reference', fields.CharField(null=True, unique=True, max_length=120)),
                ('version', fields.IntField(default=1)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('updated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('shipped_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('received_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'transfer', 'app': 'app', 'indexes': [Index(fields=['created_at', 'id']), Index(fields=['status', 'created_at', 'id'])], 'pk_attr': 'id', 'table_description': 'Goods on their way from one location to another.'},
            bases=['Row'],
        ),
        CreateCheckedModel(
            name='TransferLine',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('transfer', fields.ForeignKeyField('app.Transfer', source_field='transfer_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('position', fields.IntField()),
                ('variant', fields.ForeignKeyField('app.Variant', source_field='variant_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('quantity', fields.IntField()),
                ('shipped', fields.IntField(default=0)),
                ('received', fields.IntField(default=0)),
                ('damaged', fields.IntField(default=0)),
                ('missing', fields.IntField(default=0)),
            ],
            options={'table': 'transfer_line', 'app': 'app', 'unique_together': (('transfer', 'position'), ('transfer', 'variant')), 'constraints': [CheckConstraint(check='quantity > 0 AND shipped BETWEEN 0 AND quantity', name='transfer_within'), CheckConstraint(check='received >= 0 AND damaged >= 0 AND missing >= 0 AND received + damaged + missing <= shipped', name='transfer_adds_up')], 'pk_attr': 'id', 'table_description': 'One SKU of a transfer. Shipped = received + damaged + missing + returned + what is still on its way.'},
            bases=['Row'],
        ),
        CreateCheckedModel(
            name='ValueEntry',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('level', fields.ForeignKeyField('app.StockLevel', source_field='level_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('movement_id', fields.UUIDField(null=True)),
                ('from_account', fields.CharField(max_length=20)),
                ('to_account', fields.CharField(max_length=20)),
                ('quantity', fields.IntField()),
                ('amount_minor', fields.BigIntField()),
                ('balance_quantity', fields.IntField()),
                ('balance_minor', fields.BigIntField()),
                ('reason', fields.CharField(max_length=20)),
                ('reference_kind', fields.CharField(default='', max_length=40)),
                ('reference_id', fields.UUIDField(null=True, db_index=True)),
                ('note', fields.CharField(default='', max_length=500)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'value_entry', 'app': 'app', 'constraints': [CheckConstraint(check='amount_minor >= 0', name='entry_not_negative')], 'indexes': [Index(fields=['level_id', 'at', 'id']), Index(fields=['at', 'id'])], 'pk_attr': 'id', 'table_description': 'An amount that went from one account to another. Rows are added, never changed.'},
            bases=['Row'],
        ),
        ops.AddField(
            model_name='Reservation',
            name='priority',
            field=fields.IntField(default=0, db_default=0),
        ),
        AddCheckedField(
            model_name='StockLevel',
            name='damaged',
            field=fields.IntField(default=0, db_default=0),
            constraint=CheckConstraint(check='damaged >= 0', name='damaged_not_negative'),
        ),
        AddCheckedField(
            model_name='StockLevel',
            name='quarantined',
            field=fields.IntField(default=0, db_default=0),
            constraint=CheckConstraint(check='quarantined >= 0', name='quarantined_not_negative'),
        ),
        AddCheckedField(
            model_name='StockLevel',
            name='in_quality_check',
            field=fields.IntField(default=0, db_default=0),
            constraint=CheckConstraint(check='in_quality_check >= 0 AND unavailable <= on_hand AND unavailable = damaged + quarantined + in_quality_check', name='unavailable_adds_up'),
        ),
        ops.RunPython(open_books, close_books),
    ]
