"""The facts that rules check, and how they are read.

A fact is a field of `Facts`. `facts_of` sets the facts that need no query of their own. The other facts are
read by the functions at the end, each only if an active rule names it (`Rule.reads`).
"""

import json
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson

from app.channels import queries as channels
from app.core.database import among, fetch, moment_of
from app.core.money import Money
from app.customers import queries as customers
from app.inventory.stock import queries as stock
from app.orders import derived_statuses
from app.orders.editing import live
from app.orders.gift_cards import is_only_gift_cards
from app.orders.models import Order, OrderLine
from app.orders.recorded import ShippingTerms
from app.orders.rule_settings import Outcome, Setting

LOOK_BACK = timedelta(days=1)  # within which orders with the same e-mail address are compared
LAST_ORDERS, MOST_ORDERS = 10, 60  # of these, read for each order and if a rule needs more

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

    @classmethod
    def of(cls, line: OrderLine) -> "LineFacts":
        return cls(
            line.sku,
            live(line),
            line.unit_price_minor,
            line.shown_price_minor,
            frozenset(line.barred_countries or ()),
            line.minimum_age,
        )


@dataclass(frozen=True, slots=True)
class RecentOrder:
    """An earlier order with the same e-mail address."""

    number: str
    placed_at: datetime
    content: str  # a hash of its SKUs and quantities


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
    is_pickup: bool = False  # the shipping address is that of the location
    is_by_email: bool = False  # it consists of gift cards, of which nothing is shipped
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


@dataclass(frozen=True, slots=True)
class RuleData:
    """The data that the rules need for every order, read at once."""

    settings: dict[str, Setting]
    recent: list[RecentOrder]
    blocked_because: str | None


async def rule_data(channel_id: UUID, email: str, since: datetime, other_than: UUID) -> RuleData:
    """The settings of a channel's rules, and the data of an e-mail address: recent orders, and whether it is
    blocked.
    """
    rows = await fetch(
        f"""
        SELECT * FROM (
            SELECT 'recent' AS kind, number AS a, content AS b, NULL AS c, NULL AS d, placed_at AS at
            FROM sales_order
            WHERE email = $2 AND created_at >= $4 AND placed_at IS NOT NULL AND id <> $5
            ORDER BY created_at DESC LIMIT $6
        ) recent
        UNION ALL SELECT 'blocked', reason, NULL, NULL, NULL, NULL FROM blocked_buyer
        WHERE {among("email", 3)}
        UNION ALL SELECT 'rule', rule, outcome, CAST(limits AS TEXT),
               CAST(release_after_minutes AS TEXT), NULL
        FROM order_rule_setting WHERE channel_id = $1
        """,  # noqa: S608  # only a column name is put in
        channel_id,
        email,
        customers.blocked_as(email),
        since,
        other_than,
        LAST_ORDERS,
    )
    known = RuleData({}, [], None)
    for row in rows:
        if row["kind"] == "rule":
            minutes = int(row["d"]) if row["d"] else None
            known.settings[row["a"]] = Setting(Outcome(row["b"]), orjson.loads(row["c"]), minutes)
        elif row["kind"] == "recent":
            placed = moment_of(row["at"])
            assert placed is not None
            known.recent.append(RecentOrder(row["a"] or "", placed, row["b"]))
        else:
            known = replace(known, blocked_because=row["a"])
    return known


# Reads the facts of an order at a time that need a query: their values by the names of the fields of `Facts`.
Reader = Callable[[Order, datetime], Awaitable[dict[str, Any]]]


async def facts_of(
    order: Order,
    lines: Sequence[OrderLine],
    at: datetime,
    known: RuleData,
    readers: Collection[Reader],
    *,
    is_address_checked: bool,
) -> Facts:
    """The facts of an order, as it recorded them; `readers` read those that need a query."""
    terms = ShippingTerms.recorded(order)
    facts = Facts(
        at=at,
        email=order.email,
        currency=order.currency,
        shown_total_minor=order.shown_total_minor,
        total_minor=order.total_minor - order.cancelled_minor,
        shipping=order.shipping_address,
        billing=order.billing_address,
        lines=[LineFacts.of(line) for line in lines if live(line)],
        is_paid=derived_statuses.is_covered(order),
        is_pickup=order.pickup is not None,
        is_by_email=is_only_gift_cards([line for line in lines if live(line)]),
        is_address_checked=is_address_checked,
        method_countries=terms.countries if terms else None,
        recent=known.recent,
        blocked_because=known.blocked_because,
    )
    values: dict[str, Any] = {}
    for reader in readers:
        values |= await reader(order, at)
    return replace(facts, **values) if values else facts


async def recent_orders(order: Order, at: datetime) -> dict[str, Any]:
    """Earlier orders with the same e-mail address, beyond the last ten."""
    rows = Order.filter(email=order.email, created_at__gte=at - LOOK_BACK, placed_at__isnull=False)
    found = await rows.exclude(id=order.id).order_by("-created_at").limit(MOST_ORDERS)
    recent = [RecentOrder(row.number or "", row.placed_at, row.content) for row in found if row.placed_at]
    return {"recent": recent}


async def customer(order: Order, at: datetime) -> dict[str, Any]:
    """The customer's credit and date of birth."""
    if order.customer_id is None:
        return {}
    (buyer,) = await customers.customers_by_id([order.customer_id])
    if buyer is None:
        return {}
    found: dict[str, Any] = {"born_on": buyer.born_on}
    if buyer.born_on is not None:
        (channel,) = await channels.channels_by_id([order.channel_id])
        found["time_zone"] = channel.time_zone if channel else "UTC"
    if buyer.credit_limit_minor is not None:
        limit_in = buyer.credit_currency or order.currency
        owed = await _owed_by(buyer.id, order.id)
        found["credit_limit_minor"], found["credit_currency"] = buyer.credit_limit_minor, limit_in
        found["owed_minor"] = owed.pop(limit_in, 0)
        found["owed_elsewhere"] = [Money(minor, currency) for currency, minor in sorted(owed.items())]
    return found


async def _owed_by(customer_id: UUID, other_than: UUID) -> dict[str, int]:
    """The amounts due of a customer's other orders by currency, in minor units."""
    rows = await fetch(
        """
        SELECT currency, SUM(total_minor - cancelled_minor - credited_minor - paid_minor) AS owed
        FROM sales_order
        WHERE customer_id = $1 AND id <> $2 AND status IN ('placed', 'confirmed', 'completed')
          AND total_minor - cancelled_minor - credited_minor > paid_minor
        GROUP BY currency
        """,
        customer_id,
        other_than,
    )
    return {row["currency"]: int(row["owed"]) for row in rows}


async def backlog(order: Order, at: datetime) -> dict[str, Any]:
    """Units of the order that are not covered by stock."""
    return {"unpromised_units": sum(row.quantity for row in await stock.backlog_of(order.id))}
