"""How an order is sourced, in the graph."""

from uuid import UUID

from app.inventory import queries as inventory
from app.inventory.schema.types import Shortage, SourcingPlan
from app.orders import service
from app.orders.models import Order


async def plan_of(order: Order) -> SourcingPlan:
    """The decision that was made for an order; of one without, how it would be decided now."""
    decision, is_preview = order.sourcing, order.sourcing is None
    wanted: dict[UUID, int] = {}
    short: dict[UUID, int] = {}
    if decision is None:
        decision, wanted, short = await service.preview_sourcing(order)
    ids = {UUID(variant) for _, variant, _ in decision["picks"]} | set(short)
    skus = await inventory.skus_of(ids)
    shortages = [
        Shortage(sku=skus[id], requested=wanted[id], available=max(0, there)) for id, there in short.items()
    ]
    return SourcingPlan.of(decision, skus, shortages, is_preview=is_preview)
