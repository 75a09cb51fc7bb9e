"""The discounts recorded on an order: values, lines, and amounts of cancelled units.

The only module that reads and writes the orders' column `discounts`. Amounts are in minor units; decimals are
stored as text, and lines by their positions.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from app.core.money import split_minor
from app.orders.adjusting import GivenDiscount
from app.promotions.lifecycle import DiscountKind
from app.promotions.models import Discount


@dataclass(frozen=True, slots=True)
class PinnedDiscount:
    """A discount code as it was when the order took it, or a discount on a line given by staff, with its
    amounts on the order.

    `off_minor` is the discount on the lines as they were last priced, `cancelled_minor` the part of this and
    earlier discounts on cancelled units. A fixed amount is given once: later pricing uses what the cancelled
    units did not take.

    `positions` are the lines that it applies to, None for all; `products` and `categories` determine whether
    it applies to lines that are added later. `by_line` has pairs of position and discount on that line, if a
    discount of the order does not apply to all lines. Discounts given by staff have no `id` and no `code`.
    """

    id: str | None
    code: str | None
    percent: Decimal | None
    amount_minor: int | None
    minimum_minor: int = 0
    off_minor: int = 0
    cancelled_minor: int = 0
    frees_shipping: bool = False
    products: Sequence[str] | None = None
    categories: Sequence[str] | None = None
    positions: Sequence[int] | None = None
    by_line: Sequence[Sequence[int]] | None = None

    @classmethod
    def of(cls, discount: Discount, positions: Sequence[int] | None = None) -> "PinnedDiscount":
        return cls(
            str(discount.id),
            discount.code,
            discount.percent,
            discount.amount_minor,
            discount.minimum_minor,
            frees_shipping=discount.kind is DiscountKind.FREE_SHIPPING,
            products=discount.products,
            categories=discount.categories,
            positions=positions,
        )

    @classmethod
    def by_hand(cls, position: int, given: GivenDiscount) -> "PinnedDiscount":
        """The discount given by staff on the line at a position."""
        return cls(None, None, given.percent, given.amount_minor, positions=[position])

    @property
    def amount_left_minor(self) -> int | None:
        return None if self.amount_minor is None else max(0, self.amount_minor - self.cancelled_minor)

    def is_for(self, position: int) -> bool:
        return self.positions is None or position in self.positions

    def off_line(self, position: int) -> int:
        """The discount on a line as it was last priced."""
        return sum(minor for at, minor in self.by_line or () if at == position)

    def reaching(self, positions: Sequence[int]) -> "PinnedDiscount":
        """The same discount, also for more lines; one for all lines becomes one for these."""
        if not positions:
            return self
        return replace(self, positions=[*(self.positions or ()), *positions])


def discounts_of(order: Any) -> list[PinnedDiscount]:
    return [
        PinnedDiscount(**{**each, "percent": None if each["percent"] is None else Decimal(each["percent"])})
        for each in order.discounts or []
    ]


def codes_of(order: Any) -> dict[str, PinnedDiscount]:
    """The codes of an order, in the order in which they apply."""
    return {each.code: each for each in discounts_of(order) if each.code is not None}


def discounts_as_json(discounts: Iterable[PinnedDiscount]) -> list[dict[str, Any]]:
    # Its lists are not changed later, so they need no copies.
    return [
        {name: getattr(each, name) for name in each.__dataclass_fields__}
        | {"percent": None if each.percent is None else str(each.percent)}
        for each in discounts
    ]


def taking(
    discounts: Sequence[PinnedDiscount],
    shares: Sequence[Sequence[int]],
    positions: Sequence[int],
    *,
    is_limited: bool,
) -> list[PinnedDiscount]:
    """The discounts with their amounts on the lines at some positions.

    `is_limited`: a discount of the order does not apply to all lines, so amounts are recorded by line.
    """
    return [
        replace(
            each,
            off_minor=sum(parts),
            by_line=[[at, part] for at, part in zip(positions, parts, strict=True) if part]
            if is_limited
            else None,
        )
        for each, parts in zip(discounts, shares, strict=True)
    ]


def less_cancelled(discounts: Sequence[PinnedDiscount], gone: Mapping[int, int]) -> list[PinnedDiscount]:
    """The discounts after cancelling units with these discount amounts, by position of the line."""
    parts = [0] * len(discounts)
    if all(each.by_line is None for each in discounts):
        groups = [(sum(gone.values()), [each.off_minor for each in discounts])]
    else:
        groups = [
            (minor, [each.off_line(position) for each in discounts]) for position, minor in gone.items()
        ]
    for minor, weights in groups:
        if minor and any(weights):
            parts = [have + part for have, part in zip(parts, split_minor(minor, weights), strict=True)]
    return [
        replace(each, cancelled_minor=each.cancelled_minor + part) if part else each
        for each, part in zip(discounts, parts, strict=True)
    ]
