"""Issuing the gift cards that an order has bought.

They are issued once they are paid and the order is confirmed and has no hold. They are paid when the money
that was received covers them and everything else that is due is authorized, whether it was received by one
payment, several, or captures of parts. Gift cards and store credit do not count, nor do terms.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from app.channels import queries as channels
from app.channels.models import Channel
from app.core.database import insert
from app.core.ids import new_id
from app.core.money import split_minor
from app.core.uow import UnitOfWork
from app.orders import queries as orders
from app.orders.amounts import due
from app.orders.gift_cards import live_units, worth_of_gift_cards
from app.orders.lifecycle import OrderStatus
from app.orders.models import Order, OrderLine
from app.orders.recorded import remaining
from app.orders.service import progressing
from app.payments import queries
from app.payments.events import GiftCardsIssued
from app.payments.models import Payment, PurchasedGiftCard
from app.payments.rules import Tender
from app.stored_value import issuing

_AGREED = (OrderStatus.CONFIRMED, OrderStatus.COMPLETED)


async def issue_paid(uow: UnitOfWork, order_id: UUID) -> None:
    """Issue the gift cards of an order that were paid and not issued yet, each worth its unit price. Called
    again, it issues nothing."""
    order = await orders.locked_by_id(order_id)
    if order is None or order.status not in _AGREED or order.open_holds:
        return
    lines = await orders.lines(order.id)
    missing, known = await _missing(order, lines)
    if not missing or not await _are_paid(order, lines, known):
        return
    (channel,) = await channels.channels_by_id([order.channel_id])
    assert channel is not None
    prices = dict(zip((line.id for line in lines), remaining(order, lines).lines, strict=True))
    issued = {}
    for line in missing:
        had = known.get(line.id, [])
        issued[line.id] = await _issue(uow, order, line, channel, had, prices[line.id].total_minor)
    await progressing.record_issued(uow, order, lines, issued)


async def _issue(
    uow: UnitOfWork,
    order: Order,
    line: OrderLine,
    channel: Channel,
    had: Sequence[PurchasedGiftCard],
    total_minor: int,
) -> int:
    """Issue the cards that a line lacks; return their number. What the line costs is distributed over its
    cards."""
    units = range(max((each.unit for each in had), default=0) + 1, live_units(line) + 1)
    left = max(0, total_minor - sum(each.price_minor for each in had))
    reason = f"Bought with order {order.number}."
    rows = []
    for unit, price in zip(units, split_minor(left, [1] * len(units)), strict=True):
        card = await issuing.issue_gift_card(
            uow, channel, line.unit_price_minor, reason=reason, order_id=order.id
        )
        rows.append(
            PurchasedGiftCard(
                id=new_id(),
                order_line_id=line.id,
                order_id=order.id,
                unit=unit,
                card_id=card.id,
                price_minor=price,
                created_at=uow.at,
            )
        )
    await insert(rows)
    uow.announce(
        GiftCardsIssued(
            subject_id=order.id,
            channel_id=order.channel_id,
            line_id=str(line.id),
            sku=line.sku,
            card_ids=[str(each.card_id) for each in rows],
            has_recipient=line.gift_recipient is not None,
        )
    )
    return len(rows)


async def _are_paid(
    order: Order, lines: Sequence[OrderLine], known: Mapping[UUID, Sequence[PurchasedGiftCard]]
) -> bool:
    """Whether the gift cards of a locked order are paid, and the rest is paid or authorized."""
    if due(order) > order.authorized_minor:
        return False
    money = sum(
        Tender.of(each).refundable_minor
        for each in await queries.locked_of(order.id)
        if each.stored_value_id is None
    )
    refunded = sum(card.refunded_minor for cards in known.values() for card in cards)
    return bool(money >= worth_of_gift_cards(order, lines) - refunded)


async def _missing(
    order: Order, lines: Sequence[OrderLine]
) -> tuple[list[OrderLine], dict[UUID, list[PurchasedGiftCard]]]:
    """The lines for which cards are to be issued, and the cards that lines have."""
    wanted = [line for line in lines if live_units(line)]
    if not wanted:
        return [], {}
    known: dict[UUID, list[PurchasedGiftCard]] = {}
    for row in await queries.purchased(order.id):
        known.setdefault(row.order_line_id, []).append(row)
    return [line for line in wanted if live_units(line) > len(known.get(line.id, []))], known


def paid_with_stored_value(payments: Sequence[Payment]) -> int:
    """What gift cards and store credit have paid and not got back, in minor units."""
    return sum(
        each.captured_minor - each.refunded_minor for each in payments if each.stored_value_id is not None
    )
