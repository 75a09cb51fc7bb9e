"""Changing stock through the graph."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

import strawberry

from app.access.permissions import Permission
from app.catalog.schema.terms import Policy
from app.core import refusals
from app.core.bulk import ErrorPolicy, write_rows
from app.core.graphql.bulk import BulkResult, bulk_result
from app.core.graphql.changes import changes_in
from app.core.graphql.errors import mutation
from app.core.graphql.scalars import IdempotencyKey, MoneyInput, Text, arg, doc
from app.core.problems import ProblemCode
from app.inventory import models, queries, service
from app.inventory.lifecycle import StockBucket, StockReason
from app.inventory.schema.mutations.locations import MANAGE
from app.inventory.schema.mutations.lots import StockLotInput, lots_of
from app.inventory.schema.mutations.receipts import RECEIVED_AT, cost_of, incoming_of
from app.inventory.schema.types import StockLevel
from app.inventory.service.moving import POLICY, LevelData


@strawberry.input(description="Goods that came in.")
class StockReceiveInput:
    sku: str = doc("What.")
    location: str = doc("The location's code.")
    quantity: int = doc("How many units: pieces, or what `unit` says.")
    unit: str | None = doc("The unit that the quantity and `unitCost` are in, such as carton.", default=None)
    unit_cost: MoneyInput | None = doc("What a unit cost; left out, it is estimated.", default=None)
    total_cost: MoneyInput | None = doc("What all the units cost together, instead.", default=None)
    exchange_rate: Decimal | None = doc(
        "What a unit of the cost's currency is worth in the one that stock is valued in.", default=None
    )
    note: Text = doc("A note for the ledger.", default="")
    lots: list[StockLotInput] = doc(
        "Which units, where the SKU is kept by lot or serial number; in pieces.", default_factory=list
    )
    incoming_id: strawberry.ID | None = doc("What had been expected, of which this is.", default=None)
    received_at: datetime | None = doc(RECEIVED_AT, default=None)


@strawberry.input(description="A correction of what is on hand.")
class StockAdjustInput:
    sku: str = doc("What.")
    location: str = doc("The location's code.")
    change: int = doc("How many units more; below zero: fewer.")
    reason: StockReason = doc(
        "Why: FOUND, RETURN, COUNT, CORRECTION for more; LOSS, DAMAGE, COUNT, CORRECTION for fewer."
    )
    bucket: StockBucket = doc(
        "Where the units are: AVAILABLE, DAMAGED, QUARANTINED or IN_QUALITY_CHECK.",
        default=StockBucket.AVAILABLE,
    )
    lots: list[StockLotInput] = doc(
        "Which units, where the SKU is kept by lot or serial number.", default_factory=list
    )
    note: Text = doc("A note for the ledger.", default="")


@strawberry.input(description="Units to set aside, or to put back.")
class StockSetAsideInput:
    sku: str = doc("What.")
    location: str = doc("The location's code.")
    quantity: int = doc("How many units.")
    to: StockBucket = doc("The state that they are in from now on.")
    from_: StockBucket = doc(
        "The state that they were in: AVAILABLE, DAMAGED, QUARANTINED or IN_QUALITY_CHECK.",
        default=StockBucket.AVAILABLE,
        name="from",
    )
    lots: list[StockLotInput] = doc(
        "Which units, where the SKU is kept by lot or serial number.", default_factory=list
    )
    note: Text = doc("A note for the ledger.", default="")


@strawberry.input(description="What a level should be.")
class StockRowInput:
    sku: str = doc("What.")
    location: str = doc("The location's code.")
    on_hand: int = doc("Units on the shelf.")
    expected_on_hand: int | None = doc("Refuse the row unless this many are on hand now.", default=None)
    safety_stock: int | None = doc("Units kept back from sale; left out, it stays.", default=None)
    backorder_limit: int | None = doc(
        "How many more than there are may be sold; left out, it stays.", default=None
    )
    reorder_point: int | None = doc(
        "At or below so many available the level is low; left out, it stays.", default=None
    )
    reorder_up_to: int | None = doc(
        "How many there should be after reordering; left out, it stays.", default=None
    )
    backorder_days: int | None = doc(
        "In how many days what is sold ahead can leave, where nothing incoming says so; left out, it stays.",
        default=None,
    )
    preorder_until: date | None = doc(
        "The day on which it is released: until then it is sold ahead, and sent from then on.", default=None
    )
    bin: str | None = doc(
        "Where on the shelves, such as `A-03-2`: what stands before the first hyphen is the zone. "
        "Left out, it stays.",
        default=None,
    )


@strawberry.input(description="How a level is kept. What is left out stays, null clears.")
class StockPolicyRowInput:
    sku: str = doc("What.")
    location: str = doc("The location's code.")
    safety_stock: int | None = doc("Units kept back from sale.", default=strawberry.UNSET)
    backorder_limit: int | None = doc("How many more than there are may be sold.", default=strawberry.UNSET)
    backorder_days: int | None = doc(
        "In how many days what is sold ahead can leave, where nothing incoming says so.",
        default=strawberry.UNSET,
    )
    reorder_point: int | None = doc(
        "At or below so many available the level is low; null: the forecast decides.",
        default=strawberry.UNSET,
    )
    reorder_up_to: int | None = doc("How many there should be after reordering.", default=strawberry.UNSET)
    preorder_until: date | None = doc("Sold ahead until that day.", default=strawberry.UNSET)
    bin: str | None = doc("Where on the shelves, such as `A-03-2`.", default=strawberry.UNSET)


@strawberry.type
class StockMutation:
    @mutation("StockPolicyBulkSetResult", BulkResult, policy=MANAGE)
    async def stock_policy_bulk_set(
        self,
        info: strawberry.Info,
        input: Annotated[list[StockPolicyRowInput], arg("1 to 1,000 levels.")],
        error_policy: Policy = ErrorPolicy.REJECT_FAILED,
    ) -> Any:
        """Say how levels are kept back, sold ahead and reordered, and in which bin they lie.

        What is on hand is not touched: sales that happen meanwhile are safe.
        """
        actor = info.context.actor

        async def write(work: Any, row: StockPolicyRowInput) -> Any:
            location = await queries.location_for(Permission.STOCK_MANAGE, actor, code=row.location)
            changes = changes_in(row, *POLICY)
            return await service.set_policy(work, sku=row.sku, location=location, changes=changes)

        return bulk_result(await write_rows(actor, input, write, error_policy, "input"), "StockLevel")

    @mutation("StockReceiveResult", StockLevel, policy=MANAGE)
    async def stock_receive(
        self,
        info: strawberry.Info,
        input: Annotated[StockReceiveInput, arg("What came in.")],
        idempotency_key: IdempotencyKey = None,
    ) -> Any:
        """Put received goods on the shelf."""
        location = await queries.location_for(
            Permission.STOCK_MANAGE, info.context.actor, code=input.location
        )
        cost = cost_of(input.unit_cost, input.total_cost, input.exchange_rate)
        incoming = incoming_of(input.incoming_id)
        return await info.context.once_row(
            idempotency_key,
            "stockReceive",
            input,
            lambda work: service.receive_one(
                work,
                sku=input.sku,
                location=location,
                quantity=input.quantity,
                cost=cost,
                note=input.note,
                incoming_id=incoming,
                unit=input.unit,
                lots=lots_of(input.lots),
                received_at=input.received_at,
            ),
            models.StockLevel,
        )

    @mutation("StockAdjustResult", StockLevel, policy=MANAGE)
    async def stock_adjust(
        self,
        info: strawberry.Info,
        input: Annotated[StockAdjustInput, arg("The correction.")],
        idempotency_key: IdempotencyKey = None,
    ) -> Any:
        """Put right what is on hand, with a reason.

        Units that are promised can be taken off: their promises move to other stock, or wait for some. The
        lowest priority and the youngest give way first, and what is picked last.
        """
        location = await queries.location_for(
            Permission.STOCK_MANAGE, info.context.actor, code=input.location
        )
        return await info.context.once_row(
            idempotency_key,
            "stockAdjust",
            input,
            lambda work: service.adjust(
                work,
                sku=input.sku,
                location=location,
                change=input.change,
                reason=input.reason,
                bucket=input.bucket,
                lots=lots_of(input.lots),
                note=input.note,
            ),
            models.StockLevel,
        )

    @mutation("StockSetAsideResult", StockLevel, policy=MANAGE)
    async def stock_set_aside(
        self,
        info: strawberry.Info,
        input: Annotated[StockSetAsideInput, arg("The units.")],
        idempotency_key: IdempotencyKey = None,
    ) -> Any:
        """Say that units are damaged, quarantined or in quality check, or put them back on sale.

        Units that are promised can be set aside: their promises move to other stock, or wait for some. The
        lowest priority and the youngest give way first, and what is picked last.
        """
        location = await queries.location_for(
            Permission.STOCK_MANAGE, info.context.actor, code=input.location
        )
        return await info.context.once_row(
            idempotency_key,
            "stockSetAside",
            input,
            lambda work: service.set_aside(
                work,
                sku=input.sku,
                location=location,
                quantity=input.quantity,
                source=input.from_,
                to=input.to,
                lots=lots_of(input.lots),
                note=input.note,
            ),
            models.StockLevel,
        )

    @mutation("StockBulkSetResult", BulkResult, policy=MANAGE)
    async def stock_bulk_set(
        self,
        info: strawberry.Info,
        input: Annotated[list[StockRowInput], arg("1 to 1,000 levels.")],
        error_policy: Policy = ErrorPolicy.REJECT_FAILED,
    ) -> Any:
        """Set many levels to what a count or another system says.

        Where fewer are left than are promised, promises move to other stock, or wait for some. What a
        supplier was asked to send and has not refused stays on hand in his location, whatever his feed says.
        """
        actor = info.context.actor

        seen: set[tuple[str, str]] = set()

        async def write(work: Any, row: StockRowInput) -> Any:
            if (row.sku, row.location) in seen:
                raise refusals.Invalid(
                    "This SKU and location stand in the list twice.", "sku", code=ProblemCode.REPEATED
                )
            seen.add((row.sku, row.location))
            location = await queries.location_for(Permission.STOCK_MANAGE, actor, code=row.location)
            return await service.set_level(work, LevelData(**(vars(row) | {"location": location})))

        return bulk_result(await write_rows(actor, input, write, error_policy, "input"), "StockLevel")
