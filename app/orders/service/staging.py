"""Validates an edit against the order and the catalog before anything is written."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app.catalog import queries as catalog
from app.catalog.pricing import Offered, choose
from app.channels import queries as channels
from app.channels.calendar import today_of
from app.channels.models import Channel, ShippingMethod
from app.channels.tax import UNTAXED, Tax
from app.core.actor import Actor
from app.core.contact.regions import region_code
from app.core.problems import ProblemCode
from app.core.refusals import Problems
from app.customers.contact import AddressData, checked_address
from app.orders.adjusting import NONE, Adjustments
from app.orders.components import begun
from app.orders.editing import EditPrices, live
from app.orders.gift_cards import note_bad_line
from app.orders.models import Order, OrderLine
from app.orders.recorded import ShippingTerms, shipping_tax_recorded
from app.orders.service.adjusting import Adjusting
from app.orders.service.byhand import ManualPrices, set_manual_prices
from app.orders.service.discounting import DiscountBasis, discounts_after, reached_by
from app.orders.service.edited_gift_cards import note_bad_gift_cards
from app.orders.service.edits import EditData, LineEdit, New, Staged
from app.orders.service.faults import choose_method
from app.orders.service.pickup import refuse_delivery_of_pickup
from app.orders.service.pricing import MOST_LINES, MOST_UNITS, priced_item
from app.orders.service.writing import line_of
from app.orders.shipping import ships_to
from app.promotions.scope import Buyer


async def stage(
    channel: Channel, order: Order, lines: list[OrderLine], data: EditData, at: datetime, by: Actor
) -> Staged:
    """Validate an edit: additions against the current catalog, existing lines not.

    Raises:
        ValidationFailed: every problem.
    """
    problems = Problems()
    wanted = {line.id: live(line) for line in lines}
    setting = Adjusting(by, channel.id, channel.currency, at, data.reason)
    setting.refuse_others([each.adjust for each in data.lines])
    new = _asked(lines, data.lines, wanted, problems)
    if not any(wanted.values()) and not new:
        problems.add(
            "No units would remain. Cancel the order with orderCancel.",
            "lines",
            code=ProblemCode.NOT_POSSIBLE_NOW,
        )
    shipping, billing = _addresses(order, data, problems)
    refuse_delivery_of_pickup(order, data, problems)
    method = await _method(channel, order, shipping, data, problems)
    is_today = data.prices is EditPrices.TODAY
    skus = [*(line.sku for line in lines if is_today), *(each.sku for each in new)]
    offered = await catalog.offered(list(dict.fromkeys(skus)), channel.id) if skus else {}
    by_hand = set_manual_prices(lines, data.lines, setting, problems)
    added = await _new_lines(order, lines, new, offered, wanted, by_hand, setting, problems)
    bought = _bought(lines, wanted, new)
    today = _todays(lines, wanted, bought, offered, by_hand) if is_today else {}
    prices = await by_hand.prices(channel, lines, bought, today, problems)
    taxes, shipping_tax = await _taxes(channel, order, lines, added, method, shipping, at)
    by_line = [line for line in [*lines, *added] if wanted[line.id]]
    gross = [wanted[line.id] * prices.get(line.id, line.unit_price_minor) for line in by_line]
    basis = DiscountBasis(
        channel,
        [line.variant_id for line in by_line],
        gross,
        Buyer(order.customer_id, order.email),
        shipping["country"] if shipping else None,
        at,
        order_id=order.id,
        gift_cards=[line.is_gift_card for line in by_line],
    )
    discounts = await discounts_after(order, data.discount_codes, basis, by_line, problems)
    reached = await reached_by(order, lines, added)
    note_bad_gift_cards(order, lines, by_line, wanted, prices, shipping, method, problems)
    problems.refuse_if_any()
    return Staged(
        wanted, added, prices, taxes, shipping, billing, method, shipping_tax, discounts, by_hand, reached
    )


async def _taxes(
    channel: Channel,
    order: Order,
    lines: Sequence[OrderLine],
    added: Sequence[OrderLine],
    method: ShippingMethod | None,
    shipping: dict[str, Any] | None,
    at: datetime,
) -> tuple[dict[UUID, Tax], Tax | None]:
    """The taxes of new lines; of all lines if the order moves to another tax place."""
    place, before = place_of(channel, shipping), place_of(channel, order.shipping_address)
    is_other = method is not None and method.code != order.shipping_method
    if not added and method is None and place == before:
        return {}, None
    on = today_of(channel, at)
    rates = await channels.rates_for(*place, on=on)
    moves = place != before
    if moves and place[0] == before[0] and not rates.has_regional_rates(*place):
        # Two regions without their own rates are one tax place: their country.
        moves = (await channels.rates_for(*before, on=on)).has_regional_rates(*before)
    taxed = [*lines, *added] if moves else added
    taxes = {line.id: rates.applied(*place, line.tax_class) for line in taxed}
    if not is_other and not moves:
        # The order's method keeps its rate, as lines do, also at its current price.
        return taxes, None if method is None else shipping_tax_recorded(order, lines)
    terms = method or ShippingTerms.recorded(order)
    return taxes, rates.applied(*place, terms.tax_class if terms else "standard")


def place_of(channel: Channel, address: dict[str, Any] | None) -> tuple[str, str]:
    """The country and region whose tax applies to an address."""
    if not address:
        return channel.default_country, ""
    return address["country"], region_code(address["country"], address["region"])


async def _method(
    channel: Channel,
    order: Order,
    shipping: dict[str, Any] | None,
    data: EditData,
    problems: Problems,
) -> ShippingMethod | None:
    """The requested method, or with current prices the order's own method as it is now.

    The order's own method stays as recorded, even if it is no longer offered; if the order moves to another
    country, the method must ship there.
    """
    country = shipping["country"] if shipping else None
    is_other = data.shipping_method not in (None, order.shipping_method)
    today = None
    if is_other or data.prices is EditPrices.TODAY:
        (offered,) = await channels.methods_by_channel([channel.id])
        if is_other:
            return choose_method(offered, data.shipping_method or "", country, problems)
        today = next((each for each in offered if each.code == order.shipping_method), None)
    terms = today or ShippingTerms.recorded(order)
    was = (order.shipping_address or {}).get("country")
    if terms is not None and country != was and not ships_to(terms, country):
        path = ("shipping_address", "country") if data.shipping_method is None else ("shipping_method",)
        problems.add(
            (
                f"The shipping method of the order does not ship to {country}. Choose another one "
                "in the same edit."
            ),
            *path,
            code=ProblemCode.SHIPPING_NOT_TO_COUNTRY,
            given=order.shipping_method,
            country=country or "",
        )
    return today


def _asked(
    lines: Sequence[OrderLine], edits: Sequence[LineEdit], wanted: dict[UUID, int], problems: Problems
) -> list[New]:
    """Set the requested quantities on `wanted`; return the lines to add."""
    by_id = {line.id: line for line in lines}
    seen: set[UUID] = set()
    new: list[New] = []
    for index, edit in enumerate(edits):
        path = ("lines", str(index))
        if edit.quantity is not None and not 0 <= edit.quantity <= MOST_UNITS:
            problems.add(
                f"The quantity must be between 0 and {MOST_UNITS}.",
                *path,
                "quantity",
                code=ProblemCode.NOT_IN_RANGE,
                minimum=0,
                maximum=MOST_UNITS,
            )
            continue
        if edit.line_id is None:
            if not edit.sku:
                problems.add(
                    "Send `lineId` to change a line, or `sku` to add one.", *path, code=ProblemCode.REQUIRED
                )
            elif not edit.quantity:
                problems.add(
                    "Enter the quantity to add: at least 1.",
                    *path,
                    "quantity",
                    code=ProblemCode.REQUIRED,
                )
            else:
                new.append(New.of(index, edit, edit.sku, edit.quantity))
            continue
        line = by_id.get(edit.line_id)
        if line is None or edit.line_id in seen:
            if line is None:
                text, code = "This line does not belong to the order.", ProblemCode.NOT_FOUND
            else:
                text, code = "This line is listed twice.", ProblemCode.REPEATED
            problems.add(text, *path, "line_id", code=code)
            continue
        seen.add(line.id)
        gone = begun(line)
        if edit.sku and edit.sku != line.sku:
            units = edit.quantity if edit.quantity is not None else live(line) - gone
            if units <= 0:
                problems.add(
                    "No units of this line are left to replace.",
                    *path,
                    "sku",
                    code=ProblemCode.NOT_ENOUGH,
                    available=0,
                )
                continue
            wanted[line.id] = gone
            new.append(New.of(index, edit, edit.sku, units, line.metadata))
        elif edit.quantity is None and edit.adjust is not None:
            pass  # only its price changes
        elif edit.quantity is None:
            problems.add(
                "Enter the new quantity of the line; 0 removes it.",
                *path,
                "quantity",
                code=ProblemCode.REQUIRED,
            )
        elif edit.quantity < gone:
            problems.add(
                f"{gone} units of this line have already shipped. The quantity must not be less.",
                *path,
                "quantity",
                code=ProblemCode.TOO_SMALL,
                minimum=gone,
            )
        else:
            wanted[line.id] = edit.quantity
    if len(lines) + len(new) > MOST_LINES:
        problems.add(
            f"An order can have at most {MOST_LINES} lines.",
            "lines",
            code=ProblemCode.TOO_MANY,
            maximum=MOST_LINES,
        )
    return new


def _addresses(
    order: Order, data: EditData, problems: Problems
) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """The shipping and billing address after the edit."""
    given: dict[str, dict[str, Any] | None] = {}
    for name in ("shipping_address", "billing_address"):
        address: AddressData | None = getattr(data, name)
        given[name] = getattr(order, name)
        if address is not None:
            with problems.caught():
                given[name] = checked_address(address, name).to_json()
    is_copy = order.pickup is None and order.billing_address == order.shipping_address
    if data.billing_address is None and is_copy:
        given["billing_address"] = given["shipping_address"]  # it was a copy: it follows
    return given["shipping_address"], given["billing_address"]


async def _new_lines(
    order: Order,
    lines: Sequence[OrderLine],
    new: Sequence[New],
    offered: Mapping[str, Offered],
    wanted: dict[UUID, int],
    by_hand: ManualPrices,
    setting: Adjusting,
    problems: Problems,
) -> list[OrderLine]:
    """The rows of added lines at current prices; taxes and amounts are set later."""
    bought = _bought(lines, wanted, new)
    added = []
    position = max((line.position for line in lines), default=0)
    sold_now = [offered[each.sku] for each in new if each.sku in offered]
    bundles = [sold.variant_id for sold in sold_now if sold.is_bundle]
    recipes = await catalog.components_of(bundles) if bundles else {}
    for each in new:
        sold = offered.get(each.sku)
        price = choose(sold.prices, bought[each.sku], setting.at) if sold else None
        adjusted = setting.adjusted(NONE, each.adjust, problems, "lines", str(each.index))
        if sold is None or (price is None and adjusted.price is None):
            problems.add(
                f"{each.sku[:80]!r} is not sold in this channel.",
                "lines",
                str(each.index),
                "sku",
                code=ProblemCode.NOT_SOLD,
                given=each.sku[:80],
            )
            continue
        position += 1
        listed = price.amount_minor if price else None
        if listed is not None and each.price_at_most is not None:
            listed = min(listed, each.price_at_most)
        item = priced_item(sold, each.quantity, listed, each.metadata, adjusted)
        item.components = recipes.get(sold.variant_id, [])
        item.recipient = note_bad_line(
            problems,
            "lines",
            str(each.index),
            is_gift_card=item.is_gift_card,
            quantity=each.quantity,
            unit_price_minor=item.unit_price_minor,
            recipient=each.recipient,
        )
        line = line_of(order.id, position, item, UNTAXED, total_minor=0)
        if each.adjust is not None:
            by_hand.note_new(line, adjusted)
        wanted[line.id] = each.quantity
        added.append(line)
    return added


def _bought(lines: Sequence[OrderLine], wanted: Mapping[UUID, int], new: Sequence[New]) -> dict[str, int]:
    """Total units of each SKU: a quantity break is reached by all of its lines together."""
    bought: dict[str, int] = {}
    for line in lines:
        bought[line.sku] = bought.get(line.sku, 0) + wanted[line.id]
    for each in new:
        bought[each.sku] = bought.get(each.sku, 0) + each.quantity
    return bought


def _todays(
    lines: Sequence[OrderLine],
    wanted: Mapping[UUID, int],
    bought: Mapping[str, int],
    offered: Mapping[str, Offered],
    by_hand: ManualPrices,
) -> dict[UUID, int]:
    """The current prices of lines without shipped or cancelled units, if they are still sold and staff set no
    price.
    """
    found = {}
    for line in lines:
        sold = offered.get(line.sku)
        if sold is None or line.quantity_cancelled or begun(line) or not wanted[line.id]:
            continue
        if by_hand.lines.get(line.id, Adjustments.of(line)).price is not None:
            continue
        price = choose(sold.prices, bought[line.sku], by_hand.setting.at)
        if price is not None:
            found[line.id] = price.amount_minor
    return found
