"""Queues the messages of waiting requests whose variant is available again: the oldest requests first.

In 24 hours at most three people are notified for each available unit. While units remain, the next ones are
notified afterwards.
"""

from datetime import timedelta

from app.core.actor import SYSTEM
from app.core.database import insert, one_at_a_time, update_each
from app.core.ids import new_id
from app.core.uow import UnitOfWork, command
from app.notifications.back_in_stock import queries
from app.notifications.back_in_stock.queries import Pair
from app.notifications.events import BackInStockTold
from app.notifications.lifecycle import BackInStockStatus, MessageKind
from app.notifications.models import BackInStockRequest, Message
from app.notifications.service import start_problem

TOLD_PER_UNIT = 3
WITHIN = timedelta(hours=24)
PAIRS_AT_ONCE = 500
REQUESTS_AT_ONCE = 200


async def tell_available() -> int:
    """Queue the messages that are due; return the number of requests."""
    told, after = 0, None
    while pairs := await queries.waited_for(after, PAIRS_AT_ONCE):
        for pair, units in (await queries.available(pairs)).items():
            told += await _tell(SYSTEM, pair, units)
        after = pairs[-1]
    return told


@command
async def _tell(uow: UnitOfWork, pair: Pair, units: int) -> int:
    await one_at_a_time(f"back in stock {pair[0]} {pair[1]}")
    most = units * TOLD_PER_UNIT - await queries.told_since(pair, uow.at - WITHIN)
    rows = await queries.oldest_waiting(pair, min(most, REQUESTS_AT_ONCE)) if most > 0 else []
    if not rows:
        return 0
    addresses = await queries.addresses_of(rows)
    for row in rows:
        row.status, row.slot, row.told_at, row.ended_at = BackInStockStatus.TOLD, None, uow.at, uow.at
        uow.announce(BackInStockTold(subject_id=row.id, channel_id=row.channel_id))
    await update_each(rows, "status", "slot", "told_at", "ended_at")
    told = [(row, address) for row, address in zip(rows, addresses, strict=True) if address]
    await insert([_message(uow, row, address) for row, address in told])
    return len(rows)


def _message(uow: UnitOfWork, row: BackInStockRequest, address: str) -> Message:
    return Message(
        id=new_id(),
        kind=MessageKind.BACK_IN_STOCK,
        cause=f"{row.id} {uow.at.isoformat()}",
        address=address,
        subject_id=row.id,
        language=row.language,
        problem=start_problem(),
        next_at=uow.at,
        created_at=uow.at,
    )
