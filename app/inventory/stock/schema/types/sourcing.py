"""GraphQL types of sourcing."""

from datetime import date
from typing import Any
from uuid import UUID

import strawberry

from app.access.permissions import Permission
from app.core.graphql.policy import AROUND_IT, field
from app.core.graphql.scalars import doc, graphql_enum
from app.inventory.locations import queries as locations
from app.inventory.locations.schema.places import with_permission
from app.inventory.locations.schema.types import Location
from app.inventory.sourcing import SourcingDecision, Strategy, Verdict
from app.inventory.stock.schema.types.shortages import Shortage

graphql_enum(Verdict, "Decision of sourcing for a location.")


@strawberry.type(description="Units of a SKU in a planned shipment.")
class SourcingLine:
    sku: str = doc("SKU of the variant.")
    quantity: int = doc("Number of units.")


@strawberry.type(description="Planned shipment of an order from one location.")
class SourcingShipment:
    location_id: strawberry.Private[UUID]
    lines: list[SourcingLine] = doc("Lines of the planned shipment.")
    ships_on: date | None = doc("Earliest shipping date; null if unknown.")

    @field(reach=AROUND_IT)
    async def location(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Location:
        """Location that the goods leave from."""
        return await info.context.load(locations.locations_by_id, root.location_id)


@strawberry.type(description="A location considered by sourcing, with the decision and its reason.")
class SourcingCandidate:
    location_id: strawberry.Private[UUID]
    verdict: Verdict = doc("Decision for the location: chosen, or the reason why it was not.")
    explanation: str = doc("Explanation of the verdict in plain text.")
    score: str = doc("Value by which the strategy ranked the location: its rank, its distance or its costs.")
    units: int = doc("Number of units that the location ships.")

    @field(reach=AROUND_IT)
    async def location(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Location:
        """The location."""
        return await info.context.load(locations.locations_by_id, root.location_id)


@strawberry.type(description="Sourcing plan of an order: the locations that ship it, and the reasons.")
class SourcingPlan:
    strategy: Strategy = doc("Sourcing strategy of the order's channel.")
    is_preview: bool = doc(
        "Whether the plan is a preview based on current stock; false if it is the plan recorded when the "
        "order was sourced."
    )
    is_exact: bool = doc("Whether the plan is proven to be optimal; false if the search was cut short.")
    sent: strawberry.Private[list[SourcingShipment]]
    looked_at: strawberry.Private[list[SourcingCandidate]]
    shortages: list[Shortage] = doc("Missing units, in a preview that cannot be fulfilled.")

    @field()
    async def shipments(self, info: strawberry.Info) -> list[SourcingShipment]:
        """Planned shipments, one per chosen location, limited to locations whose stock the caller can see."""
        return await with_permission(info, Permission.STOCK_VIEW, self.sent)

    @field()
    async def candidates(self, info: strawberry.Info) -> list[SourcingCandidate]:
        """All locations that were considered, limited to locations whose stock the caller can see."""
        return await with_permission(info, Permission.STOCK_VIEW, self.looked_at)

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
