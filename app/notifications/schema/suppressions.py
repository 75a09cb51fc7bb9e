"""Suppressed addresses in GraphQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import strawberry

from app.access.permissions import Permission
from app.access.schema import Done
from app.core.graphql.errors import mutation
from app.core.graphql.levels import level_field
from app.core.graphql.node import After, Before, Connection, First, Last, Node, connection
from app.core.graphql.policy import PART_OF_IT, needs, query
from app.core.graphql.scalars import arg, doc, serves
from app.core.ids import row_id
from app.core.pagination import Order as Sort
from app.core.pagination import PageArgs
from app.notifications import models, queries, suppressing

VIEW = needs(Permission.CUSTOMERS_VIEW, everywhere=True)
MANAGE = needs(Permission.CUSTOMERS_MANAGE, everywhere=True)
_NEWEST = Sort(("created_at", "id"), descending=True)


@strawberry.type(
    description="An email address to which no messages are sent, because its mail server reported that it "
    "does not exist."
)
class MessageSuppression(Node):
    is_type_of = serves(models.MessageSuppression)

    reason: str = doc("Answer of the mail server.")
    created_at: datetime = doc("Date and time of the answer.")

    @level_field(str | None, reach=PART_OF_IT)
    async def address(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The email address; null if the refused message was deleted."""
        ids = [root.message_id for root in roots]
        known = [id for id in ids if id is not None]
        found = dict(zip(known, await info.context.load_many(queries.messages_by_id, known), strict=True))
        messages = [found.get(id) for id in ids]
        return [message.address if message else None for message in messages]


@strawberry.type
class SuppressionQuery:
    @query(VIEW)
    async def message_suppressions(
        self,
        info: strawberry.Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[MessageSuppression]:
        """Email addresses that get no messages, newest first."""
        rows = queries.suppressions_visible_to(info.context.actor)
        return await connection(rows, PageArgs(_NEWEST, first, after, last, before))


@strawberry.type
class SuppressionMutation:
    @mutation("MessageSuppressionRemoveResult", Done, policy=MANAGE)
    async def message_suppression_remove(
        self, info: strawberry.Info, id: Annotated[strawberry.ID, arg("The suppression.")]
    ) -> Done:
        """Send messages to a suppressed address again. Messages that were dropped meanwhile are not sent."""
        await suppressing.remove_suppression(info.context.actor, row_id(id, "MessageSuppression", "id"))
        return Done(done=True)
