"""The amounts due for an order: pure functions."""

from typing import Any


def due(order: Any) -> int:
    """The amount still to be paid; negative if a refund is due. `order` is a row, or has its amounts."""
    return wanted(order) - int(order.paid_minor)


def wanted(order: Any) -> int:
    """The amount that the buyer must pay in all: the total less cancellations and credits."""
    return max(0, int(order.total_minor - order.cancelled_minor - order.credited_minor))


def surplus(order: Any, given_back: int) -> int:
    """The part of a refund that returns money beyond what the buyer must pay, such as after an edit that
    lowered the total; negative for a refund that was sent back."""
    if given_back < 0:
        return -min(int(order.surplus_refunded_minor), -given_back)
    return max(0, min(given_back, int(order.paid_minor) - wanted(order)))


def credited(order: Any, given_back: int, credit: int = 0) -> int:
    """The part of a refund that is a credit: `credit` for what the buyer has given back, and goodwill, which
    is money that was due and paid, and is refunded nevertheless.

    A refund of an overpayment or of a cancelled amount is no goodwill, and neither is a refund on an order
    that was never fully paid: it becomes due again.
    """
    if order.paid_minor < wanted(order):
        return credit
    return credit + max(0, given_back - credit - int(order.paid_minor - wanted(order)))
