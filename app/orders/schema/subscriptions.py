"""Order subscriptions."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

import strawberry

from app.core.graphql.filters import combined
from app.core.graphql.following import CursorAfter, follow_kind
from app.core.graphql.policy import SIGNED_IN, subscription
from app.core.graphql.scalars import arg
from app.core.ids import row_id
from app.core.journal import feed
from app.core.journal.cursors import event_cursor, number_after
from app.core.journal.entry import Entry
from app.core.refusals import NotFound
from app.orders import queries
from app.orders.schema.queries import OrderFilter, order_conditions
from app.orders.schema.tracking import TrackingSubscription, order_of
from app.orders.schema.types import OrderEvent


@strawberry.type
class OrderSubscription(TrackingSubscription):
    @subscription(SIGNED_IN)
    async def order_updated(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, arg("The order.")],
        after: CursorAfter = None,
    ) -> AsyncGenerator[OrderEvent, None]:
        """Events of an order. Sends past events first: those after the cursor `after`, or all if omitted."""
        last = number_after(after)
        order_id = row_id(id, "Order", "id")
        await queries.order(info.context.actor, order_id)
        is_staff = info.context.actor.may("orders_view")
        async with aclosing(feed.follow_subject("order", order_id, last)) as entries:
            async for entry in entries:
                order = await order_of(entry)
                if not await queries.is_visible(order, info.context.actor):
                    raise NotFound.of("order", "id")
                if is_staff or queries.buyer_sees(entry):
                    info.context.event_id = event_cursor(entry)
                    yield OrderEvent(entry=entry, row=order)

    @subscription(SIGNED_IN)
    async def orders_updated(
        self,
        info: strawberry.Info,
        filter: Annotated[
            OrderFilter | None, arg("Filter conditions for orders, evaluated on their state after the event.")
        ] = None,
        after: CursorAfter = None,
    ) -> AsyncGenerator[OrderEvent, None]:
        """Events of all orders that the caller can see, for example for a staff dashboard, a channel, or a
        customer's own orders."""
        combined(filter, order_conditions)  # refused before the subscription starts if it is invalid
        context = info.context
        is_staff = context.actor.may("orders_view")

        async def wanted(entry: Entry) -> list[OrderEvent]:
            if not (is_staff or queries.buyer_sees(entry)):
                return []
            order = await order_of(entry)
            if not await queries.is_visible(order, context.actor):
                return []
            if filter is not None and not await _matches(entry, filter):
                return []
            return [OrderEvent(entry=entry, row=order)]

        async with aclosing(follow_kind(context, "order", after, wanted)) as found:
            async for _, event in found:
                yield event


async def _matches(entry: Entry, filter: OrderFilter) -> bool:
    """Whether the order of an event matches a filter, checked once for all
    subscribers with the same filter.
    """

    async def read() -> bool:
        return await queries.matches(entry.subject_id, combined(filter, order_conditions))

    return await feed.current().shared(("matches", entry.id, repr(filter)), read)
