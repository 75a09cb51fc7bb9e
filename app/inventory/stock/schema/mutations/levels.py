"""Mutations of stock levels."""

from datetime import date
from typing import Annotated

import strawberry

from app.access.permissions import Permission
from app.catalog.schema.terms import Policy
from app.core import refusals
from app.core.bulk import ErrorPolicy, Written, write_rows
from app.core.graphql.bulk import BulkResult, bulk_result
from app.core.graphql.changes import sent_fields
from app.core.graphql.errors import mutation
from app.core.graphql.once import Effect
from app.core.graphql.scalars import Text, arg, doc
from app.core.problems import ProblemCode
from app.core.uow import UnitOfWork
from app.inventory.locations import queries as location_queries
from app.inventory.policies import MANAGE
from app.inventory.stock import models
from app.inventory.stock.lifecycle import StockBucket, StockReason
from app.inventory.stock.schema.mutations.lots import StockLotInput, lots_of
from app.inventory.stock.schema.types import StockLevel
from app.inventory.stock.service import adjusting
from app.inventory.stock.service.adjusting import LevelData


@strawberry.input(description="Input for adjusting the on-hand quantity of a stock level.")
class StockAdjustInput:
    sku: str = doc("SKU of the variant.")
    location: str = doc("Code of the location.")
    change: int = doc("Change of the quantity in units; negative to decrease it.")
    reason: StockReason = doc(
        "Reason of the adjustment: FOUND, RETURN, COUNT or CORRECTION for an increase; LOSS, DAMAGE, "
        "COUNT or CORRECTION for a decrease."
    )
    bucket: StockBucket = doc(
        "Stock state of the units: AVAILABLE, DAMAGED, QUARANTINED or IN_QUALITY_CHECK.",
        default=StockBucket.AVAILABLE,
    )
    lots: list[StockLotInput] = doc(
        "Lots or serial numbers of the units, if the SKU is tracked by lot or serial number.",
        default_factory=list,
    )
    note: Text = doc("Note recorded in the stock ledger.", default="")


@strawberry.input(description="Input for setting units aside or returning them to available stock.")
class StockSetAsideInput:
    sku: str = doc("SKU of the variant.")
    location: str = doc("Code of the location.")
    quantity: int = doc("Number of units.")
    to: StockBucket = doc("New stock state of the units.")
    from_: StockBucket = doc(
        "Current stock state of the units: AVAILABLE, DAMAGED, QUARANTINED or IN_QUALITY_CHECK.",
        default=StockBucket.AVAILABLE,
        name="from",
    )
    lots: list[StockLotInput] = doc(
        "Lots or serial numbers of the units, if the SKU is tracked by lot or serial number.",
        default_factory=list,
    )
    note: Text = doc("Note recorded in the stock ledger.", default="")


@strawberry.input(description="Row of a bulk update of stock levels.")
class StockRowInput:
    sku: str = doc("SKU of the variant.")
    location: str = doc("Code of the location.")
    on_hand: int = doc("Number of units on hand.")
    expected_on_hand: int | None = doc(
        "Expected current on-hand quantity; the row is rejected if the actual quantity differs.", default=None
    )
    safety_stock: int | None = doc(
        "Safety stock: units excluded from sale. Unchanged if omitted.", default=None
    )
    backorder_limit: int | None = doc(
        "Number of units that can be sold beyond the stock on hand; unchanged if omitted.", default=None
    )
    reorder_point: int | None = doc(
        "Reorder point: the level is low if the available quantity is at or below it. Unchanged if omitted.",
        default=None,
    )
    reorder_up_to: int | None = doc("Target quantity after reordering; unchanged if omitted.", default=None)
    backorder_days: int | None = doc(
        "Number of days until backordered units can ship, if no incoming stock determines the date; "
        "unchanged if omitted.",
        default=None,
    )
    preorder_until: date | None = doc(
        "Release date of a preorder item: the item is sold in advance until this date and shipped "
        "from this date.",
        default=None,
    )
    bin: str | None = doc(
        "Storage bin, such as `A-03-2`; the part before the first hyphen is the zone. Unchanged if omitted.",
        default=None,
    )


@strawberry.input(
    description="Row of a bulk update of stock policies. Omitted fields keep their values; null clears "
    "a field."
)
class StockPolicyRowInput:
    sku: str = doc("SKU of the variant.")
    location: str = doc("Code of the location.")
    safety_stock: int | None = doc("Safety stock: units excluded from sale.", default=strawberry.UNSET)
    backorder_limit: int | None = doc(
        "Number of units that can be sold beyond the stock on hand.", default=strawberry.UNSET
    )
    backorder_days: int | None = doc(
        "Number of days until backordered units can ship, if no incoming stock determines the date.",
        default=strawberry.UNSET,
    )
    reorder_point: int | None = doc(
        "Reorder point: the level is low if the available quantity is at or below it; null to "
        "calculate it from the forecast.",
        default=strawberry.UNSET,
    )
    reorder_up_to: int | None = doc("Target quantity after reordering.", default=strawberry.UNSET)
    preorder_until: date | None = doc(
        "Release date of a preorder item, which is sold in advance until then.", default=strawberry.UNSET
    )
    bin: str | None = doc("Storage bin, such as `A-03-2`.", default=strawberry.UNSET)


@strawberry.type
class StockMutation:
    @mutation("StockPolicyBulkSetResult", BulkResult, policy=MANAGE)
    async def stock_policy_bulk_set(
        self,
        info: strawberry.Info,
        input: Annotated[list[StockPolicyRowInput], arg("1 to 1,000 stock levels.")],
        error_policy: Policy = ErrorPolicy.REJECT_FAILED,
    ) -> BulkResult:
        """Set the safety stock, backorder limit, reorder point and bin of stock levels. The quantity on hand
        is not changed, so concurrent sales are not affected."""
        actor = info.context.actor

        async def write(uow: UnitOfWork, row: StockPolicyRowInput) -> Written:
            location = await location_queries.location_for(Permission.STOCK_MANAGE, actor, code=row.location)
            changes = sent_fields(row, besides=("sku", "location"))
            return await adjusting.set_policy(uow, sku=row.sku, location=location, changes=changes)

        return bulk_result(await write_rows(actor, input, write, error_policy, "input"), "StockLevel")

    @mutation("StockAdjustResult", StockLevel, policy=MANAGE, once=models.StockLevel)
    async def stock_adjust(
        self,
        info: strawberry.Info,
        input: Annotated[StockAdjustInput, arg("Adjustment of the quantity on hand.")],
    ) -> Effect:
        """Adjust the quantity on hand, with a reason. Reserved units can be removed: their reservations move
        to other stock or become backorders. Reservations with the lowest priority, and among these the
        latest, lose their stock first; picked units come last."""
        location = await location_queries.location_for(
            Permission.STOCK_MANAGE, info.context.actor, code=input.location
        )
        return lambda uow: adjusting.adjust(
            uow,
            sku=input.sku,
            location=location,
            change=input.change,
            reason=input.reason,
            bucket=input.bucket,
            lots=lots_of(input.lots),
            note=input.note,
        )

    @mutation("StockSetAsideResult", StockLevel, policy=MANAGE, once=models.StockLevel)
    async def stock_set_aside(
        self,
        info: strawberry.Info,
        input: Annotated[StockSetAsideInput, arg("Units to set aside or to make available again.")],
    ) -> Effect:
        """Mark units as damaged, quarantined or in quality check, or make them available again. Reserved
        units can be set aside: their reservations move to other stock or become backorders. Reservations with
        the lowest priority, and among these the latest, lose their stock first; picked units come last."""
        location = await location_queries.location_for(
            Permission.STOCK_MANAGE, info.context.actor, code=input.location
        )
        return lambda uow: adjusting.set_aside(
            uow,
            sku=input.sku,
            location=location,
            quantity=input.quantity,
            source=input.from_,
            to=input.to,
            lots=lots_of(input.lots),
            note=input.note,
        )

    @mutation("StockBulkSetResult", BulkResult, policy=MANAGE)
    async def stock_bulk_set(
        self,
        info: strawberry.Info,
        input: Annotated[list[StockRowInput], arg("1 to 1,000 stock levels.")],
        error_policy: Policy = ErrorPolicy.REJECT_FAILED,
    ) -> BulkResult:
        """Set the quantity on hand of many stock levels, for example from a count or an external system. If
        less is left than is reserved, reservations move to other stock or become backorders. Units that a
        drop-ship supplier was asked to ship and has not rejected remain on hand at the supplier's location,
        regardless of the supplier's feed."""
        actor = info.context.actor

        seen: set[tuple[str, str]] = set()

        async def write(uow: UnitOfWork, row: StockRowInput) -> Written:
            if (row.sku, row.location) in seen:
                raise refusals.Invalid(
                    "This SKU and location are listed twice.", "sku", code=ProblemCode.REPEATED
                )
            seen.add((row.sku, row.location))
            location = await location_queries.location_for(Permission.STOCK_MANAGE, actor, code=row.location)
            return await adjusting.set_level(uow, LevelData(**(vars(row) | {"location": location})))

        return bulk_result(await write_rows(actor, input, write, error_policy, "input"), "StockLevel")
