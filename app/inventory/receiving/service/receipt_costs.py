"""Costs of received goods, and the allocation of landed costs to the lines of a receipt."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.catalog.models import Variant
from app.core.money import Money, converted
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.inventory.location_kinds import LocationKind
from app.inventory.locations.models import Location
from app.inventory.receiving.landed_costs import LandedCost, SpreadBy
from app.inventory.receiving.models import ReceiptLine
from app.inventory.stock import valuation
from app.settings import settings

LARGEST_COST = 10**15


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of units: per unit or in total, in minor units of a currency.

    `rate` is the value of a unit of that currency in the currency of stock valuation.
    """

    minor: int
    currency: str
    is_total: bool = False
    rate: Decimal | None = None

    def of(self, quantity: int, *path: str) -> int:
        """The cost of all units, in the currency of stock valuation.

        Raises:
            Invalid: it is negative or too large, or in another currency without a rate.
        """
        own = settings().cost_currency
        if self.minor < 0:
            raise Invalid(
                "The cost must not be negative.", *path, "amount", code=ProblemCode.TOO_SMALL, minimum=0
            )
        if self.currency != own and self.rate is None:
            raise Invalid(
                f"Stock is valued in {own}. Enter the exchange rate, or the cost in {own}.",
                *path,
                "currency",
                code=ProblemCode.WRONG_CURRENCY,
                currency=own,
            )
        whole = self.minor if self.is_total else self.minor * quantity
        if self.currency == own and self.rate not in (None, 1):
            raise Invalid(
                f"The cost is already in {own}. Omit the exchange rate.",
                *path,
                "exchange_rate",
                code=ProblemCode.CONTRADICTION,
                field="currency",
            )
        value = whole if self.rate is None else converted(whole, self.currency, own, self.rate)
        if value >= LARGEST_COST:
            raise Invalid(
                "The cost is too large.",
                *path,
                "amount",
                code=ProblemCode.TOO_LARGE,
                maximum_amount=Money(LARGEST_COST, own),
            )
        return value


def refuse_suppliers(location: Location, *path: str) -> None:
    """Refuse a location with stock that belongs to a supplier.

    Raises:
        Invalid: the location ships a supplier's goods.
    """
    if location.kind is LocationKind.DROP_SHIP:
        raise Invalid(
            "Stock at this location belongs to the supplier and has no cost. Omit the cost.",
            *path,
            code=ProblemCode.NOT_APPLICABLE,
        )


def add_landed(
    rows: Sequence[ReceiptLine], variants: Sequence[Variant], landed: Sequence[LandedCost]
) -> None:
    for index, cost in enumerate(landed):
        weights = landed_weights(rows, variants, cost.by, "landed_costs", str(index), "by")
        for row, part in zip(rows, valuation.spread(cost.amount_minor, weights), strict=True):
            row.landed_minor += part


def landed_weights(
    rows: Sequence[ReceiptLine], variants: Sequence[Variant], by: SpreadBy, *path: str
) -> list[int]:
    """The weights by which a landed cost is distributed over a receipt's lines.

    Raises:
        Invalid: by weight, and a SKU has none.
    """
    if by is SpreadBy.VALUE:
        return [row.cost_minor for row in rows]
    if by is SpreadBy.QUANTITY:
        return [row.kept for row in rows]
    without = [variant.sku for variant in variants if not variant.weight_grams]
    if without:
        raise Invalid(
            f"These SKUs have no weight: {', '.join(without[:5])}. Allocate by VALUE or QUANTITY.",
            *path,
            code=ProblemCode.NOT_POSSIBLE_NOW,
        )
    return [row.kept * (variant.weight_grams or 0) for row, variant in zip(rows, variants, strict=True)]
