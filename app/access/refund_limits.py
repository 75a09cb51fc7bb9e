"""How much a staff member may refund of one order: the limits of their role, by currency.

A role without limits may refund any amount. One with limits may refund nothing in a currency that has none.
An API token has the limits of the staff member who created it, or who created the token that created it; a
token of the operator has none. The limits are read when a refund is made, so a change applies to tokens too.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.access.permissions import Permission
from app.core.money import Money, checked_currency
from app.core.problems import ProblemCode
from app.core.refusals import Forbidden, Problems

MOST_LIMITS = 50  # currencies of one role


@dataclass(frozen=True, slots=True)
class RefundLimits:
    """The staff member whose refunds are counted, and how much they may refund of one order."""

    staff_id: UUID | None = None  # None: no staff member, such as the system or a token of the operator
    amounts: Mapping[str, int] | None = None  # minor units by currency; None: any amount

    def of(self, currency: str) -> int | None:
        """The limit in a currency, in minor units; None: any amount."""
        return None if self.amounts is None else self.amounts.get(currency, 0)


UNLIMITED = RefundLimits()


def stored_limits(problems: Problems, given: Sequence[Money] | None) -> dict[str, int] | None:
    """The limits of a role in their stored form, None for any amount; notes what is wrong with them."""
    found: dict[str, int] = {}
    for index, each in enumerate((given or ())[: MOST_LIMITS + 1]):
        path = ("refund_limits", str(index))
        with problems.caught():
            currency = checked_currency(each.currency, *path, "currency")
            if currency in found:
                text = f"{currency} is listed twice."
                problems.add(text, *path, "currency", code=ProblemCode.REPEATED)
            found[currency] = each.minor
        if each.minor < 0:
            text = "A limit must not be negative. Enter 0 for no refunds in this currency."
            problems.add(text, *path, "amount", code=ProblemCode.TOO_SMALL, minimum=0)
    if len(found) > MOST_LIMITS:
        text = f"A role can have limits in at most {MOST_LIMITS} currencies."
        problems.add(text, "refund_limits", code=ProblemCode.TOO_MANY, maximum=MOST_LIMITS)
    return found or None


def shown_limits(stored: Mapping[str, int] | None) -> list[Money] | None:
    """The stored limits of a role, by currency; None for any amount."""
    return None if not stored else [Money(stored[currency], currency) for currency in sorted(stored)]


def refuse_higher_limits(own: RefundLimits, permissions: Iterable[str], stored: Any) -> None:
    """Check that a caller grants no higher refunds than it may make.

    Raises:
        Forbidden: it may refund less.
    """
    if Permission.PAYMENTS_REFUND not in permissions or own.amounts is None:
        return
    if stored and all(minor <= (own.of(currency) or 0) for currency, minor in stored.items()):
        return
    raise Forbidden("You cannot grant higher refund limits than your own (refundLimits).")
