"""GraphQL types of receipts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import strawberry

from app.catalog.schema import Variant
from app.core.graphql.empty import none_if_empty
from app.core.graphql.levels import level_field
from app.core.graphql.node import Node
from app.core.graphql.policy import ABOUT_IT, AROUND_IT, field
from app.core.graphql.scalars import Money, doc, money, serves
from app.inventory.locations import queries as locations
from app.inventory.locations.schema.places import held_at
from app.inventory.locations.schema.types import Location
from app.inventory.policies import COSTS
from app.inventory.receiving import models, queries
from app.inventory.receiving.landed_costs import landed_from_json
from app.inventory.receiving.schema.enums import SpreadBy
from app.inventory.stock import queries as stock_queries
from app.inventory.stock.schema.places import held_at_level
from app.settings import settings


@strawberry.type(description="A landed cost of a receipt, such as freight.")
class LandedCost:
    name: str = doc("Description of the cost: freight, duty, insurance.")
    amount: Money = doc("Amount.")
    by: SpreadBy = doc("Basis on which the cost is allocated to the receipt lines.")


@strawberry.type(description="One SKU of a receipt.")
class StockReceiptLine:
    is_type_of = serves(models.ReceiptLine)

    position: int = doc("Position in the receipt, starting at 1.")
    quantity: int = doc("Number of units received.")
    reversed: int = doc("Number of units reversed because they were never received.")
    is_estimated: bool = doc("Whether the cost was not specified and is estimated.")

    @field(reach=ABOUT_IT)
    async def variant(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Variant:
        """The variant."""
        return await info.context.load(stock_queries.variants_of_levels, root.level_id)

    @level_field(Money | None, COSTS, held_at_level)
    async def cost(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Cost of all units that were not reversed, excluding landed cost. Null without the permission
        STOCK_COSTS for the location."""
        return [money(root.cost_minor, settings().cost_currency) for root in roots]

    @level_field(Money | None, COSTS, held_at_level)
    async def landed_cost(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Share of the receipt's landed cost; null without the permission STOCK_COSTS for the location."""
        return [money(root.landed_minor, settings().cost_currency) for root in roots]


@strawberry.type(description="Goods that were received together.")
class StockReceipt(Node):
    is_type_of = serves(models.Receipt)

    reference: str | None = none_if_empty("Number of the delivery note or invoice; null if there is none.")
    note: str | None = none_if_empty("Note; null if there is none.")
    at: datetime = doc("Date and time of receipt.")

    @field(reach=AROUND_IT)
    async def location(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Location:
        """The location."""
        return await info.context.load(locations.locations_by_id, root.location_id)

    @field()
    async def lines(self, root: strawberry.Parent[Any], info: strawberry.Info) -> list[StockReceiptLine]:
        """Lines of the receipt."""
        return await info.context.load(queries.lines_by_receipt, root.id)

    @level_field(list[LandedCost] | None, COSTS, held_at)
    async def landed_costs(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Landed costs of the receipt; null without the permission STOCK_COSTS for the location."""
        currency = settings().cost_currency
        return [
            [
                LandedCost(name=c.name, amount=money(c.amount_minor, currency), by=c.by)
                for c in landed_from_json(root.landed_costs)
            ]
            for root in roots
        ]
