"""Assigns bank entries to orders, as payments received."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from app.bank import matching, queries
from app.bank.lifecycle import BankEntryDirection, BankEntryProblem, BankEntryStatus
from app.bank.models import BankAllocation, BankEntry
from app.bank.service import payouts, transfer_outcomes
from app.channels import queries as channels
from app.core.database import insert, one_at_a_time, update_each
from app.core.ids import new_id
from app.core.money import Money
from app.core.problems import ProblemCode
from app.core.refusals import Invalid, Refusal
from app.core.uow import UnitOfWork, command
from app.core.versions import refuse_stale, touch
from app.orders import queries as orders
from app.orders.amounts import due
from app.orders.models import Order
from app.payments import queries as payments
from app.payments.lifecycle import PaymentKind
from app.payments.service import recording

MOST_ORDERS = 50  # of one entry


@dataclass(frozen=True, slots=True)
class Share:
    """A part of an entry for an order; without an amount, what is due, at most the rest of the entry."""

    order_id: UUID
    amount: Money | None = None


async def match_unexamined(uow: UnitOfWork, statement_id: UUID) -> None:
    """Match the new entries of a statement with the refunds that they execute or return, with the orders that
    they name, as far as `matching` allows, and those that name none with payouts, as far as
    `payout_matching` allows."""
    await one_at_a_time(payouts.TURN)
    entries = await queries.locked_unexamined(statement_id)
    rest = await transfer_outcomes.match_entries(uow, entries)
    named = await queries.orders_named_by(rest)
    work = [(entry, found) for entry, found in zip(rest, named, strict=True)]
    work.sort(key=lambda each: (each[1][0].id if each[1] else each[0].id, each[0].id))
    for entry, found in work:
        await _examine(uow, entry, found)
    await payouts.match_automatically(uow, [entry for entry, found in work if not found])
    if len(entries) == queries.NOT_EXAMINED_AT_ONCE:
        uow.defer("bank.match", statement_id)


async def _examine(uow: UnitOfWork, entry: BankEntry, found: Sequence[Order]) -> None:
    """Record the payment of an entry if it names one order, else its problem."""
    current = list(found)
    if len(found) == 1:
        locked = await orders.locked_by_id(found[0].id)
        current = [locked] if locked is not None else []
    entry.problem = matching.problem_of(entry, current)
    if entry.problem is None and await payments.is_known(
        current[0].id, PaymentKind.CAPTURE, _reference(entry)
    ):
        entry.problem = BankEntryProblem.REFERENCE_KNOWN
    if entry.problem is None:
        await _record(uow, entry, current[0], entry.amount_minor)
    await _save(uow, entry)


@command
async def match(
    uow: UnitOfWork,
    entry_id: UUID,
    shares: Sequence[Share],
    *,
    accept_overpayment: bool = False,
    expected_version: int | None = None,
) -> BankEntry:
    """Record an entry, or parts of it, as payments of orders.

    Raises:
        NotFound, StaleVersion.
        Invalid: money was paid out, the entry has no rest, an amount is not positive, in another currency or
            more than the rest, no order or one twice, or nothing is due for one.
        AmountTooLarge: an amount exceeds what is due, and overpayment was not accepted.
        AlreadyExists: the order has a payment with the entry's reference.
    """
    entry = await queries.locked_entry(uow.actor, entry_id)
    refuse_stale(entry, expected_version)
    _refuse_unmatchable(entry, shares)
    for index, share in sorted(enumerate(shares), key=lambda each: each[1].order_id):
        try:
            order = await orders.order(uow.actor, share.order_id, "order_id")
            amount = _amount(entry, order, share)
            await _record(uow, entry, order, amount, accept_overpayment=accept_overpayment)
        except Refusal as error:
            raise error.under("orders", str(index)) from error
    rest = entry.amount_minor - entry.allocated_minor
    entry.problem = BankEntryProblem.OVERPAID if rest else None
    await _save(uow, entry)
    return entry


def _refuse_unmatchable(entry: BankEntry, shares: Sequence[Share]) -> None:
    if entry.direction is BankEntryDirection.DEBIT or entry.is_reversal:
        raise Invalid(
            "Only money received can be matched with orders. Close this entry (bankEntryClose).",
            "id",
            code=ProblemCode.NOT_POSSIBLE_NOW,
        )
    if entry.status is not BankEntryStatus.OPEN:
        raise Invalid(
            f"The entry is {entry.status.value}. Only open entries can be matched.",
            "id",
            code=ProblemCode.NOT_POSSIBLE_NOW,
        )
    if not 1 <= len(shares) <= MOST_ORDERS:
        raise Invalid(
            f"List 1 to {MOST_ORDERS} orders.",
            "orders",
            code=ProblemCode.WRONG_COUNT,
            minimum=1,
            maximum=MOST_ORDERS,
        )
    if len({share.order_id for share in shares}) < len(shares):
        raise Invalid("List each order once.", "orders", code=ProblemCode.REPEATED)


def _amount(entry: BankEntry, order: Order, share: Share) -> int:
    """The amount of a share in minor units.

    Raises:
        Invalid: see `match`.
    """
    rest = entry.amount_minor - entry.allocated_minor
    if order.currency != entry.currency:
        raise Invalid(
            f"The order is in {order.currency}, the entry in {entry.currency}.",
            "order_id",
            code=ProblemCode.WRONG_CURRENCY,
            currency=entry.currency,
        )
    if share.amount is None:
        amount = min(rest, due(order))
        if amount <= 0:
            text = "Nothing is due for this order." if rest else "The entry has no rest for this order."
            raise Invalid(f"{text} Enter an amount.", "amount", code=ProblemCode.REQUIRED)
        return int(amount)
    if share.amount.currency != entry.currency:
        raise Invalid(
            f"The amount must be in {entry.currency}.",
            "amount",
            "currency",
            code=ProblemCode.WRONG_CURRENCY,
            currency=entry.currency,
        )
    if share.amount.minor <= 0:
        raise Invalid(
            "The amount must be greater than 0.", "amount", "amount", code=ProblemCode.TOO_SMALL, minimum=0
        )
    if share.amount.minor > rest:
        raise Invalid(
            f"The rest of the entry is {Money(rest, entry.currency)}. Enter at most that.",
            "amount",
            "amount",
            code=ProblemCode.TOO_LARGE,
            maximum_amount=Money(rest, entry.currency),
        )
    return int(share.amount.minor)


async def _record(
    uow: UnitOfWork, entry: BankEntry, order: Order, amount: int, *, accept_overpayment: bool = False
) -> None:
    transaction = await recording.record(
        uow,
        order.id,
        Money(amount, entry.currency),
        reference=_reference(entry),
        note=f"Bank entry of {entry.booked_on.isoformat()}",
        received_at=min(uow.at, await _booked_at(entry, order)),
        accept_overpayment=accept_overpayment,
    )
    allocation = BankAllocation(
        id=new_id(),
        entry_id=entry.id,
        transaction_id=transaction.id,
        amount_minor=amount,
        created_at=uow.at,
    )
    await insert([allocation])
    uow.book([allocation])
    entry.allocated_minor += amount


def _reference(entry: BankEntry) -> str:
    """The reference of the payments of an entry."""
    return entry.servicer_reference if entry.part == 1 else f"{entry.servicer_reference}/{entry.part}"


async def _booked_at(entry: BankEntry, order: Order) -> datetime:
    """The beginning of the booking day in the time zone of the order's channel."""
    (channel,) = await channels.channels_by_id([order.channel_id])
    assert channel is not None
    return datetime.combine(entry.booked_on, time.min, ZoneInfo(channel.time_zone))


async def _save(uow: UnitOfWork, entry: BankEntry) -> None:
    rest = entry.amount_minor - entry.allocated_minor
    entry.status = BankEntryStatus.OPEN if rest else BankEntryStatus.MATCHED
    touch(entry, uow.at)
    await update_each([entry], "allocated_minor", "status", "problem", "version", "updated_at")
