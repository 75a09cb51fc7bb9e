"""A server with a planted fault: it reads the reserved quantity, waits, and writes back the sum.

The race tests must fail on it.
"""

import asyncio
from collections.abc import Mapping
from uuid import UUID

from app.cli import app
from app.core.database import execute, fetch
from app.inventory.stock.models import StockLevel
from app.inventory.stock.queries import channel_stock
from app.inventory.stock.service import renewing, reserving


async def read_modify_write(_levels: Mapping[UUID, StockLevel], units: Mapping[UUID, int]) -> None:
    for level_id, quantity in units.items():
        rows = await fetch("SELECT reserved FROM stock_level WHERE id = $1", level_id)
        await asyncio.sleep(0.005)
        await execute(
            "UPDATE stock_level SET reserved = $2 WHERE id = $1",
            level_id,
            rows[0]["reserved"] + quantity,
        )


if __name__ == "__main__":
    channel_stock.lock = lambda _table: ""
    reserving.take_if_free = renewing.take_if_free = read_modify_write
    app()
