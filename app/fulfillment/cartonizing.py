"""Which boxes an order is packed into: a proposal, pure.

The heuristic is first fit decreasing. Units go in by size, the largest first, each into the first open box
that still has room and strength for it. When none has, the smallest box that would hold everything that is
left is opened, else the one that holds the most. A box has room for what adds up to `FILL` of its volume, as
things leave gaps; and for nothing that is longer than it in any direction, turned as it may be. Of what the
measures are not known, only the weight counts. It is not always the best packing: that is for who packs.
After `MOST_BOXES` the rest is left for one loose package: that is a pallet.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

FILL = 0.85
MOST_BOXES = 199  # so that with what is loose there are 200, as many as one order may have


@dataclass(frozen=True, slots=True)
class Item:
    """Units of one thing; millimetres and grams of one of it, None where nobody has measured it."""

    sku: str
    quantity: int
    sides: tuple[int, int, int] | None = None
    grams: int | None = None

    @property
    def volume(self) -> int:
        return self.sides[0] * self.sides[1] * self.sides[2] if self.sides else 0


@dataclass(frozen=True, slots=True)
class Carton:
    """A box that can be had: its inner measures, what it weighs, and what may be in it."""

    code: str
    sides: tuple[int, int, int]
    empty_grams: int
    most_grams: int

    @property
    def volume(self) -> int:
        return self.sides[0] * self.sides[1] * self.sides[2]

    def takes(self, item: Item) -> bool:
        """Whether one of a thing goes into it at all."""
        if (item.grams or 0) > self.most_grams:
            return False
        if item.sides is None:
            return True
        inside = zip(sorted(item.sides), sorted(self.sides), strict=True)
        return all(side <= room for side, room in inside) and item.volume <= self.volume


@dataclass(slots=True)
class Proposed:
    """A box with what goes into it; `carton` is None for what fits into none."""

    carton: Carton | None
    contents: dict[str, int] = field(default_factory=dict[str, int])
    volume: int = 0
    known_grams: int = 0  # of what is in it, as far as it was ever weighed
    is_weighed: bool = True

    def room_for(self, item: Item) -> int:
        """How many of a thing still go in."""
        if self.carton is None or not self.carton.takes(item):
            return 0
        most = item.quantity
        if item.volume:
            # One that goes in by its sides alone may fill an empty box to the brim.
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
        """What the whole package should weigh; None where something in it was never weighed."""
        if not self.is_weighed:
            return None
        return self.known_grams + (self.carton.empty_grams if self.carton else 0)


def propose(items: Sequence[Item], cartons: Sequence[Carton]) -> list[Proposed]:
    """The boxes for some things. What fits into no box at all comes last, in packages without one."""
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
    """The smallest box for all that is left; else, of those that take the first of it, the largest."""
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
