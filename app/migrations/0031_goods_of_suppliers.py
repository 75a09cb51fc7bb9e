"""What suppliers have, in locations of the kind DROP_SHIP, is taken out of the books of value."""

from datetime import UTC, datetime
from uuid import UUID

from app.core.database.migrating import Migration as Base
from app.migrations.frozen.ids import new_id
from tortoise.migrations import operations as ops

LEVELS = "SELECT s.id FROM stock_level s JOIN location l ON l.id = s.location_id AND l.kind = 'drop_ship'"
# Between them and the asset what was booked is turned round; suppliers take what is left, such as the worth of
# goods that were moved to a location of one's own.
TURNED_ROUND = ("gain", "write_off", "cost_of_sales", "revaluation")


async def fill(_apps, editor):
    """Turn every amount round that came of suppliers' goods; their cost layers are worth nothing."""
    run = editor.client.execute_query
    _, rows = await run(
        "SELECT level_id, from_account, to_account, SUM(amount_minor) AS amount FROM value_entry "
        f"WHERE level_id IN ({LEVELS}) AND amount_minor <> 0 GROUP BY level_id, from_account, to_account"
    )
    held = {}
    for row in rows:
        accounts = held.setdefault(UUID(str(row["level_id"])), {})
        for account, sign in ((row["from_account"], -1), (row["to_account"], 1)):
            accounts[account] = accounts.get(account, 0) + sign * int(row["amount"])
    await run(
        f"UPDATE cost_layer SET remaining_minor = 0, value_minor = 0 WHERE level_id IN ({LEVELS}) "
        f"AND in_transit = {'0' if editor.DIALECT == 'sqlite' else 'false'}"
    )
    at = datetime.now(UTC).isoformat(" ")
    for level_id, accounts in sorted(held.items()):
        for account in (*TURNED_ROUND, "suppliers"):
            amount = accounts.get(account, 0) if account != "suppliers" else -accounts.get("asset", 0)
            accounts["asset"] = accounts.get("asset", 0) + amount
            await _enter(run, level_id, account, amount, at)


async def _enter(run, level_id, account, amount, at):
    """Move an amount from an account to the asset; below zero, the other way."""
    if not amount:
        return
    source, target = (account, "asset") if amount > 0 else ("asset", account)
    await run(
        "INSERT INTO value_entry (id, level_id, movement_id, from_account, to_account, quantity, amount_minor, "
        "balance_quantity, balance_minor, reason, reference_kind, reference_id, note, at) "
        f"VALUES ('{new_id()}', '{level_id}', NULL, '{source}', '{target}', 0, {abs(amount)}, "
        f"0, 0, 'correction', 'migration', NULL, 'belongs to the supplier', '{at}')"
    )


async def leave(_apps, editor):
    """What was booked wrongly is not booked again."""


class Migration(Base):
    dependencies = [('app', '0030_words_of_every_script')]

    initial = False

    operations = [ops.RunPython(fill, leave)]
