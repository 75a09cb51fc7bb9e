"""Withdrawing requests, and what becomes of them when customers are merged or deleted, or time has passed."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from app.core import clock
from app.core.database import delete_each, delete_where, update_each
from app.core.uow import UnitOfWork, command
from app.notifications.back_in_stock import queries
from app.notifications.back_in_stock.slots import CONFIRM_WITHIN, is_expired, slot
from app.notifications.events import BackInStockReopened, BackInStockWithdrawn
from app.notifications.lifecycle import BackInStockStatus
from app.notifications.models import BackInStockRequest

WAITS_FOR = timedelta(days=365)
KEPT_FOR = timedelta(days=30)  # after it was told or withdrawn
S = BackInStockStatus


@command
async def withdraw(uow: UnitOfWork, id: UUID) -> BackInStockRequest:
    """Withdraw a request, also one whose message is queued. One whose message was sent stays as it is.

    Raises:
        NotFound: it does not exist, or the actor may not see or change it.
    """
    row = await queries.locked(uow.actor, id)
    await _withdrawn(uow, await _not_ended([row]))
    return row


@command
async def withdraw_by_link(uow: UnitOfWork, token: str) -> BackInStockRequest | None:
    """Withdraw the request of a mailed link and all others of the same person in its channel; return it.

    Whoever has the link reads the mail of the address, so it need not be confirmed. None for an unknown or
    expired link. Repeating it changes nothing.
    """
    row = await queries.of_token(token)
    if row is None or is_expired(row):
        return None
    rows = await queries.locked_of_person(row)
    await _withdrawn(uow, await _not_ended(rows))
    return next((each for each in rows if each.id == row.id), row)


async def _not_ended(rows: Sequence[BackInStockRequest]) -> list[BackInStockRequest]:
    """Those of some locked requests that were neither withdrawn nor told by a message that was sent."""
    queued = await queries.with_queued_message([row.id for row in rows if row.status is S.TOLD])
    return [row for row in rows if row.status in (S.UNCONFIRMED, S.WAITING) or row.id in queued]


async def _withdrawn(uow: UnitOfWork, rows: Sequence[BackInStockRequest]) -> None:
    if not rows:
        return
    for row in rows:
        row.status, row.slot, row.ended_at = S.WITHDRAWN, None, uow.at
        uow.announce(BackInStockWithdrawn(subject_id=row.id, channel_id=row.channel_id))
    await update_each(list(rows), "status", "slot", "ended_at")


async def reopen(uow: UnitOfWork, id: UUID) -> None:
    """Let a request wait again whose variant was gone when the message was to be sent.

    If the person asked anew meanwhile, that request waits already.
    """
    row = await queries.locked_told(id)
    if row is None or await queries.in_slot(slot(row)) is not None:
        return
    row.status, row.slot, row.told_at, row.ended_at = S.WAITING, slot(row), None, None
    await update_each([row], "status", "slot", "told_at", "ended_at")
    uow.announce(BackInStockReopened(subject_id=row.id, channel_id=row.channel_id))


async def give_to(customer_id: UUID, rows: Sequence[BackInStockRequest]) -> None:
    """Make requests those of another customer; those that it has already are deleted."""
    repeated = []
    for row in rows:
        row.customer_id, row.email = customer_id, ""
        if row.status is not S.WAITING:
            continue
        row.slot = slot(row)
        if await queries.in_slot(row.slot) is not None:
            repeated.append(row)
    await delete_each(repeated)
    kept = [row for row in rows if row not in repeated]
    if kept:
        await update_each(kept, "customer_id", "email", "slot")


async def delete_of_customer(customer_id: UUID) -> None:
    await delete_where(BackInStockRequest, "customer_id = $1", customer_id)


async def delete_old() -> int:
    """Delete requests that were not confirmed, have waited for long or ended long ago; return how many."""
    now = clock.now()
    model = BackInStockRequest
    count = await delete_where(
        model, "status = 'unconfirmed' AND created_at <= $1", now - CONFIRM_WITHIN
    ) + await delete_where(model, "status = 'waiting' AND created_at <= $1", now - WAITS_FOR)
    return count + await delete_where(
        model, "status IN ('told', 'withdrawn') AND ended_at <= $1", now - KEPT_FOR
    )
