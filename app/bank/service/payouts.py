"""Matches bank entries with payouts of payment gateways."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.bank import payout_matching, queries
from app.bank.events import PayoutReconciled, PayoutUnreconciled
from app.bank.lifecycle import BankEntryDirection, BankEntryProblem, BankEntryStatus
from app.bank.models import BankEntry, BankPayout
from app.core.database import insert, one_at_a_time
from app.core.ids import new_id
from app.core.money import Money
from app.core.problems import ProblemCode
from app.core.refusals import AlreadyExists, Invalid
from app.core.uow import UnitOfWork, command
from app.core.versions import refuse_stale, write_changes
from app.payments import queries as payments
from app.payments.payout_models import Payout

# Entries and payouts that are stored at the same time are compared one after the other, so that one of the
# two comparisons sees both.
TURN = "bank payouts"


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
    await _reconcile(uow, entry, payout, is_automatic=False)
    return entry


async def match_automatically(uow: UnitOfWork, entries: Sequence[BankEntry]) -> None:
    """Match locked open entries that name no order with the payouts that arrived with them."""
    entries = [each for each in entries if each.status is BankEntryStatus.OPEN and not each.is_reversal]
    if not entries:
        return
    found = await queries.payout_candidates(entries)
    others = await queries.comparable_entries(entries)
    for entry, own in sorted(zip(entries, found, strict=True), key=lambda each: each[0].id):
        await _decide(uow, entry, payout_matching.choice(entry, own, others))


async def match_arrived(uow: UnitOfWork, payout_id: UUID) -> None:
    """Match a payout that was recorded after the bank entry with which it arrived."""
    await one_at_a_time(TURN)
    (payout,) = await payments.payouts_by_id([payout_id])
    assert payout is not None
    entries = await queries.entries_for_payout(payout)
    named = await queries.orders_named_by(entries)
    await match_automatically(uow, [each for each, found in zip(entries, named, strict=True) if not found])


async def _decide(uow: UnitOfWork, entry: BankEntry, chosen: Payout | BankEntryProblem | None) -> None:
    """Match an entry with a payout, unless another transaction has just matched that; or store its
    problem."""
    if isinstance(chosen, BankEntryProblem):
        if entry.problem is not chosen:
            await write_changes(entry, {"problem": chosen}, uow.at)
        return
    if chosen is None:
        return
    payout = await payments.locked_payout(chosen.id)
    (known,) = await queries.entries_by_payout([payout.id])
    if known is None and payout_matching.is_of_amount(entry, payout):
        await _reconcile(uow, entry, payout, is_automatic=True)


async def _reconcile(uow: UnitOfWork, entry: BankEntry, payout: Payout, *, is_automatic: bool) -> None:
    """Store that a locked payout arrived with a locked entry."""
    await insert([BankPayout(id=new_id(), entry_id=entry.id, payout_id=payout.id, created_at=uow.at)])
    await write_changes(entry, {"status": BankEntryStatus.MATCHED, "problem": None}, uow.at)
    uow.announce(PayoutReconciled(**_told(entry, payout), is_automatic=is_automatic))


def announce_undone(uow: UnitOfWork, entry: BankEntry, payout: Payout) -> None:
    """Record that a payout is no longer matched with an entry."""
    uow.announce(PayoutUnreconciled(**_told(entry, payout)))


def _told(entry: BankEntry, payout: Payout) -> dict[str, Any]:
    return {
        "subject_id": payout.id,
        "gateway": payout.gateway,
        "reference": payout.reference,
        "currency": payout.currency,
        "total_minor": payout.total_minor,
        "entry_id": str(entry.id),
        "booked_on": entry.booked_on.isoformat(),
    }


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
