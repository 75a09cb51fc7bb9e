"""The facts that rules check."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from app.core.money import Money

Address = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LineFacts:
    """One line, as recorded when the order was placed."""

    sku: str
    quantity: int
    unit_price_minor: int
    shown_price_minor: int | None = None  # the price that its cart showed last; None: it was in no cart
    barred_countries: frozenset[str] = frozenset()  # ISO codes of countries to which it must not be sent
    minimum_age: int | None = None  # in years


@dataclass(frozen=True, slots=True)
class RecentOrder:
    """An earlier order with the same e-mail address."""

    number: str
    placed_at: datetime
    content: str  # see `content_of`


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of an order for the rules. Amounts are in minor units of the order's currency."""

    at: datetime
    email: str
    total_minor: int
    shipping: Address | None
    billing: Address | None
    lines: Sequence[LineFacts]
    currency: str = "USD"
    shown_total_minor: int | None = None  # the total that its cart showed, if nothing was changed since
    is_paid: bool = False  # paid, authorized or on terms
    is_address_checked: bool = False  # the shipping address has just been validated
    method_countries: Sequence[str] | None = None  # the countries of its shipping method; None: all
    recent: Sequence[RecentOrder] = ()
    blocked_because: str | None = None
    unpromised_units: int = 0  # wanted units that are neither reserved nor expected
    credit_limit_minor: int | None = None  # None: no limit
    credit_currency: str = "USD"  # of the limit
    owed_minor: int = 0  # due for the customer's other orders in that currency
    owed_elsewhere: Sequence[Money] = ()  # due in other currencies
    born_on: date | None = None
    time_zone: str = "UTC"  # of the channel; read if a rule needs the date

    @property
    def today(self) -> date:
        """The current date in the time zone of the channel."""
        return self.at.astimezone(ZoneInfo(self.time_zone)).date()

    @property
    def content(self) -> str:
        return content_of((line.sku, line.quantity) for line in self.lines)


def content_of(lines: Iterable[tuple[str, int]]) -> str:
    """A short hash of SKUs and quantities, equal for orders with the same content."""
    units: dict[str, int] = {}
    for sku, quantity in lines:
        units[sku] = units.get(sku, 0) + quantity
    return sha256(json.dumps(sorted(units.items())).encode()).hexdigest()[:16]
