"""What a part of an order is worth, to the minor unit: pure."""

from decimal import Decimal
from typing import Protocol

from app.core.money import rounded


class Priced(Protocol):
    """A line with its total, and how many of its units were cancelled already."""

    quantity: int
    quantity_cancelled: int
    total_minor: int


def cancelled_amount(line: Priced, units: int) -> int:
    """What need not be paid any more when so many more units of a line are cancelled.

    Shares are taken of what has been cancelled in all, so that the parts add up to the line's total.
    """
    return _share(line, line.quantity_cancelled + units) - _share(line, line.quantity_cancelled)


def _share(line: Priced, units: int) -> int:
    return rounded(Decimal(line.total_minor * units) / line.quantity)


def due(total_minor: int, cancelled_minor: int, paid_minor: int) -> int:
    """What is still to be paid; below zero it is to be given back."""
    return total_minor - cancelled_minor - paid_minor
