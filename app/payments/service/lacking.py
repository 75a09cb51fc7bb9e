"""Which amounts the capture rule of an order still asks for."""

from app.channels import queries as channels
from app.channels.lifecycle import CaptureRule
from app.orders import queries as orders
from app.orders.models import Order
from app.payments import capture_rules, queries


async def rule_of(order: Order) -> CaptureRule:
    """The capture rule of a placed order. One without, which an earlier version of the server has placed, has
    that of its channel."""
    rule: CaptureRule | None = order.capture_rule
    if rule is None:
        (channel,) = await channels.channels_by_id([order.channel_id])
        assert channel is not None
        rule = channel.capture
    return rule


async def lacks_capture(order: Order) -> bool:
    """Whether an amount that the rule of a locked order asks for is not received."""
    rule = await rule_of(order)
    lines, payments = await orders.lines(order.id), await queries.locked_of(order.id)
    return capture_rules.lacking(rule, order, lines, payments) > 0
