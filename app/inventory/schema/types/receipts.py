"""Receipts in the graph."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import strawberry

from app.catalog.schema import Variant
from app.core.graphql.empty import none_if_empty
from app.core.graphql.levels import level_field
from app.core.graphql.node import Node
from app.core.graphql.policy import ABOUT_IT, AROUND_IT, field
from app.core.graphql.scalars import Money, doc, graphql_enum, money, serves
from app.inventory import models, queries
from app.inventory.landed_costs import landed_from_json
from app.inventory.lifecycle import SpreadBy
from app.inventory.schema.places import held_at
from app.inventory.schema.types.stock import COSTS, Location
from app.settings import settings

graphql_enum(SpreadBy, "By what the cost of bringing goods here is shared out over a receipt's lines.")


@strawberry.type(description="What bringing the goods of a receipt here cost.")
class LandedCost:
    name: str = doc("What it was for: freight, duty, insurance.")
    amount: Money = doc("How much.")
    by: SpreadBy = doc("By what it was shared out.")


@strawberry.type(description="One SKU of a receipt.")
class StockReceiptLine:
    is_type_of = serves(models.ReceiptLine)

    position: int = doc("Its place in the receipt, from 1.")
    quantity: int = doc("How many units came in.")
    reversed: int = doc("How many of them were taken back: they never came.")
    is_estimated: bool = doc("Whether nobody said what it cost, so that it was estimated.")

    @field(reach=ABOUT_IT)
    async def variant(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Variant:
        """Of what."""
        return await info.context.load(queries.variants_of_levels, root.level_id)

    @level_field(Money | None, COSTS, held_at)
    async def cost(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """What all units that were not taken back cost, without what bringing them here did.

        Null without STOCK_COSTS there."""
        return [money(root.cost_minor, settings().cost_currency) for root in roots]

    @level_field(Money | None, COSTS, held_at)
    async def landed_cost(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Its share of what bringing the receipt here cost; null without STOCK_COSTS there."""
        return [money(root.landed_minor, settings().cost_currency) for root in roots]


@strawberry.type(description="Goods that came in together.")
class StockReceipt(Node):
    is_type_of = serves(models.Receipt)

    reference: str | None = none_if_empty("The number of the delivery note or the invoice; null without one.")
    note: str | None = none_if_empty("What was noted; null if nothing.")
    at: datetime = doc("When they came in.")

    @field(reach=AROUND_IT)
    async def location(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Location:
        """Where."""
        return await info.context.load(queries.locations_by_id, root.location_id)

    @field()
    async def lines(self, root: strawberry.Parent[Any], info: strawberry.Info) -> list[StockReceiptLine]:
        """What came in."""
        return await info.context.load(queries.lines_by_receipt, root.id)

    @level_field(list[LandedCost] | None, COSTS, held_at)
    async def landed_costs(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """What bringing them here cost; null without STOCK_COSTS there."""
        currency = settings().cost_currency
        return [
            [
                LandedCost(name=c.name, amount=money(c.amount_minor, currency), by=c.by)
                for c in landed_from_json(root.landed_costs)
            ]
            for root in roots
        ]
