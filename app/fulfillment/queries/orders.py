"""Queries of fulfillment orders and their lines."""

from collections.abc import Collection, Iterable, Sequence
from typing import TypeVar
from uuid import UUID

from tortoise.expressions import Q, Subquery
from tortoise.models import Model
from tortoise.queryset import QuerySet

from app.access.permissions import Permission
from app.core.actor import Actor
from app.core.database import among, fetch, read, read_locked, rows_by_id, uuid_of
from app.core.ids import fingerprint
from app.core.loading import grouped, in_order
from app.core.refusals import NotFound
from app.core.scope import Scope
from app.fulfillment.lifecycle import AHEAD, FulfillmentOrderStatus
from app.fulfillment.models import FulfillmentLine, FulfillmentOrder

M = TypeVar("M", bound=Model)


def visible_to(actor: Actor) -> QuerySet[FulfillmentOrder]:
    """The fulfillment orders of the channels and locations for which an actor may see such work."""
    return within(FulfillmentOrder.all(), actor.scope_of(Permission.FULFILLMENT_VIEW))


def changeable_by(actor: Actor, permission: Permission) -> QuerySet[FulfillmentOrder]:
    """The fulfillment orders that an actor may see and has a permission for."""
    return within(visible_to(actor), actor.scope_of(permission))


def within(rows: QuerySet[M], scope: Scope) -> QuerySet[M]:
    """The rows with channel and location among `rows` that a scope covers."""
    condition = scope.rows()
    return rows if condition is None else rows.filter(condition)


def order_is_worked_on_at(location_ids: Collection[UUID]) -> Q:
    """The condition that an order has fulfillment orders at some locations."""
    rows = FulfillmentOrder.filter(location_id__in=list(location_ids)).exclude(
        status=FulfillmentOrderStatus.CANCELLED
    )
    return Q(id__in=Subquery(rows.values("order_id")))


async def fulfillment_order(actor: Actor, id: UUID, *path: str) -> FulfillmentOrder:
    """A fulfillment order by id, for an action.

    Raises:
        NotFound: it does not exist, or the actor may not see it or does not have the permission for it.
    """
    found = await changeable_by(actor, Permission.FULFILLMENT_MANAGE).get_or_none(id=id)
    if found is None:
        raise NotFound.of("fulfillment order", *(path or ("id",)))
    return found


async def locked(id: UUID) -> FulfillmentOrder:
    """A locked fulfillment order; its order is locked before."""
    (row,) = await read_locked(FulfillmentOrder, "id = $1", id)
    found: FulfillmentOrder = row
    return found


async def by_supplier_link(token: str) -> FulfillmentOrder | None:
    """The fulfillment order of a supplier's link."""
    return await FulfillmentOrder.get_or_none(supplier_link_hash=fingerprint(token))


async def of_order(order_id: UUID) -> list[FulfillmentOrder]:
    """All fulfillment orders of an order, oldest first."""
    return await read(FulfillmentOrder, "order_id = $1 ORDER BY created_at, id", order_id)


async def ahead_of_order(order_id: UUID) -> list[FulfillmentOrder]:
    """The fulfillment orders of an order that were not shipped."""
    return [row for row in await of_order(order_id) if row.status in AHEAD]


async def by_order(ids: list[UUID]) -> list[list[FulfillmentOrder]]:
    """Batch: the fulfillment orders of each order, oldest first."""
    rows = await read(FulfillmentOrder, f"{among('order_id', 1)} ORDER BY order_id, created_at, id", ids)
    return grouped(ids, rows, "order_id")


async def by_id(ids: list[UUID]) -> Sequence[FulfillmentOrder | None]:
    """Batch: the fulfillment order of each id."""
    return in_order(ids, await rows_by_id(FulfillmentOrder, ids))


async def lines_of(ids: Iterable[UUID]) -> list[FulfillmentLine]:
    """The lines of some fulfillment orders, in order."""
    condition = f"{among('fulfillment_order_id', 1)} ORDER BY fulfillment_order_id, position"
    return await read(FulfillmentLine, condition, list(ids))


async def lines_by_fulfillment_order(ids: list[UUID]) -> list[list[FulfillmentLine]]:
    """Batch: the lines of each fulfillment order, in order."""
    return grouped(ids, await lines_of(ids), "fulfillment_order_id")


async def in_hand(order_ids: Collection[UUID]) -> dict[tuple[UUID, UUID, UUID], int]:
    """The picked units of some orders, and those requested from suppliers, by order, location and variant."""
    rows = await fetch(
        f"""
        SELECT f.order_id, f.location_id, l.variant_id,
               SUM(CASE WHEN f.status IN ('submitted', 'accepted') THEN l.quantity ELSE l.picked END) AS units
        FROM fulfillment_order f JOIN fulfillment_line l ON l.fulfillment_order_id = f.id AND l.tracks_stock
        WHERE {among("f.order_id", 1)}
          AND f.status IN ('picking', 'picked', 'packed', 'submitted', 'accepted')
        GROUP BY f.order_id, f.location_id, l.variant_id
        """,  # noqa: S608  # only a column name is put in
        list(order_ids),
    )
    return {
        (uuid_of(row["order_id"]), uuid_of(row["location_id"]), uuid_of(row["variant_id"])): int(row["units"])
        for row in rows
    }


def with_lines_like(condition: Q) -> Q:
    return Q(id__in=Subquery(FulfillmentLine.filter(condition).values("fulfillment_order_id")))


def in_transit() -> Q:
    """Shipments that were shipped and not returned."""
    gone = FulfillmentOrder.filter(status=FulfillmentOrderStatus.SHIPPED)
    return Q(fulfillment_order_id__in=Subquery(gone.values("id")))
