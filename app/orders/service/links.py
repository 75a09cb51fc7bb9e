"""Replacing the secrets of an order: the token of its tracking link and its access token."""

from uuid import UUID

from app.access.permissions import Permission
from app.core.ids import fingerprint
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.core.uow import UnitOfWork, command
from app.core.versions import refuse_stale, write_changes
from app.orders import queries
from app.orders.conditions import Right
from app.orders.events import OrderLinkRevoked
from app.orders.lifecycle import OrderStatus
from app.orders.models import Order
from app.orders.service.cancelling import locked_for_buyer

_RIGHT = Right(Permission.ORDERS_MANAGE, is_buyers=True)


@command
async def revoke_link(
    uow: UnitOfWork, id: UUID, *, token: str | None = None, expected_version: int | None = None
) -> Order:
    """Replace the tracking link and the access token of a placed order; the former ones become unknown.

    `token` is the access token of a guest.

    Raises:
        NotFound, Forbidden, StaleVersion.
        Invalid: it is a cart, which has no link yet.
    """
    order = await locked_for_buyer(uow, id, token, _RIGHT)
    refuse_stale(order, expected_version)
    if order.status in (OrderStatus.DRAFT, OrderStatus.EXPIRED):
        text = "This order was not placed: its link cannot be followed yet."
        raise Invalid(text, "id", code=ProblemCode.NOT_POSSIBLE_NOW)
    generation = order.tracking_generation + 1
    hashed = fingerprint(queries.tracking_token(order.id, generation))
    await write_changes(order, {"tracking_generation": generation, "tracking_hash": hashed}, uow.at)
    uow.announce(OrderLinkRevoked(subject_id=order.id, channel_id=order.channel_id))
    return order
