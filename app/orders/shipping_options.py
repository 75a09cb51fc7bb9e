"""The shipping methods that a channel offers for a cart, with prices and reasons: pure functions.

The prices are reckoned by `totals`, as those of the order.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from app.channels.lifecycle import TaxRounding
from app.channels.models import ShippingMethod
from app.channels.tax import RateTable
from app.core.described import Described
from app.inventory.sourcing import Plan, Verdict
from app.orders.proration import LineTerms
from app.orders.shipping import priced, ships_to
from app.orders.totals import with_shipping

NAMED_SKUS = 5  # in one message


class ShippingUnavailableReason(Described):
    NOT_TO_COUNTRY = "not_to_country", "The shipping method does not ship to the country."
    RESTRICTED_ITEMS = "restricted_items", "Items of the cart cannot be shipped to the country."
    NOT_SERVED = "not_served", "No location that ships for the channel serves the destination."
    NO_STOCK = "no_stock", "There is not enough stock for the cart."


@dataclass(frozen=True, slots=True)
class CartToShip:
    """A cart with its priced lines. `country` is empty if the destination is unknown."""

    lines: Sequence[LineTerms]
    is_shipping_free: bool  # by a discount code
    prices_include_tax: bool
    rounding: TaxRounding
    taxed_in: tuple[str, str]  # country and region whose rates apply
    rates: RateTable
    country: str = ""
    barred_skus: Sequence[str] = ()  # that must not be shipped to the country


@dataclass(frozen=True, slots=True)
class ShippingOption:
    """A shipping method for a cart. Amounts are those of the order if it was placed with the method."""

    method: ShippingMethod
    price_minor: int
    total_minor: int
    promised_on: date | None
    unavailable: ShippingUnavailableReason | None
    reason: str | None


def shipping_option(
    cart: CartToShip, method: ShippingMethod, plan: Plan, promised_on: date | None
) -> ShippingOption:
    """A method for a cart; `plan` is the sourcing of the cart, `promised_on` the day with this method."""
    totals = with_shipping(
        cart.lines,
        priced(method, cart.rates.applied(*cart.taxed_in, method.tax_class)),
        is_free=cart.is_shipping_free,
        prices_include_tax=cart.prices_include_tax,
        rounding=cart.rounding,
    )
    why = _why_not(cart, method, plan)
    return ShippingOption(
        method,
        totals.shipping_minor,
        totals.total_minor,
        None if why else promised_on,
        why,
        _text(why, cart) if why else None,
    )


def _why_not(cart: CartToShip, method: ShippingMethod, plan: Plan) -> ShippingUnavailableReason | None:
    if not ships_to(method, cart.country):
        return ShippingUnavailableReason.NOT_TO_COUNTRY
    if cart.barred_skus:
        return ShippingUnavailableReason.RESTRICTED_ITEMS
    if plan.short:
        verdicts: Collection[Verdict] = {each.verdict for each in plan.candidates}
        is_served = not verdicts or verdicts != {Verdict.NOT_SERVED}
        return ShippingUnavailableReason.NO_STOCK if is_served else ShippingUnavailableReason.NOT_SERVED
    return None


def _text(why: ShippingUnavailableReason, cart: CartToShip) -> str:
    if why is ShippingUnavailableReason.NOT_TO_COUNTRY:
        return f"This shipping method does not ship to {cart.country}."
    if why is ShippingUnavailableReason.RESTRICTED_ITEMS:
        return f"These SKUs cannot be shipped to {cart.country}: {', '.join(cart.barred_skus[:NAMED_SKUS])}."
    if why is ShippingUnavailableReason.NOT_SERVED:
        return f"No location ships to {cart.country}." if cart.country else "No location ships these items."
    return "There is not enough stock for these items."
