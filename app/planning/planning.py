"""Calculates the plan of each stock level from demand, lead time and policy."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import stdev
from uuid import UUID

from app.catalog import queries as catalog
from app.core import clock
from app.core.problems import ProblemCode
from app.core.refusals import Invalid, NotFound, Problems
from app.inventory.stock import queries as inventory
from app.inventory.stock.queries import replenishment, sales
from app.inventory.stock.queries.replenishment import PlannedLevel
from app.inventory.transfers import queries as transfers
from app.planning import classing
from app.planning.classing import AbcClass, XyzClass
from app.planning.demand import Forecast, smoothed, variation
from app.planning.fitting import fitted, refuse_unless_installed
from app.planning.lifecycle import ForecastMethod
from app.planning.margins import Margin, Pools
from app.planning.stocking import LeadTime, Policy, days_of_cover, policy
from app.settings import settings
from app.suppliers import queries as suppliers
from app.suppliers.models import SupplierItem

AT_ONCE = 500
MOST_WEEKS = 260
FEWEST_LEAD_TIMES = 3  # received orders, for a meaningful deviation


@dataclass(frozen=True, slots=True)
class Rules:
    """Planning parameters."""

    service_level: float = 0.95  # the probability of no stockout until goods arrive
    review_days: int = 7  # days between reviews
    weeks: int = 26  # weeks of demand used
    method: ForecastMethod = ForecastMethod.SMOOTHED
    lead_days: int = 14  # without a known supplier
    dead_after_days: int = 90  # days without a sale
    most_cover_days: int = 180  # days of cover above which stock is excess


@dataclass(slots=True)
class PlanRow:
    """Replenishment plan of a stock level, with the values it is based on."""

    level: PlannedLevel
    forecast: Forecast
    lead: LeadTime
    margin: Margin
    wanted: Policy
    is_policy_set: bool  # set by people: then the forecast does not determine when to order
    on_drafts: int  # units on drafts
    cover_days: float | None
    abc: AbcClass
    xyz: XyzClass
    last_sold_at: datetime | None
    is_dead: bool
    excess: int
    unit_cost: float  # in minor units
    item: SupplierItem | None

    @property
    def position(self) -> int:
        """The inventory position: available, on order and on drafts."""
        return self.level.available + self.level.incoming + self.on_drafts


def checked(rules: Rules) -> Rules:
    """Validate planning parameters.

    Raises:
        Invalid, ValidationFailed: a value out of range, or a method that is not installed.
    """
    problems = Problems()
    if not 0.5 <= rules.service_level <= 0.9999:
        problems.add(
            "The service level must be between 0.5 and 0.9999.",
            "service_level",
            code=ProblemCode.NOT_IN_RANGE,
            minimum=Decimal("0.5"),
            maximum=Decimal("0.9999"),
        )
    for name, least, most in (
        ("review_days", 1, 365),
        ("weeks", 4, MOST_WEEKS),
        ("lead_days", 0, 730),
        ("dead_after_days", 1, 3_650),
        ("most_cover_days", 1, 3_650),
    ):
        if not least <= getattr(rules, name) <= most:
            problems.add(
                f"This must be between {least} and {most}.",
                name,
                code=ProblemCode.NOT_IN_RANGE,
                minimum=least,
                maximum=most,
            )
    problems.refuse_if_any()
    if rules.method is ForecastMethod.FITTED:
        refuse_unless_installed("method")
    return rules


async def plan(location_ids: Sequence[UUID], skus: Sequence[str] | None, rules: Rules) -> list[PlanRow]:
    """The plan of each level of some locations, for some SKUs or all, sorted by SKU and location.

    Raises:
        NotFound: a SKU does not exist.
    """
    await _refuse_unknown(skus)
    now = clock.now()
    levels = await replenishment.levels_to_plan(location_ids, skus)
    drafts = await drafted(location_ids)
    others: list[PlannedLevel] = []
    if skus is not None:
        # Classes rank all SKUs, and errors are pooled over all: the other SKUs are calculated too, with the
        # fast method.
        own = {level.id for level in levels}
        others = [
            each for each in await replenishment.levels_to_plan(location_ids, None) if each.id not in own
        ]
    demand = await _demand([*levels, *others], rules, now)
    pools = Pools(list(demand.values()))
    rows = await _all_rows(levels, demand, pools, drafts, rules, now)
    quick = replace(rules, method=ForecastMethod.SMOOTHED)
    _classify(rows, [*rows, *await _all_rows(others, demand, pools, drafts, quick, now)])
    return rows


async def _demand(levels: Sequence[PlannedLevel], rules: Rules, now: datetime) -> dict[UUID, list[int]]:
    """The units sold of each level by week, oldest first."""
    found: dict[UUID, list[int]] = {}
    for start in range(0, len(levels), AT_ONCE):
        part = levels[start : start + AT_ONCE]
        sold = await sales.weeks_sold([level.id for level in part], now, rules.weeks)
        found |= {level.id: _weeks(level, sold.get(level.id, {}), rules.weeks, now) for level in part}
    return found


async def _all_rows(
    levels: Sequence[PlannedLevel],
    demand: Mapping[UUID, list[int]],
    pools: Pools,
    drafts: dict[tuple[UUID, UUID], int],
    rules: Rules,
    now: datetime,
) -> list[PlanRow]:
    rows: list[PlanRow] = []
    for start in range(0, len(levels), AT_ONCE):
        rows += await _rows(levels[start : start + AT_ONCE], demand, pools, drafts, rules, now)
    return rows


def _classify(rows: Sequence[PlanRow], among: Sequence[PlanRow]) -> None:
    """Classify SKUs by sales value over all locations; by units if no cost is known."""
    costs_are_known = any(row.unit_cost for row in among)
    sold: dict[UUID, int] = {}
    for row in among:
        value = round(row.forecast.mean * (row.unit_cost if costs_are_known else 1_000))
        sold[row.level.variant_id] = sold.get(row.level.variant_id, 0) + value
    classes = classing.abc(sold)
    for row in rows:
        row.abc = classes[row.level.variant_id]


async def drafted(location_ids: Sequence[UUID]) -> dict[tuple[UUID, UUID], int]:
    """The units on draft purchase orders and transfers, by location and variant."""
    found = await transfers.drafted_units(location_ids)
    for key, units in (await suppliers.drafted_units(location_ids)).items():
        found[key] = found.get(key, 0) + units
    return found


async def _rows(
    levels: Sequence[PlannedLevel],
    demand: Mapping[UUID, list[int]],
    pools: Pools,
    drafts: dict[tuple[UUID, UUID], int],
    rules: Rules,
    now: datetime,
) -> list[PlanRow]:
    ids = [level.id for level in levels]
    weeks = [demand[id] for id in ids]
    forecasts = await _forecasts(weeks, rules.method)
    leads = await _leads([level.variant_id for level in levels], rules)
    last = await sales.last_sold(ids)
    worth = await inventory.level_values(ids)
    rows = []
    for level, known, forecast in zip(levels, weeks, forecasts, strict=True):
        lead, item, cost = leads[level.variant_id]
        margin = pools.of_days(lead.days + rules.review_days).margin(forecast, rules.service_level)
        wanted, is_set = _wanted(level, forecast, lead, margin, rules.review_days)
        units, value = worth[level.id]
        sold_at = last.get(level.id)
        since = sold_at or level.created_at
        rows.append(
            PlanRow(
                level=level,
                forecast=forecast,
                lead=lead,
                margin=margin,
                wanted=wanted,
                is_policy_set=is_set,
                on_drafts=drafts.get((level.location_id, level.variant_id), 0),
                cover_days=days_of_cover(level.available, forecast),
                abc=AbcClass.C,
                xyz=classing.xyz(variation(known)),
                last_sold_at=sold_at,
                is_dead=level.on_hand > 0 and now - since > timedelta(days=rules.dead_after_days),
                excess=classing.excess(level.available, forecast.mean / 7, rules.most_cover_days),
                unit_cost=value / units if value else float(cost),
                item=item,
            )
        )
    return rows


def _weeks(level: PlannedLevel, sold: dict[int, int], most: int, now: datetime) -> list[int]:
    """Units by week since the level was created, or since the first known sale."""
    age = (now - level.created_at).days // 7
    count = min(most, max([age, *(ago + 1 for ago in sold)], default=0))
    return [sold.get(ago, 0) for ago in range(count - 1, -1, -1)]


async def _forecasts(weeks: Sequence[Sequence[int]], method: ForecastMethod) -> list[Forecast]:
    if method is ForecastMethod.SMOOTHED:
        return [smoothed(each) for each in weeks]
    # A fit takes long, so it runs in a thread.
    return await asyncio.to_thread(_each, fitted, weeks)


def _each(forecast: Callable[[Sequence[int]], Forecast], weeks: Sequence[Sequence[int]]) -> list[Forecast]:
    return [forecast(each) for each in weeks]


async def _leads(
    variant_ids: Sequence[UUID], rules: Rules
) -> dict[UUID, tuple[LeadTime, SupplierItem | None, int]]:
    """The lead time of each variant, its supplier, and the cost per piece in minor units.

    Uses the preferred supplier, else the cheapest. A cost in a currency other than that of stock valuation is
    0.
    """
    offered = await suppliers.items_by_variant(list(variant_ids))
    owners = sorted({item.supplier_id for items in offered for item in items})
    known = {row.id: row for row in await suppliers.suppliers_by_id(owners) if row is not None}
    took = await suppliers.lead_times(owners)
    found: dict[UUID, tuple[LeadTime, SupplierItem | None, int]] = {}
    for variant_id, items in zip(variant_ids, offered, strict=True):
        chosen = next((item for item in items if known[item.supplier_id].is_active), None)
        if chosen is None:
            found[variant_id] = LeadTime(rules.lead_days), None, 0
            continue
        supplier = known[chosen.supplier_id]
        days = supplier.lead_days if chosen.lead_days is None else chosen.lead_days
        times = took.get(supplier.id, [])
        seen = stdev(times) if len(times) >= FEWEST_LEAD_TIMES else float(supplier.lead_deviation_days)
        cost = chosen.cost_minor if supplier.currency == settings().cost_currency else 0
        found[variant_id] = LeadTime(days, seen), chosen, cost
    return found


def _wanted(
    level: PlannedLevel, forecast: Forecast, lead: LeadTime, margin: Margin, review_days: int
) -> tuple[Policy, bool]:
    """When and up to which level to order: as set on the stock level, else by the forecast."""
    computed = policy(forecast, lead, margin, review_days)
    if level.reorder_point is None:
        return computed, False
    up_to = level.reorder_up_to
    if up_to is None:
        up_to = max(level.reorder_point + 1, computed.order_up_to)
    return Policy(computed.safety_stock, level.reorder_point, up_to), True


def refuse_none(location_ids: Sequence[UUID]) -> None:
    """Check that there are locations to plan for.

    Raises:
        Invalid: there is no own location.
    """
    if not location_ids:
        raise Invalid("There are no locations to plan for.", "locations", code=ProblemCode.NOT_FOUND)


async def _refuse_unknown(skus: Sequence[str] | None) -> None:
    """Raises NotFound for the first SKU that does not exist; a plan without it would look complete."""
    known = await catalog.variants_by_sku(list(skus or ()))
    for index, sku in enumerate(skus or ()):
        if sku not in known:
            raise NotFound.of("SKU", "skus", str(index))
