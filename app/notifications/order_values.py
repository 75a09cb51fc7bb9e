"""The values of messages about an order, as they are when the message is sent."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_currency

from app.channels.models import Channel
from app.core.links import CONTACT, is_link, shown_link
from app.core.money import Money
from app.notifications import contexts
from app.notifications.facts import LineChange, MessageFacts
from app.notifications.lifecycle import MessageKind
from app.notifications.naming import name_of
from app.notifications.parcels import OrderParcels
from app.orders import queries as orders
from app.orders.amounts import due
from app.orders.editing import live
from app.orders.gift_cards import GiftRecipient
from app.orders.lifecycle import FulfillmentStatus, HoldKind
from app.orders.models import Hold, Order, OrderLine
from app.orders.pickup import Pickup
from app.orders.recorded import remaining
from app.settings import settings
from app.stored_value.codes import code_of
from app.stored_value.models import StoredValue

F, K = FulfillmentStatus, MessageKind
MOST_LINES = 500
HIDDEN_CODE = "XXXX-XXXX-XXXX-XXXX"  # in a preview
_ADDRESS = ("name", "company", "line1", "line2")
_REASONS = {HoldKind.PAYMENT: "payment", HoldKind.ADDRESS: "address"}


@dataclass(frozen=True, slots=True)
class Subject:
    """An order with what its messages need."""

    order: Order
    channel: Channel
    lines: Sequence[OrderLine]
    facts: MessageFacts
    locale: Locale
    words: Mapping[str, str]
    parcels: OrderParcels
    holds: Sequence[Hold] = ()
    can_be_paid: bool = False  # with its tracking link
    cards: Sequence[StoredValue] = ()  # gift cards that were issued
    shows_codes: bool = True  # False: for a preview

    def money(self, minor: int, currency: str = "") -> str:
        amount = Money(minor, currency or self.order.currency)
        return format_currency(amount.amount, amount.currency, locale=self.locale)

    def day(self, day: date | None) -> str | None:
        return format_date(day, "full", locale=self.locale) if day else None

    def day_of(self, moment: datetime) -> str:
        """The day of a moment in the channel's time zone."""
        return format_date(moment.astimezone(ZoneInfo(self.channel.time_zone)), "long", locale=self.locale)


def values_of(kind: MessageKind, about: Subject) -> contexts.Values:
    """The values for the templates of a kind."""
    return _MAKERS[kind](about)


def _common(about: Subject) -> dict[str, Any]:
    return {"shop": _shop(about.channel), "order": _order(about), "words": dict(about.words)}


def _shop(channel: Channel) -> contexts.Shop:
    support = channel.support_url
    return contexts.Shop(
        channel.name,
        shown_link(channel.website_url),
        support if support and is_link(support, CONTACT) else None,
    )


def _order(about: Subject) -> contexts.OrderValues:
    order, money = about.order, about.money
    left, pickup = remaining(order, about.lines), Pickup.of(order)
    off = sum(line.discount_minor for line in left.lines)
    return contexts.OrderValues(
        number=order.number or "",
        name=(order.shipping_address or {}).get("name") or None,
        placed_on=about.day_of(order.placed_at or order.created_at),
        promised_on=about.day(order.promised_on),
        subtotal=money(sum(line.gross_minor for line in left.lines)),
        discount=money(-off) if off else None,
        shipping=money(left.shipping_minor),
        tax=money(left.tax_minor) if left.tax_minor else None,
        taxes_included=order.prices_include_tax,
        total=money(left.total_minor),
        amount_due=money(max(0, due(order))),
        shipping_method=order.shipping_method_name or None,
        is_pickup=pickup is not None,
        pickup_at=pickup.name if pickup else None,
        instructions=(pickup.instructions or None) if pickup else None,
        address=_address(order.shipping_address),
        link=tracking_link(order),
    )


def tracking_link(order: Order) -> str:
    config = settings()
    base = config.public_url.rstrip("/") or f"http://localhost:{config.port}"
    return f"{base}/track/{orders.tracking_token(order.id, order.tracking_generation)}"


def _address(stored: Mapping[str, Any] | None) -> list[str]:
    if not stored:
        return []
    town = " ".join(filter(None, (stored.get("postal_code"), stored.get("city"), stored.get("region"))))
    parts = [*(stored.get(name) for name in _ADDRESS), town, stored.get("country")]
    return [str(part) for part in parts if part]


def _items(about: Subject, *, with_cancelled: bool = False) -> list[contexts.Item]:
    found = []
    parts = remaining(about.order, about.lines).lines
    for line, part in list(zip(about.lines, parts, strict=True))[:MOST_LINES]:
        units = line.quantity if with_cancelled else live(line)
        if units:
            gross = None if with_cancelled else about.money(part.gross_minor)
            found.append(contexts.Item(name_of(line), line.sku, units, gross))
    return found


def _changes(about: Subject) -> list[tuple[LineChange, str]]:
    """The changed lines with their names."""
    names = {line.sku: name_of(line) for line in about.lines}
    return [(each, names.get(each.sku, each.sku)) for each in about.facts.lines[:MOST_LINES]]


def _amounts(about: Subject) -> dict[str, str]:
    """The amount of each SKU after discount."""
    found: dict[str, int] = {}
    for line, left in zip(about.lines, remaining(about.order, about.lines).lines, strict=True):
        found[line.sku] = found.get(line.sku, 0) + left.taxable_minor
    return {sku: about.money(minor) for sku, minor in found.items()}


def _ordered(about: Subject) -> contexts.OrderItems:
    return contexts.OrderItems(**_common(about), items=_items(about))


def _cancelled(about: Subject) -> contexts.OrderItems:
    return contexts.OrderItems(**_common(about), items=_items(about, with_cancelled=True))


def _held(about: Subject) -> contexts.HeldOrder:
    kinds = {hold.kind for hold in about.holds}
    if due(about.order) <= 0:
        kinds.discard(HoldKind.PAYMENT)  # nothing is asked for that is paid already
    reason = next((said for kind, said in _REASONS.items() if kind in kinds), "check")
    link = f"{tracking_link(about.order)}/pay" if reason == "payment" and about.can_be_paid else None
    return contexts.HeldOrder(**_common(about), reason=reason, pay_link=link)


def _delayed(about: Subject) -> contexts.DelayedOrder:
    facts = about.facts
    return contexts.DelayedOrder(
        **_common(about),
        before_on=about.day(facts.before_on),
        promised_on=about.day(facts.promised_on),
        is_later=not facts.was_unknown,
    )


def _parcels(about: Subject) -> contexts.Parcels:
    found = about.parcels
    return contexts.Parcels(
        **_common(about),
        parcels=[
            contexts.Parcel(
                number=each.number,
                of_several=not found.is_only or len(found.named) > 1,
                carrier=each.carrier,
                tracking_number=each.package.tracking_number or None,
                link=shown_link(each.package.tracking_url),
                expected_on=about.day(each.expected_on),
                is_returned=each.is_returned,
                items=[contexts.Item(name, sku, units, None) for name, sku, units in each.contents],
            )
            for each in found.named
        ],
        is_last=found.is_last,
        is_only=found.is_only,
    )


def _picked_up(about: Subject) -> contexts.PickedUpItems:
    return contexts.PickedUpItems(
        **_common(about),
        items=[contexts.Item(name, each.sku, each.after, None) for each, name in _changes(about)],
        is_whole=about.order.fulfillment_status in (F.READY_FOR_PICKUP, F.DELIVERED),
        keep_until=about.day(about.facts.keep_until),
    )


def _not_ready(about: Subject) -> contexts.PickedUpItems:
    is_part = about.order.fulfillment_status in (F.PARTIALLY_SHIPPED, F.PARTIALLY_DELIVERED)
    return replace(_picked_up(about), is_whole=not is_part)


def _edited(about: Subject) -> contexts.EditedOrder:
    order, facts = about.order, about.facts
    amounts = _amounts(about)
    return contexts.EditedOrder(
        **_common(about),
        changes=[
            contexts.Change(
                name, each.sku, each.before or 0, each.after, amounts.get(each.sku, about.money(0))
            )
            for each, name in _changes(about)
            if each.before or each.after
        ],
        has_new_address="shipping_address" in facts.changed,
        has_new_shipping="shipping_method" in facts.changed,
        has_new_billing="billing_address" in facts.changed,
        has_new_codes="discount_codes" in facts.changed,
        has_new_amounts=not facts.lines and not facts.changed,
        billing_address=_address(order.billing_address or order.shipping_address),
        codes=[str(code) for code in order.discount_codes or ()],
    )


def _items_cancelled(about: Subject) -> contexts.CancelledItems:
    return contexts.CancelledItems(
        **_common(about),
        items=[contexts.Item(name, each.sku, each.before or 0, None) for each, name in _changes(about)],
        amount=about.money(about.facts.amount_minor or 0),
    )


def _refunded(about: Subject) -> contexts.Refund:
    facts = about.facts
    return contexts.Refund(**_common(about), amount=about.money(facts.amount_minor or 0, facts.currency))


def _gift_cards(about: Subject) -> contexts.GiftCards:
    line = next((each for each in about.lines if each.id == about.facts.line_id), None)
    to = GiftRecipient.of(line) if line is not None else None
    common = _common(about)
    if to is not None:
        common["order"] = _hidden(common["order"], to.name)
    return contexts.GiftCards(
        **common,
        cards=[
            contexts.GiftCard(
                code_of(card.id) if about.shows_codes else HIDDEN_CODE,
                about.money(card.balance_minor, card.currency),
                about.day_of(card.expires_at) if card.expires_at else None,
            )
            for card in about.cards
            if card.disabled_at is None
        ],
        is_gift=to is not None,
        sender=(about.order.billing_address or about.order.shipping_address or {}).get("name") or None,
        note=(to.note or None) if to else None,
    )


def _hidden(order: contexts.OrderValues, name: str) -> contexts.OrderValues:
    """What the recipient of a gift sees of the order: its number."""
    empty = dict.fromkeys(("placed_on", "subtotal", "shipping", "total", "amount_due", "link"), "")
    nothing = dict.fromkeys(
        ("promised_on", "discount", "tax", "shipping_method", "pickup_at", "instructions")
    )
    changed: dict[str, Any] = {**empty, **nothing, "name": name or None, "address": []}
    return replace(order, **changed)


_MAKERS: Mapping[MessageKind, Callable[[Subject], contexts.Values]] = {
    K.ORDER_PLACED: _ordered,
    K.ORDER_HELD: _held,
    K.ORDER_CONFIRMED: _ordered,
    K.ORDER_DELAYED: _delayed,
    K.ORDER_PARTLY_SHIPPED: _parcels,
    K.ORDER_SHIPPED: _parcels,
    K.ORDER_READY_FOR_PICKUP: _picked_up,
    K.ORDER_NOT_READY_FOR_PICKUP: _not_ready,
    K.ORDER_COLLECTED: _picked_up,
    K.ORDER_OUT_FOR_DELIVERY: _parcels,
    K.ORDER_DELIVERED: _parcels,
    K.ORDER_DELIVERY_FAILED: _parcels,
    K.ORDER_EDITED: _edited,
    K.ORDER_CANCELLED: _cancelled,
    K.ORDER_ITEMS_CANCELLED: _items_cancelled,
    K.ORDER_REFUNDED: _refunded,
    K.GIFT_CARD_ISSUED: _gift_cards,
}
