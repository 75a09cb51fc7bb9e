"""Queries of cancellation requests."""

from uuid import UUID

from tortoise.expressions import Subquery
from tortoise.queryset import QuerySet

from app.access.permissions import Permission
from app.core.actor import Actor
from app.core.database import among, read
from app.core.loading import grouped
from app.core.refusals import NotFound
from app.orders.lifecycle import CancelRequestStatus
from app.orders.models import CancelRequest
from app.orders.queries.orders import visible_to


def cancel_requests_visible_to(actor: Actor) -> QuerySet[CancelRequest]:
    """The cancellation requests of orders that an actor may see."""
    if actor.scope_of(Permission.ORDERS_VIEW).is_everywhere:
        return CancelRequest.all()
    return CancelRequest.filter(order_id__in=Subquery(visible_to(actor).values("id")))


async def cancel_request(actor: Actor, id: UUID) -> CancelRequest:
    """A cancellation request by id.

    Raises:
        NotFound: it does not exist, or the actor may not see it.
    """
    found = await cancel_requests_visible_to(actor).get_or_none(id=id)
    if found is None:
        raise NotFound.of("request", "id")
    return found


async def open_cancel_request(order_id: UUID) -> CancelRequest | None:
    return await CancelRequest.get_or_none(order_id=order_id, status=CancelRequestStatus.OPEN)


async def cancel_requests_by_order(ids: list[UUID]) -> list[list[CancelRequest]]:
    """Batch: the cancellation requests of each order, oldest first."""
    rows = await read(CancelRequest, f"{among('order_id', 1)} ORDER BY order_id, requested_at, id", ids)
    return grouped(ids, rows, "order_id")
