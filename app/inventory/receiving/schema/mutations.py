"""Mutations of receipts."""

from typing import Annotated

import strawberry

from app.access.permissions import Permission
from app.core import refusals
from app.core.graphql.errors import mutation
from app.core.graphql.once import Effect
from app.core.graphql.scalars import arg
from app.core.ids import row_id
from app.core.problems import ProblemCode
from app.core.uow import UnitOfWork
from app.inventory.locations import queries as location_queries
from app.inventory.policies import COSTS, MANAGE
from app.inventory.receiving import models, queries, service
from app.inventory.receiving.schema.inputs import (
    StockCostCorrectInput,
    StockLandedCostAddInput,
    StockReceiptCreateInput,
    StockReceiptReverseInput,
    StockReceiveInput,
    cost_of,
    incoming_of,
)
from app.inventory.receiving.schema.types import StockReceipt
from app.inventory.stock.models import StockLevel as StockLevelRow
from app.inventory.stock.schema.mutations.lots import lots_of
from app.inventory.stock.schema.types import StockLevel


@strawberry.type
class ReceiptMutation:
    @mutation("StockReceiptCreateResult", StockReceipt, policy=MANAGE, once=models.Receipt)
    async def stock_receipt_create(
        self,
        info: strawberry.Info,
        input: Annotated[StockReceiptCreateInput, arg("The received goods.")],
    ) -> Effect:
        """Receive goods that arrived together into stock, with their purchase and landed costs."""
        location = await location_queries.location_for(
            Permission.STOCK_MANAGE, info.context.actor, code=input.location
        )
        lines = []
        for index, line in enumerate(input.lines):
            try:
                lines.append(line.line())
            except refusals.Refusal as refusal:
                raise refusal.under("lines", str(index)) from None
        landed = [each.cost("landed_costs", str(n)) for n, each in enumerate(input.landed_costs)]
        return lambda uow: service.receive(
            uow,
            location=location,
            lines=lines,
            landed=landed,
            reference=input.reference,
            note=input.note,
            received_at=input.received_at,
        )

    @mutation("StockLandedCostAddResult", StockReceipt, policy=COSTS, once=models.Receipt)
    async def stock_landed_cost_add(
        self,
        info: strawberry.Info,
        input: Annotated[StockLandedCostAddInput, arg("Receipt and landed cost.")],
    ) -> Effect:
        """Allocate a landed cost that became known after the receipt, such as the carrier's invoice. The cost
        follows the units to their current location; the share of sold units is posted to the cost of sales.
        """
        id, cost = row_id(input.receipt_id, "StockReceipt", "receipt_id"), input.cost.cost("cost")
        return lambda uow: service.add_landed_cost(uow, id, cost)

    @mutation("StockCostCorrectResult", StockReceipt, policy=COSTS, once=models.Receipt)
    async def stock_cost_correct(
        self,
        info: strawberry.Info,
        input: Annotated[StockCostCorrectInput, arg("Receipt line and its correct cost.")],
    ) -> Effect:
        """Correct the cost of a receipt line. All values become what they would have been with the correct
        cost from the start: stock on hand, kits, goods in transit, and goods that were sold, returned or
        lost."""
        id = row_id(input.receipt_id, "StockReceipt", "receipt_id")
        cost = cost_of(input.unit_cost, input.total_cost, input.exchange_rate)
        if cost is None:
            raise refusals.Invalid(
                "Enter the cost: `unitCost` or `totalCost`.", "unit_cost", code=ProblemCode.REQUIRED
            )
        return lambda uow: service.correct_cost(uow, id, position=input.line, cost=cost, note=input.note)

    @mutation("StockReceiptReverseResult", StockReceipt, policy=MANAGE, once=models.Receipt)
    async def stock_receipt_reverse(
        self,
        info: strawberry.Info,
        input: Annotated[StockReceiptReverseInput, arg("The receipt and the lines to reverse.")],
    ) -> Effect:
        """Reverse an incorrect receipt: stock and its value are restored as if the goods had not arrived."""
        id = row_id(input.receipt_id, "StockReceipt", "receipt_id")

        async def reversed_(uow: UnitOfWork) -> models.Receipt:
            await service.reverse_receipt(uow, id, items=input.items(), note=input.note)
            return await queries.receipt(uow.actor, id)

        return reversed_

    @mutation("StockReceiveResult", StockLevel, policy=MANAGE, once=StockLevelRow)
    async def stock_receive(
        self,
        info: strawberry.Info,
        input: Annotated[StockReceiveInput, arg("The received goods.")],
    ) -> Effect:
        """Receive goods into stock."""
        location = await location_queries.location_for(
            Permission.STOCK_MANAGE, info.context.actor, code=input.location
        )
        cost = cost_of(input.unit_cost, input.total_cost, input.exchange_rate)
        incoming = incoming_of(input.incoming_id)
        return lambda uow: service.receive_one(
            uow,
            sku=input.sku,
            location=location,
            quantity=input.quantity,
            cost=cost,
            note=input.note,
            incoming_id=incoming,
            unit=input.unit,
            lots=lots_of(input.lots),
            received_at=input.received_at,
        )
