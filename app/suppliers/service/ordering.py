"""Creating, sending and cancelling purchase orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from app.access.permissions import Permission
from app.core.database import count_up, insert, lock_counter
from app.core.days import checked_coming_day
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import AlreadyExists, Invalid, Problems
from app.core.steps import LifecycleStep
from app.core.texts import LONGEST_REMARK, checked_note, checked_reference
from app.core.uow import UnitOfWork, command
from app.core.versions import refuse_stale, write_changes
from app.inventory.locations import queries as locations
from app.inventory.locations.models import Location
from app.inventory.stock import queries as stock
from app.inventory.stock.service import inbound
from app.suppliers import lifecycle, queries
from app.suppliers.conditions import PERMISSIONS, refuse_sent_to_buyer
from app.suppliers.events import (
    PurchaseOrderCancelled,
    PurchaseOrderClosed,
    PurchaseOrderCreated,
    PurchaseOrderSent,
)
from app.suppliers.models import PurchaseOrder, PurchaseOrderLine, PurchaseOrderNumber, Supplier
from app.suppliers.service.lines import MOST_LINES, PurchaseItem, check_items, lines_for

SOURCE = "purchase_order"  # the reference kind of its incoming stock


@dataclass(slots=True)
class PurchaseOrderData:
    supplier: Supplier
    location: Location
    lines: Sequence[PurchaseItem]
    expected_on: date | None = None
    note: str = ""
    external_reference: str | None = None


@command
async def create_purchase_order(uow: UnitOfWork, data: PurchaseOrderData) -> PurchaseOrder:
    """Create a draft purchase order. Its goods are expected after it was sent.

    Raises:
        NotFound: a SKU does not exist.
        Invalid, ValidationFailed: invalid quantities or costs, or an unknown cost.
        AlreadyExists: another purchase order has this external reference.
    """
    _refuse_bad(data)
    if data.external_reference and await queries.order_reference_is_taken(data.external_reference):
        raise AlreadyExists(
            "Another purchase order already has this external reference.", "external_reference"
        )
    order = PurchaseOrder(
        id=new_id(),
        number=await take_number(),
        supplier_id=data.supplier.id,
        location_id=data.location.id,
        currency=data.supplier.currency,
        expected_on=data.expected_on,
        note=data.note,
        external_reference=data.external_reference,
        created_at=uow.at,
        updated_at=uow.at,
    )
    lines = await lines_for(order.id, data.supplier, data.lines)
    await insert([order])
    await insert(lines)
    uow.is_new(order.id)
    uow.announce(
        PurchaseOrderCreated(
            subject_id=order.id,
            number=order.number,
            supplier_id=order.supplier_id,
            location_id=order.location_id,
            units=sum(line.quantity for line in lines),
        )
    )
    return order


def _refuse_bad(data: PurchaseOrderData) -> None:
    problems = Problems()
    if not data.supplier.is_active:
        problems.add("The supplier is not active.", "supplier", code=ProblemCode.NOT_POSSIBLE_NOW)
    if not 1 <= len(data.lines) <= MOST_LINES:
        problems.add(
            f"A purchase order must have 1 to {MOST_LINES} lines.",
            "lines",
            code=ProblemCode.WRONG_COUNT,
            minimum=1,
            maximum=MOST_LINES,
        )
    with problems.caught():
        checked_note(data.note, "note", longest=LONGEST_REMARK)
    if data.expected_on is not None:
        with problems.caught():
            checked_coming_day(data.expected_on, "expected_on")
    with problems.caught():
        data.external_reference = checked_reference(data.external_reference, "external_reference")
    check_items(problems, data.lines, data.supplier.currency)
    problems.refuse()


async def take_number() -> str:
    """The next purchase order number."""
    return f"PO-{await count_up(PurchaseOrderNumber):06d}"


async def one_at_a_time() -> None:
    """Serialize transactions that write purchase orders.

    Replenishment reads the drafts, which must not change meanwhile.
    """
    await lock_counter(PurchaseOrderNumber)


async def locked_for_goods(
    uow: UnitOfWork, permission: Permission, id: UUID, expected_version: int | None, name: str = "id"
) -> PurchaseOrder:
    """A locked purchase order to a location for which the actor has a permission.

    Raises:
        NotFound, StaleVersion.
        Invalid: it is a drop-ship order, which follows its fulfillment order.
    """
    order = await queries.locked_order(permission, uow.actor, id, name)
    refuse_stale(order, expected_version)
    refuse_sent_to_buyer(order, name)
    return order


@command
async def send_purchase_order(
    uow: UnitOfWork, id: UUID, *, expected_on: date | None = None, expected_version: int | None = None
) -> PurchaseOrder:
    """Record that a purchase order was sent to the supplier: its goods are expected from now on.

    Without a date they are expected after the supplier's lead time.

    Raises:
        NotFound, StaleVersion, IllegalTransition.
        Invalid: the date of the order or of a line has passed.
    """
    order = await locked_for_goods(uow, PERMISSIONS[LifecycleStep.SEND], id, expected_version)
    lifecycle.lifecycle.move(order, lifecycle.send)
    (supplier,) = await queries.suppliers_by_id([order.supplier_id])
    assert supplier is not None
    on = expected_on or order.expected_on
    if on is None:
        today = (await locations.days_of([order.location_id], uow.at))[order.location_id]
        on = today + timedelta(days=supplier.lead_days)
    checked_coming_day(on, "expected_on")  # the draft may be old
    lines = await queries.lines_of(order.id)
    await _refuse_past_days(lines)
    await inbound.expect_from(
        uow,
        location_id=order.location_id,
        units={line.variant_id: line.quantity for line in lines},
        days={line.variant_id: line.expected_on or on for line in lines},
        source=(SOURCE, order.id),
        reference=order.number,
    )
    changes = {"status": order.status, "sent_at": uow.at, "expected_on": on}
    await write_changes(order, changes, uow.at)
    uow.announce(PurchaseOrderSent(subject_id=order.id, number=order.number, expected_on=on.isoformat()))
    return order


async def _refuse_past_days(lines: Sequence[PurchaseOrderLine]) -> None:
    """Refuse lines whose date has passed, because they cannot be promised."""
    for line in lines:
        if line.expected_on is not None:
            try:
                checked_coming_day(line.expected_on, "id")
            except Invalid as refusal:
                sku = (await stock.skus_of([line.variant_id]))[line.variant_id]
                text = f"The expected date of {sku} is in the past. Change it with purchaseOrderUpdate."
                raise Invalid(text, "id", code=refusal.problem_code) from None


@command
async def cancel_purchase_order(
    uow: UnitOfWork, id: UUID, *, expected_version: int | None = None
) -> PurchaseOrder:
    """Cancel a purchase order of which nothing was received; its goods are no longer expected.

    Raises:
        NotFound, StaleVersion, IllegalTransition.
    """
    order = await locked_for_goods(uow, PERMISSIONS[LifecycleStep.CANCEL], id, expected_version)
    lifecycle.lifecycle.move(order, lifecycle.cancel)
    await inbound.expect_no_more(uow, order.id)
    await write_changes(order, {"status": order.status}, uow.at)
    uow.announce(PurchaseOrderCancelled(subject_id=order.id, number=order.number))
    return order


@command
async def close_purchase_order(
    uow: UnitOfWork, id: UUID, *, expected_version: int | None = None
) -> PurchaseOrder:
    """Close a purchase order; goods that were not received are no longer expected.

    Raises:
        NotFound, StaleVersion, IllegalTransition.
    """
    order = await locked_for_goods(uow, PERMISSIONS[LifecycleStep.CLOSE], id, expected_version)
    lifecycle.lifecycle.move(order, lifecycle.close)
    await inbound.expect_no_more(uow, order.id)
    await write_changes(order, {"status": order.status}, uow.at)
    uow.announce(PurchaseOrderClosed(subject_id=order.id, number=order.number))
    return order
