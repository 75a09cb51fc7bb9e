"""ABC and XYZ classification of SKUs: pure functions."""

from collections.abc import Hashable, Mapping
from typing import TypeVar

from app.core.described import Described

K = TypeVar("K", bound=Hashable)


class AbcClass(Described):
    """Class by sales value (Pareto)."""

    A = "a", "SKUs that together account for the first 80 % of the value sold."
    B = "b", "SKUs that account for the next 15 % of the value sold."
    C = "c", "All other SKUs, including those with no sales."


class XyzClass(Described):
    """Class by variation of demand."""

    X = "x", "Steady demand: the weekly standard deviation is at most half the mean."
    Y = "y", "Variable demand: the weekly standard deviation is at most the mean."
    Z = "z", "Irregular demand: the weekly standard deviation is greater than the mean, or nothing is sold."


def abc(values: Mapping[K, int]) -> dict[K, AbcClass]:
    """The class of each by value (Dickie, "ABC inventory analysis shoots for dollars", 1951).

    The SKU that crosses 80 % belongs to A, so class A is never empty when there are sales.
    """
    total, before = sum(values.values()), 0
    classes = {}
    for key, value in sorted(values.items(), key=lambda item: -item[1]):
        if value <= 0 or before * 100 >= total * 95:
            classes[key] = AbcClass.C
        else:
            classes[key] = AbcClass.A if before * 100 < total * 80 else AbcClass.B
        before += value
    return classes


def xyz(variation: float | None) -> XyzClass:
    """The class by the coefficient of variation of a week's demand."""
    if variation is None or variation > 1.0:
        return XyzClass.Z
    return XyzClass.X if variation <= 0.5 else XyzClass.Y


def excess(units: int, a_day: float, most_days: int) -> int:
    """The units beyond `most_days` of demand; all of them without demand."""
    return max(0, units - int(a_day * most_days))
