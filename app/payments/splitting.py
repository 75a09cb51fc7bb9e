"""Distributes captures and refunds over the payments of an order: pure."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from app.channels.lifecycle import RefundOrder
from app.core.money import split_minor


def split_refund(amount: int, refundable: Sequence[int], order: RefundOrder) -> list[int]:
    """The part of a refund that each payment gives back; the payments are in the order in which they were
    made.

    No payment gives back more than it received, and the parts add up to the amount.

    Raises:
        ValueError: the payments together cannot give back the amount.
    """
    if not 0 <= amount <= sum(refundable):
        raise ValueError(f"{amount} of {sum(refundable)}")
    if order is RefundOrder.PROPORTIONAL and refundable:
        return split_minor(amount, refundable)
    parts = [0] * len(refundable)
    for index in reversed(range(len(refundable))):
        parts[index] = min(amount, refundable[index])
        amount -= parts[index]
    return parts


def split_last_first(
    amount: int, received: Sequence[tuple[UUID, int]], refundable: Mapping[UUID, int]
) -> Mapping[UUID, int]:
    """The part of a refund that each payment gives back, beginning with the money received last.

    `received` are the amounts that arrived, oldest first, each with its payment; `refundable` is what each
    payment can still give back. What a payment has given back before counts as its latest amounts. Payments
    that are not in `refundable` give nothing.

    Raises:
        ValueError: the payments together cannot give back the amount.
    """
    returned: Counter[UUID] = Counter()
    for payment, arrived in received:
        returned[payment] += arrived
    returned.subtract(refundable)
    kept = []
    for payment, arrived in reversed(received):
        gone = min(arrived, returned[payment])
        returned[payment] -= gone
        kept.append(arrived - gone)
    shares = split_refund(amount, kept[::-1], RefundOrder.LAST_FIRST)
    parts: Counter[UUID] = Counter()
    for (payment, _), share in zip(received, shares, strict=True):
        parts[payment] += share
    return parts


def split_credit_first(
    amount: int,
    received: Sequence[tuple[UUID, int]],
    refundable: Mapping[UUID, int],
    credit: Collection[UUID],
) -> Mapping[UUID, int]:
    """The part of a refund that each payment gives back, beginning with the payments in `credit`; see
    `split_last_first`.

    Raises:
        ValueError: the payments together cannot give back the amount.
    """
    first = {id: most for id, most in refundable.items() if id in credit}
    rest = {id: most for id, most in refundable.items() if id not in credit}
    to_credit = min(amount, sum(first.values()))
    parts = Counter(split_last_first(to_credit, received, first))
    parts.update(split_last_first(amount - to_credit, received, rest))
    return parts


def split_capture(amount: int, authorized: Sequence[int], more: Sequence[int]) -> list[int]:
    """The part of an amount that is captured from each payment; the payments are in the order in which they
    were made.

    The authorized amounts are captured first, beginning with the payment made first. What exceeds them is
    captured from the payments that permit more than was authorized (`more`). If all of this is less than the
    amount, the rest is left out.
    """
    parts = [0] * len(authorized)
    for limits in (authorized, more):
        for index, limit in enumerate(limits):
            part = min(amount, limit)
            parts[index] += part
            amount -= part
    return parts
