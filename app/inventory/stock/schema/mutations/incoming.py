"""Mutations of incoming stock."""

from datetime import date
from typing import Annotated

import strawberry

from app.access.permissions import Permission
from app.core.graphql.errors import mutation
from app.core.graphql.once import Effect
from app.core.graphql.scalars import ExpectedVersion, Text, arg, doc
from app.core.ids import row_id
from app.inventory.locations import queries as location_queries
from app.inventory.policies import MANAGE
from app.inventory.stock import models
from app.inventory.stock.schema.types import StockIncoming
from app.inventory.stock.service import inbound


@strawberry.input(description="Input for announcing incoming units.")
class StockIncomingCreateInput:
    sku: str = doc("SKU of the variant.")
    location: str = doc("Code of the location.")
    quantity: int = doc("Number of units.")
    expected_on: date = doc("Expected arrival date.")
    reference: Text = doc("Number of the order or the supplier's reference.", default="")


@strawberry.input(description="Input for updating incoming stock; omitted fields keep their values.")
class StockIncomingUpdateInput:
    id: strawberry.ID = doc("ID of the incoming stock.")
    expected_on: date | None = doc("New expected arrival date.", default=None)
    quantity: int | None = doc("New total number of units, including those already received.", default=None)
    is_cancelled: bool = doc("Whether the outstanding units are cancelled.", default=False)


@strawberry.type
class IncomingMutation:
    @mutation("StockIncomingCreateResult", StockIncoming, policy=MANAGE, once=models.IncomingStock)
    async def stock_incoming_create(
        self,
        info: strawberry.Info,
        input: Annotated[StockIncomingCreateInput, arg("Expected incoming goods.")],
    ) -> Effect:
        """Record expected incoming goods. Orders on backorder are promised based on their date."""
        location = await location_queries.location_for(
            Permission.STOCK_MANAGE, info.context.actor, code=input.location
        )
        return lambda uow: inbound.expect(
            uow,
            sku=input.sku,
            location=location,
            quantity=input.quantity,
            expected_on=input.expected_on,
            reference=input.reference,
        )

    @mutation("StockIncomingUpdateResult", StockIncoming, policy=MANAGE)
    async def stock_incoming_update(
        self,
        info: strawberry.Info,
        input: Annotated[StockIncomingUpdateInput, arg("The changes.")],
        expected_version: ExpectedVersion = None,
    ) -> models.IncomingStock:
        """Change the date or quantity of expected incoming goods. The promised dates of backordered orders
        are recalculated."""
        return await inbound.change_incoming(
            info.context.actor,
            row_id(input.id, "StockIncoming", "id"),
            expected_on=input.expected_on,
            quantity=input.quantity,
            is_cancelled=input.is_cancelled,
            expected_version=expected_version,
        )
