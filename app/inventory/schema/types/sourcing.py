"""How orders are sourced, and why, in the graph."""

from datetime import date
from typing import Any
from uuid import UUID

import strawberry

from app.access.permissions import Permission
from app.core.graphql.policy import AROUND_IT, field
from app.core.graphql.scalars import doc, graphql_enum
from app.inventory import models, queries
from app.inventory.schema.places import where_held
from app.inventory.schema.types.stock import Location, Shortage
from app.inventory.sourcing import DropShip, Policy, ShortPick, SourcingDecision, Split, Strategy, Verdict

graphql_enum(Strategy, "Which location is asked first.")
graphql_enum(Split, "Whether an order may leave in several parcels.")
graphql_enum(DropShip, "When suppliers send directly.")
graphql_enum(ShortPick, "What becomes of units that are on no shelf.")
graphql_enum(Verdict, "What sourcing made of a location.")


@strawberry.type(description="How a channel wants its orders sent.")
class SourcingPolicy:
    is_type_of = staticmethod(lambda row, _info: isinstance(row, (models.SourcingPolicy, Policy)))

    strategy: Strategy = doc("Which location is asked first.")
    split: Split = doc("Whether an order may leave in several parcels.")
    drop_ship: DropShip = doc("When suppliers send directly.")
    max_parcels: int | None = doc("In how many parcels it may leave; null for no limit.")
    min_parcel_units: int = doc("A parcel of fewer units is sent only where nobody else can.")
    ships_complete: bool = doc("Whether nothing leaves before everything can.")
    earliest_first: bool = doc("Whether a location that can send today goes before one that cannot.")
    short_pick: ShortPick = doc("What becomes of units that were missing on the shelf and are nowhere else.")


@strawberry.type(description="Units of one SKU in a shipment.")
class SourcingLine:
    sku: str = doc("What.")
    quantity: int = doc("How many units.")


@strawberry.type(description="What one location sends of an order.")
class SourcingShipment:
    location_id: strawberry.Private[UUID]
    lines: list[SourcingLine] = doc("What it sends.")
    ships_on: date | None = doc("The day on which it can leave.")

    @field(reach=AROUND_IT)
    async def location(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Location:
        """From where."""
        return await info.context.load(queries.locations_by_id, root.location_id)


@strawberry.type(description="What sourcing made of one location, and why.")
class SourcingCandidate:
    location_id: strawberry.Private[UUID]
    verdict: Verdict = doc("Chosen, or why not.")
    explanation: str = doc("The same for people.")
    score: str = doc("By what the strategy measured it: its place, its distance or its cost.")
    units: int = doc("How many units it sends.")

    @field(reach=AROUND_IT)
    async def location(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Location:
        """Which location."""
        return await info.context.load(queries.locations_by_id, root.location_id)


@strawberry.type(description="From where an order is sent, and why from there.")
class SourcingPlan:
    strategy: Strategy = doc("Which location is asked first in the order's channel.")
    is_preview: bool = doc("Whether this is how it would be now; else it is how it was decided.")
    is_exact: bool = doc("Whether no better plan exists; false when the search for one was cut short.")
    sent: strawberry.Private[list[SourcingShipment]]
    looked_at: strawberry.Private[list[SourcingCandidate]]
    shortages: list[Shortage] = doc("What falls short, in a preview that cannot be met.")

    @field()
    async def shipments(self, info: strawberry.Info) -> list[SourcingShipment]:
        """What each chosen location sends, of those where the caller sees stock."""
        return await where_held(info, Permission.STOCK_VIEW, self.sent)

    @field()
    async def candidates(self, info: strawberry.Info) -> list[SourcingCandidate]:
        """Every location that was looked at, of those where the caller sees stock."""
        return await where_held(info, Permission.STOCK_VIEW, self.looked_at)

    @classmethod
    def of(
        cls, decision: SourcingDecision, skus: dict[UUID, str], shortages: list[Shortage], *, is_preview: bool
    ) -> "SourcingPlan":
        """The plan of a decision."""
        lines: dict[UUID, list[SourcingLine]] = {}
        for pick in decision.picks:
            line = SourcingLine(sku=skus.get(pick.variant_id, ""), quantity=pick.units)
            lines.setdefault(pick.location_id, []).append(line)
        days = {each.location_id: each.ships_on for each in decision.candidates}
        return cls(
            strategy=decision.strategy,
            is_preview=is_preview,
            is_exact=decision.is_exact,
            sent=[
                SourcingShipment(location_id=id, lines=of, ships_on=days.get(id)) for id, of in lines.items()
            ],
            looked_at=[
                SourcingCandidate(
                    location_id=each.location_id,
                    verdict=each.verdict,
                    explanation=each.verdict.description,
                    score=each.score,
                    units=each.units,
                )
                for each in decision.candidates
            ],
            shortages=shortages,
        )
