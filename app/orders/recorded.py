"""The terms that an order recorded when it was placed, as stored in its rows.

The only module that reads and writes these columns: shipping terms and taxes, and the lines and taxes of a
cancellation; for discounts see `pinned`. Amounts are in minor units; decimals are stored as text.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.channels.lifecycle import FreeFromBasis, ShippingTax
from app.channels.models import ShippingMethod
from app.channels.tax import Tax, tax_on
from app.orders.editing import live
from app.orders.proration import (
    LineTerms,
    Prorated,
    ProratedTax,
    ShippingShare,
    Terms,
    merged_taxes,
    prorated,
)


@dataclass(frozen=True, slots=True)
class ShippingTerms:
    """A shipping method, or a pick-up, as it was when it was selected."""

    price_minor: int
    free_from_minor: int | None = None
    free_from_basis: FreeFromBasis = FreeFromBasis.BEFORE_DISCOUNT
    tax_class: str = "standard"
    tax_mode: ShippingTax = ShippingTax.CLASS
    countries: Sequence[str] | None = None  # null: all countries
    transit_days: int = 0
    is_pickup: bool = False

    @classmethod
    def of(cls, method: ShippingMethod) -> "ShippingTerms":
        names = [name for name in cls.__dataclass_fields__ if name != "is_pickup"]
        return cls(**{name: getattr(method, name) for name in names})

    @classmethod
    def of_pickup(cls, price_minor: int) -> "ShippingTerms":
        """A pick-up: its price is taxed at the rates of the goods."""
        return cls(price_minor, tax_mode=ShippingTax.PRO_RATA, is_pickup=True)

    @classmethod
    def recorded(cls, order: Any) -> "ShippingTerms | None":
        stored = order.shipping_terms
        if not stored:
            return None
        basis, mode = FreeFromBasis(stored["free_from_basis"]), ShippingTax(stored["tax_mode"])
        return cls(**{**stored, "free_from_basis": basis, "tax_mode": mode})

    def as_json(self) -> dict[str, Any]:
        stored = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return stored | {"countries": None if self.countries is None else list(self.countries)}


def terms_of(order: Any, lines: Sequence[Any]) -> Terms:
    """The terms from which a placed order's amounts follow."""
    return Terms(
        [line_terms(line) for line in lines],
        shares_recorded(order, [line.tax_rate for line in lines]),
        order.prices_include_tax,
        order.tax_rounding,
    )


def remaining(order: Any, lines: Sequence[Any]) -> Prorated:
    """The amounts of the units of an order that were not cancelled, with shipping if there are any."""
    units = [live(line) for line in lines]
    return prorated(terms_of(order, lines), units, with_shipping=any(units))


def shipped(order: Any, lines: Sequence[Any]) -> Prorated:
    """The amounts of the units of an order that were shipped or collected, with shipping if there are any,
    and of its gift cards, which are issued once they are paid."""
    units = [live(line) if line.is_gift_card else line.quantity_shipped for line in lines]
    has_left = any(line.quantity_shipped for line in lines if not line.is_gift_card)
    return prorated(terms_of(order, lines), units, with_shipping=has_left)


def line_terms(line: Any) -> LineTerms:
    """The terms of a line as it was last priced."""
    units, off = line.priced_units, line.priced_discount_minor
    if units is None:
        units, off = line.quantity, line.discount_minor
    return LineTerms(units, line.unit_price_minor, off, line.tax_rate, line.tax_name, not line.is_gift_card)


def shares_recorded(order: Any, rates: Sequence[Decimal] = ()) -> list[ShippingShare]:
    """Shipping by the rates at which it is taxed.

    Imported and older orders have no record: then it is the rate among those of its lines that matches its
    shipping tax, else the fraction of tax and price.
    """
    stored = order.shipping_taxes
    if stored is not None:
        return [ShippingShare(each["amount_minor"], Decimal(each["rate"]), each["name"]) for each in stored]
    amount, tax = order.shipping_minor, order.shipping_tax_minor
    included = order.prices_include_tax
    for rate in (Decimal(0), *rates):
        if tax_on(amount, rate, included=included) == tax:
            return [ShippingShare(amount, rate)]
    net = amount - tax if included else amount
    return [ShippingShare(amount, round(Decimal(tax) / net, 5) if net > 0 else Decimal(0))]


def shipping_tax_recorded(order: Any, lines: Sequence[Any]) -> Tax:
    """The tax of an order's shipping; if it is taxed at several rates, that of the larger part."""
    main = max(shares_recorded(order, [line.tax_rate for line in lines]), key=lambda each: each.amount_minor)
    return Tax(main.tax_rate, main.tax_name)


def shares_as_json(shares: Iterable[ShippingShare]) -> list[dict[str, Any]]:
    return [
        {"amount_minor": each.amount_minor, "rate": str(each.tax_rate), "name": each.tax_name}
        for each in shares
    ]


def taxes_as_json(taxes: Iterable[ProratedTax]) -> list[dict[str, Any]]:
    return [
        {
            "rate": str(each.rate),
            "name": each.name,
            "net_minor": each.net_minor,
            "tax_minor": each.tax_minor,
        }
        for each in taxes
    ]


@dataclass(frozen=True, slots=True)
class CancelledLine:
    """Units of a line that were cancelled at one time, and their amounts including tax.

    None was not recorded: for imported and older cancellations.
    """

    line_id: UUID
    quantity: int
    amount_minor: int
    sku: str | None = None
    discount_minor: int | None = None
    tax_minor: int | None = None

    @classmethod
    def recorded(cls, row: Any) -> "list[CancelledLine]":
        """The lines of a cancellation."""
        return [
            cls(
                UUID(each["line_id"]),
                each["quantity"],
                each["amount_minor"],
                each.get("sku"),
                each.get("discount_minor"),
                each.get("tax_minor"),
            )
            for each in row.lines
        ]

    def to_json(self) -> dict[str, Any]:
        known = {name: value for name, value in asdict(self).items() if value is not None}
        return known | {"line_id": str(self.line_id)}


def cancelled_taxes(row: Any, lines: Iterable[Any]) -> list[ProratedTax]:
    """The taxes of a cancellation.

    If none were recorded, those included in its amounts at the rates of its lines.
    """
    if row.taxes is not None:
        return taxes_from_json(row.taxes)
    by_id = {line.id: line for line in lines}
    found = []
    for each in CancelledLine.recorded(row):
        line = by_id[each.line_id]
        tax = cancelled_tax(each, line)
        found.append(ProratedTax(line.tax_rate, line.tax_name, each.amount_minor - tax, tax))
    return list(merged_taxes(found))


def cancelled_tax(part: CancelledLine, line: Any) -> int:
    """The tax of a line's cancelled units; if none was recorded, that included in their amount."""
    if part.tax_minor is not None:
        return part.tax_minor
    return tax_on(part.amount_minor, line.tax_rate, included=True)


def taxes_from_json(stored: Iterable[Mapping[str, Any]]) -> list[ProratedTax]:
    return [
        ProratedTax(Decimal(each["rate"]), each["name"], each["net_minor"], each["tax_minor"])
        for each in stored
    ]
