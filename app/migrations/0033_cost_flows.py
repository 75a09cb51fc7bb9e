"""Flows of cost: how the units of each cost layer came and went, from now on."""

from datetime import UTC, datetime

from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from app.core.database.migrating import CreateCheckedModel
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint

async def fill(_apps, editor):
    """What is in a layer now is where its flows begin: each costs what it does, whatever has left before."""
    opening = (
        "INSERT INTO cost_flow (id, layer_id, level_id, version, at, quantity, value_minor, account, batch_id, "
        "part_start, part_size, part_whole, reason, movement_id, reference_id, leaves_with) "
        "SELECT c.id, c.id, c.level_id, s.version, {now}, c.remaining, c.remaining_minor, "
        "CASE WHEN c.in_transit THEN 'in_transit' ELSE 'asset' END, NULL, 0, 1, 1, 'correction', NULL, NULL, NULL "
        "FROM cost_layer c JOIN stock_level s ON s.id = c.level_id WHERE c.remaining > 0"
    )
    now = datetime.now(UTC).isoformat(" ")
    literal = f"'{now}'" if editor.DIALECT == "sqlite" else f"'{now}'::timestamptz"
    await editor.client.execute_query(opening.format(now=literal))


async def leave(_apps, editor):
    """Going back takes the table away; nothing else is to be undone."""


class Migration(Base):
    dependencies = [('app', '0032_tracking_numbers_in_one_form')]

    initial = False

    operations = [
        CreateCheckedModel(
            name='CostFlow',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('layer_id', fields.UUIDField()),
                ('level_id', fields.UUIDField()),
                ('version', fields.IntField()),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('quantity', fields.IntField()),
                ('value_minor', fields.BigIntField()),
                ('account', fields.CharField(max_length=20)),
                ('batch_id', fields.UUIDField(null=True, db_index=True)),
                ('part_start', fields.BigIntField(default=0)),
                ('part_size', fields.BigIntField(default=1)),
                ('part_whole', fields.BigIntField(default=1)),
                ('reason', fields.CharField(max_length=20)),
                ('movement_id', fields.UUIDField(null=True, db_index=True)),
                ('reference_id', fields.UUIDField(null=True, db_index=True)),
                ('leaves_with', fields.UUIDField(null=True)),
            ],
            options={'table': 'cost_flow', 'app': 'app', 'constraints': [CheckConstraint(check='value_minor >= 0', name='flow_not_negative')], 'indexes': [Index(fields=['layer_id', 'version']), Index(fields=['level_id', 'at'])], 'pk_attr': 'id', 'table_description': 'Units that entered a cost layer, or left it (`quantity` below zero), and what they are worth.'},
            bases=['Row'],
        ),
        ops.RunPython(fill, leave),
    ]
