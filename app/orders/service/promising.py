"""Promised delivery days and their changes."""

from datetime import date
from uuid import UUID

from app.channels import queries as channels
from app.channels.calendar import today_of
from app.core.uow import UnitOfWork, command
from app.core.versions import touch
from app.inventory.locations import service as locations
from app.inventory.sourcing import SourcingDecision
from app.inventory.stock import queries as stock
from app.inventory.stock.models import Reservation
from app.inventory.stock.service import promising
from app.orders import derived_statuses, queries
from app.orders.components import begun
from app.orders.delivery_days import promised_on
from app.orders.events import OrderDelayed, OrderPromised, OrderStockChanged
from app.orders.lifecycle import HoldKind
from app.orders.models import Order
from app.orders.recorded import ShippingTerms
from app.orders.service.holding import release_resolved_holds
from app.orders.service.sourcing import as_it_is_now, no_longer_chosen

DAYS = ("promised_on", "first_promised_on", "is_promised_by_hand", "is_delayed")


async def promise_by_id(uow: UnitOfWork, order_id: UUID) -> None:
    """`update_promise` for an order that is not locked yet, if it is open."""
    order = await queries.locked_by_id(order_id)
    if order is not None and order.status.is_open:
        await update_promise(uow, order)


async def update_promise(uow: UnitOfWork, order: Order) -> None:
    """Recalculate the promised day of a locked order that was not shipped, from its reserved stock.

    A later day than the buyer was told marks it as delayed and records an event. Holds that waited for stock
    are released.
    """
    held = await stock.reservations_of(order.id)
    is_waiting = any(row.waiting for row in held) or bool(await stock.backlog_of(order.id))
    lines = await queries.lines(order.id)
    order.is_waiting = is_waiting
    has_left = any(begun(line) for line in lines)
    if was := SourcingDecision.from_json(order.sourcing):
        now = as_it_is_now(was, await stock.held_units(order.id), has_left=has_left)
        order.sourcing = now.to_json()
        await locations.give_capacity_back(uow, no_longer_chosen(was, now))
    derived_statuses.derive(order, lines)
    before = order.promised_on
    order.promised_on = await _day(uow, order, held, is_waiting)
    record_promised_day(order)
    touch(order, uow.at)
    await order.save(
        update_fields=[
            *derived_statuses.COLUMNS, "is_waiting", "sourcing", *DAYS, "updated_at", "version",
        ]
    )  # fmt: skip
    if order.promised_on != before:
        announce_day(uow, order, before)
    else:
        about = {"subject_id": order.id, "channel_id": order.channel_id}
        uow.announce(OrderStockChanged(**about, is_waiting=is_waiting))
    if not is_waiting:
        await release_resolved_holds(uow, order, HoldKind.STOCK, "Stock is available.")


async def _day(uow: UnitOfWork, order: Order, held: list[Reservation], is_waiting: bool) -> date | None:
    """The day by which it can arrive; None if unknown."""
    days = [row.due_on for row in held if row.waiting]
    if is_waiting and (not days or any(day is None for day in days)):
        return None
    if order.is_promised_by_hand and not is_waiting:
        return order.promised_on
    if not held and order.promised_on is not None:
        return order.promised_on  # shipped parcels arrive when their carriers say
    leaves = [row.due_on for row in held if row.due_on is not None]
    (channel,) = await channels.channels_by_id([order.channel_id])
    assert channel is not None
    terms = ShippingTerms.recorded(order)
    if not is_waiting and order.promised_on is not None and not order.is_delayed:
        # It waits for nothing: the promise is kept unless a location ships too late for it.
        return max([order.promised_on, *(promised_on(channel, terms, day) for day in leaves)])
    day = promised_on(channel, terms, max([today_of(channel, uow.at), *leaves]))
    if not is_waiting and order.first_promised_on is not None:
        return max(day, order.first_promised_on)  # never promise earlier than the first promise
    return day


def record_promised_day(order: Order) -> None:
    """Update what depends on an order's promised day: the first one told is no delay, a later one is."""
    if order.first_promised_on is None:
        order.first_promised_on = order.promised_on
    first, day = order.first_promised_on, order.promised_on
    order.is_delayed = first is not None and (day is None or day > first)


@command
async def leaves_on(uow: UnitOfWork, order: Order, location_id: UUID, day: date) -> None:
    """Record the day on which a location ships its part of a locked order; buyers are notified of a delay."""
    (channel,) = await channels.channels_by_id([order.channel_id])
    assert channel is not None
    arrives = promised_on(channel, ShippingTerms.recorded(order), day)
    if order.promised_on is not None and arrives > order.promised_on:
        order.is_promised_by_hand = False  # the manual promise did not take this into account
    await promising.commit_for(uow, claimant=order.id, on=day, location_id=location_id)
    await update_promise(uow, order)


@command
async def arrives_on(uow: UnitOfWork, order: Order, day: date) -> None:
    """Record when shipped parcels of a locked order arrive, by their carriers; the buyer is notified.

    The day is never earlier than the first promise, nor than what is still to be shipped can arrive.
    """
    before = order.promised_on
    is_partly_here = bool(await stock.reservations_of(order.id) or await stock.backlog_of(order.id))
    if is_partly_here and (before is None or day <= before):
        return
    order.promised_on = max(day, order.first_promised_on or day)
    if order.promised_on == before:
        return
    order.is_promised_by_hand = False
    record_promised_day(order)
    touch(order, uow.at)
    await order.save(update_fields=[*DAYS, "updated_at", "version"])
    announce_day(uow, order, before)


def announce_day(uow: UnitOfWork, order: Order, before: date | None, reason: str = "") -> None:
    later = order.promised_on is None or (before is not None and order.promised_on > before)
    kind = OrderDelayed if later else OrderPromised
    uow.announce(
        kind(
            subject_id=order.id,
            channel_id=order.channel_id,
            before_on=before.isoformat() if before else None,
            promised_on=order.promised_on.isoformat() if order.promised_on else None,
            reason=reason,
        )
    )
