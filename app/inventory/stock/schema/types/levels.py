"""Types of stock levels and movements."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import strawberry

from app.access import queries as access
from app.catalog import queries as catalog
from app.catalog.schema import Variant
from app.core.database import values_of
from app.core.graphql.empty import none_if_empty
from app.core.graphql.levels import level_field
from app.core.graphql.node import After, Before, Connection, First, Last, Node, connection
from app.core.graphql.policy import ABOUT_IT, AROUND_IT, PART_OF_IT, field
from app.core.graphql.scalars import Money, doc, graphql_enum, money, serves
from app.core.pagination import Order, PageArgs
from app.inventory.locations import queries as location_queries
from app.inventory.locations.schema.places import held_at
from app.inventory.locations.schema.types import Location
from app.inventory.policies import COSTS
from app.inventory.stock import models, queries
from app.inventory.stock.lifecycle import StockBucket, StockReason
from app.inventory.stock.schema.places import held_at_level
from app.settings import settings

graphql_enum(StockReason, "Reason of a stock movement.")
graphql_enum(
    StockBucket,
    "State of a unit of stock. On hand = available + reserved + damaged + quarantined + in quality check.",
)


@strawberry.type(description="Stock of a variant at a location.")
class StockLevel(Node):
    is_type_of = serves(models.StockLevel)

    on_hand: int = doc("Units on hand, including reserved units.")
    unavailable: int = doc("Units on hand that cannot be sold: damaged, quarantined or in quality check.")
    damaged: int = doc("Damaged units.")
    quarantined: int = doc("Units quarantined until a decision is made.")
    in_quality_check: int = doc("Units in quality check, not sellable yet.")
    safety_stock: int = doc("Safety stock: units excluded from sale.")
    backorder_limit: int = doc("Number of units that can be sold beyond the stock on hand.")
    backorder_days: int | None = doc(
        "Number of days until backordered units can ship, if no incoming stock determines the date; "
        "null if unknown."
    )
    preorder_until: date | None = doc(
        "Release date of a preorder item, which is sold in advance until then; null for other items."
    )
    incoming: int = doc("Units on order or in transit to the location.")
    bin: str | None = none_if_empty(
        "Storage bin; the part before the first hyphen is the zone. Null if none is set."
    )
    reorder_point: int | None = doc(
        "Reorder point: the level is low if the available quantity is at or below it; null if not set."
    )
    reorder_up_to: int | None = doc("Target quantity after reordering; null if not set.")
    version: int = doc("Version number; increases with every change.")
    updated_at: datetime = doc("Date and time of the last manual change, not including reservations.")

    @field()
    def cursor(self, root: strawberry.Parent[Any]) -> str | None:
        """Cursor of the message in `stockLevelUpdated`; pass it as `after` to resume from it. Null
        elsewhere."""
        return root.cursor

    @field()
    def reserved(self, root: strawberry.Parent[Any]) -> int:
        """Units reserved for carts and orders, not including expired reservations."""
        return int(root.reserved - root.expired)

    @field()
    def available(self, root: strawberry.Parent[Any]) -> int:
        """Available quantity: on hand − reserved − unavailable − safety stock. Negative if on backorder."""
        return queries.available(root)

    @field()
    def is_low(self, root: strawberry.Parent[Any]) -> bool:
        """Whether the available quantity is at or below the reorder point."""
        return root.reorder_point is not None and queries.available(root) <= root.reorder_point

    @field(reach=PART_OF_IT)
    async def movements(
        self,
        root: strawberry.Parent[Any],
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> "Connection[StockMovement]":
        """Stock movements of the level, newest first."""
        order = Order(("at", "id"), descending=True)
        rows = queries.movements_of(root.id)
        return await connection(rows, PageArgs(order, first, after, last, before))

    @level_field(Money | None, COSTS, held_at)
    async def value(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Value of the units on hand by the valuation method of the deployment; null without the permission
        STOCK_COSTS for the location."""
        values = await info.context.load_many(queries.values_by_level, values_of(roots, "id"))
        return [money(value, settings().cost_currency) for value in values]

    @field(reach=ABOUT_IT)
    async def variant(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Variant:
        """The variant."""
        return await info.context.load(catalog.variants_by_id, root.variant_id)

    @field(reach=AROUND_IT)
    async def location(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Location:
        """The location."""
        return await info.context.load(location_queries.locations_by_id, root.location_id)


@strawberry.type(
    description="Movement of a quantity from one stock state to another. Ledger entries cannot be changed."
)
class StockMovement(Node):
    is_type_of = serves(models.StockMovement)

    from_bucket: StockBucket = doc("State of the units before the movement.")
    to_bucket: StockBucket = doc("State after the movement.")
    quantity: int = doc("Number of units.")
    reason: StockReason = doc("Reason.")
    note: str | None = none_if_empty("Note; null if there is none.")
    at: datetime = doc("Date and time of the movement.")

    @field()
    async def actor(self, root: strawberry.Parent[Any], info: strawberry.Info) -> str:
        """Actor of the movement: the name of the staff member or API token; for buyers and the system, only
        the kind of actor."""
        if root.actor_id is None or root.actor_kind not in ("staff", "app"):
            return str(root.actor_kind)
        return await info.context.load(access.names_of_actors, root.actor_id) or str(root.actor_kind)

    @field(reach=AROUND_IT)
    async def level(self, root: strawberry.Parent[Any], info: strawberry.Info) -> StockLevel:
        """The stock level."""
        return await info.context.load(queries.levels_by_id, root.level_id)

    @level_field(Money | None, COSTS, held_at_level)
    async def unit_cost(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Cost per received unit, as entered; null without the permission STOCK_COSTS for the location."""
        return [
            None if root.unit_cost_minor is None else money(root.unit_cost_minor, root.cost_currency)
            for root in roots
        ]
