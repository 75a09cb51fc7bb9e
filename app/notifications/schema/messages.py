"""Messages and their status in GraphQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import strawberry

from app.access.permissions import Permission
from app.core.graphql.conditions import conditions
from app.core.graphql.empty import none_if_empty
from app.core.graphql.filters import DateTimeFilter, StringFilter
from app.core.graphql.levels import level_field
from app.core.graphql.node import After, Before, Connection, First, Last, Node, connection
from app.core.graphql.policy import PART_OF_IT, needs, query
from app.core.graphql.scalars import arg, doc, graphql_enum, serves
from app.core.pagination import Order as Sort
from app.core.pagination import PageArgs
from app.notifications import models, queries
from app.notifications.lifecycle import MessageKind, MessageStatus
from app.orders.schema.types import VIEW_IT

graphql_enum(MessageKind, "Type of a message.")
graphql_enum(MessageStatus, "Delivery status of a message.")

VIEW = needs(Permission.EVENTS_VIEW)
NEWEST = Sort(("created_at", "id"), descending=True)


@strawberry.type(description="A message to an external recipient. Its text is not stored.")
class Message(Node):
    is_type_of = serves(models.Message)

    kind: MessageKind = doc("Type of the message.")
    address: str = doc("Email address of the recipient.")
    status: MessageStatus = doc("Delivery status of the message.")
    attempts: int = doc("Number of attempts to send it.")
    next_at: datetime = doc("Time of the next attempt, while the status is QUEUED.")
    problem: str | None = none_if_empty(
        "Error of the last attempt, or the reason why it was not sent; null if there is none."
    )
    language: str | None = none_if_empty(
        "Language in which the recipient is addressed (BCP 47); null if unknown."
    )
    created_at: datetime = doc("Time at which the message was queued.")
    sent_at: datetime | None = doc("Time at which the mail server accepted the message; null before.")


@strawberry.type
class OrderMessages:
    @level_field(list[Message] | None, VIEW_IT, reach=PART_OF_IT)
    async def messages(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Messages to the buyer about the order, oldest first; null for callers other than staff."""
        return await info.context.load_many(queries.messages_by_order, [root.id for root in roots])


@strawberry.input(description="Filter conditions for messages.")
class MessageFilter:
    status: list[MessageStatus] | None = doc("Filter by status.", default=None)
    kind: list[MessageKind] | None = doc("Filter by kind.", default=None)
    address: StringFilter | None = doc("Filter by email address of the recipient.", default=None)
    created_at: DateTimeFilter | None = doc(
        "Filter by the time at which the message was queued.", default=None
    )


_conditions = conditions(MessageFilter, models.Message)


@strawberry.type
class NotificationQuery:
    @query(VIEW)
    async def messages(
        self,
        info: strawberry.Info,
        filter: Annotated[MessageFilter | None, arg("Filter conditions.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Message]:
        """Messages to people outside the company, with their delivery status, newest first."""
        rows = queries.visible_to(info.context.actor)
        if filter is not None:
            rows = rows.filter(_conditions(filter))
        return await connection(rows, PageArgs(NEWEST, first, after, last, before))
