"""What an edit asks for, checked against what the order and the catalogue say, before anything is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from app.catalog import queries as catalog
from app.catalog.pricing import Offered, choose
from app.channels import queries as channels
from app.channels.models import Channel, Discount, ShippingMethod
from app.channels.tax import RateTable
from app.core.refusals import Problems
from app.customers.contact import AddressData, checked_address
from app.orders.editing import EditPrices, live
from app.orders.models import Order, OrderLine
from app.orders.parts import begun
from app.orders.service.composing import (
    MOST_LINES,
    MOST_UNITS,
    Item,
    choose_method,
    line_of,
    usable_discounts,
)


@dataclass(slots=True)
class LineEdit:
    """A change of a line, or a new one.

    With `line_id` alone its quantity changes; with another `sku` too, what has not left of it is replaced;
    with `sku` alone a line is added, which costs no more than `price_at_most` minor units apiece.
    """

    line_id: UUID | None = None
    sku: str | None = None
    quantity: int | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    price_at_most: int | None = None


@dataclass(slots=True)
class EditData:
    """What is to be changed of a placed order. None: stays.

    With `no_dearer` what is added is made cheaper until the order comes to no more than before: tax that is
    rounded on each line may add a cent where one line becomes two.
    """

    lines: list[LineEdit] = field(default_factory=list)
    shipping_address: AddressData | None = None
    billing_address: AddressData | None = None
    shipping_method: str | None = None
    discount_codes: list[str] | None = None
    prices: EditPrices = EditPrices.KEEP
    reason: str = ""
    no_dearer: bool = False


@dataclass(slots=True)
class Staged:
    """A checked edit: the units that the buyer is to have of each line, and what is new."""

    wanted: dict[UUID, int]
    added: list[OrderLine]
    prices: dict[UUID, int]  # lines that have another price: minor units
    tax_rates: dict[UUID, Any]
    shipping_address: dict[str, Any] | None
    billing_address: dict[str, Any] | None
    method: ShippingMethod | None
    place: tuple[str, str]  # country and region whose tax applies
    rates: RateTable
    discounts: list[Discount]


async def stage(
    channel: Channel, order: Order, lines: list[OrderLine], data: EditData, at: datetime
) -> Staged:
    """Check what an edit asks for.

    Raises:
        ValidationFailed: everything that is wrong with it, at once.
    """
    problems = Problems()
    wanted = {line.id: live(line) for line in lines}
    new = _asked(lines, data.lines, wanted, problems)
    if not any(wanted.values()) and not new:
        problems.add("Nothing would be left of it: cancel it with orderCancel.", "lines")
    shipping, billing = _addresses(order, data, problems)
    (offered_methods,) = await channels.methods_by_channel([channel.id])
    method = next((each for each in offered_methods if each.code == order.shipping_method), None)
    country = shipping["country"] if shipping else None
    if data.shipping_method is not None or data.shipping_address is not None:
        code = data.shipping_method or order.shipping_method
        if code:
            method = choose_method(offered_methods, code, country, problems)
    place: tuple[str, str] = (
        (shipping["country"], shipping["region"]) if shipping else (channel.default_country, "")
    )
    rates = await channels.rates_for(*place)
    skus = [line.sku for line in lines] + [each.sku for each in new]
    offered = await catalog.offered(list(dict.fromkeys(skus)), channel.id)
    added = await _new_lines(order, lines, new, offered, wanted, at, problems)
    prices = _todays(lines, wanted, new, offered, at) if data.prices is EditPrices.TODAY else {}
    by_line = [*lines, *added]
    is_elsewhere = data.shipping_address is not None
    tax_rates = {
        line.id: rates.rate(*place, offered[line.sku].tax_class)
        for line in by_line
        if line.sku in offered and (is_elsewhere or line in added)
    }
    gross = sum(wanted[line.id] * prices.get(line.id, line.unit_price_minor) for line in by_line)
    codes = order.discount_codes if data.discount_codes is None else data.discount_codes
    discounts = await usable_discounts(channel, codes, gross, at, problems, taken=order.discount_codes)
    problems.refuse_if_any()
    return Staged(wanted, added, prices, tax_rates, shipping, billing, method, place, rates, discounts)


@dataclass(frozen=True, slots=True)
class New:
    """A line that is to be added; `index` is where it stands in the input."""

    index: int
    sku: str
    quantity: int
    metadata: dict[str, Any]
    price_at_most: int | None = None


def _asked(
    lines: Sequence[OrderLine], edits: Sequence[LineEdit], wanted: dict[UUID, int], problems: Problems
) -> list[New]:
    """Put the units that are asked for on `wanted`; returns what is to be added."""
    by_id = {line.id: line for line in lines}
    seen: set[UUID] = set()
    new: list[New] = []
    for index, edit in enumerate(edits):
        path = ("lines", str(index))
        if edit.quantity is not None and not 0 <= edit.quantity <= MOST_UNITS:
            problems.add(f"A quantity is 0 to {MOST_UNITS}.", *path, "quantity")
            continue
        if edit.line_id is None:
            if not edit.sku:
                problems.add("Say which line is meant, or which SKU is to be added.", *path)
            elif not edit.quantity:
                problems.add("Say how many are to be added: 1 at the least.", *path, "quantity")
            else:
                new.append(New(index, edit.sku, edit.quantity, edit.metadata, edit.price_at_most))
            continue
        line = by_id.get(edit.line_id)
        if line is None or edit.line_id in seen:
            twice = "This line stands in the list twice." if line else "This is no line of the order."
            problems.add(twice, *path, "line_id")
            continue
        seen.add(line.id)
        gone = begun(line)
        if edit.sku and edit.sku != line.sku:
            units = edit.quantity if edit.quantity is not None else live(line) - gone
            if units <= 0:
                problems.add("None of it is left to be replaced.", *path, "sku")
                continue
            wanted[line.id] = gone
            new.append(New(index, edit.sku, units, edit.metadata or line.metadata))
        elif edit.quantity is None:
            problems.add("Say how many of it the buyer is to have; 0 takes it out.", *path, "quantity")
        elif edit.quantity < gone:
            problems.add(f"{gone} of it left already and can only come back.", *path, "quantity")
        else:
            wanted[line.id] = edit.quantity
    if len(lines) + len(new) > MOST_LINES:
        problems.add(f"An order has {MOST_LINES} lines at the most.", "lines")
    return new


def _addresses(
    order: Order, data: EditData, problems: Problems
) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """Where it goes and who pays after the edit."""
    given: dict[str, dict[str, Any] | None] = {}
    for name in ("shipping_address", "billing_address"):
        address: AddressData | None = getattr(data, name)
        given[name] = getattr(order, name)
        if address is not None:
            with problems.caught():
                given[name] = checked_address(address, name).plain()
    if data.billing_address is None and order.billing_address == order.shipping_address:
        given["billing_address"] = given["shipping_address"]  # it was only ever the same: it follows
    return given["shipping_address"], given["billing_address"]


async def _new_lines(
    order: Order,
    lines: Sequence[OrderLine],
    new: Sequence[New],
    offered: Mapping[str, Offered],
    wanted: dict[UUID, int],
    at: datetime,
    problems: Problems,
) -> list[OrderLine]:
    """The rows of what is added, at the price of today; taxes and amounts are put on them later."""
    bought = _bought(lines, wanted, new)
    added = []
    position = max((line.position for line in lines), default=0)
    sold_now = [offered[each.sku] for each in new if each.sku in offered]
    bundles = [sold.variant_id for sold in sold_now if sold.is_bundle]
    recipes = await catalog.components_of(bundles) if bundles else {}
    for each in new:
        sold = offered.get(each.sku)
        price = choose(sold.prices, bought[each.sku], at) if sold else None
        if sold is None or price is None:
            problems.add(f"{each.sku[:80]!r} is not sold here.", "lines", str(each.index), "sku")
            continue
        position += 1
        minor = (
            price.amount_minor if each.price_at_most is None else min(price.amount_minor, each.price_at_most)
        )
        item = Item(sold, each.quantity, minor, each.metadata, recipes.get(sold.variant_id, []))
        line = line_of(order.id, position, item, tax_rate=0, total_minor=0)
        wanted[line.id] = each.quantity
        added.append(line)
    return added


def _bought(lines: Sequence[OrderLine], wanted: Mapping[UUID, int], new: Sequence[New]) -> dict[str, int]:
    """Units of each SKU in all: a quantity step is reached by all lines of it together."""
    bought: dict[str, int] = {}
    for line in lines:
        bought[line.sku] = bought.get(line.sku, 0) + wanted[line.id]
    for each in new:
        bought[each.sku] = bought.get(each.sku, 0) + each.quantity
    return bought


def _todays(
    lines: Sequence[OrderLine],
    wanted: Mapping[UUID, int],
    new: Sequence[New],
    offered: Mapping[str, Offered],
    at: datetime,
) -> dict[UUID, int]:
    """Today's prices of lines of which nothing has left or was cancelled, where they are still sold."""
    bought = _bought(lines, wanted, new)
    found = {}
    for line in lines:
        sold = offered.get(line.sku)
        if sold is None or line.quantity_cancelled or begun(line) or not wanted[line.id]:
            continue
        price = choose(sold.prices, bought[line.sku], at)
        if price is not None and price.amount_minor != line.unit_price_minor:
            found[line.id] = price.amount_minor
    return found
