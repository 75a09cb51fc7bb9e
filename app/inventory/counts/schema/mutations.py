"""Mutations of stock counts."""

from datetime import datetime
from typing import Annotated

import strawberry

from app.access.permissions import Permission
from app.core import refusals
from app.core.graphql.errors import mutation
from app.core.graphql.once import Effect
from app.core.graphql.policy import needs
from app.core.graphql.scalars import ExpectedVersion, MoneyInput, Text, arg, doc
from app.core.ids import row_id
from app.core.money import Money as MoneyValue
from app.core.problems import ProblemCode
from app.inventory.counts import models, service
from app.inventory.counts.schema.types import StockCount
from app.inventory.counts.service import Counted
from app.inventory.locations import queries as location_queries
from app.inventory.policies import MANAGE
from app.inventory.stock.schema.mutations.lots import StockLotInput, lots_of
from app.settings import settings

APPROVE = needs(Permission.STOCK_APPROVE)
STEPS = (refusals.IllegalTransition,)


@strawberry.input(description="Scope of the stock count.")
class StockCountStartInput:
    location: str = doc("Code of the location.")
    skus: list[str] | None = doc(
        "SKUs to count; if omitted, all SKUs that the location has ever stocked.", default=None
    )
    is_blind: bool = doc("Whether the expected quantities are hidden from the counting staff.", default=True)
    approval_above_units: int = doc(
        "Number of units; a larger difference of a SKU requires approval.", default=10
    )
    approval_above_value: MoneyInput | None = doc(
        "Amount; a difference of a SKU with a higher value requires approval. Defaults to 100 units "
        "of the currency.",
        default=None,
    )
    note: Text = doc("Internal note.", default="")


@strawberry.input(description="Number of units of a SKU found in a count.")
class StockCountLineInput:
    sku: str = doc("SKU of the variant.")
    quantity: int = doc("Number of units, in all stock states.")
    counted_at: datetime | None = doc(
        "Date and time of counting; stock movements since then are taken into account. Defaults to "
        "the current time.",
        default=None,
    )
    lots: list[StockLotInput] = doc(
        "Counted lots or serial numbers, if the SKU is tracked; lots that are not listed count as not found.",
        default_factory=list,
    )


@strawberry.input(description="Counted quantities.")
class StockCountSubmitInput:
    count_id: strawberry.ID = doc("The stock count.")
    lines: list[StockCountLineInput] = doc(
        "Counted lines; the quantities of SKUs that are not listed stay unchanged."
    )
    is_complete: bool = doc("Whether the count is finished; false if further lines follow.", default=True)


@strawberry.type
class CountMutation:
    @mutation("StockCountStartResult", StockCount, policy=MANAGE, once=models.StockCount)
    async def stock_count_start(
        self,
        info: strawberry.Info,
        input: Annotated[StockCountStartInput, arg("Scope of the stock count.")],
    ) -> Effect:
        """Start a stock count. Business continues during the count."""
        location = await location_queries.location_for(
            Permission.STOCK_MANAGE, info.context.actor, code=input.location
        )
        currency = settings().cost_currency
        limit = None
        if input.approval_above_value is not None:
            if input.approval_above_value.currency != currency:
                raise refusals.Invalid(
                    f"Stock is valued in {currency}. Enter the amount in this currency.",
                    "approval_above_value",
                    "currency",
                    code=ProblemCode.WRONG_CURRENCY,
                    currency=currency,
                )
            limit = MoneyValue.of(
                input.approval_above_value.amount, currency, "approval_above_value", "amount"
            )
        return lambda uow: service.start_count(
            uow,
            location,
            skus=input.skus,
            is_blind=input.is_blind,
            approval_units=input.approval_above_units,
            approval_minor=None if limit is None else limit.minor,
            note=input.note,
        )

    @mutation("StockCountSubmitResult", StockCount, policy=MANAGE, refuses=STEPS, once=models.StockCount)
    async def stock_count_submit(
        self,
        info: strawberry.Info,
        input: Annotated[StockCountSubmitInput, arg("Counted quantities.")],
        expected_version: ExpectedVersion = None,
    ) -> Effect:
        """Submit the counted quantities. Small differences are posted immediately; large ones require
        approval."""
        id = row_id(input.count_id, "StockCount", "count_id")
        counted = [
            Counted(line.sku, line.quantity, line.counted_at, lots_of(line.lots)) for line in input.lines
        ]
        return lambda uow: service.submit_count(
            uow, id, counted, is_complete=input.is_complete, expected_version=expected_version
        )

    @mutation("StockCountApproveResult", StockCount, policy=APPROVE, refuses=STEPS)
    async def stock_count_approve(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, arg("The stock count.")],
        expected_version: ExpectedVersion = None,
    ) -> models.StockCount:
        """Approve a stock count and post its differences. Reservations that the remaining stock does not
        cover are released, starting with the lowest priority and the latest."""
        count_id = row_id(id, "StockCount", "id")
        return await service.approve_count(info.context.actor, count_id, expected_version=expected_version)

    @mutation("StockCountRejectResult", StockCount, policy=APPROVE, refuses=STEPS)
    async def stock_count_reject(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, arg("The stock count.")],
        expected_version: ExpectedVersion = None,
    ) -> models.StockCount:
        """Reject a stock count that requires approval and have it recounted."""
        count_id = row_id(id, "StockCount", "id")
        return await service.reject_count(info.context.actor, count_id, expected_version=expected_version)

    @mutation("StockCountCancelResult", StockCount, policy=MANAGE, refuses=STEPS)
    async def stock_count_cancel(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, arg("The stock count.")],
        expected_version: ExpectedVersion = None,
    ) -> models.StockCount:
        """Cancel a stock count; nothing is posted."""
        count_id = row_id(id, "StockCount", "id")
        return await service.cancel_count(info.context.actor, count_id, expected_version=expected_version)
