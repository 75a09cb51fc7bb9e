"""Cancelling an order or a part of it before it is shipped."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from uuid import UUID

from app.channels import queries as channels
from app.channels.models import Channel
from app.core.database import insert, update_each
from app.core.problems import ProblemCode
from app.core.refusals import Invalid, Problems
from app.core.steps import LifecycleStep
from app.core.texts import LONGEST_REMARK, checked_note
from app.core.uow import UnitOfWork, command
from app.core.versions import refuse_stale, touch
from app.inventory.locations import service as locations
from app.inventory.sourcing import SourcingDecision
from app.inventory.stock import queries as stock
from app.inventory.stock.service import releasing
from app.orders import derived_statuses, lifecycle, queries
from app.orders.changing import cancel as cancelled_on_rows
from app.orders.components import unbegun, units_for
from app.orders.conditions import RIGHTS, Right, refuse_cancel
from app.orders.events import OrderCancelled, OrderLinesCancelled
from app.orders.lifecycle import CancelReason, WarehouseStage
from app.orders.models import Order, OrderLine
from app.orders.pinned import codes_of
from app.orders.service.cancel_request_answers import close_request
from app.orders.service.cancellations import cancellation_of
from app.orders.service.holding import release_locked
from app.orders.service.progressing import complete_or_reopen
from app.orders.service.sourcing import demand_of
from app.promotions import service as promotions
from app.stored_value import queries as stored_value


@command
async def cancel(
    uow: UnitOfWork,
    id: UUID,
    *,
    reason: CancelReason,
    note: str = "",
    lines: Mapping[UUID, int] | None = None,
    token: str | None = None,
    expected_version: int | None = None,
) -> Order:
    """Cancel an order, or units of some of its lines, that were not shipped.

    Their stock is released at once, and picked units are put back. Cancelling the last unit cancels the
    order. Customers can cancel as long as the channel allows it, and so can holders of the order's access
    token, `token`.

    Raises:
        NotFound, StaleVersion.
        Invalid, ValidationFailed: a note that is too long; unknown lines, or too many units.
        IllegalTransition: it is a draft, completed or cancelled.
        OrderAlreadyShipped: the whole order is to be cancelled, and a part of it was shipped.
        TooLateToCancel: for a customer, after the channel's time limit or when fulfillment has begun.
    """
    checked_note(note, "note", longest=LONGEST_REMARK)
    order = await locked_for_buyer(uow, id, token, RIGHTS[LifecycleStep.CANCEL])
    refuse_stale(order, expected_version)
    own = await queries.lines(order.id)
    is_by_buyer = uow.actor.is_customer or token is not None
    channel = await _channel_of(order) if is_by_buyer else None
    refuse_cancel(order, own, whole=lines is None, by_customer_of=channel, at=uow.at)
    if lines is None:
        chosen = {line.id: line.quantity - line.quantity_cancelled for line in own}
    else:
        chosen = checked_lines(own, lines)
    await cancel_units(uow, order, own, chosen, reason, note)
    # Listeners have updated the progress of the rest.
    return await queries.locked_by_id(order.id) or order


async def locked_for_buyer(uow: UnitOfWork, id: UUID, token: str | None, right: Right) -> Order:
    """An order for a step that its buyer may take; with a token, whoever the caller is.

    Raises:
        NotFound, Forbidden.
    """
    if token is not None:
        return await queries.locked_with_token(id, token, uow.at)
    return await queries.locked(uow.actor, id, right)


def checked_lines(own: list[OrderLine], lines: Mapping[UUID, int]) -> dict[UUID, int]:
    """The units of lines to cancel, if they can be cancelled.

    Raises:
        Invalid, ValidationFailed: no lines, unknown lines, or more units than are left.
    """
    problems = Problems()
    if not lines:
        raise Invalid(
            "List the lines to cancel, or omit `lines` to cancel the whole order.",
            "lines",
            code=ProblemCode.REQUIRED,
        )
    by_id = {line.id: line for line in own}
    for index, (line_id, units) in enumerate(lines.items()):
        line = by_id.get(line_id)
        if line is None:
            problems.add(
                "This line does not belong to the order.",
                "lines",
                str(index),
                "line_id",
                code=ProblemCode.NOT_FOUND,
            )
            continue
        left = unbegun(line)
        if not 1 <= units <= left:
            text = (
                f"Only {left} units can be cancelled."
                if left
                else "No units of this line are left to cancel."
            )
            problems.add(text, "lines", str(index), "quantity", code=ProblemCode.NOT_ENOUGH, available=left)
    problems.refuse_if_any()
    return dict(lines)


async def _channel_of(order: Order) -> Channel:
    (channel,) = await channels.channels_by_id([order.channel_id])
    assert channel is not None
    return channel


async def cancel_parts(
    uow: UnitOfWork, order: Order, parts: Iterable[tuple[UUID, UUID, int]], reason: CancelReason, note: str
) -> None:
    """Cancel the quantities that units of variants belong to, including each bundle that contains one.

    `parts` are ids of lines and variants, and units. Bundles of which another component was shipped are kept.
    """
    lines = await queries.lines(order.id)
    by_line: dict[UUID, Counter[UUID]] = defaultdict(Counter)
    for line_id, variant_id, units in parts:
        by_line[line_id][variant_id] += units
    chosen = {
        line.id: min(unbegun(line), units_for(line, by_line[line.id])) for line in lines if line.id in by_line
    }
    if any(units > 0 for units in chosen.values()):
        await cancel_units(uow, order, lines, chosen, reason, note)


async def cancel_units(
    uow: UnitOfWork,
    order: Order,
    lines: list[OrderLine],
    chosen: Mapping[UUID, int],
    reason: CancelReason,
    note: str,
) -> None:
    """Cancel units of lines of a locked order, and the order if they are its last."""
    gone = [line for line in lines if chosen.get(line.id, 0) > 0]
    done = cancelled_on_rows(order, lines, {line.id: chosen[line.id] for line in gone})
    amount, is_last = done.amount_minor, done.is_last
    row = cancellation_of(uow, order, lines, done.leaving, reason, note, amount)
    await insert([row])
    await update_each(gone, "quantity_cancelled")
    if is_last:
        # Before any stock is locked, because placing locks codes before stock.
        await promotions.give_back([UUID(each.id) for each in codes_of(order).values()], order.id)
        if order.paid_minor:
            await stored_value.lock_spent_for(order.id)
    await releasing.lock_reserved_levels(order.id)
    if is_last:
        await _end(uow, order, reason, note)
    else:
        uow.announce(
            OrderLinesCancelled(
                subject_id=order.id,
                channel_id=order.channel_id,
                reason=reason.value,
                amount_minor=amount,
                lines=row.lines,
            )
        )
        await save(uow, order, lines)
        await uow.dispatch()  # locations release what they hold of it
        await releasing.release_beyond(uow, claimant=order.id, needed=await demand_of(order))
        await _wait_no_more(uow, order.id)


async def _wait_no_more(uow: UnitOfWork, order_id: UUID) -> None:
    """Clear the waiting flag of a locked order if what it waited for was cancelled."""
    order = await queries.locked_by_id(order_id)
    if order is None or not order.is_waiting:
        return
    held = await stock.reservations_of(order_id)
    order.is_waiting = any(row.waiting for row in held) or bool(await stock.backlog_of(order_id))
    if not order.is_waiting:
        await save(uow, order, await queries.lines(order_id))


async def _end(uow: UnitOfWork, order: Order, reason: CancelReason, note: str) -> None:
    lifecycle.lifecycle.move(order, lifecycle.cancel)
    released = await releasing.release(uow, claimant=order.id)
    if decision := SourcingDecision.from_json(order.sourcing):
        await locations.give_capacity_back(uow, decision.chosen)
    order.cancel_reason = reason
    order.cancelled_at = uow.at
    order.is_waiting = False
    order.warehouse_stage = WarehouseStage.NONE
    await save(uow, order, await queries.lines(order.id))
    await close_request(uow, order)
    if order.open_holds:
        holds = await queries.open_holds(order.id)
        await release_locked(uow, order, holds, by=uow.actor.name, note="The order was cancelled.")
    uow.announce(
        OrderCancelled(
            subject_id=order.id,
            channel_id=order.channel_id,
            reason=reason.value,
            note=note,
            released_units=released,
        )
    )
    await uow.dispatch()  # payments return gift cards and store credit


async def save(uow: UnitOfWork, order: Order, lines: list[OrderLine]) -> None:
    """Write an order after lines of it were cancelled."""
    derived_statuses.derive(order, lines)
    if order.status is not lifecycle.OrderStatus.CANCELLED:
        complete_or_reopen(uow, order)
    touch(order, uow.at)
    await update_each(
        [order],
        "status", "cancel_reason", "cancelled_at", "cancelled_minor", "discounts", "is_waiting",
        "warehouse_stage",
        *derived_statuses.COLUMNS, "updated_at", "version",
    )  # fmt: skip
