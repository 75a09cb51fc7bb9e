"""Queries of disputes."""

from collections.abc import Sequence
from uuid import UUID

from tortoise.expressions import Subquery
from tortoise.queryset import QuerySet

from app.access.permissions import Permission
from app.core.actor import Actor
from app.core.database import among, read, read_locked, rows_by_id
from app.core.loading import grouped
from app.orders import queries as orders
from app.payments.lifecycle import DisputeStatus
from app.payments.models import Dispute

OPEN = (DisputeStatus.NEEDS_RESPONSE, DisputeStatus.UNDER_REVIEW)


def disputes_visible_to(actor: Actor) -> QuerySet[Dispute]:
    """The disputes of the orders that an actor may see as staff. Those whose payment is not known belong to
    no channel."""
    if not actor.may(Permission.ORDERS_VIEW):
        return Dispute.filter(id__in=[])
    if actor.scope_of(Permission.ORDERS_VIEW).is_everywhere:
        return Dispute.all()
    return Dispute.filter(order_id__in=Subquery(orders.visible_to(actor).values("id")))


async def disputes_by_id(ids: list[UUID]) -> Sequence[Dispute | None]:
    """Batch: disputes."""
    found = await rows_by_id(Dispute, ids)
    return [found.get(id) for id in ids]


async def disputes_by_payment(ids: list[UUID]) -> list[list[Dispute]]:
    """Batch: the disputes of each payment, oldest first."""
    rows = await read(Dispute, f"{among('payment_id', 1)} ORDER BY payment_id, opened_at, id", ids)
    return grouped(ids, rows, "payment_id")


async def have_open_disputes(ids: list[UUID]) -> list[bool]:
    """Batch: whether each order has an open dispute."""
    rows = await Dispute.filter(order_id__in=ids, status__in=OPEN).values_list("order_id", flat=True)
    found = set(rows)
    return [id in found for id in ids]


async def reported_disputes_of(payment_id: UUID) -> list[Dispute]:
    """The disputes of a payment that its gateway reports."""
    return await read(
        Dispute, "payment_id = $1 AND account_id IS NOT NULL ORDER BY opened_at, id", payment_id
    )


async def dispute_of(gateway: str, reference: str) -> Dispute | None:
    """The dispute with a reference of a gateway."""
    return await Dispute.get_or_none(gateway=gateway, reference=reference)


async def locked_excess_of(payment_id: UUID) -> list[Dispute]:
    """The lost disputes of a locked payment that were not charged back in full, locked, oldest first."""
    return await read_locked(
        Dispute, "payment_id = $1 AND excess_minor > 0 ORDER BY opened_at, id", payment_id
    )


async def locked_dispute(id: UUID) -> Dispute:
    """A dispute, locked; its order and payments are locked before."""
    (found,) = await read_locked(Dispute, "id = $1", id)
    dispute: Dispute = found
    return dispute
