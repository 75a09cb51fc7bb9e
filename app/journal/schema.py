"""The event journal in GraphQL."""

from datetime import datetime
from functools import partial
from typing import Annotated, Any

import strawberry

from app.access.permissions import Permission
from app.core.graphql.conditions import conditions
from app.core.graphql.filters import DateTimeFilter, StringFilter, string_q
from app.core.graphql.node import After, Connection, First, connection
from app.core.graphql.policy import field, needs, query
from app.core.graphql.scalars import Metadata, arg, doc
from app.core.journal.event import facts_for
from app.core.journal.models import JournalEntry
from app.core.pagination import Order, PageArgs
from app.journal.queries import visible_to

IN_ORDER = Order(("position",))


@strawberry.type(description="An entry of the event journal.")
class Event:
    row: strawberry.Private[Any]

    @field()
    def name(self) -> str:
        """Event name, such as `order_placed`."""
        return str(self.row.name)

    @field()
    def subject(self) -> str:
        """Type of the object concerned, such as `order`."""
        return str(self.row.subject_kind)

    @field()
    def number(self) -> int:
        """Sequence number among the events of the object."""
        return int(self.row.number)

    @field()
    def at(self) -> datetime:
        """Date and time of the event."""
        return self.row.at

    @field()
    def actor(self) -> str:
        """Name of the user or app that caused the event, or the kind of caller if it has no name."""
        return str(self.row.actor_label or self.row.actor_kind)

    @field()
    def facts(self, info: strawberry.Info) -> Metadata:
        """Data recorded with the event. Amounts and user-entered text require the same permission as at their
        source, such as STOCK_COSTS or ORDERS_VIEW, and are null without it."""
        actor, row = info.context.actor, self.row
        return Metadata(
            facts_for(row.name, row.payload, lambda need: actor.scope_of(need).covers(row.channel_id))
        )


@strawberry.input(description="Filter conditions for events.")
class EventFilter:
    name: StringFilter | None = doc("Filter by event name.", default=None)
    subject: StringFilter | None = doc("Filter by the type of the object concerned.", default=None)
    at: DateTimeFilter | None = doc("Filter by time.", default=None)


_conditions = conditions(EventFilter, JournalEntry, subject=partial(string_q, "subject_kind"))


@strawberry.type
class JournalQuery:
    @query(needs(Permission.EVENTS_VIEW))
    async def events(
        self,
        info: strawberry.Info,
        filter: Annotated[EventFilter | None, arg("Filter conditions for events.")] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[Event]:
        """The event journal, oldest first. No event is inserted before an event that was already returned.
        Callers with the permission for some channels or locations see only the events of objects that they
        can read there."""
        rows = visible_to(info.context.actor)
        if filter is not None:
            rows = rows.filter(_conditions(filter))
        found = await connection(rows, PageArgs(IN_ORDER, first, after))
        found.page.rows = [Event(row=row) for row in found.page.rows]
        return found
