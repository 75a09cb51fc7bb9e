"""GraphQL types of incoming stock and available to promise."""

from datetime import date, datetime
from typing import Any

import strawberry

from app.core.graphql.empty import none_if_empty
from app.core.graphql.node import Node
from app.core.graphql.policy import AROUND_IT, field
from app.core.graphql.scalars import doc, serves
from app.inventory.stock import models, queries
from app.inventory.stock.schema.types.levels import StockLevel


@strawberry.type(description="Units that are expected: on order or in transit.")
class StockIncoming(Node):
    is_type_of = serves(models.IncomingStock)

    quantity: int = doc("Total number of expected units.")
    received: int = doc("Number of units already received.")
    expected_on: date = doc("Expected arrival date.")
    source_kind: str | None = none_if_empty(
        "Origin of the expected units: `transfer` for a transfer; null if entered manually."
    )
    reference: str | None = none_if_empty(
        "Number of the order or the supplier's reference; null if there is none."
    )
    is_open: bool = doc("Whether units are still outstanding.")
    version: int = doc(
        "Version number; increases with every change. Pass it as `expectedVersion` to detect concurrent "
        "edits."
    )
    created_at: datetime = doc("Date and time of creation.")

    @field(reach=AROUND_IT)
    async def level(self, root: strawberry.Parent[Any], info: strawberry.Info) -> StockLevel:
        """Stock level of the variant at the location."""
        return await info.context.load(queries.levels_by_id, root.level_id)


@strawberry.type(description="Quantity that is available to promise from a date on.")
class PromisableFrom:
    on: date = doc("Date from which the quantity is available.")
    quantity: int = doc("Total quantity available from this date, after all earlier promises.")


@strawberry.type(description="Quantity that is available to promise, by date.")
class AvailableToPromise:
    quantity: int = doc("Quantity that can ship by the requested date.")
    schedule: list[PromisableFrom] = doc(
        "Quantities that can ship, each with the date from which it is available; the first date is today."
    )
    beyond: int = doc("Additional quantity that can be sold on backorder without a known date.")
