"""Which amounts the capture rule of an order still asks for."""

from app.channels.lifecycle import CaptureRule
from app.orders import queries as orders
from app.orders.models import Order
from app.payments import capture_rules, queries


def rule_of(order: Order) -> CaptureRule:
    """The capture rule of a placed order."""
    rule: CaptureRule = order.capture_rule
    return rule


async def lacks_capture(order: Order) -> bool:
    """Whether an amount that the rule of a locked order asks for is not received."""
    rule = rule_of(order)
    lines, payments = await orders.lines(order.id), await queries.locked_of(order.id)
    return capture_rules.lacking(rule, order, lines, payments) > 0
