"""The contents of parcels: the only module that reads and writes `Package.contents` and the lots of
fulfillment lines. Pure functions.

    contents: [{"line_id": …, "sku": …, "name": …, "quantity": 3, "returned": 1,
                "lots": […], "returned_lots": […]}]
    lots: [{"number": "L1", "quantity": 2}]

`returned` units were returned and put away; `lots` is missing if the SKU is not tracked by lot, or if they
are unknown.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.core.spelling import match_code

MOST_PACKAGES = 200  # per fulfillment order
Lots = dict[str, int]  # units by lot or serial number


def lots_of(stored: Iterable[Mapping[str, Any]] | None) -> Lots:
    """Stored lots, summed by number."""
    found: Lots = {}
    for each in stored or ():
        found[each["number"]] = found.get(each["number"], 0) + each["quantity"]
    return found


def as_stored(lots: Mapping[str, int]) -> list[dict[str, Any]]:
    return [{"number": number, "quantity": units} for number, units in lots.items() if units]


def deal(lots: Lots, units: int) -> Lots:
    """Take the given number of units from lots; the lots are reduced."""
    taken: Lots = {}
    for number in list(lots):
        some = min(units - sum(taken.values()), lots[number])
        if some > 0:
            taken[number] = some
            lots[number] -= some
            if not lots[number]:
                del lots[number]
    return taken


def added(lots: Mapping[str, int], more: Mapping[str, int]) -> Lots:
    """The sum of two sets of lots."""
    return {number: lots.get(number, 0) + more.get(number, 0) for number in (*lots, *more)}


def less(lots: Mapping[str, int], gone: Mapping[str, int]) -> Lots:
    """Lots reduced by some units."""
    left = {number: units - gone.get(number, 0) for number, units in lots.items()}
    return {number: units for number, units in left.items() if units > 0}


@dataclass(slots=True)
class Content:
    """Units of a fulfillment line in a parcel."""

    line_id: UUID
    sku: str
    name: str
    quantity: int
    returned: int = 0
    lots: Lots = field(default_factory=Lots)
    returned_lots: Lots = field(default_factory=Lots)

    @property
    def kept(self) -> int:
        """Units that were not returned."""
        return self.quantity - self.returned

    @property
    def kept_lots(self) -> Lots:
        return less(self.lots, self.returned_lots)


def read(contents: Iterable[Mapping[str, Any]]) -> list[Content]:
    """The contents of a package from the stored form."""
    return [
        Content(
            UUID(each["line_id"]),
            each["sku"],
            each["name"],
            each["quantity"],
            each.get("returned", 0),
            lots_of(each.get("lots")),
            lots_of(each.get("returned_lots")),
        )
        for each in contents
    ]


def of_sku(contents: Sequence[Content], typed: str) -> list[Content]:
    """The contents with a typed SKU."""
    sku = match_code(typed, (each.sku for each in contents))
    return [each for each in contents if each.sku == sku]


def write(contents: Sequence[Content]) -> list[dict[str, Any]]:
    """Contents in the stored form."""
    stored: list[dict[str, Any]] = []
    for each in contents:
        row: dict[str, Any] = {
            "line_id": str(each.line_id),
            "sku": each.sku,
            "name": each.name,
            "quantity": each.quantity,
        }
        if each.returned:
            row["returned"] = each.returned
        for name, lots in (("lots", each.lots), ("returned_lots", each.returned_lots)):
            if lots:
                row[name] = as_stored(lots)
        stored.append(row)
    return stored
