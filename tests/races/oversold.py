"""A server with a planted fault: it reads what is reserved, thinks, and writes back the sum.

The race suite must turn red on it, or it would not notice a real one.
"""

import asyncio

from app.cli import app
from app.core.database import execute, fetch
from app.inventory.queries import levels
from app.inventory.service import reserving
from app.inventory.sourcing import Pick


async def read_modify_write(picks: list[Pick]) -> int:
    for pick in picks:
        rows = await fetch("SELECT reserved FROM stock_level WHERE id = $1", pick.level_id)
        await asyncio.sleep(0.005)
        await execute(
            "UPDATE stock_level SET reserved = $2 WHERE id = $1",
            pick.level_id,
            rows[0]["reserved"] + pick.quantity,
        )
    return len(picks)


if __name__ == "__main__":
    levels.lock = lambda _table: ""
    reserving._add_reserved = read_modify_write
    app()
