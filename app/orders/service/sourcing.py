"""Looking ahead: how an order would be sourced."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.catalog import queries as catalog
from app.core import clock
from app.inventory import service as inventory
from app.inventory.queries import HeldUnits
from app.inventory.service import Kept
from app.inventory.sourcing import Place, Verdict
from app.orders import queries
from app.orders.models import Order
from app.orders.parts import left_of


async def preview_sourcing(order: Order) -> tuple[dict[str, Any], dict[UUID, int], dict[UUID, int]]:
    """How an order's lines would be sourced now, without taking anything.

    Returns the decision as it would be stored, what is wanted of each variant, and what there is of each
    that falls short. What the order itself has reserved is not counted as free.
    """
    wanted = await demand_of(order)
    to = Place.of(order.shipping_address)
    plan, policy = await inventory.plan_for(order.channel_id, wanted, clock.now(), to)
    return Kept([], plan, policy).as_json(), wanted, dict(plan.short)


def as_it_is_now(
    decision: dict[str, Any] | None, held: Sequence[HeldUnits], *, has_left: bool
) -> dict[str, Any] | None:
    """A decision as it was stored, with what has been found elsewhere since.

    A location whose stock turned out missing is not chosen any more, one that was found instead is. Of an
    order of which something `has_left`, what its locations have sent stays.
    """
    if decision is None:
        return None
    now = {(str(each.location_id), str(each.variant_id)): each.quantity for each in held}
    if has_left:
        held_at = {place for place, _ in now}
        for place, variant, quantity in decision["picks"]:
            if place not in held_at:
                now.setdefault((place, variant), quantity)
    units: dict[str, int] = {}
    for (place, _), quantity in now.items():
        units[place] = units.get(place, 0) + quantity
    candidates = []
    for place, verdict, score, _, day in decision["candidates"]:
        if place in units:
            verdict = Verdict.CHOSEN.value
        elif verdict == Verdict.CHOSEN.value:
            verdict = Verdict.STOCK_MISSING.value
        candidates.append([place, verdict, score, units.get(place, 0), day])
    known = {candidate[0] for candidate in candidates}
    candidates += [
        [place, Verdict.CHOSEN.value, "", count, None] for place, count in units.items() if place not in known
    ]
    picks = [[place, variant, quantity] for (place, variant), quantity in now.items()]
    return decision | {"picks": picks, "candidates": candidates}


def no_longer_chosen(was: dict[str, Any] | None, now: dict[str, Any] | None) -> dict[str, Any]:
    """The candidates of a decision that were chosen and are not any more."""
    still = {candidate[0] for candidate in (now or {}).get("candidates", ()) if candidate[1] == "chosen"}
    gone = [
        each for each in (was or {}).get("candidates", ()) if each[1] == "chosen" and each[0] not in still
    ]
    return {"candidates": gone}


async def demand_of(order: Order) -> dict[UUID, int]:
    """What must be in stock for what is left to send of an order: units of each variant."""
    lines = await queries.lines(order.id)
    variants = {v.id: v for v in await catalog.variants_by_id([line.variant_id for line in lines]) if v}
    wanted: dict[UUID, int] = {}
    for line in lines:
        if not variants[line.variant_id].tracks_stock:
            continue
        for id, left in left_of(line).items():
            if left > 0:
                wanted[id] = wanted.get(id, 0) + left
    return wanted
