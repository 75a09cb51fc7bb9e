"""Sourcing of orders in GraphQL."""

from uuid import UUID

from app.inventory.sourcing import SourcingDecision
from app.inventory.stock import queries as inventory
from app.inventory.stock.schema.types import Shortage, SourcingPlan
from app.orders.models import Order
from app.orders.service import sourcing


async def plan_of(order: Order) -> SourcingPlan:
    """The recorded decision of an order; for an order without one, the decision that would be made now."""
    decision = SourcingDecision.from_json(order.sourcing)
    is_preview = decision is None
    wanted: dict[UUID, int] = {}
    short: dict[UUID, int] = {}
    if decision is None:
        decision, wanted, short = await sourcing.preview_sourcing(order)
    ids = {each.variant_id for each in decision.picks} | set(short)
    skus = await inventory.skus_of(ids)
    shortages = [
        Shortage(sku=skus[id], requested=wanted[id], available=max(0, there)) for id, there in short.items()
    ]
    return SourcingPlan.of(decision, skus, shortages, is_preview=is_preview)
