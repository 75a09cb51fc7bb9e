"""What a part of an order is worth, to the minor unit: pure."""

from decimal import Decimal
from typing import Protocol

from app.core.money import rounded


class Priced(Protocol):
    """A line with its total, and how many of its units were cancelled already."""

    quantity: int
    quantity_cancelled: int
    total_minor: int


def cancelled_amount(line: Priced, units: int, already_minor: int) -> int:
    """What need not be paid any more when so many more units of a line are cancelled.

    A share of what is left of the line when `already_minor` of it was cancelled before: the last units
    take the rest, so that the parts add up to the line's total.
    """
    left = line.quantity - line.quantity_cancelled
    return rounded(Decimal((line.total_minor - already_minor) * units) / left)


def due(total_minor: int, cancelled_minor: int, paid_minor: int) -> int:
    """What is still to be paid; below zero it is to be given back."""
    return total_minor - cancelled_minor - paid_minor
