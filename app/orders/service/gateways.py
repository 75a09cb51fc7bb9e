"""The payment gateway that a cart or an order requests."""

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from app.channels.models import Channel
from app.core.problems import ProblemCode
from app.orders.cart import CartWarningCode
from app.orders.service.faults import CartProblems

MANUAL = "manual"  # money received outside the system

# Returns the codes of the payment gateways that take new payments in a channel. Set by `wiring`, because
# payments are a higher layer.
_offered: list[Callable[[UUID], Awaitable[Sequence[str]]]] = []


def set_gateway_lookup(lookup: Callable[[UUID], Awaitable[Sequence[str]]]) -> None:
    """Set the function for the codes of the payment gateways of a channel."""
    _offered[:] = [lookup]


async def requested_gateway(channel: Channel, code: str | None, faults: CartProblems) -> str | None:
    """The code of the requested payment gateway; None if none is requested, or a cart cannot have it any
    more."""
    if code is None or code == MANUAL:
        return code
    known = [MANUAL, *await _offered[0](channel.id)]
    if code in known:
        return code
    if code == faults.had.gateway:
        faults.aside.payment_gateway = code
        text = "This payment gateway is no longer available. Choose another one."
        faults.aside.warn(CartWarningCode.PAYMENT_GATEWAY_UNKNOWN, text, "payment_gateway", given=code)
        return None
    faults.problems.add(
        "This payment gateway is not available in this channel. Choose another one.",
        "payment",
        "gateway",
        code=ProblemCode.UNKNOWN_CHOICE,
        given=code[:80],
        choices=known,
    )
    return code
