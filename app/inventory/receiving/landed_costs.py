"""Landed costs: freight, duty, insurance. Pure functions.

The only module that reads and writes the receipts' column `landed_costs`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.core.described import Described


class SpreadBy(Described):
    """Basis for the allocation of a landed cost to the lines of a receipt."""

    VALUE = "value", "By the cost of the goods; for duty and insurance."
    QUANTITY = "quantity", "By the number of units; for handling."
    WEIGHT = "weight", "By weight; for freight. Every SKU of the receipt must have a weight."


@dataclass(frozen=True, slots=True)
class LandedCost:
    """A landed cost, in minor units of the currency of stock valuation."""

    name: str
    amount_minor: int
    by: SpreadBy = SpreadBy.VALUE


def landed_from_json(stored: Iterable[Mapping[str, Any]]) -> list[LandedCost]:
    return [LandedCost(each["name"], each["amount_minor"], SpreadBy(each["by"])) for each in stored]


def landed_to_json(costs: Iterable[LandedCost]) -> list[dict[str, Any]]:
    return [{"name": each.name, "amount_minor": each.amount_minor, "by": each.by.value} for each in costs]
