"""Expiry of lots: from the day after expiry, by the date at their location, they are quarantined and not
reserved.
"""

from collections.abc import Sequence

from app.core.actor import SYSTEM
from app.core.uow import UnitOfWork, command
from app.inventory.locations import queries as locations
from app.inventory.locations.clocks import last_day
from app.inventory.stock import queries
from app.inventory.stock.lifecycle import StockBucket, StockReason
from app.inventory.stock.lot_allocation import is_expired
from app.inventory.stock.models import StockLevel
from app.inventory.stock.service.displacing import make_room
from app.inventory.stock.service.ledger import Move, Reference, apply
from app.inventory.stock.service.local_days import local_days

SWEEP_AT_ONCE = 200


async def quarantine_expired(limit: int = SWEEP_AT_ONCE) -> int:
    """Quarantine expired lots of a bounded number of levels; return the number of units."""
    return await _quarantine_expired(SYSTEM, limit)


@command
async def _quarantine_expired(uow: UnitOfWork, limit: int) -> int:
    days = await locations.locations_by_day(uow.at)
    levels = await queries.locked_levels_with_expired_lots(days, limit)
    return await set_expired_aside(uow, levels)


async def set_expired_aside(uow: UnitOfWork, levels: Sequence[StockLevel]) -> int:
    """Quarantine expired lots of locked levels; return the number of units.

    Reservations that the remaining stock does not cover are displaced, lowest priority and latest first.
    """
    near = [level for level in levels if level.next_expiry and level.next_expiry < last_day(uow.at)]
    days = await local_days(near, uow.at)
    total = 0
    for level in near:
        today = days[level.id]
        if not is_expired(level.next_expiry, today):
            continue
        lots = tuple(await queries.expired_lots(level.id, today))
        units = sum(lot.quantity for lot in lots)
        if units:
            await make_room(uow, level, units, StockReason.QUARANTINE, lots)
            move = Move(
                level.id,
                StockBucket.AVAILABLE,
                StockBucket.QUARANTINED,
                units,
                StockReason.QUARANTINE,
                lots=lots,
            )
            await apply(uow, [level], [move], Reference("expiry", None, "Expired."))
        total += units
    return total
