"""The buyer's view: where the order stands, and nothing that a stranger with the link should not see."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry

from app.channels import queries as channels
from app.core import clock
from app.core.characters import harmless_line
from app.core.graphql.empty import none_if_empty
from app.core.graphql.encoding import TheSameForAll
from app.core.graphql.policy import ANYONE, subscription
from app.core.graphql.scalars import arg, doc
from app.core.journal import feed
from app.core.journal.cursors import event_cursor, number_after, start_cursor
from app.core.journal.entry import Entry
from app.core.refusals import NotFound
from app.orders import queries
from app.orders.lifecycle import OrderStatus, TrackingStage
from app.orders.schema import links
from app.orders.timeline import title_for_buyers


@strawberry.type(description="A line, as the tracking page shows it.")
class TrackingLine:
    name: str = doc("What it is.")
    variant: str | None = none_if_empty("Which of its variants; null if its name says it all.")
    quantity: int = doc("How many will come.")
    quantity_cancelled: int = doc("How many were cancelled.")
    quantity_shipped: int = doc("How many are on their way or have arrived.")
    quantity_delivered: int = doc("How many have arrived.")


@strawberry.type(description="Something that the buyer is told.")
class TrackingEvent:
    number: int = doc("Its number among the order's events; some are not told.")
    name: str = doc("What happened, for programs: the key by which a page finds its own words.")
    title: str = doc("What happened, in English.")
    at: datetime = doc("When.")
    promised_on: date | None = doc(
        "The day by which the order was to arrive from then on, where the event is about that day; else null."
    )
    facts: strawberry.Private[dict[str, Any]]  # what else the event says, for the floors above

    @classmethod
    def of(cls, entry: Entry) -> "TrackingEvent":
        promised = entry.payload.get("promised_on")
        return cls(
            number=entry.number,
            name=entry.name,
            title=harmless_line(entry.payload.get("title") or title_for_buyers(entry.name)),
            at=entry.at,
            promised_on=date.fromisoformat(promised) if promised else None,
            facts=entry.payload,
        )


@strawberry.type(description="Where an order stands. No names, addresses or prices: the link may be shared.")
class OrderTracking:
    order_id: strawberry.Private[UUID]
    channel: strawberry.Private[Any]  # whose time zone and links the page takes
    number: str = doc("The order's number.")
    shop: str = doc("Where it was bought.")
    status: OrderStatus = doc("The order's own status.")
    stage: TrackingStage = doc("How far it is.")
    stage_title: str = doc("How far it is, in English; `stage` is the key for words in other languages.")
    is_delayed: bool = doc("Whether it comes later than was promised.")
    promised_on: date | None = doc("The day by which it should arrive.")
    placed_at: datetime | None = doc("When it was placed.")
    lines: list[TrackingLine] = doc("What was ordered.")
    timeline: list[TrackingEvent] = doc("What has happened, from the beginning.")
    cursor: str = doc("The place in the stream of updates where this view was taken.")

    @classmethod
    async def of_link(cls, token: str) -> "OrderTracking | None":
        """The view of a tracking link's order, None for an unknown or revoked one."""
        found = await queries.by_tracking_token(token)
        if found is None:
            return None
        (entries,) = await queries.events_by_order([found.id])
        # Read again after its events: what happens in between is then shown, and sent once more, but never
        # left out by who goes on from the cursor.
        (order,) = await queries.orders_by_id([found.id])
        if order is None or not queries.is_tracked_by(order, token):
            return None
        return await cls.of(order, entries)

    @classmethod
    async def of(cls, order: Any, entries: Sequence[Entry]) -> "OrderTracking":
        """The view of an order's row, as of the last of its events."""
        lines = await queries.lines(order.id)
        channel = (await channels.channels_by_id([order.channel_id]))[0]
        return cls(
            order_id=order.id,
            channel=channel,
            number=order.number or "",
            shop=harmless_line(channel.name) if channel else "",
            status=order.status,
            stage=order.tracking_stage,
            stage_title=order.tracking_stage.description,
            is_delayed=order.is_delayed,
            promised_on=None if order.status is OrderStatus.CANCELLED else order.promised_on,
            placed_at=order.placed_at,
            lines=[
                TrackingLine(
                    name=harmless_line(line.product_name),
                    variant=harmless_line(line.variant_name or ""),
                    quantity=line.quantity - line.quantity_cancelled,
                    quantity_cancelled=line.quantity_cancelled,
                    quantity_shipped=line.quantity_shipped,
                    quantity_delivered=line.quantity_delivered,
                )
                for line in lines
            ],
            timeline=[TrackingEvent.of(entry) for entry in entries if queries.buyer_sees(entry)],
            cursor=event_cursor(entries[-1]) if entries else start_cursor(0),
        )


@strawberry.type(description="One message of the tracking stream.")
class TrackingUpdate(TheSameForAll):
    cursor: str = doc("The place of this message: give it as `after` when you reconnect.")
    event: TrackingEvent | None = doc(
        "What happened; null in the first message, which is the present state, and where the order stands "
        "differently although nothing happened that buyers are told of by name."
    )
    tracking: OrderTracking = doc("Where the order stands now.")
    sent_at: datetime = doc("When the server sent this.")


@strawberry.type
class TrackingSubscription:
    @subscription(ANYONE)
    async def order_tracking(
        self,
        info: strawberry.Info,
        token: Annotated[str, arg("The secret of the tracking link.")],
        after: Annotated[
            str | None, arg("The cursor of the last message that was seen: only what came after is sent.")
        ] = None,
    ) -> AsyncGenerator[TrackingUpdate, None]:
        """Where an order stands: first the present state, then each change, for whoever has the link."""
        last, shown = number_after(after), None
        order_id, first = await _first(token, wanted=after is None)
        if first is not None:
            last, shown = number_after(first.cursor), _standing(first.tracking)
            info.context.event_id = first.cursor
            yield first
            first = None  # not kept for as long as somebody watches
        watch = feed.watch_topic(f"order:{order_id}")
        with links.followed(token, watch.end):
            async with aclosing(feed.follow_subject("order", order_id, last, watch)) as entries:
                async for entry in entries:
                    if not queries.buyer_sees(entry) and _standing(await _row(entry)) == shown:
                        continue
                    fresh, update = await _update(entry)
                    if not queries.is_tracked_by(fresh, token):  # the link was revoked
                        return
                    shown = _standing(update.tracking)
                    info.context.event_id = update.cursor
                    yield update


async def _first(token: str, *, wanted: bool) -> tuple[UUID, TrackingUpdate | None]:
    """The order of a link, and the message that says how it stands, where that is wanted.

    Raises:
        NotFound: there is no such link.
    """
    if not wanted:
        order = await queries.by_tracking_token(token)
        if order is None:
            raise NotFound.of("order", "token")
        return order.id, None
    state = await OrderTracking.of_link(token)
    if state is None:
        raise NotFound.of("order", "token")
    return state.order_id, TrackingUpdate(
        cursor=state.cursor, event=None, tracking=state, sent_at=clock.now()
    )


def _standing(order: Any) -> tuple[Any, ...]:
    """What changes of an order without an event that buyers are told of; of its row or of its view."""
    stage = order.stage if isinstance(order, OrderTracking) else order.tracking_stage
    promised = None if order.status is OrderStatus.CANCELLED else order.promised_on
    return order.status, stage, order.is_delayed, promised


async def _row(entry: Entry) -> Any:
    """The order of an event, read once for all who watch it."""

    async def read() -> Any:
        return (await queries.orders_by_id([entry.subject_id]))[0]

    return await feed.current().shared(("tracked order", entry.id), read)


async def _update(entry: Entry) -> tuple[Any, TrackingUpdate]:
    """The order and the message of an event, the same for all who watch it: whoever asks first reads them."""

    async def read() -> tuple[Any, TrackingUpdate]:
        (entries,) = await queries.events_by_order([entry.subject_id])
        (order,) = await queries.orders_by_id([entry.subject_id])
        update = TrackingUpdate(
            cursor=event_cursor(entry),
            event=TrackingEvent.of(entry) if queries.buyer_sees(entry) else None,
            tracking=await OrderTracking.of(order, entries),
            sent_at=clock.now(),
        )
        return order, update.share()

    return await feed.current().shared(("tracking", entry.id), read)
