"""Builds the rows of an order and its lines from a priced order."""

from typing import Any
from uuid import UUID

from app.channels.tax import Tax
from app.core.ids import new_id
from app.orders.components import components_to_json
from app.orders.gift_cards import is_only_gift_cards
from app.orders.models import Order, OrderLine
from app.orders.pinned import PinnedDiscount, discounts_as_json, taking
from app.orders.recorded import ShippingTerms, shares_as_json
from app.orders.service.pricing import Item, PricedOrder
from app.orders.shown import Shown


def write_onto(order: Order, priced: PricedOrder) -> None:
    """Set a priced order on an order's row."""
    totals = priced.totals
    order.email, order.phone = priced.email, priced.phone
    order.shipping_address, order.billing_address = priced.shipping_address, priced.billing_address
    order.destination = priced.destination.to_json() if priced.destination else None
    order.shipping_method = priced.method.code if priced.method else ""
    order.shipping_method_name = priced.method.name if priced.method else ""
    order.pickup = priced.pickup.to_json() if priced.pickup else None
    order.ships_nothing = is_only_gift_cards(priced.items)
    order.shipping_terms = _shipping_terms(priced)
    order.shipping_taxes = shares_as_json(totals.terms.shipping)
    order.tax_rounding = totals.terms.rounding
    order.shipping_discount_minor = totals.shipping_discount_minor
    order.discount_codes = [each.discount.code for each in priced.discounts]
    order.discounts = discounts_as_json(_pinned(priced))
    order.set_aside = priced.aside.as_json()
    order.subtotal_minor, order.discount_minor = totals.subtotal_minor, totals.discount_minor
    order.shipping_minor, order.shipping_tax_minor = totals.shipping_minor, totals.shipping_tax_minor
    order.tax_minor, order.total_minor = totals.tax_minor, totals.total_minor


def _shipping_terms(priced: PricedOrder) -> dict[str, Any] | None:
    if priced.pickup is not None:
        return ShippingTerms.of_pickup(priced.pickup.price_minor).as_json()
    return ShippingTerms.of(priced.method).as_json() if priced.method else None


def _pinned(priced: PricedOrder) -> list[PinnedDiscount]:
    """The discounts as the order stores them."""
    positions = range(1, len(priced.items) + 1)  # see `lines_of`
    discounts = [
        *(
            PinnedDiscount.by_hand(at, item.adjusted.discount)
            for at, item in zip(positions, priced.items, strict=True)
            if item.adjusted.discount is not None
        ),
        *(PinnedDiscount.of(each.discount, each.positions(positions)) for each in priced.discounts),
    ]
    is_limited = any(each.positions is not None for each in discounts)
    return taking(discounts, priced.totals.shares, positions, is_limited=is_limited)


def lines_of(order: Order, priced: PricedOrder, shown: Shown | None = None) -> list[OrderLine]:
    """The rows of an order's lines; `shown`: with the prices that their cart showed last."""
    return [
        line_of(
            order.id,
            position,
            item,
            tax,
            discount_minor=priced.discount_minor,
            tax_minor=priced.tax_minor,
            total_minor=priced.total_minor,
            shown_price_minor=shown.price_of(item.sold.sku, item.adjusted) if shown else None,
        )
        for position, (item, tax, priced) in enumerate(
            zip(priced.items, priced.taxes, priced.totals.lines, strict=True), 1
        )
    ]


def line_of(order_id: UUID, position: int, item: Item, tax: Tax, **amounts: Any) -> OrderLine:
    """The row of a line: current catalog data and amounts."""
    sold = item.sold
    return OrderLine(
        id=item.line_id or new_id(),
        order_id=order_id,
        position=position,
        variant_id=sold.variant_id,
        sku=sold.sku,
        product_name=sold.product_name,
        variant_name=sold.name,
        quantity=item.quantity,
        unit_price_minor=item.unit_price_minor,
        list_price_minor=item.list_price_minor,
        adjusted=item.adjusted.as_json(),
        tax_rate=tax.rate,
        tax_name=tax.name,
        tax_class=sold.tax_class,
        minimum_age=sold.minimum_age,
        is_gift_card=sold.is_gift_card,
        gift_recipient=item.recipient.to_json() if item.recipient else None,
        barred_countries=sorted(sold.barred_countries) or None,
        metadata=item.metadata,
        stock_units=sum(part.quantity for part in item.components) if sold.is_bundle else 1,
        components=components_to_json((part.part_id, part.quantity) for part in item.components)
        if sold.is_bundle
        else None,
        **amounts,
    )
