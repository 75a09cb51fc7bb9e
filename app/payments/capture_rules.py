"""What the capture rule of an order asks for: pure, and the only module that calculates it.

Amounts are in minor units of the order's currency. A rule states how much of an order should have been
captured in all (`target`); what is lacking is the target less what was received. So the captures of several
shipments add up to the order, and repeating a step captures nothing twice.
"""

from collections.abc import Sequence
from typing import Any

from app.channels.lifecycle import CaptureRule
from app.orders.amounts import wanted
from app.orders.editing import live
from app.orders.lifecycle import OrderStatus
from app.orders.recorded import shipped
from app.payments.models import Payment

R = CaptureRule


def target(rule: CaptureRule, order: Any, lines: Sequence[Any]) -> int:
    """The amount of an order that should be captured by now. `lines` are those of the order.

    Gift cards are not shipped: where a shipment captures, they are captured when the order is confirmed;
    `capturing` delays this where an authorization permits one capture. What was credited, such as the price
    of gift cards that were refunded, is taken off what has left.
    """
    goods = [line for line in lines if not line.is_gift_card]
    whole, has_left = wanted(order), any(line.quantity_shipped for line in goods)
    if rule is R.AT_PLACING:
        return whole
    if rule is R.AT_CONFIRMING:
        return 0 if order.status is OrderStatus.PLACED else whole
    has_cards = len(goods) < len(lines) and order.status is not OrderStatus.PLACED
    if rule is R.BY_HAND or not (has_left or has_cards):
        return 0
    if (has_left and rule is R.AT_FIRST_SHIPMENT) or is_all_shipped(goods):
        return whole
    return max(0, min(whole, shipped(order, lines).total_minor - int(order.credited_minor)))


def is_all_shipped(lines: Sequence[Any]) -> bool:
    """Whether no unit is left to ship."""
    return all(line.quantity_shipped >= live(line) for line in lines)


def is_nothing_shipped(lines: Sequence[Any]) -> bool:
    """Whether goods are to be shipped, and none has left."""
    goods = [line for line in lines if not line.is_gift_card]
    return any(live(line) for line in goods) and not any(line.quantity_shipped for line in goods)


def received(rule: CaptureRule, order: Any, payments: Sequence[Payment]) -> int:
    """What counts as received: captures, and payments without an authorization, less refunds and
    chargebacks.

    With AT_SHIPMENT only those refunds of a gateway's payment are deducted that were credited, or that
    returned more than the buyer had to pay: another refund for goods that were shipped is not captured again
    with the next shipment.
    """
    total = kept = 0
    for each in payments:
        total += each.captured_minor - each.charged_back_minor - each.refunded_minor
        if rule is R.AT_SHIPMENT and each.account_id is not None:
            kept += each.refunded_minor
    return total + max(0, kept - int(order.credited_minor) - int(order.surplus_refunded_minor))


def lacking(rule: CaptureRule, order: Any, lines: Sequence[Any], payments: Sequence[Payment]) -> int:
    """The amount that should be captured by now and is not received; captures that wait for an answer are
    part of it."""
    return max(0, target(rule, order, lines) - received(rule, order, payments))
