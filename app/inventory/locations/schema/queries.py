"""Queries of locations."""

from typing import Annotated

import strawberry

from app.core.graphql.node import After, Before, Connection, First, Last, connection
from app.core.graphql.policy import query
from app.core.graphql.scalars import arg
from app.core.ids import row_id
from app.core.pagination import Order, PageArgs
from app.inventory.locations import queries
from app.inventory.locations.schema.types import Location
from app.inventory.policies import VIEW

BY_CREATION = Order(("created_at", "id"))


@strawberry.type
class LocationQuery:
    @query(VIEW)
    async def location(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID | None, arg("ID of the location.")] = None,
        code: Annotated[str | None, arg("Code of the location.")] = None,
    ) -> Location | None:
        """A location by ID or code."""
        rows = queries.locations_visible_to(info.context.actor)
        if id is not None:
            return await rows.get_or_none(id=row_id(id, "Location", "id"))  # type: ignore[return-value]
        return await rows.get_or_none(code=code or "")  # type: ignore[return-value]

    @query(VIEW)
    async def locations(
        self,
        info: strawberry.Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Location]:
        """Locations, oldest first."""
        rows = queries.locations_visible_to(info.context.actor)
        return await connection(rows, PageArgs(BY_CREATION, first, after, last, before))
