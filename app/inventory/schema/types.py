"""The nouns of the inventory."""

from datetime import datetime
from typing import Any

import strawberry

from app.access.permissions import Permission
from app.catalog import queries as catalog
from app.catalog.schema import Variant
from app.core.graphql.errors import UserError, refusal_type
from app.core.graphql.node import Node
from app.core.graphql.policy import field, needs
from app.core.graphql.scalars import Metadata, Money, doc, graphql_enum, money, serves
from app.customers.schema import Address
from app.inventory import models, queries, refusals
from app.inventory.lifecycle import LocationKind, StockBucket, StockReason

graphql_enum(LocationKind, "What kind of place a location is.")
graphql_enum(StockReason, "Why stock moved: a closed list.")
graphql_enum(StockBucket, "Where a unit is. On hand = available + reserved + unavailable.")

VIEW = needs(Permission.STOCK_VIEW)


@strawberry.type(description="A SKU of which less can be had than was asked for.")
class Shortage:
    sku: str = doc("The SKU.")
    requested: int = doc("How many were asked for, over all lines.")
    available: int = doc("How many can be had now.")


@strawberry.type(description="Less is available than was asked for; nothing was taken.")
class InsufficientStock(UserError):
    shortages: list[Shortage] = doc("Every SKU that falls short.")


refusal_type(refusals.InsufficientStock, InsufficientStock)


@strawberry.type(description="A place where stock is.")
class Location(Node):
    is_type_of = serves(models.Location)

    code: str = doc("Its short name, unique; never changes.")
    name: str = doc("What people call it.")
    kind: LocationKind = doc("What kind of place it is.")
    is_active: bool = doc("Whether channels sell from it.")
    metadata: Metadata = doc("Whatever the company keeps with it.")
    external_reference: str | None = doc("Its key in another system.")
    version: int = doc("Goes up with each change; see `expectedVersion`.")

    @field()
    def address(self, root: strawberry.Parent[Any]) -> Address | None:
        """Where it is."""
        return Address.of(root.address)


@strawberry.type(description="How much of a variant is in a location.")
class StockLevel(Node):
    is_type_of = serves(models.StockLevel)

    on_hand: int = doc("Units on the shelf, whoever they are for.")
    unavailable: int = doc("Units on the shelf that cannot be sold: damaged, quarantined, being checked.")
    safety_stock: int = doc("Units kept back from sale.")
    backorder_limit: int = doc("How many more than there are may be sold.")
    version: int = doc("Goes up with each change.")
    updated_at: datetime = doc("When it last changed by hand; reservations do not count.")

    @field()
    def reserved(self, root: strawberry.Parent[Any]) -> int:
        """Units promised to carts and orders. A promise that has run out does not count."""
        return int(root.reserved - root.expired)

    @field()
    def available(self, root: strawberry.Parent[Any]) -> int:
        """On hand − reserved − unavailable − safety stock. Below zero when on backorder."""
        return queries.available(root)

    @field()
    async def variant(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Variant:
        """Of what."""
        return await info.context.load(catalog.variants_by_id, root.variant_id)

    @field()
    async def location(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Location:
        """Where."""
        return await info.context.load(queries.locations_by_id, root.location_id)


@strawberry.type(description="A quantity that went from one bucket to another. The ledger never changes.")
class StockMovement(Node):
    is_type_of = serves(models.StockMovement)

    from_bucket: StockBucket = doc("Where it was.")
    to_bucket: StockBucket = doc("Where it is since.")
    quantity: int = doc("How many units.")
    reason: StockReason = doc("Why.")
    note: str = doc("What was noted; may be empty.")
    at: datetime = doc("When.")

    @field()
    async def level(self, root: strawberry.Parent[Any], info: strawberry.Info) -> StockLevel:
        """Of which level."""
        return await info.context.load(queries.levels_by_id, root.level_id)

    @field()
    def unit_cost(self, root: strawberry.Parent[Any]) -> Money | None:
        """What a received unit cost."""
        if root.unit_cost_minor is None:
            return None
        return money(root.unit_cost_minor, root.cost_currency)
