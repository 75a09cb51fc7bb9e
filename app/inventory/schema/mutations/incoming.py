"""Saying what is expected, through the graph."""

from datetime import date
from typing import Annotated, Any

import strawberry

from app.access.permissions import Permission
from app.core.graphql.errors import mutation
from app.core.graphql.scalars import ExpectedVersion, IdempotencyKey, Text, arg, doc
from app.core.ids import row_id
from app.inventory import models, queries, service
from app.inventory.schema.mutations.locations import MANAGE
from app.inventory.schema.types import StockIncoming


@strawberry.input(description="Units that will come.")
class StockIncomingCreateInput:
    sku: str = doc("What.")
    location: str = doc("The location's code.")
    quantity: int = doc("How many units.")
    expected_on: date = doc("The day on which they are expected.")
    reference: Text = doc("The order's or the supplier's number.", default="")


@strawberry.input(description="What became of units that were expected; what is left out stays.")
class StockIncomingUpdateInput:
    id: strawberry.ID = doc("What was expected.")
    expected_on: date | None = doc("The day on which it comes now.", default=None)
    quantity: int | None = doc("How many units come in all, those that have come included.", default=None)
    is_cancelled: bool = doc("Whether the rest does not come at all.", default=False)


@strawberry.type
class IncomingMutation:
    @mutation("StockIncomingCreateResult", StockIncoming, policy=MANAGE)
    async def stock_incoming_create(
        self,
        info: strawberry.Info,
        input: Annotated[StockIncomingCreateInput, arg("What will come.")],
        idempotency_key: IdempotencyKey = None,
    ) -> Any:
        """Say that units will come. Orders that wait for them are promised their day."""
        location = await queries.location_for(
            Permission.STOCK_MANAGE, info.context.actor, code=input.location
        )
        return await info.context.once_row(
            idempotency_key,
            "stockIncomingCreate",
            input,
            lambda work: service.expect(
                work,
                sku=input.sku,
                location=location,
                quantity=input.quantity,
                expected_on=input.expected_on,
                reference=input.reference,
            ),
            models.IncomingStock,
        )

    @mutation("StockIncomingUpdateResult", StockIncoming, policy=MANAGE)
    async def stock_incoming_update(
        self,
        info: strawberry.Info,
        input: Annotated[StockIncomingUpdateInput, arg("The changes.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Say that units come on another day, or in another quantity. Orders that wait are promised anew."""
        return await service.change_incoming(
            info.context.actor,
            row_id(input.id, "StockIncoming", "id"),
            expected_on=input.expected_on,
            quantity=input.quantity,
            is_cancelled=input.is_cancelled,
            expected_version=expected_version,
        )
