"""Giving the work of a location to another: because somebody says so, or because a supplier will not."""

from uuid import UUID

from app.access.permissions import Permission
from app.core.problems import ProblemCode
from app.core.refusals import IllegalTransition, Invalid
from app.core.steps import LifecycleStep
from app.core.texts import LONGEST_REMARK, checked_note
from app.core.uow import UnitOfWork, command
from app.fulfillment import lifecycle as life
from app.fulfillment.events import FulfillmentReassigned, FulfillmentRejected
from app.fulfillment.lifecycle import FulfillmentOrderStatus
from app.fulfillment.models import FulfillmentOrder
from app.fulfillment.service.event_fields import event_fields
from app.fulfillment.service.locking import lines_of, locked_with_order, refuse_elsewhere
from app.fulfillment.service.releasing import save
from app.fulfillment.service.supplier_requests import cancel_request
from app.inventory import queries as stock
from app.inventory import service as inventory
from app.inventory.lifecycle import ClaimantKind, ReservationPriority
from app.inventory.models import Location
from app.inventory.sourcing import Place
from app.orders import service as order_service
from app.orders.models import Order

S = FulfillmentOrderStatus


@command
async def reassign(
    uow: UnitOfWork,
    id: UUID,
    *,
    to: Location | None = None,
    reason: str = "",
    expected_version: int | None = None,
) -> FulfillmentOrder:
    """Have another location send what this one has not begun: `to`, or whichever sourcing chooses.

    Raises:
        NotFound, StaleVersion.
        Invalid: the location is the one that has it.
        IllegalTransition: somebody has begun, or a supplier was asked.
        InsufficientStock: nobody else, or not the one that is named, has it all. Nothing is changed then.
    """
    checked_note(reason, "reason", longest=LONGEST_REMARK)
    order, row = await locked_with_order(uow, id, expected_version=expected_version)
    if row.status not in (S.OPEN, S.RELEASED):
        steps = [step.name for step in life.lifecycle.steps_from(row.status)]
        raise IllegalTransition(LifecycleStep.REASSIGN, row.status.value, steps)
    if to is not None:
        await refuse_elsewhere(uow, to, "location_id")
    if to is not None and to.id == row.location_id:
        raise Invalid("It is there already.", "location_id", code=ProblemCode.NO_CHANGE)
    demand = await _demand(row)
    await inventory.lock_variants(uow, order.channel_id, demand, order.id)
    await inventory.release(uow, claimant=order.id, demand=demand, location_id=row.location_id)
    if to is None:
        await inventory.reserve(
            uow,
            channel_id=order.channel_id,
            demand=demand,
            claimant=order.id,
            to=Place.of(order.shipping_address),
            not_from=row.location_id,
            refused=await stock.refusals_of(order.id),
        )
    else:
        await inventory.reserve_at(
            uow,
            location_id=to.id,
            demand=demand,
            claimant=order.id,
            claimant_kind=ClaimantKind.ORDER,
            priority=ReservationPriority.ORDER,
        )
    uow.announce(
        FulfillmentReassigned(**event_fields(row), reason=reason, to_location_id=to.id if to else None)
    )
    await order_service.promise_anew(uow, order)  # its listener gives the work to whoever has the stock now
    return row


@command
async def reject(
    uow: UnitOfWork,
    id: UUID,
    *,
    reason: str = "",
    has_stock: bool = False,
    may_ask_again: bool = False,
    expected_version: int | None = None,
) -> FulfillmentOrder:
    """Note that a supplier will not send what it was asked for. Others send it; else it waits for stock.

    The supplier is not asked again for these lines. Unless it `has_stock`, and refuses for another reason,
    its location has nothing more of them for others, until its next feed. With `may_ask_again` it gave the
    work back to be asked anew, for example for fewer: nothing is held against it.

    Raises:
        NotFound, StaleVersion, IllegalTransition.
    """
    checked_note(reason, "reason", longest=LONGEST_REMARK)
    order, row = await locked_with_order(
        uow, id, permission=Permission.DROP_SHIP_ANSWER, expected_version=expected_version
    )
    life.lifecycle.move(row, life.reject)
    row.cancel_reason = reason
    await save(uow, row, "cancel_reason")
    await cancel_request(uow, row)
    uow.announce(FulfillmentRejected(**event_fields(row), reason=reason))
    await _source_anew(uow, order, row, refused=not may_ask_again, has_stock=has_stock)
    return row


async def _source_anew(
    uow: UnitOfWork, order: Order, row: FulfillmentOrder, *, refused: bool, has_stock: bool
) -> None:
    demand = await _demand(row)
    await inventory.lock_variants(uow, order.channel_id, demand, order.id)
    await inventory.release(uow, claimant=order.id, demand=demand, location_id=row.location_id)
    if refused:
        await inventory.note_refusal(
            uow,
            location_id=row.location_id,
            variant_ids=demand,
            claimant=order.id,
            has_stock=has_stock,
            note=f"Refused: {row.number}",
        )
    for variant_id, units in sorted(demand.items()):
        await inventory.reserve_or_queue(
            uow,
            channel_id=order.channel_id,
            variant_id=variant_id,
            quantity=units,
            claimant=order.id,
            priority=ReservationPriority.ORDER,
            to=order.shipping_address,
        )
    await order_service.promise_anew(uow, order)


async def _demand(row: FulfillmentOrder) -> dict[UUID, int]:
    demand: dict[UUID, int] = {}
    for part in await lines_of(row):
        if part.tracks_stock:
            demand[part.variant_id] = demand.get(part.variant_id, 0) + part.quantity
    return demand
