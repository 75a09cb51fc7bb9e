"""Lines of purchase orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.core.days import checked_coming_day
from app.core.ids import new_id
from app.core.money import Money
from app.core.problems import ProblemCode
from app.core.refusals import Invalid, Problems
from app.inventory.stock.service import levels, units_of_measure
from app.suppliers import queries
from app.suppliers.models import PurchaseOrderLine, Supplier
from app.suppliers.service.suppliers import LARGEST_COST

MOST_LINES = 1_000


@dataclass(frozen=True, slots=True)
class PurchaseItem:
    """A quantity of a SKU to be purchased, in pieces or in a unit such as a carton.

    The cost of a piece or unit is in minor units; None: the supplier's price.
    """

    sku: str
    quantity: int
    cost_minor: int | None = None
    unit: str | None = None
    expected_on: date | None = None  # None: the order's date


def check_items(problems: Problems, items: Sequence[PurchaseItem], currency: str) -> None:
    """Note problems of lines: quantities, costs, dates, or a repeated SKU."""
    seen = set[str]()
    for index, item in enumerate(items):
        with problems.caught("lines", str(index)):
            levels.checked_quantity(item.quantity, "quantity")
        if item.expected_on is not None:
            with problems.caught("lines", str(index)):
                checked_coming_day(item.expected_on, "expected_on")
        if item.cost_minor is not None and not 0 <= item.cost_minor <= LARGEST_COST:
            problems.add(
                "The cost must not be negative or too large.",
                "lines",
                str(index),
                "unit_cost",
                code=ProblemCode.TOO_SMALL if item.cost_minor < 0 else ProblemCode.TOO_LARGE,
                minimum_amount=Money(0, currency),
                maximum_amount=Money(LARGEST_COST, currency),
            )
        if item.sku in seen:
            problems.add(
                "This SKU is listed twice.",
                "lines",
                str(index),
                "sku",
                code=ProblemCode.REPEATED,
            )
        seen.add(item.sku)


async def lines_for(
    order_id: UUID, supplier: Supplier, items: Sequence[PurchaseItem]
) -> list[PurchaseOrderLine]:
    """Unsaved lines for some items, in pieces.

    Raises:
        NotFound: a SKU does not exist.
        Invalid: a SKU without stock, an unknown unit, or an unknown cost.
    """
    variants = await levels.stocked_variants(
        [(item.sku, ("lines", str(i), "sku")) for i, item in enumerate(items)]
    )
    asked = await queries.items_of(supplier.id, [variant.id for variant in variants])
    lines = []
    for index, (item, variant) in enumerate(zip(items, variants, strict=True)):
        path = ("lines", str(index))
        size = 1
        if item.unit is not None:
            size = (await units_of_measure.checked_unit(variant, item.unit, *path, "unit")).quantity
        cost, known = item.cost_minor, asked.get(variant.id)
        if cost is None and known is None:
            message = f"The supplier {supplier.name} has no cost for this SKU. Enter the cost."
            raise Invalid(message, *path, "unit_cost", code=ProblemCode.REQUIRED)
        if cost is None and known is not None:
            cost = known.cost_minor * size
        lines.append(
            PurchaseOrderLine(
                id=new_id(),
                purchase_order_id=order_id,
                position=index + 1,
                variant_id=variant.id,
                quantity=levels.checked_quantity(item.quantity * size, *path, "quantity"),
                unit=item.unit,
                unit_quantity=size,
                cost_minor=cost,
                expected_on=item.expected_on,
            )
        )
    return lines
