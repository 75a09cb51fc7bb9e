"""Blocked buyers."""

from datetime import datetime
from typing import Annotated

import strawberry

from app.access.permissions import Permission
from app.core import refusals
from app.core.graphql.errors import mutation
from app.core.graphql.node import After, Before, Connection, First, Last, Node, connection
from app.core.graphql.policy import needs, query
from app.core.graphql.scalars import arg, doc, serves
from app.core.pagination import PageArgs
from app.customers import blocking, models, queries
from app.customers.schema.customers import MANAGE, NEWEST

VIEW_BLOCKED = needs(Permission.CUSTOMERS_VIEW, everywhere=True)


@strawberry.type(
    description="A blocked email address or domain (`@example.com`). Orders from it are put on hold."
)
class BlockedBuyer(Node):
    is_type_of = serves(models.BlockedBuyer)

    email: str = doc("The email address, or the domain including the @.")
    reason: str = doc("Reason.")
    blocked_by: str = doc("Name of the user or app that blocked it.")
    created_at: datetime = doc("Date and time of creation.")


@strawberry.type
class BlockedBuyerQuery:
    @query(VIEW_BLOCKED)
    async def blocked_buyers(
        self,
        info: strawberry.Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[BlockedBuyer]:
        """Email addresses and domains whose orders are put on hold, newest first."""
        return await connection(queries.blocked_buyers(), PageArgs(NEWEST, first, after, last, before))


@strawberry.type
class BlockedBuyerMutation:
    @mutation("BuyerBlockResult", BlockedBuyer, policy=MANAGE, refuses=(refusals.AlreadyExists,))
    async def buyer_block(
        self,
        info: strawberry.Info,
        email: Annotated[str, arg("Email address, or `@example.com` for every address of the domain.")],
        reason: Annotated[str, arg("Reason, up to 500 characters.")],
    ) -> models.BlockedBuyer:
        """Block an email address or domain: every new order from it is put on hold."""
        return await blocking.block(info.context.actor, email, reason)

    @mutation("BuyerUnblockResult", BlockedBuyer, policy=MANAGE)
    async def buyer_unblock(
        self,
        info: strawberry.Info,
        email: Annotated[str, arg("Email address or domain, as it was blocked.")],
    ) -> models.BlockedBuyer:
        """Unblock an email address or domain. Existing holds remain until they are released."""
        return await blocking.unblock(info.context.actor, email)
