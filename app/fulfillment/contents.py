"""What is in parcels: the owner of the format of `Package.contents` and of lots on fulfillment lines. Pure.

    contents: [{"line_id": …, "sku": …, "name": …, "quantity": 3, "returned": 1,
                "lots": […], "returned_lots": […]}]
    lots: [{"number": "L1", "quantity": 2}]

`returned` units came back and were put away; `lots` is missing where the SKU is not kept by lot, or where
nobody knows.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.core.spelling import the_one

MOST_PACKAGES = 200  # of one fulfillment order
Lots = dict[str, int]  # units by the number of a lot, or a serial number


def lots_of(stored: Iterable[Mapping[str, Any]] | None) -> Lots:
    """Lots as they are stored, added up by their numbers."""
    found: Lots = {}
    for each in stored or ():
        found[each["number"]] = found.get(each["number"], 0) + each["quantity"]
    return found


def as_stored(lots: Mapping[str, int]) -> list[dict[str, Any]]:
    return [{"number": number, "quantity": units} for number, units in lots.items() if units]


def deal(lots: Lots, units: int) -> Lots:
    """The next units of some lots; what they are taken from is left with less."""
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
    """Lots and some more units of them."""
    return {number: lots.get(number, 0) + more.get(number, 0) for number in (*lots, *more)}


def less(lots: Mapping[str, int], gone: Mapping[str, int]) -> Lots:
    """Lots without some units of theirs."""
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
        """Units that have not come back."""
        return self.quantity - self.returned

    @property
    def kept_lots(self) -> Lots:
        return less(self.lots, self.returned_lots)


def read(contents: Iterable[Mapping[str, Any]]) -> list[Content]:
    """The contents of a package, as they are stored."""
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
    """What is of a SKU that was typed."""
    sku = the_one(typed, (each.sku for each in contents))
    return [each for each in contents if each.sku == sku]


def write(contents: Sequence[Content]) -> list[dict[str, Any]]:
    """Contents as a package stores them."""
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
