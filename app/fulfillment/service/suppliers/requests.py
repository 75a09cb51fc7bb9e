"""Requests to suppliers to ship to a buyer.

A location's supplier is sent a purchase order with a link that answers for this order only. If the location
has no supplier, staff ask and record the answer.
"""

from collections.abc import Sequence
from uuid import UUID

from app.access.permissions import Permission
from app.access.secrets import deployment_key
from app.core.actor import Actor, ActorKind, grants_of
from app.core.ids import derived_secret, fingerprint
from app.core.refusals import NotFound, Refusal
from app.core.uow import UnitOfWork
from app.fulfillment import queries
from app.fulfillment.demand import stock_demand
from app.fulfillment.models import FulfillmentOrder
from app.fulfillment.service.locking import lines_of
from app.suppliers import queries as suppliers
from app.suppliers.service import drop_shipping


def supplier_link(row: FulfillmentOrder) -> str:
    """The secret of the link with which a supplier answers; derived from the deployment's key."""
    return derived_secret(deployment_key(), "supplier", str(row.id), str(row.purchase_order_id))


async def supplier_of_link(token: str) -> tuple[Actor, FulfillmentOrder]:
    """The actor of a link, limited to its location's work, and the fulfillment order.

    Raises:
        NotFound: the link does not exist.
    """
    row = await queries.by_supplier_link(token)
    supplier = await suppliers.supplier_of_order(row.purchase_order_id) if row is not None else None
    if row is None or supplier is None:
        raise NotFound.of("order", "token")
    permissions = frozenset({Permission.FULFILLMENT_VIEW, Permission.DROP_SHIP_ANSWER})
    return Actor(
        ActorKind.APP,
        supplier.id,
        supplier.name,
        grants_of((permission.value for permission in permissions), locations=frozenset({row.location_id})),
    ), row


async def request_from_supplier(uow: UnitOfWork, row: FulfillmentOrder) -> None:
    """Write the purchase order of what a supplier is to send, where it is known who sends there.

    Raises:
        Invalid: the supplier has no price for an item.
    """
    supplier = await suppliers.supplier_at(row.location_id)
    if supplier is None:
        return
    units = stock_demand(await lines_of(row))
    made = await drop_shipping.order_drop_ship(
        uow,
        supplier,
        row.location_id,
        units,
        ships_on=row.ships_on,
        note=f"Shipped to the buyer of {row.number}.",
    )
    row.purchase_order_id = made.id
    row.supplier_link_hash = fingerprint(supplier_link(row))


async def request_refusals(rows: Sequence[FulfillmentOrder]) -> dict[UUID, Refusal | None]:
    """By fulfillment order why its supplier cannot be asked, where it is known who sends there."""
    parts = await queries.lines_of([row.id for row in rows]) if rows else []
    found: dict[UUID, Refusal | None] = {}
    for location_id in {row.location_id for row in rows}:
        supplier = await suppliers.supplier_at(location_id)
        if supplier is not None:
            own = [row.id for row in rows if row.location_id == location_id]
            wanted = [stock_demand(part for part in parts if part.fulfillment_order_id == id) for id in own]
            found |= zip(own, await drop_shipping.drop_ship_refusals(supplier, wanted), strict=True)
    return found


async def cancel_request(uow: UnitOfWork, row: FulfillmentOrder) -> None:
    """Cancel the purchase order of a supplier request, if there is one."""
    if row.purchase_order_id is not None:
        await drop_shipping.cancel_drop_ship(uow, row.purchase_order_id)
