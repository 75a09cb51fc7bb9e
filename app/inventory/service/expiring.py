"""Lots that expire: from the next day on they are quarantined, and promised to nobody."""

from collections.abc import Sequence

from app.core.actor import SYSTEM
from app.core.work import Work, verb
from app.inventory import queries
from app.inventory.lifecycle import StockBucket, StockReason
from app.inventory.models import StockLevel
from app.inventory.service.displacing import make_room
from app.inventory.service.ledger import Move, Reference, apply

SWEEP_AT_ONCE = 200


async def quarantine_expired(limit: int = SWEEP_AT_ONCE) -> int:
    """Put aside what has expired, of a bounded number of levels; returns how many units."""
    return await _quarantine_expired(SYSTEM, limit)


@verb
async def _quarantine_expired(work: Work, limit: int) -> int:
    levels = await queries.locked_levels_with_expired_lots(work.at.date(), limit)
    return await set_expired_aside(work, levels)


async def set_expired_aside(work: Work, levels: Sequence[StockLevel]) -> int:
    """Put aside what has expired in locked levels; returns how many units.

    Promises that what is left does not cover are given back, the weakest and youngest first.
    """
    today = work.at.date()
    total = 0
    for level in levels:
        if level.next_expiry is None or level.next_expiry >= today:
            continue
        lots = tuple(await queries.expired_lots(level.id, today))
        units = sum(lot.quantity for lot in lots)
        if units:
            await make_room(work, level, units, StockReason.QUARANTINE, lots)
            move = Move(
                level.id,
                StockBucket.AVAILABLE,
                StockBucket.QUARANTINED,
                units,
                StockReason.QUARANTINE,
                lots=lots,
            )
            await apply(work, [level], [move], Reference("expiry", None, "Expired."))
        total += units
    return total
