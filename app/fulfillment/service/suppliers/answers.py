"""Record whether a supplier accepts or rejects what it was asked to send."""

from datetime import date
from uuid import UUID

from app.access.permissions import Permission
from app.core.days import checked_coming_day
from app.core.texts import LONGEST_REMARK, checked_note
from app.core.uow import UnitOfWork, command
from app.fulfillment import lifecycle as life
from app.fulfillment import queries
from app.fulfillment.demand import stock_demand
from app.fulfillment.events import FulfillmentAccepted, FulfillmentRejected
from app.fulfillment.models import FulfillmentOrder
from app.fulfillment.queueing import urgency
from app.fulfillment.service.event_fields import event_fields
from app.fulfillment.service.locking import lines_of, locked_with_order
from app.fulfillment.service.progress import report_progress
from app.fulfillment.service.saving import save
from app.fulfillment.service.suppliers.requests import cancel_request
from app.inventory.stock.lifecycle import ReservationPriority
from app.inventory.stock.service import backlog, releasing, source_refusals
from app.orders.models import Order
from app.orders.pickup import destination_of
from app.orders.service import promising
from app.suppliers.service import drop_shipping


@command
async def accept(
    uow: UnitOfWork, id: UUID, *, ships_on: date | None = None, expected_version: int | None = None
) -> FulfillmentOrder:
    """Record that a supplier accepted a request, with the ship date. The buyer is notified of a later one.

    Raises:
        NotFound, StaleVersion, IllegalTransition.
        Invalid: the date has passed.
    """
    if ships_on is not None:
        checked_coming_day(ships_on, "ships_on")
    order, row = await locked_with_order(
        uow, id, permission=Permission.DROP_SHIP_ANSWER, expected_version=expected_version
    )
    life.lifecycle.move(row, life.accept)
    is_other = ships_on not in (None, row.ships_on)
    row.ships_on = ships_on or row.ships_on
    row.urgency = urgency(row.priority, row.ships_on)
    await save(uow, row, "ships_on", "urgency")
    if row.purchase_order_id is not None:
        await drop_shipping.confirm_drop_ship(uow, row.purchase_order_id, row.ships_on)
    uow.announce(FulfillmentAccepted(**event_fields(row), ships_on=row.ships_on.isoformat()))
    await report_progress(uow, order)
    if is_other:
        await promising.leaves_on(uow, order, row.location_id, row.ships_on)
        return await queries.locked(row.id)
    return row


@command
async def reject(
    uow: UnitOfWork,
    id: UUID,
    *,
    reason: str = "",
    has_stock: bool = False,
    may_resubmit: bool = False,
    expected_version: int | None = None,
) -> FulfillmentOrder:
    """Record that a supplier rejected a request. Other locations ship it; otherwise it is backordered.

    The supplier is not asked again for these lines. Unless it `has_stock` and refuses for another reason, its
    location has no more of them until its next feed. With `may_resubmit` it returned the request to be asked
    again, for example for fewer units, without these consequences.

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
    await _source_anew(uow, order, row, refused=not may_resubmit, has_stock=has_stock)
    return row


async def _source_anew(
    uow: UnitOfWork, order: Order, row: FulfillmentOrder, *, refused: bool, has_stock: bool
) -> None:
    demand = stock_demand(await lines_of(row))
    await releasing.lock_variants(uow, order.channel_id, demand, order.id)
    await releasing.release(uow, claimant=order.id, demand=demand, location_id=row.location_id)
    if refused:
        await source_refusals.note_refusal(
            uow,
            location_id=row.location_id,
            variant_ids=demand,
            claimant=order.id,
            has_stock=has_stock,
            note=f"Refused: {row.number}",
        )
    for variant_id, units in sorted(demand.items()):
        await backlog.reserve_or_queue(
            uow,
            channel_id=order.channel_id,
            variant_id=variant_id,
            quantity=units,
            claimant=order.id,
            priority=ReservationPriority.ORDER,
            to=destination_of(order),
        )
    await promising.update_promise(uow, order)
