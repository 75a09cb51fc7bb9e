from datetime import UTC, datetime

from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from tortoise import fields
from tortoise.migrations.constraints import UniqueConstraint


async def fill(_apps, editor):
    """The time of each price that has one, in one spelling."""
    _, rows = await editor.client.execute_query(
        "SELECT id, starts_at, ends_at FROM price WHERE starts_at IS NOT NULL OR ends_at IS NOT NULL"
    )
    for row in rows:
        period = f"{_spelled(row['starts_at'])}/{_spelled(row['ends_at'])}"
        await editor.client.execute_query(f"UPDATE price SET period = '{period}' WHERE id = '{row['id']}'")


def _spelled(value):
    """A moment as either database gives it, in UTC; two dots for none."""
    if value is None:
        return ".."
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


async def leave(_apps, editor):
    """Going back takes the column away; nothing else is to be undone."""


class Migration(Base):
    dependencies = [('app', '0020_carriers_suppliers_and_messages')]

    initial = False

    operations = [
        ops.RemoveConstraint(
            model_name='Price',
            name=None,
            fields=['price_list', 'variant', 'min_quantity'],
        ),
        ops.AddField(
            model_name='Price',
            name='period',
            field=fields.CharField(default='', db_default='', max_length=60),
        ),
        ops.RunPython(fill, leave),
        ops.AddConstraint(
            model_name='Price',
            constraint=UniqueConstraint(fields=('price_list', 'variant', 'min_quantity', 'period'), name=None),
        ),
    ]
