"""Finds stock for an order that has lost some of its reserved stock."""

from uuid import UUID

from app.core.uow import UnitOfWork
from app.inventory.stock import queries as stock
from app.inventory.stock.lifecycle import ReservationPriority
from app.inventory.stock.service import backlog
from app.orders import queries
from app.orders.events import OrderStockMissing
from app.orders.pickup import destination_of
from app.orders.service.promising import update_promise
from app.orders.service.sourcing import demand_of


async def find_missing_stock(uow: UnitOfWork, order_id: UUID) -> None:
    """Reserve other stock for what an order lacks, and backorder the rest.

    A draft keeps what is left: placing it reserves everything again.
    """
    order = await queries.locked_by_id(order_id)
    if order is None or not order.status.is_open:
        return
    missing = await demand_of(order)
    for variant_id, units in (await stock.reserved_by_variant(order.id)).items():
        missing[variant_id] = missing.get(variant_id, 0) - units
    lacking = {id: units for id, units in sorted(missing.items()) if units > 0}
    skus = await stock.skus_of(lacking)
    for variant_id, units in lacking.items():
        waiting = await backlog.reserve_or_queue(
            uow,
            channel_id=order.channel_id,
            variant_id=variant_id,
            quantity=units,
            claimant=order.id,
            priority=ReservationPriority.ORDER,
            to=destination_of(order),
        )
        uow.announce(
            OrderStockMissing(
                subject_id=order.id,
                channel_id=order.channel_id,
                sku=skus[variant_id],
                units=units,
                found_elsewhere=units - waiting,
            )
        )
    await update_promise(uow, order)
