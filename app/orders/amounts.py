"""What is due for an order, to the minor unit: pure."""

from typing import Any


def due(order: Any) -> int:
    """What is still to be paid; below zero it is to be given back. `order` is a row, or has its amounts."""
    return wanted(order) - int(order.paid_minor)


def wanted(order: Any) -> int:
    """What the buyer is to have paid in the end: the total less what was cancelled and what was credited."""
    return max(0, int(order.total_minor - order.cancelled_minor - order.credited_minor))


def goodwill(order: Any, given_back: int) -> int:
    """How much of a refund is a credit: money that was due and had come, and is given back all the same.

    What comes back of an overpayment or of what was cancelled is no credit, and what comes back of an order
    that was never paid in full is due again.
    """
    if order.paid_minor < wanted(order):
        return 0
    return max(0, given_back - int(order.paid_minor - wanted(order)))
