"""Placing an order: checked, priced, reserved, numbered and written down in one transaction."""

from uuid import UUID

from app.channels import queries as channels
from app.channels.models import Channel
from app.core.database import insert
from app.core.refusals import Invalid
from app.core.versions import refuse_stale
from app.core.work import Work, verb
from app.inventory import service as inventory
from app.orders import facets, lifecycle, queries
from app.orders.events import OrderConfirmed, OrderPlaced
from app.orders.models import Order
from app.orders.service.composing import Composed, OrderData, compose, lines_of, promised_on, write_onto
from app.orders.service.drafting import (
    blank,
    merged,
    refuse_taken_reference,
    refuse_unless_draft,
    rewrite,
)
from app.orders.service.keeping import keep
from app.orders.service.numbering import take_number


@verb
async def place(
    work: Work,
    data: OrderData,
    *,
    number: str | None = None,
    draft_id: UUID | None = None,
    draft_token: str | None = None,
    said: frozenset[str] = frozenset(),
) -> Order:
    """Place an order, from lines or from a draft.

    `number` is one drawn beforehand; without it one is taken here. For a draft, `said` names the fields
    of `data` that were sent with it and go over the draft's own.

    Raises:
        NotFound, Invalid: no such channel or draft, or it is closed.
        ValidationFailed: everything that is wrong with the input.
        InsufficientStock: every SKU that falls short. Nothing is left behind.
        AlreadyExists: the channel has an order with this external reference.
    """
    if draft_id is not None:
        return await _place_draft(work, draft_id, draft_token, data, said, number)
    if not data.channel:
        raise Invalid("Say in which channel, or give a draft.", "channel")
    channel = await channels.open_for_orders(data.channel, work.actor, "channel")
    composed = await compose(channel, data, work.at, complete=True)
    await refuse_taken_reference(channel.id, data.external_reference)
    order = await blank(work, channel, data)
    write_onto(order, composed)
    await _promise(work, order, channel, composed, number)
    await insert([order])
    await insert(lines_of(order, composed))
    _announce(work, order, composed)
    return order


async def _place_draft(
    work: Work, id: UUID, token: str | None, data: OrderData, said: frozenset[str], number: str | None
) -> Order:
    order = await queries.locked_draft(work.actor, id, token, "draft_id")
    refuse_unless_draft(order, "draft_id")
    channel = await channels.by_id(order.channel_id, work.actor, "draft_id")
    if not channel.is_active:
        raise Invalid("This channel is closed and takes no orders.", "channel")
    whole = await merged(order, channel, data, said)
    composed = await compose(channel, whole, work.at, complete=True)
    await rewrite(work, order, whole, composed)
    # What the draft kept may have run out or be of other lines: give it back and take anew, at once.
    await inventory.release(work, claimant=order.id)
    await _promise(work, order, channel, composed, number)
    await order.save()
    _announce(work, order, composed)
    return order


async def _promise(
    work: Work, order: Order, channel: Channel, composed: Composed, number: str | None
) -> None:
    """Take the stock and the discounts, and give the order its number."""
    for discount in composed.discounts:
        if not await channels.use_discount(discount.id):
            raise Invalid(f"The code {discount.code} has been used up.", "discount_codes")
    lifecycle.lifecycle.move(order, lifecycle.place)
    order.number = number or await take_number(channel)
    order.placed_at = work.at
    order.draft_expires_at = order.reserved_until = None
    order.tracking_stage = facets.tracking_stage(order.status, order.fulfillment_status)
    # Last of all: other buyers of the same goods wait from here to the commit.
    kept = await keep(work, composed, channel_id=channel.id, claimant=order.id)
    order.sourcing = kept.as_json()
    day = kept.due_on or (None if kept.is_waiting else work.at.date())
    order.promised_on = order.first_promised_on = promised_on(channel, composed.method, day) if day else None
    if kept.is_waiting:
        order.fulfillment_status = lifecycle.FulfillmentStatus.BACKORDERED


def _announce(work: Work, order: Order, composed: Composed) -> None:
    work.announce(
        OrderPlaced(
            subject_id=order.id,
            channel_id=order.channel_id,
            order_number=order.number or "",
            total_minor=order.total_minor,
            currency=order.currency,
            units=composed.units,
        )
    )


@verb
async def confirm(work: Work, id: UUID, *, expected_version: int | None = None) -> Order:
    """Say that nothing holds an order any more.

    Raises:
        NotFound, StaleVersion, IllegalTransition.
    """
    order = await queries.locked(work.actor, id)
    refuse_stale(order, expected_version)
    lifecycle.lifecycle.move(order, lifecycle.confirm)
    order.confirmed_at = order.updated_at = work.at
    order.tracking_stage = facets.tracking_stage(order.status, order.fulfillment_status)
    order.version += 1
    await order.save(update_fields=["status", "confirmed_at", "updated_at", "tracking_stage", "version"])
    work.announce(OrderConfirmed(subject_id=order.id, channel_id=order.channel_id))
    return order
