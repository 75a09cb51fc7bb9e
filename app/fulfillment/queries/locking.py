"""An order by what is worked on of it, and all the work on it, their rows locked: the order's first."""

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
    """The order that a fulfillment order is of, its row locked, for something that needs a permission.

    Raises:
        NotFound: there is no such fulfillment order that the actor sees and of which it has the permission.
    """
    found = await _locked_order(FulfillmentOrder, permission, actor, id)
    if found is None:
        raise NotFound.of("fulfillment order", *(path or ("id",)))
    return found


async def locked_order_of_shipment(permission: Permission, actor: Actor, id: UUID, *path: str) -> Order:
    """The order that a shipment is of, its row locked, for something that needs a permission.

    Raises:
        NotFound: there is no such shipment that the actor may see and of which it has the permission.
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
    """The condition that a scope covers a row with a channel and a location; its values are added."""
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
    """A shipment, its row locked: manifests are made without its order's lock."""
    (found,) = await read_locked(Shipment, "id = $1", id)
    row: Shipment = found
    return row


async def locked_of_order(order_id: UUID) -> list[FulfillmentOrder]:
    """All fulfillment orders of an order whose row is locked, the first first, and locked themselves."""
    rows: list[FulfillmentOrder] = await read_locked(FulfillmentOrder, "order_id = $1 ORDER BY id", order_id)
    return sorted(rows, key=lambda row: (row.created_at, row.id))
