"""Previews the sourcing of an order."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from app.catalog import queries as catalog
from app.core import clock
from app.inventory.sourcing import DecidedCandidate, DecidedPick, Place, SourcingDecision, Verdict
from app.inventory.stock.queries import HeldUnits
from app.inventory.stock.service import reserving
from app.orders import queries
from app.orders.components import left_of
from app.orders.models import Order
from app.orders.pickup import destination_of


async def preview_sourcing(order: Order) -> tuple[SourcingDecision, dict[UUID, int], dict[UUID, int]]:
    """How an order's lines would be sourced now, without reserving anything.

    Returns the decision, the demand of each variant, and the available units of each variant that falls
    short. What the order itself has reserved does not count as free.
    """
    wanted = await demand_of(order)
    to = Place.of(destination_of(order))
    plan, policy = await reserving.plan_for(order.channel_id, wanted, clock.now(), to)
    return SourcingDecision.of(plan, policy), wanted, dict(plan.short)


def as_it_is_now(
    decision: SourcingDecision, held: Sequence[HeldUnits], *, has_left: bool
) -> SourcingDecision:
    """A decision updated with stock that was found elsewhere since.

    A location whose stock is missing is no longer chosen, a replacement is. For an order of which something
    `has_left`, what its locations have shipped stays.
    """
    now = {(each.location_id, each.variant_id): each.quantity for each in held}
    if has_left:
        held_at = {place for place, _ in now}
        for pick in decision.picks:
            if pick.location_id not in held_at:
                now.setdefault((pick.location_id, pick.variant_id), pick.units)
    units: dict[UUID, int] = {}
    for (place, _), quantity in now.items():
        units[place] = units.get(place, 0) + quantity
    candidates = []
    for each in decision.candidates:
        verdict = each.verdict
        if each.location_id in units:
            verdict = Verdict.CHOSEN
        elif each.is_chosen:
            verdict = Verdict.STOCK_MISSING
        candidates.append(replace(each, verdict=verdict, units=units.get(each.location_id, 0)))
    known = {each.location_id for each in candidates}
    candidates += [
        DecidedCandidate(place, Verdict.CHOSEN, "", count, None)
        for place, count in units.items()
        if place not in known
    ]
    picks = [DecidedPick(place, variant, quantity) for (place, variant), quantity in now.items()]
    return replace(decision, picks=tuple(picks), candidates=tuple(candidates))


def no_longer_chosen(was: SourcingDecision, now: SourcingDecision) -> list[DecidedCandidate]:
    """The candidates of a decision that were chosen and no longer are."""
    still = {each.location_id for each in now.chosen}
    return [each for each in was.chosen if each.location_id not in still]


async def demand_of(order: Order) -> dict[UUID, int]:
    """The units of each variant that must be in stock for the rest of an order."""
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
