"""Lots and serial numbers in the graph."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import strawberry

from app.access.permissions import Permission
from app.catalog import queries as catalog
from app.catalog.schema import Variant
from app.core import clock
from app.core.graphql.extending import extends
from app.core.graphql.levels import level_field
from app.core.graphql.node import After, Before, Connection, First, Last, Node, connection
from app.core.graphql.policy import ABOUT_IT, AROUND_IT, field
from app.core.graphql.scalars import doc, serves
from app.core.pagination import Order, PageArgs
from app.inventory import models, queries, referring
from app.inventory.allotting import is_expired
from app.inventory.clocks import company_day, last_day
from app.inventory.lifecycle import StockBucket, StockReason
from app.inventory.schema.places import where_held
from app.inventory.schema.types.stock import StockLevel, StockMovement


@strawberry.type(description="Units of one lot, or a serial number, that moved.")
class StockLotMovement(Node):
    is_type_of = serves(models.LotMovement)

    quantity: int = doc("How many units of this lot; the movement may be of others too.")
    at: datetime = doc("When.")

    @level_field(StockMovement, reach=AROUND_IT)
    async def movement(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The movement that they were part of, with the units of all its lots."""
        return await _movements(roots, info)

    @level_field(StockBucket)
    async def from_bucket(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Where it was."""
        return [row.from_bucket for row in await _movements(roots, info)]

    @level_field(StockBucket)
    async def to_bucket(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Where it is since."""
        return [row.to_bucket for row in await _movements(roots, info)]

    @level_field(StockReason)
    async def reason(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Why."""
        return [row.reason for row in await _movements(roots, info)]

    @level_field(str | None)
    async def note(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """What was noted; null if nothing."""
        return [row.note or None for row in await _movements(roots, info)]

    @level_field(strawberry.ID | None)
    async def reference_id(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The id of the order, transfer, receipt, count or return that it was for; null if for none, or for
        one that the caller may not see."""
        return await _named(await _movements(roots, info), info)

    @level_field(StockLevel, reach=AROUND_IT)
    async def level(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Of which level."""
        return await info.context.load_many(queries.levels_by_id, [root.level_id for root in roots])


async def _movements(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
    return await info.context.load_many(queries.movements_by_id, [root.movement_id for root in roots])


@strawberry.type(description="Units of a variant that were made together, or one unit with a serial number.")
class StockLot(Node):
    is_type_of = serves(models.Lot)

    number: str = doc("The lot's number, or the serial number; unique for its SKU.")
    expires_on: date | None = doc("The last day on which it may be used; null: it does not expire.")
    is_serial: bool = doc("Whether it is one unit with a serial number.")
    created_at: datetime = doc("When it was first received.")

    @field()
    def is_expired(self, root: strawberry.Parent[Any]) -> bool:
        """Whether that day is over by the company's clock; a location sells it until its own day ends."""
        return is_expired(root.expires_on, company_day(clock.now()))

    @field(reach=ABOUT_IT)
    async def variant(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Variant:
        """Of what."""
        return await info.context.load(catalog.variants_by_id, root.variant_id)

    @field()
    async def levels(self, root: strawberry.Parent[Any], info: strawberry.Info) -> "list[StockLotLevel]":
        """Where it is on hand, of the locations where the caller sees stock."""
        rows = await info.context.load(queries.levels_by_lot, root.id)
        return await where_held(info, Permission.STOCK_VIEW, rows)

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
        """Where it came from and to whom it went, the latest first: what a recall asks for."""
        order = Order(("at", "id"), descending=True)
        rows = queries.movements_of_lot(root.id, info.context.actor)
        return await connection(rows, PageArgs(order, first, after, last, before))


@strawberry.type(description="How much of a lot is in a level.")
class StockLotLevel:
    is_type_of = serves(models.LotLevel)

    on_hand: int = doc("Units on the shelf, whatever state they are in.")
    allocated: int = doc("Units that are kept for reservations.")
    damaged: int = doc("Units that are broken.")
    quarantined: int = doc("Units put aside; what has expired is.")
    in_quality_check: int = doc("Units being checked before they are sold.")

    @field()
    async def available(self, root: strawberry.Parent[Any], info: strawberry.Info) -> int:
        """Units that can be promised: in no such state, kept for nobody, not expired where they are."""
        free = int(root.shelf - root.allocated)
        if root.expires_on is None or root.expires_on >= last_day(clock.now()):
            return free
        today = await info.context.load(queries.days_by_level, root.level_id)
        return 0 if is_expired(root.expires_on, today) else free

    @field(reach=ABOUT_IT)
    async def lot(self, root: strawberry.Parent[Any], info: strawberry.Info) -> StockLot:
        """Of which lot."""
        return await info.context.load(queries.lots_by_id, root.lot_id)

    @field(reach=AROUND_IT)
    async def level(self, root: strawberry.Parent[Any], info: strawberry.Info) -> StockLevel:
        """In which level."""
        return await info.context.load(queries.levels_by_id, root.level_id)


@strawberry.type(description="Units of a lot that moved, or that are kept for somebody.")
class StockLotUnits:
    quantity: int = doc("How many units.")

    @field(reach=ABOUT_IT)
    async def lot(self, root: strawberry.Parent[Any], info: strawberry.Info) -> StockLot:
        """Of which lot."""
        return await info.context.load(queries.lots_by_id, root.lot_id)


@strawberry.type(description="Units of a lot that are kept for an order or a transfer.")
class StockLotAllocation:
    is_type_of = serves(models.LotAllocation)

    quantity: int = doc("How many units.")

    @field(reach=ABOUT_IT)
    async def lot(self, root: strawberry.Parent[Any], info: strawberry.Info) -> StockLot:
        """Of which lot."""
        return await info.context.load(queries.lots_by_id, root.lot_id)

    @level_field(strawberry.ID | None)
    async def for_id(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The id of the order or the transfer that they are kept for; null if the caller may not see it."""
        kept = await info.context.load_many(
            queries.reservations_by_id, [root.reservation_id for root in roots]
        )
        references = [(row.claimant_kind, row.claimant_id) if row else ("", None) for row in kept]
        return await referring.named(info.context.actor, references)


async def _named(movements: Sequence[Any], info: strawberry.Info) -> list[Any]:
    references = [(row.reference_kind, row.reference_id) for row in movements]
    return await referring.named(info.context.actor, references)


@extends(StockLevel)
class LevelLots:
    @field()
    async def lots(self, root: strawberry.Parent[Any], info: strawberry.Info) -> list[StockLotLevel]:
        """Its lots on hand, in the order in which they leave: what expires first, first."""
        return await info.context.load(queries.lots_by_level, root.id)

    @field()
    async def lot_allocations(
        self, root: strawberry.Parent[Any], info: strawberry.Info
    ) -> list[StockLotAllocation]:
        """Which of its lots are kept for whom."""
        return await info.context.load(queries.allocations_by_level, root.id)


@extends(StockMovement)
class MovementLots:
    @field()
    async def lots(self, root: strawberry.Parent[Any], info: strawberry.Info) -> list[StockLotUnits]:
        """Which lots the units were of, where the SKU is kept by lot."""
        return await info.context.load(queries.lots_by_movement, root.id)

    @level_field(strawberry.ID | None)
    async def reference_id(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The id of the order, transfer, receipt, count or return that it was for; null if for none, or for
        one that the caller may not see."""
        return await _named(roots, info)
