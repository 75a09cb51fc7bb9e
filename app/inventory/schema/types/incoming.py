"""What is expected, and what can be promised by when, in the graph."""

from datetime import date, datetime
from typing import Any

import strawberry

from app.core.graphql.empty import none_if_empty
from app.core.graphql.node import Node
from app.core.graphql.policy import AROUND_IT, field
from app.core.graphql.scalars import doc, serves
from app.inventory import models, queries
from app.inventory.schema.types.stock import StockLevel


@strawberry.type(description="Units that are expected: on order, or on their way.")
class StockIncoming(Node):
    is_type_of = serves(models.IncomingStock)

    quantity: int = doc("How many units are expected in all.")
    received: int = doc("How many of them have come.")
    expected_on: date = doc("The day on which they are expected.")
    source_kind: str | None = none_if_empty("`transfer` for a transfer; null for what people announced.")
    reference: str | None = none_if_empty("The order's or the supplier's number; null without one.")
    is_open: bool = doc("Whether something of it is still expected.")
    version: int = doc("Goes up with each change; see `expectedVersion`.")
    created_at: datetime = doc("When it was announced.")

    @field(reach=AROUND_IT)
    async def level(self, root: strawberry.Parent[Any], info: strawberry.Info) -> StockLevel:
        """At which level."""
        return await info.context.load(queries.levels_by_id, root.level_id)


@strawberry.type(description="How many can be promised from a day on.")
class PromisableFrom:
    on: date = doc("From this day on.")
    quantity: int = doc("So many in all, whatever was promised before being kept.")


@strawberry.type(description="How many can be promised, and by when.")
class AvailableToPromise:
    quantity: int = doc("How many can leave by the day that was asked for.")
    schedule: list[PromisableFrom] = doc("From which day on how many can leave, the first is today.")
    beyond: int = doc("How many more may be sold ahead without a day being known.")
