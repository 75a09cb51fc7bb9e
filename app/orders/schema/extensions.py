"""Fields that orders add to types of lower layers."""

from typing import Any

import strawberry

from app.core.graphql.node import After, Before, Connection, First, Last, connection
from app.core.graphql.policy import OWN_SCOPE, field
from app.core.pagination import Order as Sort
from app.core.pagination import PageArgs
from app.orders import queries
from app.orders.schema.types import Order

_NEWEST = Sort(("created_at", "id"), descending=True)


@strawberry.type
class CustomerOrders:
    @field(reach=OWN_SCOPE)
    async def orders(
        self,
        root: strawberry.Parent[Any],
        info: strawberry.Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Order]:
        """Orders of the customer that the caller can see, newest first."""
        rows = queries.visible_to(info.context.actor).filter(customer_id=root.id)
        return await connection(rows, PageArgs(_NEWEST, first, after, last, before))
