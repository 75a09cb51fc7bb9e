"""What the rules are told of an order."""

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
    """One line, as the order recorded it when it was placed."""

    sku: str
    quantity: int
    unit_price_minor: int
    shown_price_minor: int | None = None  # what its cart showed last; None: it was in no cart
    barred_countries: frozenset[str] = frozenset()  # ISO codes where it must not go
    minimum_age: int | None = None  # years


@dataclass(frozen=True, slots=True)
class RecentOrder:
    """An earlier order of the same e-mail address."""

    number: str
    placed_at: datetime
    content: str  # see `content_of`


@dataclass(frozen=True, slots=True)
class Facts:
    """An order as the rules see it. Amounts are in minor units of the order's currency."""

    at: datetime
    email: str
    total_minor: int
    shipping: Address | None
    billing: Address | None
    lines: Sequence[LineFacts]
    currency: str = "USD"
    shown_total_minor: int | None = None  # what its cart came to, where nothing of it was changed since
    is_paid: bool = False  # paid, authorised, or to be paid on terms
    is_address_checked: bool = False  # the shipping address was looked at a moment ago
    method_countries: Sequence[str] | None = None  # where its shipping method goes; None: everywhere
    recent: Sequence[RecentOrder] = ()
    blocked_because: str | None = None
    unpromised_units: int = 0  # wanted, and neither reserved nor expected
    credit_limit_minor: int | None = None  # None: there is no limit
    credit_currency: str = "USD"  # that of the limit
    owed_minor: int = 0  # what the customer's other orders still have to pay in that currency
    owed_elsewhere: Sequence[Money] = ()  # and in others
    born_on: date | None = None
    time_zone: str = "UTC"  # the channel's; looked up where the day matters

    @property
    def today(self) -> date:
        """The day that it is in the time zone of its channel."""
        return self.at.astimezone(ZoneInfo(self.time_zone)).date()

    @property
    def content(self) -> str:
        return content_of((line.sku, line.quantity) for line in self.lines)


def content_of(lines: Iterable[tuple[str, int]]) -> str:
    """A short fingerprint of SKUs and quantities: the same for orders of the same content."""
    units: dict[str, int] = {}
    for sku, quantity in lines:
        units[sku] = units.get(sku, 0) + quantity
    return sha256(json.dumps(sorted(units.items())).encode()).hexdigest()[:16]
