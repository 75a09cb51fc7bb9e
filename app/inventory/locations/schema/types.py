"""Types of locations and sourcing policies."""

from collections.abc import Sequence
from datetime import date, time
from typing import Any

import strawberry

from app.core.graphql.levels import level_field
from app.core.graphql.node import Node
from app.core.graphql.policy import field
from app.core.graphql.scalars import CountryCode, Metadata, Money, doc, graphql_enum, money, serves
from app.core.weekdays import Weekday
from app.customers.schema.addresses import Address
from app.inventory.location_kinds import LocationKind
from app.inventory.locations import models
from app.inventory.locations.schema.places import held_at
from app.inventory.policies import COSTS
from app.inventory.sourcing import DropShip, Hours, Policy, ShortPick, Split, Strategy
from app.settings import settings

graphql_enum(LocationKind, "Type of location.")
graphql_enum(Strategy, "Strategy that determines which location is preferred.")
graphql_enum(Split, "Whether an order can be split into several shipments.")
graphql_enum(DropShip, "Policy for shipments directly from suppliers (drop shipping).")
graphql_enum(ShortPick, "What to do with units that are missing from the shelf during picking.")


@strawberry.type(description="Opening hours of a location on one day.")
class OpeningHours:
    day: Weekday = doc("Day of the week.")
    opens: time = doc("Opening time, in the time zone of the location.")
    closes: time = doc("Closing time, in the time zone of the location.")


@strawberry.type(description="Opening hours of a location.")
class LocationHours:
    time_zone: str = doc("IANA time zone of the times, such as Europe/Berlin.")
    week: list[OpeningHours] = doc("Opening hours of each open day of the week.")
    cut_off: time | None = doc(
        "Cut-off time: orders received before it on an open day ship on the same day; null for the closing "
        "time."
    )
    holidays: list[date] = doc("Dates on which the location is closed.")

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


@strawberry.type(description="A location that holds stock.")
class Location(Node):
    is_type_of = serves(models.Location)

    code: str = doc("Unique short code; cannot be changed.")
    name: str = doc("Display name.")
    kind: LocationKind = doc("Type of location.")
    is_active: bool = doc("Whether channels can sell from the location.")
    metadata: Metadata = doc("Custom JSON data of the company.")
    external_reference: str | None = doc("Key in an external system; null if there is none.")
    countries: list[CountryCode] | None = doc(
        "Countries that the location ships to (ISO 3166-1); null for all."
    )
    pick_capacity: int | None = doc(
        "Maximum number of orders that the location can pick per day; null for no limit."
    )
    version: int = doc(
        "Version number; increases with every change. Pass it as `expectedVersion` to detect concurrent "
        "edits."
    )

    @field()
    def hours(self, root: strawberry.Parent[Any]) -> LocationHours | None:
        """Opening hours; null if the location ships every day."""
        return LocationHours.of(root.hours)

    @level_field(Money | None, COSTS, held_at)
    async def parcel_cost(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Cost of shipping a package from the location, used by LOWEST_COST; null without the permission
        STOCK_COSTS for the location."""
        return [money(root.parcel_cost_minor, settings().cost_currency) for root in roots]

    @level_field(Money | None, COSTS, held_at)
    async def unit_cost(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Cost of picking and packing a unit, used by LOWEST_COST; null without the permission STOCK_COSTS
        for the location."""
        return [money(root.unit_cost_minor, settings().cost_currency) for root in roots]

    @field()
    def address(self, root: strawberry.Parent[Any]) -> Address | None:
        """Address of the location; null if it has none."""
        return Address.of(root.address)


@strawberry.type(description="Sourcing policy of a channel.")
class SourcingPolicy:
    is_type_of = staticmethod(lambda row, _info: isinstance(row, (models.SourcingPolicy, Policy)))

    strategy: Strategy = doc("Strategy that determines which location is preferred.")
    split: Split = doc("Whether an order can be split into several shipments.")
    drop_ship: DropShip = doc("Policy for shipments directly from suppliers (drop shipping).")
    max_parcels: int | None = doc(
        "Maximum number of shipments of an order, one per location; null for no limit."
    )
    min_parcel_units: int = doc(
        "Minimum number of units of a shipment; a smaller shipment is planned only if the other "
        "locations cannot ship the units."
    )
    ships_complete: bool = doc("Whether the order ships only when all of its units can ship.")
    earliest_first: bool = doc(
        "Whether locations that can ship today are preferred to locations that cannot."
    )
    short_pick: ShortPick = doc(
        "What to do with units that are missing from the shelf and not available at any other location."
    )
