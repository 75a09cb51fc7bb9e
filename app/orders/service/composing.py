"""From what a buyer sends to checked, priced lines: the same for a cart and for an order."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from app.catalog import queries as catalog
from app.catalog.models import Component
from app.catalog.pricing import Offered, choose
from app.channels import queries as channels
from app.channels.calendar import today_of, working_day_after
from app.channels.models import Channel, Discount, ShippingMethod
from app.channels.tax import RateTable
from app.core.contact import checked_email, checked_phone
from app.core.ids import new_id
from app.core.refusals import Problems
from app.core.texts import checked_note, checked_tags
from app.customers.contact import AddressData, checked_address
from app.orders.models import Order, OrderLine
from app.orders.totals import DiscountToApply, LineToPrice, Totals, reckon

MOST_LINES = 500
MOST_UNITS = 1_000_000
MOST_CODES = 20
GATEWAYS = ("manual",)


@dataclass(slots=True)
class LineData:
    sku: str
    quantity: int
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class OrderData:
    """What a buyer or staff say of an order. None means: not said."""

    channel: str
    lines: list[LineData] = field(default_factory=list)
    email: str | None = None
    phone: str | None = None
    shipping_address: AddressData | None = None
    billing_address: AddressData | None = None
    shipping_method: str | None = None
    discount_codes: list[str] = field(default_factory=list)
    payment_gateway: str | None = None
    customer_id: UUID | None = None
    purchase_order_number: str = ""
    note: str = ""
    tags: list[str] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)
    external_reference: str | None = None


@dataclass(slots=True)
class Item:
    """A line with what the catalogue says of it."""

    sold: Offered
    quantity: int
    unit_price_minor: int
    metadata: dict[str, Any]
    components: list[Component] = field(default_factory=list)  # of a bundle

    @property
    def demand(self) -> dict[UUID, int]:
        """What of it must be in stock: itself, or its components."""
        if not self.sold.tracks_stock:
            return {}
        if self.sold.is_bundle:
            return {part.part_id: part.quantity * self.quantity for part in self.components}
        return {self.sold.variant_id: self.quantity}


@dataclass(slots=True)
class Composed:
    """A checked and priced order, not yet written."""

    items: list[Item]
    totals: Totals
    rates: RateTable
    place: tuple[str, str]  # country and region whose tax applies
    email: str = ""
    phone: str = ""
    shipping_address: dict[str, Any] | None = None
    billing_address: dict[str, Any] | None = None
    method: ShippingMethod | None = None
    discounts: list[Discount] = field(default_factory=list)

    @property
    def demand(self) -> dict[UUID, int]:
        """What must be in stock, summed per variant: the same SKU on two lines is one demand."""
        wanted: dict[UUID, int] = {}
        for item in self.items:
            for variant_id, quantity in item.demand.items():
                wanted[variant_id] = wanted.get(variant_id, 0) + quantity
        return wanted

    @property
    def units(self) -> int:
        return sum(item.quantity for item in self.items)


async def compose(channel: Channel, data: OrderData, at: datetime, *, complete: bool) -> Composed:
    """Check and price what was sent. `complete`: an order, which must say everything; else a cart.

    Raises:
        ValidationFailed: everything that is wrong or missing, at once.
    """
    problems = Problems()
    email, phone, shipping, billing = _contact(channel, data, problems, complete)
    items = await _items(channel, data.lines, at, problems, complete)
    method = await _method(channel, data, shipping, problems, complete)
    gross = sum(item.quantity * item.unit_price_minor for item in items)
    discounts = await usable_discounts(channel, data.discount_codes, gross, at, problems)
    if data.payment_gateway is not None and data.payment_gateway not in GATEWAYS:
        problems.add(f"The payment gateways are: {', '.join(GATEWAYS)}.", "payment", "gateway")
    with problems.caught():
        checked_note(data.note, "note")
    with problems.caught():
        data.tags = checked_tags(data.tags, "tags")
    problems.refuse_if_any()
    place = (shipping.country, shipping.region) if shipping else (channel.default_country, "")
    rates = await channels.rates_for(*place, on=today_of(channel, at))
    return Composed(
        items=items,
        totals=_totals(channel, items, method, discounts, rates, place),
        rates=rates,
        place=place,
        email=email,
        phone=phone,
        shipping_address=shipping.plain() if shipping else None,
        billing_address=billing.plain() if billing else None,
        method=method,
        discounts=discounts,
    )


def _contact(
    channel: Channel, data: OrderData, problems: Problems, complete: bool
) -> tuple[str, str, AddressData | None, AddressData | None]:
    email = phone = ""
    addresses: list[AddressData | None] = []
    if data.email:
        with problems.caught():
            email = checked_email(data.email, "email")
    elif complete:
        problems.add("An e-mail address is needed: it is where the order's news go.", "email")
    for name, given in (
        ("shipping_address", data.shipping_address),
        ("billing_address", data.billing_address),
    ):
        address = None
        with problems.caught():
            address = checked_address(given, name) if given else None
        addresses.append(address)
    shipping, billing = addresses
    if complete and data.shipping_address is None:
        problems.add("A shipping address is needed.", "shipping_address")
    if data.phone:
        # The buyer's own number: read as at home, which is where they pay from.
        home = billing or shipping
        with problems.caught():
            phone = checked_phone(data.phone, home.country if home else channel.default_country, "phone")
    return email, phone, shipping, billing or shipping


async def _items(
    channel: Channel, lines: Sequence[LineData], at: datetime, problems: Problems, complete: bool
) -> list[Item]:
    if complete and not lines:
        problems.add("An order has at least one line.", "lines")
    if len(lines) > MOST_LINES:
        problems.add(f"An order has {MOST_LINES} lines at the most.", "lines")
        return []
    offered = await catalog.offered([line.sku for line in lines], channel.id)
    bought: dict[str, int] = {}
    for line in lines:
        bought[line.sku] = bought.get(line.sku, 0) + max(line.quantity, 1)
    items = []
    for index, line in enumerate(lines):
        path = ("lines", str(index))
        if not 1 <= line.quantity <= MOST_UNITS:
            problems.add(f"A quantity is 1 to {MOST_UNITS}.", *path, "quantity")
        sold = offered.get(line.sku)
        if sold is None:
            problems.add(f"{line.sku[:80]!r} is not sold here.", *path, "sku")
            continue
        # A quantity step is reached by all lines of the SKU together.
        price = choose(sold.prices, bought[line.sku], at)
        if price is None:
            problems.add(f"{line.sku!r} has no price in this channel.", *path, "sku")
            continue
        items.append(Item(sold, line.quantity, price.amount_minor, line.metadata))
    bundles = [item for item in items if item.sold.is_bundle]
    if bundles:
        parts = await catalog.components_of([item.sold.variant_id for item in bundles])
        for item in bundles:
            item.components = parts[item.sold.variant_id]
    return items


async def _method(
    channel: Channel, data: OrderData, shipping: AddressData | None, problems: Problems, complete: bool
) -> ShippingMethod | None:
    offered = (await channels.methods_by_channel([channel.id]))[0]
    if data.shipping_method is None:
        if complete and offered:
            codes = ", ".join(method.code for method in offered)
            problems.add(f"Choose a shipping method: {codes}.", "shipping_method")
        return None
    return choose_method(offered, data.shipping_method, shipping.country if shipping else None, problems)


def choose_method(
    offered: Sequence[ShippingMethod], code: str, country: str | None, problems: Problems
) -> ShippingMethod | None:
    """The method of a code, noted as a problem where it is not offered or does not go to the country."""
    method = next((method for method in offered if method.code == code), None)
    if method is None:
        codes = ", ".join(method.code for method in offered) or "none"
        problems.add(f"There is no such shipping method here. There are: {codes}.", "shipping_method")
    elif country and method.countries is not None and country not in method.countries:
        problems.add(f"This method does not go to {country}.", "shipping_method")
    return method


async def usable_discounts(
    channel: Channel,
    codes: Sequence[str],
    gross: int,
    at: datetime,
    problems: Problems,
    *,
    taken: Collection[str] = (),
) -> list[Discount]:
    """The discounts of codes, for lines worth `gross`; what is wrong with one is noted as a problem.

    One that is `taken` is good for its order whatever its dates and its limit say by now.
    """
    wanted = list(dict.fromkeys(code.strip().upper() for code in codes))
    if len(wanted) > MOST_CODES:
        problems.add(f"An order takes {MOST_CODES} discount codes at the most.", "discount_codes")
        return []
    known = await channels.discounts(channel.id, wanted) if wanted else {}
    chosen = []
    for index, code in enumerate(wanted):
        discount = known.get(code)
        problem = _unusable(discount, gross, at, is_taken=code in taken)
        if problem is None and discount is not None:
            chosen.append(discount)
        else:
            problems.add(problem or "", "discount_codes", str(index))
    return chosen


def _unusable(discount: Discount | None, gross: int, at: datetime, *, is_taken: bool) -> str | None:
    if discount is None or not (is_taken or _is_open(discount, at)):
        return "This code is not good here and now."
    if gross < discount.minimum_minor:
        return "The order is not large enough for this code."
    return None


def _is_open(discount: Discount, at: datetime) -> bool:
    return (
        (discount.starts_at is None or at >= discount.starts_at)
        and (discount.ends_at is None or at < discount.ends_at)
        and (discount.usage_limit is None or discount.used < discount.usage_limit)
    )


def _totals(
    channel: Channel,
    items: list[Item],
    method: ShippingMethod | None,
    discounts: list[Discount],
    rates: RateTable,
    place: tuple[str, str],
) -> Totals:
    lines = [
        LineToPrice(item.quantity, item.unit_price_minor, rates.rate(*place, item.sold.tax_class))
        for item in items
    ]
    return reckon(
        lines,
        discounts=[DiscountToApply(discount.percent, discount.amount_minor) for discount in discounts],
        shipping_minor=shipping_price(method, sum(line.gross_minor for line in lines)),
        shipping_rate=rates.rate(*place, method.tax_class) if method else rates.rate(*place, "standard"),
        prices_include_tax=channel.prices_include_tax,
    )


def shipping_price(method: ShippingMethod | None, worth_minor: int) -> int:
    """What a method costs for lines of a worth before discounts, in minor units."""
    if method is None or (method.free_from_minor is not None and worth_minor >= method.free_from_minor):
        return 0
    return int(method.price_minor)


def write_onto(order: Order, composed: Composed) -> None:
    """Put what was composed on an order's row."""
    totals = composed.totals
    order.email, order.phone = composed.email, composed.phone
    order.shipping_address, order.billing_address = composed.shipping_address, composed.billing_address
    order.shipping_method = composed.method.code if composed.method else ""
    order.shipping_method_name = composed.method.name if composed.method else ""
    order.discount_codes = [discount.code for discount in composed.discounts]
    order.subtotal_minor, order.discount_minor = totals.subtotal_minor, totals.discount_minor
    order.shipping_minor, order.shipping_tax_minor = totals.shipping_minor, totals.shipping_tax_minor
    order.tax_minor, order.total_minor = totals.tax_minor, totals.total_minor


def lines_of(order: Order, composed: Composed) -> list[OrderLine]:
    """The rows of an order's lines."""
    return [
        line_of(
            order.id,
            position,
            item,
            tax_rate=composed.rates.rate(*composed.place, item.sold.tax_class),
            discount_minor=priced.discount_minor,
            tax_minor=priced.tax_minor,
            total_minor=priced.total_minor,
        )
        for position, (item, priced) in enumerate(zip(composed.items, composed.totals.lines, strict=True), 1)
    ]


def line_of(order_id: UUID, position: int, item: Item, **amounts: Any) -> OrderLine:
    """The row of a line: what is sold as the catalogue says it now, and its amounts."""
    return OrderLine(
        id=new_id(),
        order_id=order_id,
        position=position,
        variant_id=item.sold.variant_id,
        sku=item.sold.sku,
        product_name=item.sold.product_name,
        variant_name=item.sold.name,
        quantity=item.quantity,
        unit_price_minor=item.unit_price_minor,
        metadata=item.metadata,
        stock_units=sum(part.quantity for part in item.components) if item.sold.is_bundle else 1,
        components=_plain(item) if item.sold.is_bundle else None,
        **amounts,
    )


def _plain(item: Item) -> list[dict[str, Any]]:
    """What a bundle was made of when it was sold, as the line keeps it."""
    return [{"variant_id": str(part.part_id), "quantity": part.quantity} for part in item.components]


def promised_on(channel: Channel, method: ShippingMethod | None, start: date) -> date:
    """The day by which it arrives: handling and transit, in working days from the day it can begin."""
    return working_day_after(channel, start, channel.handling_days + (method.transit_days if method else 0))
