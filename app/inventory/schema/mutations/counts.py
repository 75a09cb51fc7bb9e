"""Counting stock through the graph."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import strawberry

from app.access.permissions import Permission
from app.core import refusals
from app.core.graphql.errors import mutation
from app.core.graphql.policy import needs
from app.core.graphql.scalars import ExpectedVersion, IdempotencyKey, MoneyInput, Text, arg, doc
from app.core.ids import row_id
from app.core.money import Money as MoneyValue
from app.core.problems import ProblemCode
from app.inventory import models, queries, service
from app.inventory.schema.mutations.locations import MANAGE
from app.inventory.schema.mutations.lots import StockLotInput, lots_of
from app.inventory.schema.types import StockCount
from app.inventory.service.counting import Counted
from app.settings import settings

APPROVE = needs(Permission.STOCK_APPROVE)
STEPS = (refusals.IllegalTransition,)


@strawberry.input(description="What to count.")
class StockCountStartInput:
    location: str = doc("The location's code.")
    skus: list[str] | None = doc("These SKUs; left out, all that the location has had.", default=None)
    is_blind: bool = doc("Whether whoever counts is not told what is expected.", default=True)
    approval_above_units: int = doc("A larger difference of one SKU waits for approval.", default=10)
    approval_above_value: MoneyInput | None = doc(
        "And so does one that is worth more than this; left out, 100 units of the currency.", default=None
    )
    note: Text = doc("A note.", default="")


@strawberry.input(description="How many units of one SKU were found.")
class StockCountLineInput:
    sku: str = doc("What.")
    quantity: int = doc("How many units, whatever state they are in.")
    counted_at: datetime | None = doc(
        "When: what has left or arrived since is allowed for. Left out, now.", default=None
    )
    lots: list[StockLotInput] = doc(
        "Which units, where the SKU is kept by lot or serial number; a lot that is not named was not found.",
        default_factory=list,
    )


@strawberry.input(description="What was found.")
class StockCountSubmitInput:
    count_id: strawberry.ID = doc("The count.")
    lines: list[StockCountLineInput] = doc("What was found; a SKU that nobody counted stays as it is.")
    is_complete: bool = doc("Whether the counting is over; else more is to come.", default=True)


@strawberry.type
class CountMutation:
    @mutation("StockCountStartResult", StockCount, policy=MANAGE)
    async def stock_count_start(
        self,
        info: strawberry.Info,
        input: Annotated[StockCountStartInput, arg("What to count.")],
        idempotency_key: IdempotencyKey = None,
    ) -> Any:
        """Begin to count, while business goes on."""
        location = await queries.location_for(
            Permission.STOCK_MANAGE, info.context.actor, code=input.location
        )
        currency = settings().cost_currency
        limit = MoneyValue.of(Decimal(100), currency)
        if input.approval_above_value is not None:
            if input.approval_above_value.currency != currency:
                raise refusals.Invalid(
                    f"Stock is valued in {currency}.",
                    "approval_above_value",
                    "currency",
                    code=ProblemCode.WRONG_CURRENCY,
                    currency=currency,
                )
            limit = MoneyValue.of(
                input.approval_above_value.amount, currency, "approval_above_value", "amount"
            )
        return await info.context.once_row(
            idempotency_key,
            "stockCountStart",
            input,
            lambda work: service.start_count(
                work,
                location,
                skus=input.skus,
                is_blind=input.is_blind,
                approval_units=input.approval_above_units,
                approval_minor=limit.minor,
                note=input.note,
            ),
            models.StockCount,
        )

    @mutation("StockCountSubmitResult", StockCount, policy=MANAGE, refuses=STEPS)
    async def stock_count_submit(
        self,
        info: strawberry.Info,
        input: Annotated[StockCountSubmitInput, arg("What was found.")],
        expected_version: ExpectedVersion = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Any:
        """Say what was found. Small differences are booked at once; large ones wait for approval."""
        id = row_id(input.count_id, "StockCount", "count_id")
        counted = [
            Counted(line.sku, line.quantity, line.counted_at, lots_of(line.lots)) for line in input.lines
        ]
        return await info.context.once_row(
            idempotency_key,
            "stockCountSubmit",
            input,
            lambda work: service.submit_count(
                work, id, counted, is_complete=input.is_complete, expected_version=expected_version
            ),
            models.StockCount,
        )

    @mutation("StockCountApproveResult", StockCount, policy=APPROVE, refuses=STEPS)
    async def stock_count_approve(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, arg("The count.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Book the differences of a count that waits for approval.

        Promises that what is left does not cover are given back, the weakest and youngest first.
        """
        count_id = row_id(id, "StockCount", "id")
        return await service.approve_count(info.context.actor, count_id, expected_version=expected_version)

    @mutation("StockCountRejectResult", StockCount, policy=APPROVE, refuses=STEPS)
    async def stock_count_reject(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, arg("The count.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Have a count that waits for approval counted again."""
        count_id = row_id(id, "StockCount", "id")
        return await service.reject_count(info.context.actor, count_id, expected_version=expected_version)

    @mutation("StockCountCancelResult", StockCount, policy=MANAGE, refuses=STEPS)
    async def stock_count_cancel(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, arg("The count.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Give up a count; nothing is booked."""
        count_id = row_id(id, "StockCount", "id")
        return await service.cancel_count(info.context.actor, count_id, expected_version=expected_version)
