"""The buyer's view: the order's status, without anything that a stranger with the link should not see."""

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
from app.core.graphql.policy import ANYONE, subscription
from app.core.graphql.scalars import arg, doc
from app.core.journal import feed
from app.core.journal.cursors import event_cursor, number_after, start_cursor
from app.core.journal.entry import Entry
from app.core.refusals import NotFound
from app.engine.graphql.compiled.sharing import TheSameForAll
from app.orders import models, queries
from app.orders.lifecycle import OrderStatus, TrackingStage
from app.orders.schema import links
from app.orders.timeline import is_about_payment, title_for_buyers


@strawberry.type(description="A line of the order, as shown on the tracking page.")
class TrackingLine:
    name: str = doc("Name of the item.")
    variant: str | None = none_if_empty("Name of the variant; null if the product name is sufficient.")
    quantity: int = doc("Number of units to be delivered.")
    quantity_cancelled: int = doc("Number of units cancelled.")
    quantity_shipped: int = doc("Number of units in transit or delivered.")
    quantity_delivered: int = doc("Number of units delivered.")


@strawberry.type(description="An event shown to the buyer.")
class TrackingEvent:
    number: int = doc(
        "Sequence number among the order's events; not consecutive, because some events are not shown to "
        "buyers."
    )
    name: str = doc("Machine-readable name of the event, which a page can use as a key for its own texts.")
    title: str = doc("Description of the event in English.")
    at: datetime = doc("Date and time of the event.")
    promised_on: date | None = doc(
        "Promised delivery date after the event, if the event concerns this date; null otherwise."
    )
    facts: strawberry.Private[dict[str, Any]]  # other facts of the event, for higher layers

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


@strawberry.type(
    description="Tracking status of an order. Contains no names, addresses or prices, so that the link "
    "can be shared."
)
class OrderTracking:
    order_id: strawberry.Private[UUID]
    channel: strawberry.Private[Any]  # provides the time zone and links of the page
    number: str = doc("Order number.")
    shop: str = doc("Name of the shop in which the order was placed.")
    status: OrderStatus = doc("Status of the order.")
    stage: TrackingStage = doc("Tracking stage of the order.")
    stage_title: str = doc("Tracking stage in English; use `stage` as the key for translations.")
    is_pickup: bool = doc("Whether the order is picked up at a location.")
    is_delayed: bool = doc("Whether the order will arrive later than promised.")
    promised_on: date | None = doc("Delivery date promised to the buyer; null if unknown.")
    placed_at: datetime | None = doc("Time at which the order was placed; null for a draft.")
    lines: list[TrackingLine] = doc("Order lines.")
    timeline: list[TrackingEvent] = doc("Tracking events, oldest first.")
    cursor: str = doc("Cursor of this view in the stream of updates.")

    @classmethod
    async def of_link(cls, token: str) -> "OrderTracking | None":
        """The view of a tracking link's order; None for an unknown or revoked link."""
        found = await queries.by_tracking_token(token)
        if found is None:
            return None
        (entries,) = await queries.events_by_order([found.id])
        # Read again after its events: a concurrent change is shown now and sent once more, but never missed
        # by a client that resumes from the cursor.
        (order,) = await queries.orders_by_id([found.id])
        if order is None or not queries.is_tracked_by(order, token):
            return None
        return await cls.of(order, entries)

    @classmethod
    async def of(cls, order: Any, entries: Sequence[Entry]) -> "OrderTracking":
        """The view of an order's row, as of its last event."""
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
            is_pickup=order.pickup is not None,
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


@strawberry.type(description="A message of the tracking stream.")
class TrackingUpdate(TheSameForAll):
    cursor: str = doc("Cursor of the message; pass it as `after` to resume after a reconnect.")
    event: TrackingEvent | None = doc(
        "The event; null in the first message, which contains the current state, and for changes of "
        "the state or of a payment without an event that is shown to buyers."
    )
    tracking: OrderTracking = doc("Current tracking data of the order.")
    sent_at: datetime = doc("Date and time at which the server sent the message.")


@strawberry.type
class TrackingSubscription:
    @subscription(ANYONE)
    async def order_tracking(
        self,
        info: strawberry.Info,
        token: Annotated[str, arg("Secret token of the tracking link.")],
        after: Annotated[
            str | None, arg("Cursor of the last message received; only later messages are sent.")
        ] = None,
    ) -> AsyncGenerator[TrackingUpdate, None]:
        """Tracking data of an order, for callers that have its tracking link: first the current state, then
        every change."""
        last, shown = number_after(after), None
        order_id, first = await _first(token, wanted=after is None)
        if first is not None:
            last, shown = number_after(first.cursor), _standing(first.tracking)
            info.context.event_id = first.cursor
            yield first
            first = None  # release it for the duration of the subscription
        watch = feed.watch_topic(f"order:{order_id}")
        with links.followed(token, watch.end):
            async with aclosing(feed.follow_subject("order", order_id, last, watch)) as entries:
                async for entry in entries:
                    is_told = queries.buyer_sees(entry) or is_about_payment(entry.name)
                    if not is_told and _standing(await order_of(entry)) == shown:
                        continue
                    fresh, update = await _update(entry)
                    if not queries.is_tracked_by(fresh, token):  # the link was revoked
                        return
                    shown = _standing(update.tracking)
                    info.context.event_id = update.cursor
                    yield update


async def _first(token: str, *, wanted: bool) -> tuple[UUID, TrackingUpdate | None]:
    """The order of a link, and the message with its present state, if requested.

    Raises:
        NotFound: the link does not exist.
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
    """What can change of an order without an event for buyers, in its row or its view."""
    stage = order.stage if isinstance(order, OrderTracking) else order.tracking_stage
    promised = None if order.status is OrderStatus.CANCELLED else order.promised_on
    return order.status, stage, order.is_delayed, promised


async def order_of(entry: Entry) -> models.Order:
    """The order of an event, read once for all subscribers.

    Raises:
        NotFound: it does not exist; orders are never deleted.
    """

    async def read() -> models.Order:
        (order,) = await queries.orders_by_id([entry.subject_id])
        if order is None:
            raise NotFound.of("order", "id")
        return order

    return await feed.current().shared(("order", entry.id), read)


async def _update(entry: Entry) -> tuple[Any, TrackingUpdate]:
    """The order and message of an event, built once for all subscribers."""

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
