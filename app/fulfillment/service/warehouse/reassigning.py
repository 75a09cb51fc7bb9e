"""Assigns the part of a fulfillment order that was not begun to another location."""

from uuid import UUID

from app.core.problems import ProblemCode
from app.core.refusals import IllegalTransition, Invalid
from app.core.steps import LifecycleStep
from app.core.texts import LONGEST_REMARK, checked_note
from app.core.uow import UnitOfWork, command
from app.fulfillment import lifecycle as life
from app.fulfillment.demand import stock_demand
from app.fulfillment.events import FulfillmentReassigned
from app.fulfillment.lifecycle import FulfillmentOrderStatus
from app.fulfillment.models import FulfillmentOrder
from app.fulfillment.service.event_fields import event_fields
from app.fulfillment.service.locking import lines_of, locked_with_order, refuse_elsewhere
from app.inventory.locations.models import Location
from app.inventory.sourcing import Place
from app.inventory.stock import queries as stock
from app.inventory.stock.lifecycle import ClaimantKind, ReservationPriority
from app.inventory.stock.service import releasing, reserving
from app.orders.models import Order
from app.orders.pickup import destination_of
from app.orders.service import promising

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
    """Reassign the part that was not begun: to the location `to`, or to one that sourcing chooses.

    Raises:
        NotFound, StaleVersion.
        Invalid: the location has it already, or the buyer picks it up there.
        IllegalTransition: it was begun, or a supplier was sent a request.
        InsufficientStock: no other location, or not the named one, has everything. Nothing is changed then.
    """
    checked_note(reason, "reason", longest=LONGEST_REMARK)
    order, row = await locked_with_order(uow, id, expected_version=expected_version)
    if row.is_pickup:
        raise Invalid(
            "The buyer picks this fulfillment order up at its location, so it cannot be reassigned.",
            "id",
            code=ProblemCode.WRONG_KIND,
        )
    if row.status not in (S.OPEN, S.RELEASED):
        steps = [step.name for step in life.lifecycle.steps_from(row.status)]
        raise IllegalTransition(LifecycleStep.REASSIGN, row.status.value, steps)
    if to is not None:
        await refuse_elsewhere(uow, to, "location_id")
    if to is not None and to.id == row.location_id:
        raise Invalid(
            "The fulfillment order is already at this location.", "location_id", code=ProblemCode.NO_CHANGE
        )
    await _move_reservations(uow, order, row, to)
    uow.announce(
        FulfillmentReassigned(**event_fields(row), reason=reason, to_location_id=to.id if to else None)
    )
    await promising.update_promise(uow, order)  # its listener gives the work to whoever has the stock now
    return row


async def _move_reservations(
    uow: UnitOfWork, order: Order, row: FulfillmentOrder, to: Location | None
) -> None:
    """Release the units at their location and reserve them at `to`, or where sourcing chooses."""
    demand = stock_demand(await lines_of(row))
    await releasing.lock_variants(uow, order.channel_id, demand, order.id)
    await releasing.release(uow, claimant=order.id, demand=demand, location_id=row.location_id)
    if to is None:
        await reserving.reserve(
            uow,
            channel_id=order.channel_id,
            demand=demand,
            claimant=order.id,
            to=Place.of(destination_of(order)),
            not_from=row.location_id,
            refused=await stock.refusals_of(order.id),
        )
    else:
        await reserving.reserve_at(
            uow,
            location_id=to.id,
            demand=demand,
            claimant=order.id,
            claimant_kind=ClaimantKind.ORDER,
            priority=ReservationPriority.ORDER,
        )
