"""Posts what a transaction did, at its end."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar
from uuid import UUID

from app.accounting import queries
from app.accounting.lifecycle import LedgerEntryKind
from app.accounting.models import LedgerLabel
from app.accounting.money_facts import draft_of_payment, drafts_of_stored_value, kind_of_payment
from app.accounting.postings import Amounts, Draft, added, less, with_buyer
from app.accounting.recognition import KINDS, recognized
from app.accounting.service import labelling
from app.accounting.service.history import drafts_of_history
from app.accounting.service.settling import drafts_of_disputes, drafts_of_payouts
from app.accounting.service.writing import write
from app.accounting.stock_facts import drafts_of_stock
from app.bank.models import BankAllocation
from app.bank.transfer_models import BankTransfer
from app.core.journal.event import Event
from app.core.uow import UnitOfWork
from app.fulfillment.events import FulfillmentCollected, FulfillmentReturned, FulfillmentShipped
from app.inventory.stock.models import ValueEntry
from app.orders import queries as orders
from app.orders.events import (
    OrderCancelled,
    OrderEdited,
    OrderImported,
    OrderLinesCancelled,
    OrderPlaced,
)
from app.orders.models import Order, OrderLine
from app.orders.service.progressing import progressed
from app.payments.events import GiftCardsIssued, GiftCardsRestored, PaymentRefunded
from app.payments.lifecycle import PaymentKind, TransactionStatus
from app.payments.models import Dispute, PaymentTransaction
from app.payments.payout_models import Payout
from app.settings import settings
from app.stored_value import queries as stored_value
from app.stored_value.models import StoredValueEntry

T = TypeVar("T")

# Events after which the revenue of an order can be another.
RECOGNIZING = (
    FulfillmentShipped, FulfillmentCollected, FulfillmentReturned, OrderEdited, OrderLinesCancelled,
    OrderCancelled,
    GiftCardsIssued,
    GiftCardsRestored,
)  # fmt: skip


# Events after which the rows booked with an order's progress are outdated.
_CHANGING = {FulfillmentReturned, OrderEdited, OrderLinesCancelled, OrderCancelled, PaymentRefunded}


async def post(uow: UnitOfWork, events: Sequence[Event]) -> None:
    """Write the entries of a transaction: of its events, and of the rows that it booked."""
    transactions = [row for row in _booked(uow, PaymentTransaction) if kind_of_payment(row)]
    imported = list({event.subject_id for event in events if type(event) is OrderImported})
    changed = {event.subject_id for event in events if isinstance(event, RECOGNIZING)} - set(imported)
    values, credits = _booked(uow, ValueEntry), _booked(uow, StoredValueEntry)
    disputes, payouts = _booked(uow, Dispute), _booked(uow, Payout)
    if not (transactions or imported or changed or values or credits or disputes or payouts):
        return
    drafts, lines = list[Draft](), list[LedgerLabel]()
    if imported:
        drafts, lines = await drafts_of_history(imported)
    if transactions or changed:
        of_orders = await _of_orders(uow, transactions, changed, events)
        drafts, lines = [*drafts, *of_orders[0]], [*lines, *of_orders[1]]
    drafts += drafts_of_stock(values, settings().cost_currency)
    drafts += await _of_stored_value(credits)
    drafts += await drafts_of_disputes(disputes, _channels(events), uow.at)
    drafts += await drafts_of_payouts(payouts)
    if drafts:
        await write(uow, drafts, lines)


def _booked(uow: UnitOfWork, kind: type[T]) -> list[T]:
    return [row for row in uow.booked if isinstance(row, kind)]


def _channels(events: Sequence[Event]) -> dict[UUID, UUID | None]:
    """The channels of the orders of events."""
    return {event.subject_id: event.channel_id for event in events if event.subject_kind == "order"}


async def _of_orders(
    uow: UnitOfWork,
    transactions: Sequence[PaymentTransaction],
    changed: set[UUID],
    events: Sequence[Event],
) -> tuple[list[Draft], list[LedgerLabel]]:
    """The entries of orders: first what they earned, then the money that moved."""
    placed = {event.subject_id for event in events if type(event) is OrderPlaced}
    channels = _channels(events)
    ids = changed | {row.order_id for row in transactions}
    standings: dict[UUID, dict[Any, int]] = {id: {} for id in ids}
    if known := ids - placed:  # nothing was posted for an order that is being placed
        standings |= await queries.standings(known)
    credited = {row.order_id for row in transactions if row.kind is PaymentKind.REFUND}  # some are credits
    revenue = {id for id in known if id in changed or (id in credited and _has_revenue(standings[id]))}
    drafts, lines = await _revenue(uow, revenue, standings, events)
    from_bank = {row.transaction_id for row in _booked(uow, BankAllocation)}
    from_bank |= {row.transaction_id for row in _booked(uow, BankTransfer)}
    if any(row.status is TransactionStatus.REVERSED for row in transactions):
        from_bank |= await queries.bank_transactions({row.order_id for row in transactions})
    for row in transactions:
        draft = draft_of_payment(row, standings[row.order_id], channels.get(row.order_id), from_bank, uow.at)
        if draft is not None:
            standings[row.order_id] = added(standings[row.order_id], draft.amounts)
            drafts.append(draft)
    return drafts, lines


def _has_revenue(standing: dict[Any, int]) -> bool:
    return any(account.kind in KINDS for account in standing)


async def _revenue(
    uow: UnitOfWork, ids: Iterable[UUID], standings: dict[UUID, dict[Any, int]], events: Sequence[Event]
) -> tuple[list[Draft], list[LedgerLabel]]:
    """The differences between the revenue of orders and what was posted of it; adds them to the standings."""
    drafts, new_lines = list[Draft](), list[LedgerLabel]()
    for id in sorted(ids):
        order, lines = await _order(uow, id, events)
        posted = {a: minor for a, minor in standings[id].items() if a.kind in KINDS}
        if not posted and not any(line.quantity_shipped for line in lines):
            continue
        labels, new = await labelling.labels_of([order], lines)
        has_cards = any(line.is_gift_card for line in lines) and order.credited_minor
        cards = await queries.cards_refunded([id]) if has_cards else {}
        difference = less(recognized(order, lines, labels, cards.get(id, 0)), posted)
        if difference:
            amounts: Amounts = with_buyer(difference, standings[id])
            standings[id] = added(standings[id], amounts)
            new_lines += new
            drafts.append(
                Draft(
                    LedgerEntryKind.REVENUE,
                    "order",
                    id,
                    order.currency,
                    uow.at,
                    amounts,
                    id,
                    order.channel_id,
                )
            )
    return drafts, new_lines


async def _order(uow: UnitOfWork, id: UUID, events: Sequence[Event]) -> tuple[Order, Sequence[OrderLine]]:
    """An order with its lines: as booked with its progress, if nothing else of it has changed."""
    kinds = {type(event) for event in events if event.subject_id == id}
    if not kinds & _CHANGING and (known := progressed(uow, id)) is not None:
        return known
    (order,), (lines,) = await orders.orders_by_id([id]), await orders.lines_by_order([id])
    assert order is not None
    return order, lines


async def _of_stored_value(rows: Sequence[StoredValueEntry]) -> list[Draft]:
    if not rows:
        return []
    accounts = await stored_value.by_id(sorted({row.account_id for row in rows}))
    return drafts_of_stored_value(rows, {row.id: row for row in accounts if row is not None})
