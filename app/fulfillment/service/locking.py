"""Locks an order's row before its fulfillment orders, so that commands on an order are serialized."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.access.permissions import Permission
from app.core.database import Change, write_together
from app.core.refusals import NotFound
from app.core.uow import UnitOfWork
from app.core.versions import refuse_stale
from app.fulfillment import queries
from app.fulfillment.models import FulfillmentLine, FulfillmentOrder, Package, Shipment
from app.inventory.locations import queries as locations
from app.inventory.locations.models import Location
from app.orders import queries as orders
from app.orders.models import Order


@dataclass(slots=True)
class OrderWork:
    """An order with all of its fulfillment orders, locked, and what a command has read of it.

    Valid until other code changes the order's work.
    """

    order: Order
    row: FulfillmentOrder  # the subject of the command
    rows: list[FulfillmentOrder]  # all of the order's, including `row`
    packages: dict[UUID, list[Package]] = field(default_factory=dict[UUID, list[Package]])
    # New and changed rows to be written.
    new: list[list[Any]] = field(default_factory=list[list[Any]])
    changes: list[Change] = field(default_factory=list[Change])
    _lines: list[FulfillmentLine] | None = None

    async def lines(self) -> list[FulfillmentLine]:
        """The lines of all fulfillment orders, in order."""
        if self._lines is None:
            self._lines = await queries.lines_of(row.id for row in self.rows)
        return self._lines

    async def own_lines(self) -> list[FulfillmentLine]:
        """The lines of the command's fulfillment order."""
        return [line for line in await self.lines() if line.fulfillment_order_id == self.row.id]

    async def packages_of(self, ids: Collection[UUID]) -> list[Package]:
        """The packages of some fulfillment orders."""
        unread = [id for id in ids if id not in self.packages]
        known = [package for id in ids for package in self.packages.get(id, ())]
        return known + await queries.packages_of(unread)

    async def write(self) -> None:
        """Write new and changed rows in one statement: the last step of a command."""
        await write_together(self.new, self.changes)
        self.new, self.changes = [], []


async def locked_order(order_id: UUID) -> Order:
    """The locked order of some work or of an event; it exists as long as they do."""
    found = await orders.locked_by_id(order_id)
    assert found is not None
    return found


async def locked_work(
    uow: UnitOfWork,
    id: UUID,
    *path: str,
    permission: Permission = Permission.FULFILLMENT_MANAGE,
    expected_version: int | None = None,
) -> OrderWork:
    """A fulfillment order with its order and all other work on it, locked for an update.

    Raises:
        NotFound: it does not exist, or the actor may not see it or does not have the permission for it.
        StaleVersion.
    """
    order = await queries.locked_order_of(permission, uow.actor, id, *path)
    found = _order_work(id, order, await queries.locked_of_order(order.id))
    refuse_stale(found.row, expected_version)
    return found


async def locked_by_shipment(uow: UnitOfWork, id: UUID) -> tuple[OrderWork, Shipment]:
    """A shipment with its order and all work on it, locked for an update.

    Raises:
        NotFound: it does not exist, or the actor may not see and change it.
    """
    order = await queries.locked_order_of_shipment(
        Permission.FULFILLMENT_MANAGE, uow.actor, id, "shipment_id"
    )
    rows = await queries.locked_of_order(order.id)
    shipment = await queries.locked_shipment(id)
    return _order_work(shipment.fulfillment_order_id, order, rows), shipment


def _order_work(id: UUID, order: Order, rows: list[FulfillmentOrder]) -> OrderWork:
    return OrderWork(order, next(row for row in rows if row.id == id), rows)


async def locked_with_order(
    uow: UnitOfWork,
    id: UUID,
    *path: str,
    permission: Permission = Permission.FULFILLMENT_MANAGE,
    expected_version: int | None = None,
) -> tuple[Order, FulfillmentOrder]:
    """A fulfillment order and its order, both locked; see `locked_work`."""
    found = await locked_work(uow, id, *path, permission=permission, expected_version=expected_version)
    return found.order, found.row


async def refuse_elsewhere(uow: UnitOfWork, location: Location, *path: str) -> None:
    """Raise NotFound for a location at which the actor may not work."""
    if not await locations.covers(uow.actor.scope_of(Permission.FULFILLMENT_MANAGE), location.id):
        raise NotFound.of("location", *path)


async def lines_of(row: FulfillmentOrder) -> list[FulfillmentLine]:
    return await queries.lines_of([row.id])
