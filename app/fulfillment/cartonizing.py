"""Proposes boxes for an order: pure functions.

The heuristic is first fit decreasing: units are sorted by size, largest first, and each goes into the first
open box that has room for its volume and weight. If none has, the smallest box that would hold everything
left is opened, else the largest. A box has room for `FILL` of its volume, because of gaps, and for nothing
that is too long in any orientation. Items without dimensions count by weight only. The result is not always
optimal; the packer decides. After `MOST_BOXES` the rest is left for one loose package: a pallet.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

FILL = 0.85
MOST_BOXES = 199  # together with a loose package 200, the maximum per order


@dataclass(frozen=True, slots=True)
class Item:
    """Units of one product; millimetres and grams of one unit, None if unknown."""

    sku: str
    quantity: int
    sides: tuple[int, int, int] | None = None
    grams: int | None = None

    @property
    def volume(self) -> int:
        return self.sides[0] * self.sides[1] * self.sides[2] if self.sides else 0


@dataclass(frozen=True, slots=True)
class Carton:
    """An available box: inner dimensions, tare weight, and maximum content."""

    code: str
    sides: tuple[int, int, int]
    empty_grams: int
    most_grams: int

    @property
    def volume(self) -> int:
        return self.sides[0] * self.sides[1] * self.sides[2]

    def takes(self, item: Item) -> bool:
        """Whether a single unit fits."""
        if (item.grams or 0) > self.most_grams:
            return False
        if item.sides is None:
            return True
        inside = zip(sorted(item.sides), sorted(self.sides), strict=True)
        return all(side <= room for side, room in inside) and item.volume <= self.volume


@dataclass(slots=True)
class Proposed:
    """A box with its content; `carton` is None for what fits into no box."""

    carton: Carton | None
    contents: dict[str, int] = field(default_factory=dict[str, int])
    volume: int = 0
    known_grams: int = 0  # weight of the content, as far as known
    is_weighed: bool = True

    def room_for(self, item: Item) -> int:
        """How many units of a product still fit."""
        if self.carton is None or not self.carton.takes(item):
            return 0
        most = item.quantity
        if item.volume:
            # A unit whose sides fit may fill an empty box completely.
            room = int(self.carton.volume * FILL) - self.volume
            most = min(most, room // item.volume if not self.is_empty else max(1, room // item.volume))
        if item.grams:
            most = min(most, (self.carton.most_grams - self.known_grams) // item.grams)
        return max(0, most)

    @property
    def is_empty(self) -> bool:
        return not self.contents

    def put(self, item: Item, units: int) -> None:
        self.contents[item.sku] = self.contents.get(item.sku, 0) + units
        self.volume += item.volume * units
        self.known_grams += (item.grams or 0) * units
        self.is_weighed = self.is_weighed and item.grams is not None

    @property
    def gross_grams(self) -> int | None:
        """The weight of the whole package; None if some weight is unknown."""
        if not self.is_weighed:
            return None
        return self.known_grams + (self.carton.empty_grams if self.carton else 0)


def propose(items: Sequence[Item], cartons: Sequence[Carton]) -> list[Proposed]:
    """The boxes for some products. What fits into no box comes last, in packages without one."""
    sizes = sorted(cartons, key=lambda carton: (carton.volume, carton.most_grams, carton.code))
    waiting = sorted(items, key=lambda item: (-item.volume, -(item.grams or 0), item.sku))
    opened: list[Proposed] = []
    loose = Proposed(None)
    while waiting:
        item, rest = waiting[0], waiting[1:]
        box = next((each for each in opened if each.room_for(item)), None)
        if box is None:
            carton = _next_size(waiting, sizes) if len(opened) < MOST_BOXES else None
            if carton is None:
                loose.put(item, item.quantity)
                waiting = rest
                continue
            box = Proposed(carton)
            opened.append(box)
        units = box.room_for(item)
        box.put(item, units)
        waiting = [_less(item, units), *rest] if units < item.quantity else rest
    return [*opened, *([] if loose.is_empty else [loose])]


def _less(item: Item, units: int) -> Item:
    return Item(item.sku, item.quantity - units, item.sides, item.grams)


def _next_size(waiting: Sequence[Item], sizes: Sequence[Carton]) -> Carton | None:
    """The smallest box for everything left; else the largest of those that take the first product."""
    for carton in sizes:
        trial = Proposed(carton)
        for item in waiting:
            if trial.room_for(item) < item.quantity:
                break
            trial.put(item, item.quantity)
        else:
            return carton
    fitting = [carton for carton in sizes if Proposed(carton).room_for(waiting[0])]
    return fitting[-1] if fitting else None
