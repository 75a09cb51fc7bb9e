"""The amounts due for an order: pure functions."""

from typing import Any


def due(order: Any) -> int:
    """The amount still to be paid; negative if a refund is due. `order` is a row, or has its amounts."""
    return wanted(order) - int(order.paid_minor)


def wanted(order: Any) -> int:
    """The amount that the buyer must pay in all: the total less cancellations and credits."""
    return max(0, int(order.total_minor - order.cancelled_minor - order.credited_minor))


def goodwill(order: Any, given_back: int) -> int:
    """The part of a refund that is a credit: money that was due and paid, and is refunded nevertheless.

    A refund of an overpayment or of a cancelled amount is no credit, and a refund on an order that was never
    fully paid becomes due again.
    """
    if order.paid_minor < wanted(order):
        return 0
    return max(0, given_back - int(order.paid_minor - wanted(order)))
