"""Locked reads of orders and their fulfillment orders: the order's row is locked first."""

from typing import Any
from uuid import UUID

from app.access.permissions import Permission
from app.core.actor import Actor
from app.core.database import among, read_locked
from app.core.refusals import NotFound
from app.core.scope import Scope
from app.fulfillment.models import FulfillmentOrder, Shipment
from app.orders.models import Order


async def locked_order_of(permission: Permission, actor: Actor, id: UUID, *path: str) -> Order:
    """The locked order of a fulfillment order, for an action that requires a permission.

    Raises:
        NotFound: it does not exist, or the actor may not see it or does not have the permission for it.
    """
    found = await _locked_order(FulfillmentOrder, permission, actor, id)
    if found is None:
        raise NotFound.of("fulfillment order", *(path or ("id",)))
    return found


async def locked_order_of_shipment(permission: Permission, actor: Actor, id: UUID, *path: str) -> Order:
    """The locked order of a shipment, for an action that requires a permission.

    Raises:
        NotFound: it does not exist, or the actor may not see it or does not have the permission for it.
    """
    found = await _locked_order(Shipment, permission, actor, id)
    if found is None:
        raise NotFound.of("shipment", *(path or ("id",)))
    return found


async def _locked_order(model: Any, permission: Permission, actor: Actor, id: UUID) -> Order | None:
    conditions = ["id = $1"]
    values: list[Any] = [id]
    for needed in dict.fromkeys((Permission.FULFILLMENT_VIEW, permission)):
        scope = actor.scope_of(needed)
        if not scope.is_everywhere:
            conditions.append(_within(scope, values))
    part = f'SELECT order_id FROM "{model._meta.db_table}" WHERE {" AND ".join(conditions)}'  # noqa: S608
    rows = await read_locked(Order, f"id = ({part})", *values)
    return rows[0] if rows else None


def _within(scope: Scope, values: list[Any]) -> str:
    """The condition that a scope covers a row with channel and location; its values are appended."""
    areas = []
    for area in scope.areas:
        limits = []
        for column, ids in (("channel_id", area.channels), ("location_id", area.locations)):
            if ids is not None:
                values.append(list(ids))
                limits.append(among(column, len(values)))
        areas.append(" AND ".join(limits))
    return f"({' OR '.join(areas)})" if areas else "1 = 0"


async def locked_shipment(id: UUID) -> Shipment:
    """A locked shipment: manifests are created without locking the order."""
    (found,) = await read_locked(Shipment, "id = $1", id)
    row: Shipment = found
    return row


async def locked_of_order(order_id: UUID) -> list[FulfillmentOrder]:
    """All fulfillment orders of a locked order, oldest first, locked."""
    rows: list[FulfillmentOrder] = await read_locked(FulfillmentOrder, "order_id = $1 ORDER BY id", order_id)
    return sorted(rows, key=lambda row: (row.created_at, row.id))
