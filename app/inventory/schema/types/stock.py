"""The nouns of the inventory."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

import strawberry

from app.access import queries as access
from app.access.permissions import Permission
from app.catalog import queries as catalog
from app.catalog.schema import Variant
from app.core.database import values_of
from app.core.graphql.empty import none_if_empty
from app.core.graphql.errors import UserError, refusal_type
from app.core.graphql.levels import level_field
from app.core.graphql.node import After, Before, Connection, First, Last, Node, connection
from app.core.graphql.policy import ABOUT_IT, AROUND_IT, PART_OF_IT, field, needs
from app.core.graphql.scalars import CountryCode, Metadata, Money, doc, graphql_enum, money, serves
from app.core.pagination import Order, PageArgs
from app.core.weekdays import Weekday
from app.customers.schema import Address
from app.inventory import models, queries, refusals
from app.inventory.lifecycle import LocationKind, StockBucket, StockReason
from app.inventory.schema.places import held_at
from app.inventory.sourcing import Hours
from app.settings import settings

graphql_enum(LocationKind, "What kind of place a location is.")
graphql_enum(StockReason, "Why stock moved: a closed list.")
graphql_enum(
    StockBucket, "Where a unit is. On hand = available + reserved + damaged + quarantined + in quality check."
)

VIEW = needs(Permission.STOCK_VIEW)
COSTS = needs(Permission.STOCK_COSTS)


@strawberry.type(description="A SKU of which less can be had than was asked for.")
class Shortage:
    sku: str = doc("The SKU.")
    name: str | None = doc("What buyers call it; null where nobody buys, as in a transfer.", default=None)
    requested: int = doc("How many were asked for, over all lines.")
    available: int | None = doc("How many can be had now; null without the permission STOCK_VIEW.")

    @field()
    def path(self, root: strawberry.Parent[Any]) -> list[str] | None:
        """Where in the input its quantity is: the first line of it; null where the input has no lines."""
        path = getattr(root, "path", ())
        return ["input", *path] if path else None


@strawberry.type(description="Less is available than was asked for; nothing was taken.")
class InsufficientStock(UserError):
    shortages: list[Shortage] = doc("Every SKU that falls short.")


refusal_type(refusals.InsufficientStock, InsufficientStock)


@strawberry.type(description="A day on which a location is open.")
class OpeningHours:
    day: Weekday = doc("The day.")
    opens: time = doc("From when, in the location's time zone.")
    closes: time = doc("Until when.")


@strawberry.type(description="When a location is open.")
class LocationHours:
    time_zone: str = doc("The IANA time zone that its times are in, such as Europe/Berlin.")
    week: list[OpeningHours] = doc("The days on which it opens.")
    cut_off: time | None = doc("What comes before it on an open day leaves on that day.")
    holidays: list[date] = doc("Days on which it does not open.")

    @classmethod
    def of(cls, stored: dict[str, Any] | None) -> "LocationHours | None":
        hours = Hours.from_json(stored)
        if hours is None:
            return None
        week = [
            OpeningHours(day=Weekday(str(d)), opens=a, closes=b) for d, (a, b) in sorted(hours.week.items())
        ]
        return cls(
            time_zone=hours.time_zone, week=week, cut_off=hours.cut_off, holidays=sorted(hours.holidays)
        )


@strawberry.type(description="A place where stock is.")
class Location(Node):
    is_type_of = serves(models.Location)

    code: str = doc("Its short name, unique; never changes.")
    name: str = doc("What people call it.")
    kind: LocationKind = doc("What kind of place it is.")
    is_active: bool = doc("Whether channels sell from it.")
    metadata: Metadata = doc("Whatever the company keeps with it.")
    external_reference: str | None = doc("Its key in another system.")
    countries: list[CountryCode] | None = doc("The countries that it sends to (ISO 3166-1); null for all.")
    pick_capacity: int | None = doc("How many orders it can pick in a day; null for no limit.")
    version: int = doc("Goes up with each change; see `expectedVersion`.")

    @field()
    def hours(self, root: strawberry.Parent[Any]) -> LocationHours | None:
        """When it is open; null when it sends on every day."""
        return LocationHours.of(root.hours)

    @level_field(Money | None, COSTS, held_at)
    async def parcel_cost(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """What sending a parcel from it costs, for LOWEST_COST; null without STOCK_COSTS there."""
        return [money(root.parcel_cost_minor, settings().cost_currency) for root in roots]

    @level_field(Money | None, COSTS, held_at)
    async def unit_cost(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """What picking and packing a unit costs, for LOWEST_COST; null without STOCK_COSTS there."""
        return [money(root.unit_cost_minor, settings().cost_currency) for root in roots]

    @field()
    def address(self, root: strawberry.Parent[Any]) -> Address | None:
        """Where it is."""
        return Address.of(root.address)


@strawberry.type(description="How much of a variant is in a location.")
class StockLevel(Node):
    is_type_of = serves(models.StockLevel)

    on_hand: int = doc("Units on the shelf, whoever they are for.")
    unavailable: int = doc("Units on the shelf that cannot be sold: damaged, quarantined, being checked.")
    damaged: int = doc("Units that are broken.")
    quarantined: int = doc("Units put aside until it is known what becomes of them.")
    in_quality_check: int = doc("Units being checked before they are sold.")
    safety_stock: int = doc("Units kept back from sale.")
    backorder_limit: int = doc("How many more than there are may be sold.")
    backorder_days: int | None = doc(
        "In how many days what is sold ahead can leave, where nothing incoming says so; null: unknown."
    )
    preorder_until: date | None = doc("The day on which it is released, where it is sold ahead until then.")
    incoming: int = doc("Units on order, or on their way here.")
    bin: str | None = none_if_empty("Where on the shelves, its zone before the first hyphen; null for none.")
    reorder_point: int | None = doc("At or below so many available it is low; null: nobody says.")
    reorder_up_to: int | None = doc("How many there should be after reordering; null: nobody says.")
    version: int = doc("Goes up with each change.")
    updated_at: datetime = doc("When it last changed by hand; reservations do not count.")

    @field()
    def cursor(self, root: strawberry.Parent[Any]) -> str | None:
        """In stockLevelUpdated, the place of the message: give it as `after` to go on from here. Null
        elsewhere."""
        return root.cursor

    @field()
    def reserved(self, root: strawberry.Parent[Any]) -> int:
        """Units promised to carts and orders. A promise that has run out does not count."""
        return int(root.reserved - root.expired)

    @field()
    def available(self, root: strawberry.Parent[Any]) -> int:
        """On hand − reserved − unavailable − safety stock. Below zero when on backorder."""
        return queries.available(root)

    @field()
    def is_low(self, root: strawberry.Parent[Any]) -> bool:
        """Whether what is available is at or below the reorder point."""
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
        """Its history, the latest first."""
        order = Order(("at", "id"), descending=True)
        rows = queries.movements_of(root.id)
        return await connection(rows, PageArgs(order, first, after, last, before))

    @level_field(Money | None, COSTS, held_at)
    async def value(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """What is on hand is worth, by the deployment's method; null without STOCK_COSTS there."""
        values = await info.context.load_many(queries.values_by_level, values_of(roots, "id"))
        return [money(value, settings().cost_currency) for value in values]

    @field(reach=ABOUT_IT)
    async def variant(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Variant:
        """Of what."""
        return await info.context.load(catalog.variants_by_id, root.variant_id)

    @field(reach=AROUND_IT)
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
    note: str | None = none_if_empty("What was noted; null if nothing.")
    at: datetime = doc("When.")

    @field()
    async def actor(self, root: strawberry.Parent[Any], info: strawberry.Info) -> str:
        """Who did it: staff or a token by name; for a buyer or the system, which of them it was."""
        if root.actor_id is None or root.actor_kind not in ("staff", "app"):
            return str(root.actor_kind)
        return await info.context.load(access.names_of_actors, root.actor_id) or str(root.actor_kind)

    @field(reach=AROUND_IT)
    async def level(self, root: strawberry.Parent[Any], info: strawberry.Info) -> StockLevel:
        """Of which level."""
        return await info.context.load(queries.levels_by_id, root.level_id)

    @level_field(Money | None, COSTS, held_at)
    async def unit_cost(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """What a received unit cost, as it was said; null without the permission STOCK_COSTS there."""
        return [
            None if root.unit_cost_minor is None else money(root.unit_cost_minor, root.cost_currency)
            for root in roots
        ]
