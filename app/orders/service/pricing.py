"""Validates and prices what a buyer sends, for carts and orders."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from app.access.permissions import Permission
from app.catalog import queries as catalog
from app.catalog.models import Component
from app.catalog.pricing import Offered, choose
from app.channels import queries as channels
from app.channels.calendar import today_of
from app.channels.models import Channel, ShippingMethod
from app.channels.tax import Tax
from app.core.actor import Actor
from app.core.languages import checked_language
from app.core.problems import ProblemCode
from app.core.refusals import Problems
from app.core.texts import checked_note, checked_reference, checked_tags
from app.customers.contact import AddressData
from app.inventory.sourcing import Hours, Place
from app.orders.adjusting import NONE, Adjustments, GivenDiscount
from app.orders.cart import NOTHING, CartContents, SetAside
from app.orders.destination import Destination
from app.orders.gift_cards import GiftRecipient, is_only_gift_cards, note_bad_line
from app.orders.pickup import Pickup
from app.orders.service.adjusting import Adjusted, Adjusting
from app.orders.service.discounting import Chosen, DiscountBasis, usable_discounts
from app.orders.service.faults import CartProblems, requested_method
from app.orders.service.faults import LineData as LineData  # part of OrderData
from app.orders.service.gateways import requested_gateway
from app.orders.service.order_data import OrderData as OrderData
from app.orders.service.order_data import checked_cart_destination, checked_contact, require_address
from app.orders.service.requested_pickup import requested_pickup
from app.orders.shipping import ShippingToPrice, priced, priced_pickup
from app.orders.totals import DiscountToApply, LineToPrice, Totals, calculate, refuse_too_large
from app.promotions.lifecycle import DiscountKind
from app.promotions.scope import Buyer

MOST_LINES = 500
MOST_UNITS = 1_000_000


@dataclass(slots=True)
class Item:
    """A line with its catalog data."""

    sold: Offered
    quantity: int
    unit_price_minor: int
    metadata: dict[str, Any]
    components: list[Component] = field(default_factory=list)  # of a bundle
    place: int | None = None  # index among the input lines; None for a line that existed
    adjusted: Adjustments = NONE  # what staff set on it
    list_price_minor: int | None = None  # the price of the price lists, if staff set another one
    line_id: UUID | None = None  # of the line that the cart has; None for a new line
    recipient: GiftRecipient | None = None  # of gift cards; None: the buyer

    @property
    def is_gift_card(self) -> bool:
        return self.sold.is_gift_card

    @property
    def demand(self) -> dict[UUID, int]:
        """The units of each variant that must be in stock: the variant itself, or its components."""
        if not self.sold.tracks_stock:
            return {}
        if self.sold.is_bundle:
            return {part.part_id: part.quantity * self.quantity for part in self.components}
        return {self.sold.variant_id: self.quantity}


@dataclass(slots=True)
class PricedOrder:
    """A validated and priced order, not yet written."""

    items: list[Item]
    taxes: list[Tax]  # of each item
    totals: Totals
    email: str = ""
    phone: str = ""
    shipping_address: dict[str, Any] | None = None
    billing_address: dict[str, Any] | None = None
    destination: Destination | None = None
    method: ShippingMethod | None = None
    pickup: Pickup | None = None  # instead of a method
    hours: Hours | None = None  # of the location of the pick-up
    discounts: list[Chosen] = field(default_factory=list)
    aside: SetAside = field(default_factory=SetAside)
    adjusted: list[Adjusted] = field(default_factory=list)  # what staff set in this request

    @property
    def demand(self) -> dict[UUID, int]:
        """The units of each variant that must be in stock, summed over all lines."""
        wanted: dict[UUID, int] = {}
        for item in self.items:
            for variant_id, quantity in item.demand.items():
                wanted[variant_id] = wanted.get(variant_id, 0) + quantity
        return wanted

    @property
    def place(self) -> Place | None:
        """The destination, as far as it is known."""
        if self.pickup is not None:
            return Place.of(self.pickup.destination)
        destination = self.destination.to_json() if self.destination else None
        return Place.of(self.shipping_address or destination)

    @property
    def units(self) -> int:
        return sum(item.quantity for item in self.items)


async def price_order(
    channel: Channel, data: OrderData, at: datetime, by: Actor, *, complete: bool, had: CartContents = NOTHING
) -> PricedOrder:
    """Validate and price what was sent. `complete`: an order, which must have everything; otherwise a cart.

    What a cart `had` and cannot have any more is set aside instead of refused.

    Raises:
        ValidationFailed: every problem of the input.
    """
    problems, aside = Problems(), SetAside()
    faults = CartProblems(problems, aside, had)
    email, phone, shipping, billing = checked_contact(channel, data, problems, complete)
    setting = Adjusting(by, channel.id, channel.currency, at)
    setting.refuse_others([line.adjust for line in data.lines])
    items, adjusted = await _items(channel, data, at, faults, complete, setting)
    if complete:
        require_address(data, problems, is_shipped=not is_only_gift_cards(items))
    offered = (await channels.methods_by_channel([channel.id]))[0]
    destination = (
        None if shipping or complete else await checked_cart_destination(channel, data, at, problems)
    )
    picked_up = await _pickup(channel, data, faults)
    pickup, hours = picked_up or (None, None)
    shop = AddressData.from_json(pickup.address) if pickup else None
    to = shop or shipping or destination
    country = to.country if to else None
    method = None
    if pickup is None and not (data.pickup_location and problems):
        needs_method = complete and not is_only_gift_cards(items)
        method = requested_method(offered, data.shipping_method, country, faults, needs_method)
    gross = [item.quantity * item.unit_price_minor for item in items]
    with problems.caught():
        refuse_too_large(sum(gross))
    buyer = Buyer(by.id if by.is_customer else data.customer_id, email)
    if not complete and not by.scope_of(Permission.ORDERS_MANAGE).reaches(channel.id):
        # Whether an address has used a code is not revealed to someone who only types it into a cart.
        buyer = Buyer(by.id if by.is_customer else None)
    variants = [item.sold.variant_id for item in items]
    basis = DiscountBasis(
        channel, variants, gross, buyer, country, at, is_cart=not complete, gift_cards=_gift_cards(items)
    )
    discounts = await usable_discounts(data.discount_codes, basis, faults)
    data.payment_gateway = await requested_gateway(channel, data.payment_gateway, faults)
    with problems.caught():
        checked_note(data.note, "note")
    with problems.caught():
        data.external_reference = checked_reference(data.external_reference, "external_reference")
    with problems.caught():
        data.tags = checked_tags(data.tags, "tags")
    if data.entered.get("language"):
        with problems.caught():
            data.entered["language"] = checked_language(data.entered["language"], "language")
    problems.refuse_if_any()
    place: tuple[str, str] = (to.country, to.region) if to else (channel.default_country, "")
    rates = await channels.rates_for(*place, on=today_of(channel, at))
    taxes = [rates.applied(*place, item.sold.tax_class) for item in items]
    shipping_tax = rates.applied(*place, method.tax_class if method else "standard")
    to_price = priced(method, shipping_tax) if pickup is None else priced_pickup(pickup.price_minor)
    delivered_to = shipping
    if complete and shop and pickup and billing:
        delivered_to = replace(shop, name=billing.name, company=pickup.name, phone="")
    return PricedOrder(
        items=items,
        taxes=taxes,
        totals=_totals(channel, items, taxes, to_price, discounts),
        email=email,
        phone=phone,
        shipping_address=delivered_to.to_json() if delivered_to else None,
        billing_address=billing.to_json() if billing else None,
        destination=destination,
        method=method,
        pickup=pickup,
        hours=hours,
        discounts=discounts,
        aside=aside,
        adjusted=adjusted,
    )


async def _pickup(
    channel: Channel, data: OrderData, faults: CartProblems
) -> tuple[Pickup, Hours | None] | None:
    """The requested pick-up with the hours of its location; None for an order that is shipped."""
    if not data.pickup_location:
        return None
    if data.shipping_method:
        faults.problems.add(
            "An order is either shipped or picked up. Omit the shipping method or the pick-up location.",
            "pickup_location",
            code=ProblemCode.CONTRADICTION,
            field="shipping_method",
        )
        return None
    return await requested_pickup(channel, data.pickup_location, faults)


async def _items(
    channel: Channel, data: OrderData, at: datetime, faults: CartProblems, complete: bool, setting: Adjusting
) -> tuple[list[Item], list[Adjusted]]:
    """The sold items, and those on which staff set something now."""
    problems, lines = faults.problems, data.lines
    if len(lines) > MOST_LINES:
        problems.add(
            f"An order can have at most {MOST_LINES} lines.",
            "lines",
            code=ProblemCode.TOO_MANY,
            maximum=MOST_LINES,
        )
        return [], []
    offered = await catalog.offered([line.sku for line in lines], channel.id)
    bought: dict[str, int] = {}
    for line in lines:
        bought[line.sku] = bought.get(line.sku, 0) + max(line.quantity, 1)
    items: list[Item] = []
    set_now: list[Adjusted] = []
    for line in lines:
        path = line.path
        if not 1 <= line.quantity <= MOST_UNITS:
            problems.add(
                f"The quantity must be between 1 and {MOST_UNITS}.",
                *path,
                "quantity",
                code=ProblemCode.NOT_IN_RANGE,
                minimum=1,
                maximum=MOST_UNITS,
            )
        sold = offered.get(line.sku)
        # A quantity break is reached by all lines of the SKU together.
        price = choose(sold.prices, bought[line.sku], at) if sold else None
        adjusted = setting.adjusted(line.kept, line.adjust, problems, *path)
        if sold is None or (price is None and adjusted.price is None):
            faults.line(line, is_sold=sold is not None, adjusted=adjusted)
            continue
        item = priced_item(
            sold, line.quantity, price.amount_minor if price else None, line.metadata, adjusted
        )
        item.place, item.line_id = line.place, line.id
        item.recipient = note_bad_line(
            problems,
            *path,
            is_gift_card=item.is_gift_card,
            quantity=line.quantity,
            unit_price_minor=item.unit_price_minor,
            recipient=line.recipient if item.is_gift_card or line.place is not None else None,
        )
        items.append(item)
        if line.adjust is not None:
            set_now.append(Adjusted(line.sku, item.list_price_minor, line.kept, adjusted))
    if complete and len(faults.aside.lines) == len(lines):
        problems.add("An order must have at least one line.", "lines", code=ProblemCode.REQUIRED)
    bundles = [item for item in items if item.sold.is_bundle]
    if bundles:
        parts = await catalog.components_of([item.sold.variant_id for item in bundles])
        for item in bundles:
            item.components = parts[item.sold.variant_id]
    return items, set_now


def priced_item(
    sold: Offered, quantity: int, list_price: int | None, metadata: dict[str, Any], adjusted: Adjustments
) -> Item:
    """An item at the price of the price lists or the price that staff set; one of them exists."""
    if adjusted.price is None:
        assert list_price is not None
        return Item(sold, quantity, list_price, metadata, adjusted=adjusted)
    minor = adjusted.price.unit_price_minor
    return Item(sold, quantity, minor, metadata, adjusted=adjusted, list_price_minor=list_price)


def _totals(
    channel: Channel,
    items: list[Item],
    taxes: list[Tax],
    shipping: ShippingToPrice,
    discounts: list[Chosen],
) -> Totals:
    return calculate(
        [
            LineToPrice(
                item.quantity, item.unit_price_minor, tax.rate, tax.name, is_shipped=not item.is_gift_card
            )
            for item, tax in zip(items, taxes, strict=True)
        ],
        discounts=[
            *(
                DiscountToApply(given.percent, given.amount_minor, lines=[item is line for item in items])
                for line, given in _given(items)
            ),
            *(
                DiscountToApply(
                    each.discount.percent,
                    each.discount.amount_minor,
                    each.discount.kind is DiscountKind.FREE_SHIPPING,
                    each.lines,
                )
                for each in discounts
            ),
        ],
        shipping=shipping,
        prices_include_tax=channel.prices_include_tax,
        rounding=channel.tax_rounding,
    )


def _gift_cards(items: list[Item]) -> list[bool]:
    return [item.is_gift_card for item in items]


def _given(items: list[Item]) -> list[tuple[Item, GivenDiscount]]:
    """The discounts that staff gave on lines."""
    return [(item, item.adjusted.discount) for item in items if item.adjusted.discount is not None]
