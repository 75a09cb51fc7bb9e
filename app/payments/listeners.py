"""Event handlers of payments for orders, in the same transaction."""

from uuid import UUID

from app.core.journal.event import Event
from app.core.uow import UnitOfWork
from app.orders import queries as orders
from app.orders.events import (
    OrderCancelled,
    OrderConfirmed,
    OrderEdited,
    OrderLinesCancelled,
    OrderPlaced,
    OrderReleased,
)
from app.orders.fresh import FreshOrder
from app.orders.service.progressing import progressed
from app.payments import queries
from app.payments.events import (
    DisputeLost,
    DisputeOpened,
    DisputeWon,
    PaymentAuthorized,
    PaymentFailed,
    PaymentRecorded,
    PaymentRefundReversed,
    PaymentReversed,
)
from app.payments.service import capturing, gift_card_money, gift_cards, holding, requesting, stored_value

# After these events what the transaction has read of the order before is outdated.
_CHANGING = (OrderConfirmed, OrderEdited, OrderLinesCancelled, OrderReleased)


async def release_ended_holds(uow: UnitOfWork, event: OrderEdited | OrderLinesCancelled) -> None:
    """The amount due has changed; holds that waited for a payment may have ended."""
    if event.happened_at is not None:
        return  # the history of another system, written down afterwards
    order = await orders.locked_by_id(event.subject_id)
    assert order is not None
    await holding.release_ended(uow, order)


async def capture_by_rule(uow: UnitOfWork, event: Event) -> None:
    """An order was confirmed, shipped, collected, edited or partly cancelled: capture what its rule asks for.
    An order that is being placed has no authorization yet."""
    if event.happened_at is not None or event.subject_id in uow.fresh:
        return
    known = None if isinstance(event, _CHANGING) else progressed(uow, event.subject_id)
    order, lines = known or (await orders.locked_by_id(event.subject_id), None)
    assert order is not None
    await capturing.capture_by_rule(uow, order, lines=lines)


async def add_stored_value(uow: UnitOfWork, event: OrderPlaced) -> None:
    """Add the payments of an order that is placed with gift cards or store credit."""
    fresh = uow.fresh.get(event.subject_id)
    if isinstance(fresh, FreshOrder) and fresh.spent:
        stored_value.add_placed(uow, fresh.order, fresh.spent)


async def return_stored_value(uow: UnitOfWork, event: OrderCancelled) -> None:
    """Return the gift cards and store credit that paid for a cancelled order."""
    if event.happened_at is None:
        await stored_value.return_cancelled(uow, event.subject_id)


async def return_money(uow: UnitOfWork, event: OrderCancelled) -> None:
    """The order is cancelled: gateways void its authorizations and refund what they captured."""
    if event.happened_at is not None:
        return
    if not await queries.has_gateway_payments(event.subject_id):
        return
    order = await orders.locked_by_id(event.subject_id)
    assert order is not None
    for payment in await queries.locked_of(order.id):
        if payment.account_id is not None:
            await requesting.give_back(uow, order, payment)


async def defer_gift_cards(
    uow: UnitOfWork,
    event: PaymentRecorded
    | PaymentAuthorized
    | PaymentFailed
    | PaymentRefundReversed
    | OrderConfirmed
    | OrderEdited
    | OrderLinesCancelled
    | OrderReleased
    | PaymentReversed
    | DisputeOpened
    | DisputeWon
    | DisputeLost,
) -> None:
    """An order with gift cards may be paid now, also because a refund was not made after all, or its money is
    disputed or gone; its cards are issued, restored, blocked or unblocked after the commit."""
    if event.happened_at is not None:
        return
    fresh = uow.fresh.get(event.subject_id)
    known = None if isinstance(event, _CHANGING) else progressed(uow, event.subject_id)
    if isinstance(fresh, FreshOrder):
        has_cards = any(line.is_gift_card for line in fresh.lines)
    elif known is not None:
        has_cards = any(line.is_gift_card for line in known.lines)
    else:
        has_cards = await queries.has_gift_cards(event.subject_id)
    if has_cards:
        uow.defer("gift_cards.issue", event.subject_id)


async def issue_gift_cards(uow: UnitOfWork, order_id: UUID) -> None:
    """Issue the gift cards of a paid order, and bring those that were issued in line with its money."""
    await gift_card_money.follow_money(uow, order_id)
    await gift_cards.issue_paid(uow, order_id)
