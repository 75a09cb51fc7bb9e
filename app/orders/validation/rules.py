"""The validation rules. Each returns the reason for staff, or None; RULES has the default outcomes."""

import re
from collections.abc import Mapping
from datetime import date, timedelta

from app.core.money import Money
from app.core.refusals import Refusal
from app.customers.contact import AddressData, checked_address
from app.orders.lifecycle import HoldKind
from app.orders.queries import facts as read
from app.orders.queries.facts import Facts
from app.orders.rule_settings import Outcome
from app.orders.validation.registry import Limits, Parameter, Rule

H, O = HoldKind, Outcome  # noqa: E741  # short words for a table

_PO_BOX = re.compile(
    r"\b(p\.?\s*o\.?\s*box|post\s*office\s*box|postfach|packstation|apartado|bo[iî]te\s+postale|postbus)\b",
    re.IGNORECASE,
)


def address_incomplete(facts: Facts, limits: Limits) -> str | None:
    """The shipping address lacks a part, or its region or postal code does not match its country."""
    if facts.is_pickup or (facts.is_by_email and facts.shipping is None):
        return None
    if facts.shipping is None:
        return "There is no shipping address."
    unverified = facts.shipping.get("unverified") or []
    if not (facts.is_address_checked or unverified):
        try:
            unverified = checked_address(AddressData.from_json(facts.shipping), "shipping_address").unverified
        except Refusal as refusal:
            return f"The shipping address: {refusal.message}"
    if unverified:
        return (
            "The shipping address was stored as entered. These fields could not be verified: "
            f"{', '.join(unverified)}."
        )
    return None


def address_undeliverable(facts: Facts, limits: Limits) -> str | None:
    """The shipping method does not ship to the country of the shipping address."""
    if facts.shipping is None or facts.method_countries is None:
        return None
    country = str(facts.shipping.get("country", ""))
    return None if country in facts.method_countries else (f"The shipping method does not ship to {country}.")


def po_box(facts: Facts, limits: Limits) -> str | None:
    """The shipping address is a post office box or a parcel locker, to which some carriers do not deliver."""
    address = {} if facts.is_pickup else facts.shipping or {}
    lines = f"{address.get('line1', '')}\n{address.get('line2', '')}"
    return "The shipping address is a post office box or a locker." if _PO_BOX.search(lines) else None


def duplicate_order(facts: Facts, limits: Limits) -> str | None:
    """The same email address ordered the same items shortly before."""
    since = facts.at - timedelta(minutes=limits["minutes"])
    for earlier in facts.recent:
        if earlier.placed_at >= since and earlier.content == facts.content:
            return f"The order has the same contents as order {earlier.number} of the same buyer."
    return None


def price_drift(facts: Facts, limits: Limits) -> str | None:
    """A unit price, or the total, differs much from what the cart showed before the order was placed."""
    for line in facts.lines:
        shown = line.shown_price_minor
        if shown is not None and _differs(line.unit_price_minor, shown, limits["percent"]):
            now, then = Money(line.unit_price_minor, facts.currency), Money(shown, facts.currency)
            return f"The price of {line.sku} is {now}, but the cart showed {then}."
    total = facts.shown_total_minor
    if total is not None and _differs(facts.total_minor, total, limits["percent"]):
        now, then = Money(facts.total_minor, facts.currency), Money(total, facts.currency)
        return f"The total of the order is {now}, but the total of its cart was {then}."
    return None


def _differs(now: int, before: int, percent: int) -> bool:
    return abs(now - before) * 100 > percent * before


def velocity(facts: Facts, limits: Limits) -> str | None:
    """An email address has placed unusually many orders in a short time."""
    since = facts.at - timedelta(minutes=limits["minutes"])
    count = 1 + sum(earlier.placed_at >= since for earlier in facts.recent)
    if count <= limits["orders"]:
        return None
    return f"This is order {count} of {facts.email} within {limits['minutes']} minutes."


def amount_limit(facts: Facts, limits: Limits) -> str | None:
    """The order total exceeds the limit."""
    if facts.total_minor <= limits["amount_minor"]:
        return None
    total, limit = Money(facts.total_minor, facts.currency), Money(limits["amount_minor"], facts.currency)
    return f"The total of {total} is above {limit}."


def country_mismatch(facts: Facts, limits: Limits) -> str | None:
    """The shipping and billing addresses are in different countries."""
    if facts.is_pickup:
        return None
    paid, sent = (facts.billing or {}).get("country"), (facts.shipping or {}).get("country")
    return (
        f"The billing country is {paid}, but the shipping country is {sent}."
        if paid and sent and paid != sent
        else None
    )


def blocked_buyer(facts: Facts, limits: Limits) -> str | None:
    """The email address, or its domain, is on the list of blocked buyers."""
    return f"The buyer is blocked: {facts.blocked_because}" if facts.blocked_because is not None else None


def unpaid(facts: Facts, limits: Limits) -> str | None:
    """Nothing is paid or authorized, and the order is not on terms. Released when the payment arrives."""
    return None if facts.is_paid or facts.total_minor == 0 else "The order is not paid."


def stock_gone(facts: Facts, limits: Limits) -> str | None:
    """Reserved stock is missing, and no replacement can be promised. Released when stock arrives."""
    return f"{facts.unpromised_units} units are waiting for stock." if facts.unpromised_units else None


def credit_limit(facts: Facts, limits: Limits) -> str | None:
    """The customer's unpaid orders exceed their credit limit, or the order is in another currency."""
    if facts.credit_limit_minor is None or facts.is_paid:
        return None
    limit = Money(facts.credit_limit_minor, facts.credit_currency)
    foreign = list(facts.owed_elsewhere)
    if facts.currency != facts.credit_currency:
        foreign.append(Money(facts.total_minor, facts.currency))
    if foreign:
        amounts = ", ".join(map(str, foreign))
        return (
            f"The credit limit of the customer is {limit}; the customer would owe "
            f"{amounts}, which cannot be compared with it."
        )
    would = Money(facts.owed_minor + facts.total_minor, facts.credit_currency)
    return (
        f"The customer would owe {would}; the credit limit is {limit}." if would.minor > limit.minor else None
    )


def restricted_country(facts: Facts, limits: Limits) -> str | None:
    """A product must not be sent to the country of the shipping address."""
    country = str((facts.shipping or {}).get("country", ""))
    barred = [line.sku for line in facts.lines if country in line.barred_countries]
    return f"These SKUs cannot be shipped to {country}: {', '.join(barred[:5])}." if barred else None


def age(facts: Facts, limits: Limits) -> str | None:
    """A product has a minimum age, and the buyer is younger or their age is unknown."""
    needed = max((line.minimum_age or 0 for line in facts.lines), default=0)
    if not needed:
        return None
    if facts.born_on is None:
        return f"The minimum age is {needed} years, and the date of birth of the buyer is unknown."
    years = years_between(facts.born_on, facts.today)
    return None if years >= needed else (f"The buyer is {years} years old; the minimum age is {needed}.")


def years_between(born: date, today: date) -> int:
    """Age in whole years; a person born on 29 February has their birthday on 1 March in other years."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


# By code, in the order in which they are checked.
RULES: Mapping[str, Rule] = {
    rule.code: rule
    for rule in (
        Rule(address_incomplete, H.ADDRESS, O.HOLD),
        Rule(address_undeliverable, H.ADDRESS, O.HOLD),
        Rule(po_box, H.ADDRESS, O.OFF),
        Rule(
            duplicate_order,
            H.APPROVAL,
            O.WARN,
            parameters={
                "minutes": Parameter(
                    10,
                    1,
                    1_440,
                    ("Number of minutes within which an order with the same contents is a duplicate."),
                )
            },
        ),
        Rule(
            price_drift,
            H.APPROVAL,
            O.OFF,
            parameters={
                "percent": Parameter(
                    10,
                    1,
                    1_000,
                    ("Maximum difference between a price and the price shown in the cart, in percent."),
                )
            },
        ),
        Rule(
            velocity,
            H.FRAUD,
            O.OFF,
            read.recent_orders,
            parameters={
                "orders": Parameter(5, 1, 50, ("Maximum number of orders with the same email address.")),
                "minutes": Parameter(60, 1, 1_440, "Period in minutes."),
            },
        ),
        Rule(
            amount_limit,
            H.FRAUD,
            O.OFF,
            parameters={
                "amount_minor": Parameter(
                    100_000, 1, 10**12, "Maximum total that is not reviewed, in minor units."
                )
            },
        ),
        Rule(country_mismatch, H.FRAUD, O.WARN),
        Rule(blocked_buyer, H.FRAUD, O.HOLD),
        Rule(unpaid, H.PAYMENT, O.OFF),
        Rule(stock_gone, H.STOCK, O.HOLD, read.backlog),
        Rule(credit_limit, H.CREDIT, O.HOLD, read.customer),
        Rule(restricted_country, H.COMPLIANCE, O.HOLD),
        Rule(age, H.COMPLIANCE, O.HOLD, read.customer),
    )
}
