"""The optimal set of locations for a demand: exact, by branch and bound.

Meeting a demand from the fewest locations is the set covering problem with quantities, which is NP-hard
(Karp, 1972); with the few dozen locations and lines of an order it is solved in milliseconds. The search
branches on the line that the fewest locations can supply, and abandons a branch as soon as its lower bound is
no better than the best solution. After a maximum number of branches it returns the best solution found and
reports that it is not proven optimal.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from uuid import UUID

MOST_NODES = 1_000
MOST_NODES_BY_UNIT = 100  # with unit prices: the bound is weaker, and each branch takes longer

Have = Mapping[tuple[UUID, UUID], int]  # (location, variant): available units


@dataclass(frozen=True, slots=True)
class Opening:
    """A location with its price for being used, and its price for each unit that it ships."""

    id: UUID
    price: int
    unit_price: int = 0


@dataclass(frozen=True, slots=True)
class Cover:
    """The chosen locations in the order given, and whether the set is proven optimal."""

    sites: tuple[UUID, ...]
    price: int
    is_exact: bool


def cheapest_cover(
    demand: Mapping[UUID, int], openings: Sequence[Opening], have: Have, most: int | None = None
) -> Cover | None:
    """The cheapest set of locations that has the demand; None if there is none.

    The price of a set is that of its locations and of the units, each shipped by the cheapest that has it. Of
    equal sets, the one with the smallest sum of indexes is chosen. `most` limits the size of a set.
    """
    return _Search(demand, openings, have, most).run()


class _Search:
    def __init__(
        self, demand: Mapping[UUID, int], openings: Sequence[Opening], have: Have, most: int | None
    ) -> None:
        self.variants = [variant for variant, wanted in demand.items() if wanted > 0]
        self.demand = [demand[variant] for variant in self.variants]
        table = [
            (
                each,
                [min(have.get((each.id, v), 0), n) for v, n in zip(self.variants, self.demand, strict=True)],
            )
            for each in openings
        ]
        useful = [(each, row) for each, row in table if any(row)]
        self.openings = [each for each, _ in useful]
        self.rows = [row for _, row in useful]
        # The weight of an index is less than the smallest difference of prices.
        self.scale = len(useful) * (len(useful) + 1) + 1
        self.prices = [each.price * self.scale + place for place, each in enumerate(self.openings)]
        self.unit_prices = [each.unit_price * self.scale for each in self.openings]
        self.most = len(useful) if most is None else most
        self.least_unit = min(self.unit_prices, default=0)
        self.has_one_unit_price = len(set(self.unit_prices)) < 2
        self.by_unit_price = sorted(range(len(useful)), key=self.unit_prices.__getitem__)
        self.most_nodes = MOST_NODES if self.has_one_unit_price else MOST_NODES_BY_UNIT
        self.nodes = 0
        self.best: tuple[float, tuple[int, ...]] | None = None

    def run(self) -> Cover | None:
        self._greedy()
        self._branch((), [*self.demand], list(range(len(self.openings))))
        if self.best is None:
            return None
        price, chosen = self.best
        return Cover(
            tuple(self.openings[i].id for i in chosen),
            int(price) // self.scale,
            self.nodes <= self.most_nodes,
        )

    def _greedy(self) -> None:
        """Initial solutions: repeatedly the location that ships most, or the cheapest per unit.

        With unit prices, single locations are then removed, added or exchanged while that improves the price.
        """
        for by_price in (True, False):
            chosen = self._one_by_one(by_price)
            if chosen is not None:
                self._consider(chosen if self.has_one_unit_price else self._improved(chosen))

    def _one_by_one(self, by_price: bool) -> frozenset[int] | None:
        left, chosen = [*self.demand], set[int]()
        while any(left):
            gains = {
                i: gain
                for i, row in enumerate(self.rows)
                if i not in chosen and (gain := sum(map(min, row, left)))
            }
            if not gains or len(chosen) == self.most:
                return None
            if by_price:
                index = min(gains, key=lambda i: self.prices[i] / gains[i] + self.unit_prices[i])
            else:
                index = max(gains, key=lambda i: (gains[i], -self.prices[i]))
            chosen.add(index)
            left = [max(0, n - h) for n, h in zip(left, self.rows[index], strict=True)]
        return frozenset(chosen)

    def _improved(self, chosen: frozenset[int]) -> frozenset[int]:
        price = self._price(chosen)
        better: tuple[float, frozenset[int]] = (price, chosen)
        while True:
            for each in self._neighbours(chosen):
                found = self._price(each)
                if found < better[0]:
                    better = (found, each)
            if better[1] is chosen:
                return chosen
            chosen = better[1]

    def _neighbours(self, chosen: frozenset[int]) -> Iterator[frozenset[int]]:
        others = [i for i in range(len(self.rows)) if i not in chosen]
        for i in chosen:
            yield chosen - {i}
            for other in others:
                yield chosen - {i} | {other}
        if len(chosen) < self.most:
            for other in others:
                yield chosen | {other}

    def _consider(self, chosen: Collection[int]) -> None:
        found = (self._price(chosen), tuple(sorted(chosen)))
        if self.best is None or found < self.best:
            self.best = found

    def _price(self, chosen: Collection[int]) -> float:
        """The price of a set; infinite if it does not have everything."""
        price: float = sum(self.prices[i] for i in chosen)
        left = self.demand
        for i in sorted(chosen, key=self.unit_prices.__getitem__):
            rest = [n - h if n > h else 0 for n, h in zip(left, self.rows[i], strict=True)]
            price += (sum(left) - sum(rest)) * self.unit_prices[i]
            left = rest
        return inf if any(left) else price

    def _branch(self, chosen: tuple[int, ...], left: list[int], free: list[int]) -> None:
        """Search all sets with the chosen locations, without the rejected ones, and with some of the free
        ones.
        """
        self.nodes += 1
        if self.nodes > self.most_nodes:
            return
        lines = [column for column, wanted in enumerate(left) if wanted > 0]
        if not lines:
            self._consider(chosen)
            # Another location may still reduce the price of the units.
            if self.has_one_unit_price or len(chosen) == self.most:
                return
        gains = {i: gain for i in free if (gain := sum(min(self.rows[i][c], left[c]) for c in lines))}
        if any(sum(self.rows[i][c] for i in gains) < left[c] for c in lines):
            return
        if self._too_many(chosen, left, gains) or self._too_dear(chosen, left, free, gains):
            return
        candidates = self._candidates(lines, free, gains)
        for place, index in enumerate(candidates):
            passed = set(candidates[: place + 1])
            rest = [n - h if n > h else 0 for n, h in zip(left, self.rows[index], strict=True)]
            self._branch((*chosen, index), rest, [i for i in free if i not in passed])

    def _too_many(self, chosen: tuple[int, ...], left: list[int], gains: dict[int, int]) -> bool:
        """Whether even the locations that ship most would exceed the maximum number."""
        room, wanted = self.most - len(chosen), sum(left)
        return room < len(gains) and sum(sorted(gains.values(), reverse=True)[: max(0, room)]) < wanted

    def _too_dear(
        self, chosen: tuple[int, ...], left: list[int], free: list[int], gains: dict[int, int]
    ) -> bool:
        """Whether no set of this branch can be cheaper than the best known one.

        The lower bound is the linear relaxation: the remaining units are shipped by the locations that are
        cheapest per unit at full use, and the last one can be used in part. The chosen locations cost at
        least the cheapest units of each line.
        """
        if self.best is None:
            return False
        price: float = sum(self.prices[i] for i in chosen)
        wanted = sum(left)
        for each, gain in sorted(
            (self.prices[i] / gain + self.unit_prices[i], gain) for i, gain in gains.items()
        ):
            if wanted <= 0:
                break
            price += each * min(gain, wanted)
            wanted -= gain
        price += self._least_for_units(left, {*chosen, *free})
        return price > self.best[0] - 0.5  # prices are integers: an improvement is at least one

    def _least_for_units(self, left: list[int], allowed: set[int]) -> int:
        covered = [wanted - rest for wanted, rest in zip(self.demand, left, strict=True)]
        if self.has_one_unit_price:
            return sum(covered) * self.least_unit
        price = 0
        for column, units in enumerate(covered):
            for i in self.by_unit_price:
                if units <= 0:
                    break
                if i in allowed and (sent := min(units, self.rows[i][column])):
                    price += sent * self.unit_prices[i]
                    units -= sent
        return price

    def _candidates(self, lines: list[int], free: list[int], gains: dict[int, int]) -> list[int]:
        """The locations to branch on: those that have the line which the fewest have, cheapest first."""
        if not lines:
            return free
        able = min(([i for i in gains if self.rows[i][column]] for column in lines), key=len)
        return sorted(able, key=lambda i: self.prices[i] / gains[i] + self.unit_prices[i])
