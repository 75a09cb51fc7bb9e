"""What was said to people outside, in the graph."""

from datetime import datetime
from typing import Annotated

import strawberry

from app.access.permissions import Permission
from app.core.graphql.empty import none_if_empty
from app.core.graphql.filters import DateTimeFilter, StringFilter, enum_q, range_q, string_q
from app.core.graphql.node import After, Before, Connection, First, Last, Node, connection
from app.core.graphql.policy import needs, query
from app.core.graphql.scalars import arg, doc, graphql_enum, serves
from app.core.pagination import Order as Sort
from app.core.pagination import PageArgs
from app.notifications import models, queries
from app.notifications.lifecycle import MessageKind, MessageStatus

graphql_enum(MessageKind, "What a message is about.")
graphql_enum(MessageStatus, "Whether a message has gone out.")

VIEW = needs(Permission.EVENTS_VIEW)
NEWEST = Sort(("created_at", "id"), descending=True)


@strawberry.type(description="Something that is, or was, said to somebody outside. Its words are not kept.")
class Message(Node):
    is_type_of = serves(models.Message)

    kind: MessageKind = doc("What it is about.")
    address: str = doc("To which e-mail address.")
    status: MessageStatus = doc("Whether it has gone out.")
    attempts: int = doc("How often it was tried.")
    next_at: datetime = doc("When it is tried next, while it is QUEUED.")
    problem: str | None = none_if_empty("What came in its way; null if nothing did.")
    created_at: datetime = doc("When it was to be said.")
    sent_at: datetime | None = doc("When the mail server took it.")


@strawberry.input(description="Which messages.")
class MessageFilter:
    status: list[MessageStatus] | None = doc("In one of these states.", default=None)
    kind: list[MessageKind] | None = doc("Of one of these kinds.", default=None)
    address: StringFilter | None = doc("To such an address.", default=None)
    created_at: DateTimeFilter | None = doc("By when they were to be said.", default=None)


@strawberry.type
class NotificationQuery:
    @query(VIEW)
    async def messages(
        self,
        info: strawberry.Info,
        filter: Annotated[MessageFilter | None, arg("Which.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Message]:
        """What is to be said to people outside, and whether it has gone out; the newest first."""
        rows = queries.visible_to(info.context.actor)
        if filter is not None:
            rows = rows.filter(
                enum_q("status", filter.status)
                & enum_q("kind", filter.kind)
                & string_q("address", filter.address)
                & range_q("created_at", filter.created_at)
            )
        return await connection(rows, PageArgs(NEWEST, first, after, last, before))
