"""Purchase orders of what suppliers send straight to buyers. They follow the work that was given to them."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from app.core.database import insert
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.core.versions import write_changes
from app.core.work import Work
from app.inventory import queries as inventory
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
    work: Work, supplier: Supplier, location_id: UUID, units: Mapping[UUID, int], *, ships_on: date, note: str
) -> PurchaseOrder:
    """Write and send the purchase order of what a supplier is asked to send to a buyer.

    Nothing is expected anywhere of it.

    Raises:
        Invalid: nothing is bought from it any more, or nobody has said what it asks for something.
    """
    if not supplier.is_active:
        raise Invalid(
            f"Nothing is bought from {supplier.name} any more: have another location send it.",
            "id",
            code=ProblemCode.NOT_POSSIBLE_NOW,
        )
    items = await queries.items_of(supplier.id, units)
    unpriced = sorted(units.keys() - items.keys())
    if unpriced:
        skus = await inventory.skus_of(unpriced)
        named = ", ".join(sorted(skus.values()))
        raise Invalid(
            f"Say what {supplier.name} asks for {named} first (supplierItemsSet).",
            "id",
            code=ProblemCode.NOT_POSSIBLE_NOW,
        )
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
        created_at=work.at,
        updated_at=work.at,
        sent_at=work.at,
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
    work.born(order.id)
    work.announce(
        PurchaseOrderCreated(
            subject_id=order.id,
            number=order.number,
            supplier_id=supplier.id,
            location_id=location_id,
            units=sum(units.values()),
        )
    )
    day = ships_on.isoformat()
    work.announce(PurchaseOrderSent(subject_id=order.id, number=order.number, expected_on=day))
    return order


async def confirm_drop_ship(work: Work, id: UUID, ships_on: date) -> None:
    """Note that a supplier will send what it was asked for."""
    order = await queries.locked_drop_ship(id)
    lifecycle.lifecycle.move(order, lifecycle.confirm)
    await write_changes(order, {"status": order.status, "expected_on": ships_on}, work.at)
    day = ships_on.isoformat()
    work.announce(PurchaseOrderConfirmed(subject_id=order.id, number=order.number, expected_on=day))


async def cancel_drop_ship(work: Work, id: UUID) -> None:
    """Note that a supplier will not send it, or need not any more."""
    order = await queries.locked_drop_ship(id)
    lifecycle.lifecycle.move(order, lifecycle.cancel)
    await write_changes(order, {"status": order.status}, work.at)
    work.announce(PurchaseOrderCancelled(subject_id=order.id, number=order.number))


async def finish_drop_ship(work: Work, id: UUID) -> None:
    """Note that a supplier has sent all of it."""
    order = await queries.locked_drop_ship(id)
    lifecycle.lifecycle.move(order, lifecycle.receive_all)
    lines = await queries.lines_of(order.id)
    await queries.note_all_sent(order.id)
    await write_changes(order, {"status": order.status, "received_at": work.at}, work.at)
    units = sum(line.quantity for line in lines)
    work.announce(
        PurchaseOrderReceived(subject_id=order.id, number=order.number, units=units, is_complete=True)
    )
