"""Telling the buyer when an order comes, and when that changes."""

from datetime import date
from uuid import UUID

from app.channels import queries as channels
from app.core.work import Work
from app.inventory import queries as stock
from app.inventory.models import Reservation
from app.orders import facets, queries
from app.orders.events import OrderDelayed, OrderPromised
from app.orders.models import Order
from app.orders.service.composing import promised_on


async def promise_anew(work: Work, order_id: UUID) -> None:
    """Work out anew when an order that is not on its way yet can arrive, from what is kept for it.

    A later day than the buyer was told makes it delayed, and is announced.
    """
    order = await queries.locked_by_id(order_id)
    if order is None or not order.status.is_open:
        return
    held = await stock.reservations_of(order.id)
    is_waiting = any(row.waiting for row in held) or bool(await stock.backlog_of(order.id))
    lines = await queries.lines(order.id)
    order.fulfillment_status = facets.fulfillment_status(order.status, lines, is_waiting=is_waiting)
    order.tracking_stage = facets.tracking_stage(order.status, order.fulfillment_status)
    before = order.promised_on
    order.promised_on = await _day(work, order, held, is_waiting)
    order.is_delayed = _is_later(order.promised_on, order.first_promised_on)
    order.updated_at = work.at
    order.version += 1
    await order.save(
        update_fields=[
            "fulfillment_status", "tracking_stage", "promised_on", "is_delayed", "updated_at", "version",
        ]
    )  # fmt: skip
    if order.promised_on != before:
        _announce(work, order, before)


async def _day(work: Work, order: Order, held: list[Reservation], is_waiting: bool) -> date | None:
    """The day by which it can arrive; None where nobody knows."""
    days = [row.due_on for row in held if row.waiting]
    if is_waiting and (not days or any(day is None for day in days)):
        return None
    start = max((day for day in days if day is not None), default=work.at.date())
    if not is_waiting and order.promised_on is not None and not order.is_delayed:
        return order.promised_on  # nothing that it waited for: what was said still holds
    (channel,) = await channels.channels_by_id([order.channel_id])
    assert channel is not None
    (methods,) = await channels.methods_by_channel([order.channel_id])
    method = next((each for each in methods if each.code == order.shipping_method), None)
    day = promised_on(channel, method, max(start, work.at.date()))
    if not is_waiting and order.first_promised_on is not None:
        return max(day, order.first_promised_on)  # earlier than was said is not promised
    return day


def _is_later(day: date | None, first: date | None) -> bool:
    if first is None:
        return False
    return day is None or day > first


def _announce(work: Work, order: Order, before: date | None) -> None:
    later = order.promised_on is None or (before is not None and order.promised_on > before)
    kind = OrderDelayed if later else OrderPromised
    work.announce(
        kind(
            subject_id=order.id,
            channel_id=order.channel_id,
            before_on=before.isoformat() if before else None,
            promised_on=order.promised_on.isoformat() if order.promised_on else None,
        )
    )
