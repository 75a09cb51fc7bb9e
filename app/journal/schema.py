"""Reading the journal through the graph."""

from datetime import datetime
from typing import Annotated, Any

import strawberry
from tortoise.expressions import Q

from app.access.permissions import Permission
from app.core.graphql.filters import DateTimeFilter, StringFilter, range_q, string_q
from app.core.graphql.node import After, Connection, First, connection
from app.core.graphql.policy import field, needs, query
from app.core.graphql.scalars import Metadata, arg, doc
from app.core.journal.event import facts_for
from app.core.pagination import Order, PageArgs
from app.journal.queries import visible_to

IN_ORDER = Order(("position",))


@strawberry.type(description="One entry of the journal: something that happened.")
class Event:
    row: strawberry.Private[Any]

    @field()
    def name(self) -> str:
        """What happened: `order_placed`."""
        return str(self.row.name)

    @field()
    def subject(self) -> str:
        """The kind of thing that it happened to: `order`."""
        return str(self.row.subject_kind)

    @field()
    def number(self) -> int:
        """Its number among its subject's events."""
        return int(self.row.number)

    @field()
    def at(self) -> datetime:
        """When."""
        return self.row.at

    @field()
    def actor(self) -> str:
        """Who did it."""
        return str(self.row.actor_label or self.row.actor_kind)

    @field()
    def facts(self, info: strawberry.Info) -> Metadata:
        """The facts that were written down. Amounts and what people wrote need the permission to see them
        where they belong, such as STOCK_COSTS or ORDERS_VIEW; they are null without it."""
        actor, row = info.context.actor, self.row
        return Metadata(
            facts_for(row.name, row.payload, lambda need: actor.scope_of(need).covers(row.channel_id))
        )


@strawberry.input(description="Which events.")
class EventFilter:
    name: StringFilter | None = doc("With such a name.", default=None)
    subject: StringFilter | None = doc("About such a kind of thing.", default=None)
    at: DateTimeFilter | None = doc("By when.", default=None)


def _conditions(given: EventFilter | None) -> Q:
    if given is None:
        return Q()
    return string_q("name", given.name) & string_q("subject_kind", given.subject) & range_q("at", given.at)


@strawberry.type
class JournalQuery:
    @query(needs(Permission.EVENTS_VIEW))
    async def events(
        self,
        info: strawberry.Info,
        filter: Annotated[EventFilter | None, arg("Which events.")] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[Event]:
        """The journal: what happened, from the beginning, in the order in which others may rely on it.

        Whoever has the permission for some channels or locations sees the events of what could be read there.
        """
        rows = visible_to(info.context.actor).filter(_conditions(filter))
        found = await connection(rows, PageArgs(IN_ORDER, first, after))
        found.page.rows = [Event(row=row) for row in found.page.rows]
        return found
