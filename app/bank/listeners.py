"""Event handlers and deferred tasks of bank statements."""

from uuid import UUID

from app.bank.service import allocating, payouts
from app.core.uow import UnitOfWork
from app.payments.events import PayoutClosed, PayoutRecorded


async def match_statement(uow: UnitOfWork, statement_id: UUID) -> None:
    """Match the new entries of a statement with orders and payouts."""
    await allocating.match_unexamined(uow, statement_id)


async def defer_payout(uow: UnitOfWork, event: PayoutRecorded | PayoutClosed) -> None:
    """A payout was recorded, or its lines were replaced: its bank entry may be imported already."""
    uow.defer("bank.payout", event.subject_id)


async def match_payout(uow: UnitOfWork, payout_id: UUID) -> None:
    """Match a payout with the bank entry with which it arrived."""
    await payouts.match_arrived(uow, payout_id)
