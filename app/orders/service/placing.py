"""Placing an order: validated, priced, reserved, numbered and written in one transaction."""

from dataclasses import replace
from uuid import UUID

from app.channels import queries as channels
from app.channels.models import Channel
from app.core.actor import Actor
from app.core.money import Money
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.core.uow import UnitOfWork, command
from app.customers import queries as customers
from app.inventory.stock.service import releasing
from app.inventory.stock.service.reserving import ReservationResult
from app.orders import derived_statuses, lifecycle, queries
from app.orders.cart import CartContents
from app.orders.conditions import refuse_place
from app.orders.delivery_days import first_promise
from app.orders.events import OrderPlaced
from app.orders.fresh import FreshOrder
from app.orders.gift_cards import is_only_gift_cards
from app.orders.lifecycle import PaymentStatus
from app.orders.models import Hold, Order, OrderLine
from app.orders.refusals import TotalChanged
from app.orders.service.adjusting import announce_adjusted
from app.orders.service.drafting import (
    blank,
    refuse_reference,
    refuse_tags,
    set_content,
)
from app.orders.service.merging import merged
from app.orders.service.numbering import take_number
from app.orders.service.pickup import promise_pickup
from app.orders.service.pricing import OrderData, PricedOrder, price_order
from app.orders.service.remembering import save_addresses
from app.orders.service.replacing import save_content
from app.orders.service.reserving import reserve_stock
from app.orders.service.tendering import pay_with_stored_value
from app.orders.service.validating import announce_findings, apply_findings, examine_new
from app.orders.service.writing import lines_of, write_onto
from app.orders.shown import Shown
from app.orders.validation import content_of
from app.promotions import service as promotions
from app.promotions.scope import Buyer
from app.stored_value.spending import Spent

# The fields, sent with a draft, that its price depends on.
PRICED = frozenset({"lines", "shipping_address", "shipping_method", "pickup_location", "discount_codes"})


@command
async def place(
    uow: UnitOfWork,
    data: OrderData,
    *,
    number: str | None = None,
    draft_id: UUID | None = None,
    draft_token: str | None = None,
    sent: frozenset[str] = frozenset(),
    expected: Money | None = None,
) -> Order:
    """Place an order, from lines or from a draft.

    `number` is one drawn beforehand; without it one is taken here. For a draft, `sent` names the fields of
    `data` that were sent with it and override the draft's own. `expected` is the total that the buyer saw.

    Raises:
        NotFound, Invalid: the channel or draft does not exist, or the channel is inactive.
        ValidationFailed: every problem of the input; gift cards that cannot pay for the order.
        TotalChanged: the total would differ from the expected one.
        InsufficientStock: every SKU without enough stock. Nothing is stored.
        AlreadyExists: the channel has an order with this external reference.
    """
    if draft_id is not None:
        return await _place_draft(uow, draft_id, draft_token, data, sent, number, expected)
    if not data.channel:
        raise Invalid("Enter the channel, or send `draftId`.", "channel", code=ProblemCode.REQUIRED)
    channel = await channels.open_for_orders(data.channel, uow.actor, "channel")
    data.email = data.email or await _own_email(uow.actor)
    priced = await price_order(channel, data, uow.at, uow.actor, complete=True)
    refuse_other_total(priced, channel.currency, expected)
    if data.external_reference is not None:
        await refuse_reference(uow.actor, channel.id, data.external_reference)
    order = await blank(uow, channel, data)
    write_onto(order, priced)
    if data.save_addresses:
        await save_addresses(uow, order)
    lines = lines_of(order, priced)
    spent = await _take_benefits(uow, order, lines, priced, data)
    reserved, holds = await _promise(uow, order, channel, priced, lines, number)
    await _announce(uow, priced, FreshOrder.of(order, lines, priced, reserved, spent), holds)
    await uow.write_added([order], lines, holds)
    return order


async def _place_draft(
    uow: UnitOfWork,
    id: UUID,
    token: str | None,
    data: OrderData,
    sent: frozenset[str],
    number: str | None,
    expected: Money | None,
) -> Order:
    order = await queries.locked_draft(uow.actor, id, token, "draft_id")
    (channel,) = await channels.channels_by_id([order.channel_id])
    assert channel is not None
    refuse_place(order, channel, uow.actor)
    refuse_tags(uow.actor, order.channel_id, data)
    own = await queries.lines(order.id)
    shown = Shown.of(order, own)
    whole = merged(uow.actor, order, channel, own, data, sent)
    whole.email = whole.email or await _own_email(uow.actor)
    # What the cart's warnings say is set aside stays so. A code that becomes invalid now is refused, unless
    # a total is expected: then the error states the total without it.
    had = CartContents.aside(order)
    if expected is not None:
        had = replace(had, codes=had.codes | frozenset(order.discount_codes))
    priced = await price_order(channel, whole, uow.at, uow.actor, complete=True, had=had)
    refuse_other_total(priced, channel.currency, expected, shown)
    order.shown_total_minor = None if sent & PRICED else shown.total_minor
    await set_content(uow, order, whole, priced)
    lines = lines_of(order, priced, shown)
    order.set_aside = None
    if data.save_addresses:
        await save_addresses(uow, order)
    spent = await _take_benefits(uow, order, lines, priced, data)
    # The draft's reservation may have expired or be for other lines: release it and reserve again at once.
    await releasing.release(uow, claimant=order.id)
    reserved, holds = await _promise(uow, order, channel, priced, lines, number)
    await _announce(uow, priced, FreshOrder.of(order, lines, priced, reserved, spent), holds)
    await save_content(uow, order, own, lines, holds)
    return order


async def _own_email(actor: Actor) -> str | None:
    """The e-mail address of the customer who places the order; None for other callers."""
    if not actor.is_customer or actor.id is None:
        return None
    (customer,) = await customers.customers_by_id([actor.id])
    return customer.email if customer else None


def refuse_other_total(
    priced: PricedOrder, currency: str, expected: Money | None, shown: Shown | None = None
) -> None:
    """Raise TotalChanged, or Invalid for another currency, if a total is expected and differs."""
    if expected is None:
        return
    if expected.currency != currency:
        raise Invalid(
            f"The amount must be in {currency}.",
            "expected_total",
            "currency",
            code=ProblemCode.WRONG_CURRENCY,
            given=expected.currency,
            currency=currency,
        )
    total = priced.totals.total_minor
    if total != expected.minor:
        prices = {item.sold.sku: item.unit_price_minor for item in priced.items}
        changes = shown.changes(prices, priced.totals, currency) if shown else []
        raise TotalChanged(expected, Money(total, currency), changes)


async def _take_benefits(
    uow: UnitOfWork, order: Order, lines: list[OrderLine], priced: PricedOrder, data: OrderData
) -> list[Spent]:
    """Use the discount codes, and spend the gift cards and store credit that were sent, before stock is
    locked."""
    if priced.discounts:
        codes = [(each.discount.id, each.discount.code) for each in priced.discounts]
        uow.add(list(await promotions.use(codes, order.id, Buyer(order.customer_id, order.email))))
    return await pay_with_stored_value(uow, order, lines, data)


async def _promise(
    uow: UnitOfWork,
    order: Order,
    channel: Channel,
    priced: PricedOrder,
    lines: list[OrderLine],
    number: str | None,
) -> tuple[ReservationResult, list[Hold]]:
    """Take stock, set the number, and confirm the order unless a rule holds it."""
    lifecycle.lifecycle.move(order, lifecycle.place)
    order.number = number or await take_number(channel)
    order.placed_at, order.language = uow.at, order.language or channel.default_language
    order.capture_rule = channel.capture
    order.draft_expires_at = order.reserved_until = None
    order.content = content_of((item.sold.sku, item.quantity) for item in priced.items)
    findings = await examine_new(uow, order, lines) if channel.confirms_at_once else []
    order.tracking_stage = derived_statuses.tracking_stage(order.status, order.fulfillment_status)
    if derived_statuses.is_free(order):
        order.payment_status = PaymentStatus.PAID
    # Last of all: other buyers of the same goods wait from here to the commit.
    reserved = await reserve_stock(
        uow,
        priced,
        channel_id=channel.id,
        claimant=order.id,
        is_paid=order.payment_status is PaymentStatus.PAID and order.paid_minor > 0,
        adds_rows=True,
    )
    order.sourcing = reserved.decision.to_json()
    if not is_only_gift_cards(lines):
        order.promised_on = order.first_promised_on = first_promise(channel, priced.method, reserved, uow.at)
    if priced.pickup is not None:
        promise_pickup(order, priced, reserved, uow.at)
    if reserved.is_waiting:
        order.is_waiting = True
        order.fulfillment_status = lifecycle.FulfillmentStatus.BACKORDERED
    return reserved, apply_findings(uow, order, findings, confirms=channel.confirms_at_once)


async def _announce(uow: UnitOfWork, priced: PricedOrder, fresh: FreshOrder, holds: list[Hold]) -> None:
    """Record the events; listeners may add to the order before it is written."""
    order = fresh.order
    uow.announce(
        OrderPlaced(
            subject_id=order.id,
            channel_id=order.channel_id,
            order_number=order.number or "",
            total_minor=order.total_minor,
            currency=order.currency,
            units=priced.units,
        )
    )
    announce_adjusted(uow, order, priced.adjusted)
    announce_findings(uow, order, holds)
    uow.fresh[order.id] = fresh
    await uow.dispatch()
    del uow.fresh[order.id]
