"""Looking ahead: how an order would be sourced."""

from typing import Any
from uuid import UUID

from app.catalog import queries as catalog
from app.core import clock
from app.inventory import service as inventory
from app.inventory.service import Kept
from app.inventory.sourcing import Place
from app.orders import queries
from app.orders.models import Order


async def preview_sourcing(order: Order) -> tuple[dict[str, Any], dict[UUID, int], dict[UUID, int]]:
    """How an order's lines would be sourced now, without taking anything.

    Returns the decision as it would be stored, what is wanted of each variant, and what there is of each
    that falls short. What the order itself has reserved is not counted as free.
    """
    wanted = await demand_of(order)
    to = Place.of(order.shipping_address)
    plan, policy = await inventory.plan_for(order.channel_id, wanted, clock.now(), to)
    return Kept([], plan, policy).as_json(), wanted, dict(plan.short)


async def demand_of(order: Order) -> dict[UUID, int]:
    """What must be in stock for what is left to send of an order: units of each variant."""
    lines = await queries.lines(order.id)
    variants = {v.id: v for v in await catalog.variants_by_id([line.variant_id for line in lines]) if v}
    wanted: dict[UUID, int] = {}
    for line in lines:
        left = line.quantity - line.quantity_cancelled - line.quantity_shipped
        if not variants[line.variant_id].tracks_stock or left <= 0:
            continue
        for part in line.components or [{"variant_id": str(line.variant_id), "quantity": 1}]:
            id = UUID(part["variant_id"])
            wanted[id] = wanted.get(id, 0) + left * part["quantity"]
    return wanted
