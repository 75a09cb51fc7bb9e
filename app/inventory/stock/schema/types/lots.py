"""GraphQL types of lots and serial numbers."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import strawberry

from app.access.permissions import Permission
from app.catalog import queries as catalog
from app.catalog.schema import Variant
from app.core import clock
from app.core.graphql.levels import level_field
from app.core.graphql.node import After, Before, Connection, First, Last, Node, connection
from app.core.graphql.policy import ABOUT_IT, AROUND_IT, field
from app.core.graphql.scalars import doc, serves
from app.core.pagination import Order, PageArgs
from app.inventory.locations.clocks import company_day, last_day
from app.inventory.stock import models, queries, references
from app.inventory.stock.lifecycle import StockBucket, StockReason
from app.inventory.stock.lot_allocation import is_expired
from app.inventory.stock.schema.places import held_at_level
from app.inventory.stock.schema.types.levels import StockLevel, StockMovement


@strawberry.type(description="Movement of units of one lot or of a serial number.")
class StockLotMovement(Node):
    is_type_of = serves(models.LotMovement)

    quantity: int = doc("Number of units of this lot; the movement can include other lots.")
    at: datetime = doc("Date and time of the movement.")

    @level_field(StockMovement, reach=AROUND_IT)
    async def movement(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The stock movement, with the units of all its lots."""
        return await _movements(roots, info)

    @level_field(StockBucket)
    async def from_bucket(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """State of the units before the movement."""
        return [row.from_bucket for row in await _movements(roots, info)]

    @level_field(StockBucket)
    async def to_bucket(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """State after the movement."""
        return [row.to_bucket for row in await _movements(roots, info)]

    @level_field(StockReason)
    async def reason(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Reason."""
        return [row.reason for row in await _movements(roots, info)]

    @level_field(str | None)
    async def note(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Note; null if there is none."""
        return [row.note or None for row in await _movements(roots, info)]

    @level_field(strawberry.ID | None)
    async def reference_id(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """ID of the order, transfer, receipt, count or return that the movement belongs to; null for none, or
        for one that the caller cannot see.
        """
        return await _named(await _movements(roots, info), info)

    @level_field(StockLevel, reach=AROUND_IT)
    async def level(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The stock level."""
        return await info.context.load_many(queries.levels_by_id, [root.level_id for root in roots])


async def _movements(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
    return await info.context.load_many(queries.movements_by_id, [root.movement_id for root in roots])


@strawberry.type(
    description="Units of a variant that were produced together, or a single unit with a serial number."
)
class StockLot(Node):
    is_type_of = serves(models.Lot)

    number: str = doc("Lot number or serial number, unique per SKU.")
    expires_on: date | None = doc("Expiry date (last day of use); null if the lot does not expire.")
    is_serial: bool = doc("Whether this is a single unit with a serial number.")
    created_at: datetime = doc("Date and time of the first receipt.")

    @field()
    def is_expired(self, root: strawberry.Parent[Any]) -> bool:
        """Whether the expiry date has passed in the company's time zone. A location can sell the lot until
        the date has passed in the location's own time zone."""
        return is_expired(root.expires_on, company_day(clock.now()))

    @field(reach=ABOUT_IT)
    async def variant(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Variant:
        """The variant."""
        return await info.context.load(catalog.variants_by_id, root.variant_id)

    @field()
    async def levels(self, root: strawberry.Parent[Any], info: strawberry.Info) -> "list[StockLotLevel]":
        """Stock of the lot by location, limited to locations whose stock the caller can see."""
        rows = await info.context.load(queries.levels_by_lot, root.id)
        held = await held_at_level(info, Permission.STOCK_VIEW, rows)
        return [row for row, is_held in zip(rows, held, strict=True) if is_held]

    @field()
    async def movements(
        self,
        root: strawberry.Parent[Any],
        info: strawberry.Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[StockLotMovement]:
        """Movements of the lot from receipt to shipment, newest first; for use in recalls."""
        order = Order(("at", "id"), descending=True)
        rows = queries.movements_of_lot(root.id, info.context.actor)
        return await connection(rows, PageArgs(order, first, after, last, before))


@strawberry.type(description="Stock of a lot at a location.")
class StockLotLevel:
    is_type_of = serves(models.LotLevel)

    on_hand: int = doc("Units on hand, in all stock states.")
    allocated: int = doc("Units allocated to reservations.")
    damaged: int = doc("Damaged units.")
    quarantined: int = doc("Quarantined units, including expired ones.")
    in_quality_check: int = doc("Units in quality check, not sellable yet.")

    @field()
    async def available(self, root: strawberry.Parent[Any], info: strawberry.Info) -> int:
        """Units that can be promised: in none of these states, not allocated, and not expired at the
        location."""
        free = int(root.shelf - root.allocated)
        if root.expires_on is None or root.expires_on >= last_day(clock.now()):
            return free
        today = await info.context.load(queries.days_by_level, root.level_id)
        return 0 if is_expired(root.expires_on, today) else free

    @field(reach=ABOUT_IT)
    async def lot(self, root: strawberry.Parent[Any], info: strawberry.Info) -> StockLot:
        """The lot."""
        return await info.context.load(queries.lots_by_id, root.lot_id)

    @field(reach=AROUND_IT)
    async def level(self, root: strawberry.Parent[Any], info: strawberry.Info) -> StockLevel:
        """The stock level."""
        return await info.context.load(queries.levels_by_id, root.level_id)


@strawberry.type(description="Units of a lot that were moved or are allocated.")
class StockLotUnits:
    quantity: int = doc("Number of units.")

    @field(reach=ABOUT_IT)
    async def lot(self, root: strawberry.Parent[Any], info: strawberry.Info) -> StockLot:
        """The lot."""
        return await info.context.load(queries.lots_by_id, root.lot_id)


@strawberry.type(description="Units of a lot that are allocated to an order or a transfer.")
class StockLotAllocation:
    is_type_of = serves(models.LotAllocation)

    quantity: int = doc("Number of units.")

    @field(reach=ABOUT_IT)
    async def lot(self, root: strawberry.Parent[Any], info: strawberry.Info) -> StockLot:
        """The lot."""
        return await info.context.load(queries.lots_by_id, root.lot_id)

    @level_field(strawberry.ID | None)
    async def for_id(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """ID of the order or transfer that the units are allocated to; null if the caller cannot see it."""
        kept = await info.context.load_many(
            queries.reservations_by_id, [root.reservation_id for root in roots]
        )
        kinds = [(row.claimant_kind, row.claimant_id) if row else ("", None) for row in kept]
        return await references.named(info.context.actor, kinds)


async def _named(movements: Sequence[Any], info: strawberry.Info) -> list[Any]:
    kinds = [(row.reference_kind, row.reference_id) for row in movements]
    return await references.named(info.context.actor, kinds)


@strawberry.type
class LevelLots:
    @field()
    async def lots(self, root: strawberry.Parent[Any], info: strawberry.Info) -> list[StockLotLevel]:
        """Lots on hand, in the order in which they are used: earliest expiry date first."""
        return await info.context.load(queries.lots_by_level, root.id)

    @field()
    async def lot_allocations(
        self, root: strawberry.Parent[Any], info: strawberry.Info
    ) -> list[StockLotAllocation]:
        """Lots allocated to orders and transfers."""
        return await info.context.load(queries.allocations_by_level, root.id)


@strawberry.type
class MovementLots:
    @field()
    async def lots(self, root: strawberry.Parent[Any], info: strawberry.Info) -> list[StockLotUnits]:
        """Lots of the units, if the SKU is tracked by lot."""
        return await info.context.load(queries.lots_by_movement, root.id)

    @level_field(strawberry.ID | None)
    async def reference_id(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """ID of the order, transfer, receipt, count or return that the movement belongs to; null for none, or
        for one that the caller cannot see.
        """
        return await _named(roots, info)
