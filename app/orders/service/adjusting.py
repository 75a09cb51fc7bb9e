"""Validates prices and discounts that staff set on lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from app.access.permissions import Permission
from app.core.actor import Actor
from app.core.money import Money
from app.core.problems import ProblemCode
from app.core.refusals import Forbidden, Problems
from app.core.texts import LONGEST_REMARK, checked_note
from app.core.uow import UnitOfWork
from app.orders.adjusting import Adjustments, GivenDiscount, SetPrice
from app.orders.events import OrderPricesSet
from app.orders.models import Order


@dataclass(frozen=True, slots=True)
class AdjustmentData:
    """The requested price and discount: `sent` names which of `unit_price` and `discount` are set; None
    removes one.

    A discount is either a `percent` or an `amount`.
    """

    sent: frozenset[str]
    unit_price: Money | None = None
    percent: Decimal | None = None
    amount: Money | None = None
    has_discount: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Adjusting:
    """The caller who sets prices, with currency and time."""

    by: Actor
    channel_id: UUID
    currency: str
    at: datetime
    reason: str = ""  # of the edit, for lines without their own

    def refuse_others(self, asked: Sequence[AdjustmentData | None]) -> None:
        """Raise Forbidden if a caller who may not set prices or discounts requests one."""
        if any(asked) and not may_adjust(self.by, self.channel_id):
            raise Forbidden(f"Setting prices and discounts needs the permission {Permission.ORDERS_MANAGE}.")

    def adjusted(
        self, kept: Adjustments, data: AdjustmentData | None, problems: Problems, *path: str
    ) -> Adjustments:
        """The existing values with the requested ones applied; problems are noted."""
        if data is None:
            return kept
        price, discount = kept.price, kept.discount
        reason = self._reason(data, problems, *path)
        stamp = {"reason": reason, "by": self.by.name, "at": self.at.isoformat()}
        if "unit_price" in data.sent:
            price = None
            if data.unit_price is not None and self._is_price(data.unit_price, problems, *path):
                price = _as_before(kept.price, SetPrice(data.unit_price.minor, **stamp))
        if "discount" in data.sent:
            discount = None
            if data.has_discount and self._is_discount(data, problems, *path, "discount"):
                minor = data.amount.minor if data.amount else None
                discount = _as_before(kept.discount, GivenDiscount(data.percent, minor, **stamp))
        return Adjustments(price, discount)

    def _reason(self, data: AdjustmentData, problems: Problems, *path: str) -> str:
        reason = data.reason.strip() or self.reason.strip()
        with problems.caught():
            checked_note(reason, *path, "reason", longest=LONGEST_REMARK)
        if not reason and (data.unit_price is not None or data.has_discount):
            text = "Enter a reason. It is visible to staff, not to the buyer."
            problems.add(text, *path, "reason", code=ProblemCode.REQUIRED)
        return reason

    def _is_price(self, price: Money, problems: Problems, *path: str) -> bool:
        if price.minor < 0:
            text = "The price must not be negative."
            problems.add(text, *path, "unit_price", "amount", code=ProblemCode.TOO_SMALL, minimum=0)
            return False
        return self._is_in_currency(price, problems, *path, "unit_price")

    def _is_discount(self, data: AdjustmentData, problems: Problems, *path: str) -> bool:
        percent, amount = data.percent, data.amount
        if (percent is None) == (amount is None):
            text = "Send either `percent` or `amount`."
            code = ProblemCode.REQUIRED if percent is None else ProblemCode.CONTRADICTION
            problems.add(text, *path, "percent", code=code, field="amount")
            return False
        if percent is not None:
            if not 0 < percent <= 100:
                text = "The percentage must be greater than 0 and at most 100."
                at = (*path, "percent")
                problems.add(text, *at, code=ProblemCode.NOT_IN_RANGE, minimum=0, maximum=100)
                return False
            if percent != round(percent, 2):
                text = "The percentage can have at most 2 decimal places."
                problems.add(text, *path, "percent", code=ProblemCode.TOO_PRECISE, decimals=2)
                return False
            return True
        assert amount is not None
        if amount.minor <= 0:
            text = "The amount must be greater than 0."
            problems.add(text, *path, "amount", "amount", code=ProblemCode.TOO_SMALL, minimum=0)
            return False
        return self._is_in_currency(amount, problems, *path, "amount")

    def _is_in_currency(self, amount: Money, problems: Problems, *path: str) -> bool:
        if amount.currency == self.currency:
            return True
        text, at = f"The amount must be in {self.currency}.", (*path, "currency")
        problems.add(text, *at, code=ProblemCode.WRONG_CURRENCY, currency=self.currency)
        return False


Set = TypeVar("Set", SetPrice, GivenDiscount)


def _as_before(before: Set | None, now: Set) -> Set:
    """A value that is set again unchanged keeps its original author."""
    return before if before is not None and before.facts() == now.facts() else now


def may_adjust(by: Actor, channel_id: UUID) -> bool:
    """Whether a caller may set prices and discounts on orders of a channel."""
    return by.scope_of(Permission.ORDERS_MANAGE).covers(channel_id)


@dataclass(frozen=True, slots=True)
class Adjusted:
    """A line on which a price or discount was just set or removed."""

    sku: str
    list_price_minor: int | None
    before: Adjustments
    after: Adjustments

    def facts(self) -> dict[str, Any]:
        """The facts for the journal: the changes; null for what was removed."""
        found: dict[str, Any] = {"sku": self.sku, "list_price_minor": self.list_price_minor}
        for name in ("price", "discount"):
            now = getattr(self.after, name)
            if now != getattr(self.before, name):
                found[name] = now.facts() if now else None
        return found


def announce_adjusted(uow: UnitOfWork, order: Order, lines: Sequence[Adjusted]) -> None:
    """Record in the order's timeline which prices and discounts were set, and why."""
    changed = [each for each in lines if each.before != each.after]
    if changed:
        uow.announce(
            OrderPricesSet(
                subject_id=order.id, channel_id=order.channel_id, lines=[each.facts() for each in changed]
            )
        )
