"""Drop-ship purchase orders. They follow the fulfillment orders assigned to suppliers."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from functools import partial
from uuid import UUID

from app.core.database import insert, update_where
from app.core.ids import new_id
from app.core.next_steps import refusal_of
from app.core.problems import ProblemCode
from app.core.refusals import Invalid, Refusal
from app.core.steps import NextStepReason
from app.core.uow import UnitOfWork
from app.core.versions import write_changes
from app.inventory.stock import queries as inventory
from app.suppliers import lifecycle, queries
from app.suppliers.events import (
    PurchaseOrderCancelled,
    PurchaseOrderConfirmed,
    PurchaseOrderCreated,
    PurchaseOrderReceived,
    PurchaseOrderSent,
)
from app.suppliers.models import PurchaseOrder, PurchaseOrderLine, Supplier
from app.suppliers.service.ordering import take_number


async def order_drop_ship(
    uow: UnitOfWork,
    supplier: Supplier,
    location_id: UUID,
    units: Mapping[UUID, int],
    *,
    ships_on: date,
    note: str,
) -> PurchaseOrder:
    """Create and send the purchase order for what a supplier is asked to ship to a buyer.

    No stock is expected from it.

    Raises:
        Invalid: the supplier is inactive, or an item has no price.
    """
    items = await queries.items_of(supplier.id, units)
    refuse_unorderable(supplier, await _skus_of(units.keys() - items.keys()))
    order = PurchaseOrder(
        id=new_id(),
        number=await take_number(),
        supplier_id=supplier.id,
        location_id=location_id,
        status=lifecycle.PurchaseOrderStatus.DRAFT,
        currency=supplier.currency,
        is_drop_ship=True,
        expected_on=ships_on,
        note=note,
        created_at=uow.at,
        updated_at=uow.at,
        sent_at=uow.at,
    )
    lifecycle.lifecycle.move(order, lifecycle.send)
    await insert([order])
    await insert(
        [
            PurchaseOrderLine(
                id=new_id(),
                purchase_order_id=order.id,
                position=position,
                variant_id=variant_id,
                quantity=units[variant_id],
                cost_minor=items[variant_id].cost_minor,
            )
            for position, variant_id in enumerate(sorted(units), 1)
        ]
    )
    uow.is_new(order.id)
    uow.announce(
        PurchaseOrderCreated(
            subject_id=order.id,
            number=order.number,
            supplier_id=supplier.id,
            location_id=location_id,
            units=sum(units.values()),
        )
    )
    day = ships_on.isoformat()
    uow.announce(PurchaseOrderSent(subject_id=order.id, number=order.number, expected_on=day))
    return order


async def drop_ship_refusals(supplier: Supplier, wanted: Sequence[Collection[UUID]]) -> list[Refusal | None]:
    """The refusal to order each of some sets of variants from a supplier; None if there is none."""
    every = {id for ids in wanted for id in ids}
    skus = await _skus_of(every - (await queries.items_of(supplier.id, every)).keys())
    return [
        refusal_of(partial(refuse_unorderable, supplier, {id: skus[id] for id in ids if id in skus}))
        for ids in wanted
    ]


async def _skus_of(ids: Collection[UUID]) -> dict[UUID, str]:
    return await inventory.skus_of(ids) if ids else {}


def refuse_unorderable(supplier: Supplier, unpriced: Mapping[UUID, str]) -> None:
    """Check that a supplier can be asked to ship something; `unpriced` are the SKUs without a price.

    Raises:
        Invalid: the supplier is inactive, or an item has no price.
    """
    text = ""
    if not supplier.is_active:
        text = (
            f"The supplier {supplier.name} is not active. Reassign the fulfillment order to another location."
        )
    elif unpriced:
        named = ", ".join(sorted(unpriced.values()))
        text = f"The supplier {supplier.name} has no cost for {named}. Set it first (supplierItemsSet)."
    if text:
        raise Invalid(text, "id", code=ProblemCode.NOT_POSSIBLE_NOW).shown_as(NextStepReason.NOT_READY)


async def confirm_drop_ship(uow: UnitOfWork, id: UUID, ships_on: date) -> None:
    """Record that a supplier accepted a request."""
    order = await queries.locked_drop_ship(id)
    lifecycle.lifecycle.move(order, lifecycle.confirm)
    await write_changes(order, {"status": order.status, "expected_on": ships_on}, uow.at)
    day = ships_on.isoformat()
    uow.announce(PurchaseOrderConfirmed(subject_id=order.id, number=order.number, expected_on=day))


async def cancel_drop_ship(uow: UnitOfWork, id: UUID) -> None:
    """Record that a supplier rejected a request, or that it was cancelled."""
    order = await queries.locked_drop_ship(id)
    lifecycle.lifecycle.move(order, lifecycle.cancel)
    await write_changes(order, {"status": order.status}, uow.at)
    uow.announce(PurchaseOrderCancelled(subject_id=order.id, number=order.number))


async def finish_drop_ship(uow: UnitOfWork, id: UUID) -> None:
    """Record that a supplier has shipped everything."""
    order = await queries.locked_drop_ship(id)
    lifecycle.lifecycle.move(order, lifecycle.receive_all)
    lines = await queries.lines_of(order.id)
    await update_where(PurchaseOrderLine, "received = quantity", "purchase_order_id = $1", order.id)
    await write_changes(order, {"status": order.status, "received_at": uow.at}, uow.at)
    units = sum(line.quantity for line in lines)
    uow.announce(
        PurchaseOrderReceived(subject_id=order.id, number=order.number, units=units, is_complete=True)
    )
