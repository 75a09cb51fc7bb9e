"""The shipping methods that channels offer for carts and for lines that are not in a cart yet."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from app.channels import queries as channels
from app.channels.calendar import today_of
from app.channels.models import Channel, ShippingMethod
from app.channels.tax import RateTable
from app.core import clock
from app.core.actor import Actor
from app.inventory.stock.service import previewing
from app.inventory.stock.service.previewing import DemandToPreview
from app.orders import queries
from app.orders.destination import Destination
from app.orders.models import Order, OrderLine
from app.orders.pinned import discounts_of
from app.orders.recorded import line_terms
from app.orders.rule_settings import Outcome, Setting
from app.orders.service.delivery import DeliveryPreview
from app.orders.service.pricing import OrderData, price_order
from app.orders.shipping_options import CartToShip, ShippingOption, shipping_option
from app.orders.validation.examining import outcome_of
from app.promotions.lifecycle import DiscountKind

RESTRICTION = "restricted_country"  # the rule that holds orders with items which are barred in a country


async def options_for(actor: Actor, data: OrderData) -> tuple[Channel, list[ShippingOption]]:
    """The options for lines and a destination, with the channel.

    Raises:
        NotFound, Invalid: the channel does not exist or is closed.
        ValidationFailed: every problem of the input.
    """
    at = clock.now()
    channel = await channels.open_for_orders(data.channel, actor, "channel")
    priced = await price_order(channel, data, at, actor, complete=False)
    (methods,) = await channels.methods_by_channel([channel.id])
    to = priced.destination
    place = (to.country, to.region) if to else (channel.default_country, "")
    cart = CartToShip(
        lines=priced.totals.terms.lines,
        is_shipping_free=any(each.discount.kind is DiscountKind.FREE_SHIPPING for each in priced.discounts),
        prices_include_tax=channel.prices_include_tax,
        rounding=channel.tax_rounding,
        taxed_in=place,
        rates=await channels.rates_for(*place, on=today_of(channel, at)),
        country=to.country if to else "",
        barred_skus=[
            item.sold.sku for item in priced.items if to and to.country in item.sold.barred_countries
        ],
    )
    restricted = await _with_restriction([channel.id] if cart.barred_skus else [])
    demand = DemandToPreview(priced.demand, priced.place)
    (reserved,) = await previewing.preview_reservations(channel.id, [demand], at)
    variants = {
        UUID(int=index): list(item.demand) for index, item in enumerate(priced.items) if not item.is_gift_card
    }
    preview = DeliveryPreview(channel, at, reserved, variants)
    return channel, _options(cart, methods, preview, is_restricted=channel.id in restricted)


async def options_of_carts(
    ids: list[UUID], previews: Sequence[DeliveryPreview]
) -> list[list[ShippingOption]]:
    """The options of each cart, with a number of statements that does not depend on their number."""
    orders = [order for order in await queries.orders_by_id(ids) if order is not None]
    lines = await queries.lines_by_order(ids)
    by_channel = list(dict.fromkeys(preview.channel.id for preview in previews))
    methods = dict(zip(by_channel, await channels.methods_by_channel(by_channel), strict=True))
    rates = await _rates(orders, previews)
    built = [
        _cart_of(order, own, preview, rates)
        for order, own, preview in zip(orders, lines, previews, strict=True)
    ]
    barred = {preview.channel.id for cart, preview in zip(built, previews, strict=True) if cart.barred_skus}
    restricted = await _with_restriction(barred)
    return [
        _options(cart, methods[preview.channel.id], preview, is_restricted=preview.channel.id in restricted)
        for cart, preview in zip(built, previews, strict=True)
    ]


def _options(
    cart: CartToShip, methods: Sequence[ShippingMethod], preview: DeliveryPreview, *, is_restricted: bool
) -> list[ShippingOption]:
    if not is_restricted:
        cart = replace(cart, barred_skus=())
    plan = preview.reserved.plan
    return [shipping_option(cart, method, plan, preview.day_with(method)) for method in methods]


Rates = Mapping[date, RateTable]


async def _rates(orders: Sequence[Order], previews: Sequence[DeliveryPreview]) -> Rates:
    """The rates of the countries of all carts, by the current date of their channels."""
    countries: dict[date, set[str]] = {}
    for order, preview in zip(orders, previews, strict=True):
        day = today_of(preview.channel, preview.at)
        countries.setdefault(day, set()).add(_place_of(order, preview.channel)[0])
    return {day: await channels.rates_in(names, on=day) for day, names in countries.items()}


def _place_of(order: Order, channel: Channel) -> tuple[str, str]:
    """The country and region whose tax rates apply to a cart."""
    if order.shipping_address:
        return order.shipping_address["country"], order.shipping_address.get("region") or ""
    to = Destination.of(order)
    return (to.country, to.region) if to else (channel.default_country, "")


def _cart_of(order: Order, lines: Sequence[OrderLine], preview: DeliveryPreview, rates: Rates) -> CartToShip:
    known = order.shipping_address or order.destination
    country = known["country"] if known else ""
    return CartToShip(
        lines=[line_terms(line) for line in lines],
        is_shipping_free=any(each.frees_shipping for each in discounts_of(order)),
        prices_include_tax=order.prices_include_tax,
        rounding=order.tax_rounding,
        taxed_in=_place_of(order, preview.channel),
        rates=rates[today_of(preview.channel, preview.at)],
        country=country,
        barred_skus=[line.sku for line in lines if country in (line.barred_countries or ())],
    )


async def _with_restriction(channel_ids: Collection[UUID]) -> set[UUID]:
    """The channels in which items that are barred in a country hold an order."""
    ids = list(channel_ids)
    found = dict(zip(ids, await queries.rule_settings_by_channel(ids), strict=True)) if ids else {}
    return {
        id
        for id, rows in found.items()
        if outcome_of(RESTRICTION, {row.rule: Setting(row.outcome) for row in rows}) is Outcome.HOLD
    }
