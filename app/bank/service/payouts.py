"""Matches bank entries with payouts of payment gateways."""

from uuid import UUID

from app.bank import queries
from app.bank.lifecycle import BankEntryDirection, BankEntryStatus
from app.bank.models import BankEntry, BankPayout
from app.core.database import insert
from app.core.ids import new_id
from app.core.money import Money
from app.core.problems import ProblemCode
from app.core.refusals import AlreadyExists, Invalid
from app.core.uow import UnitOfWork, command
from app.core.versions import refuse_stale, write_changes
from app.payments import queries as payments
from app.payments.payout_models import Payout


@command
async def match_payout(
    uow: UnitOfWork, entry_id: UUID, payout_id: UUID, *, expected_version: int | None = None
) -> BankEntry:
    """Record an open entry as the arrival of a payout, or, for money paid out, of a payout that the gateway
    takes from the account.

    Raises:
        NotFound, StaleVersion. Invalid: the entry is not open or a part of it is recorded as payments; the
        payout has another amount or
            currency.
        AlreadyExists: the payout is matched with another entry.
    """
    entry = await queries.locked_entry(uow.actor, entry_id)
    refuse_stale(entry, expected_version)
    if entry.status is not BankEntryStatus.OPEN or entry.allocated_minor:
        raise Invalid(
            f"The entry is {entry.status.value}, or a part of it is recorded as payments. Only an open entry "
            "can be matched with a payout.",
            "id",
            code=ProblemCode.NOT_POSSIBLE_NOW,
        )
    payout = await payments.payout_for_change(uow.actor, payout_id, "payout_id")
    _refuse_other_amount(entry, payout)
    if (await queries.entries_by_payout([payout.id]))[0] is not None:
        raise AlreadyExists("The payout is matched with another bank entry.", "payout_id")
    row = BankPayout(id=new_id(), entry_id=entry.id, payout_id=payout.id, created_at=uow.at)
    await insert([row])
    await write_changes(entry, {"status": BankEntryStatus.MATCHED, "problem": None}, uow.at)
    return entry


def _refuse_other_amount(entry: BankEntry, payout: Payout) -> None:
    sign = 1 if entry.direction is BankEntryDirection.CREDIT else -1
    if payout.currency != entry.currency:
        raise Invalid(
            f"The payout is in {payout.currency}, the entry in {entry.currency}.",
            "payout_id",
            code=ProblemCode.WRONG_CURRENCY,
            currency=entry.currency,
        )
    if sign * entry.amount_minor != payout.total_minor:
        arrived = Money(sign * entry.amount_minor, entry.currency)
        raise Invalid(
            f"The payout is {Money(payout.total_minor, payout.currency)}, the entry {arrived}. Choose "
            "another payout, or close the entry (bankEntryClose).",
            "payout_id",
            code=ProblemCode.CONTRADICTION,
            field="id",
        )
