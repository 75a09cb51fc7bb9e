"""Chooses locations by a channel's strategy within its rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.inventory.location_kinds import LocationKind
from app.inventory.sourcing.covering import Have, Opening, cheapest_cover
from app.inventory.sourcing.geography import Place, great_circle_km, remoteness
from app.inventory.sourcing.plan import Candidate, Offer, Pick, Plan, Site, Verdict
from app.inventory.sourcing.policy import DropShip, Policy, Split, Strategy

V = Verdict
Demand = Mapping[UUID, int]


@dataclass(frozen=True, slots=True)
class _Choice:
    """Units by location and variant."""

    taken: dict[tuple[UUID, UUID], int]
    is_exact: bool = True

    @property
    def sites(self) -> set[UUID]:
        return {site for site, _ in self.taken}


def choose(
    demand: Demand, offers: Sequence[Offer], sites: Sequence[Site], policy: Policy, to: Place | None = None
) -> Plan:
    """Meet a demand by variant from the offers of the sites, all or nothing.

    `to` is the destination, as far as it is known. A plan with shortages has no picks.
    """
    levels = {(offer.location_id, offer.variant_id): offer for offer in offers if offer.available > 0}
    rejected = {site.id: verdict for site in sites if (verdict := _unfit(site, policy, to))}
    fit = _in_order([site for site in sites if site.id not in rejected], policy, to)
    have: Have = {key: offer.available for key, offer in levels.items() if key[0] not in rejected}
    chosen = None
    for asked in _rounds(fit, policy):
        chosen = _within_rules(demand, asked, have, policy)
        if chosen is not None:
            break
    plan_sites = {site.id: site for site in sites}
    verdicts = rejected | {site.id: _verdict(site, demand, have, chosen, policy, asked) for site in fit}
    return Plan(
        picks=_picks(demand, levels, chosen, fit),
        short=_short(demand, have, fit) if chosen is None else {},
        candidates=[
            Candidate(plan_sites[id], verdicts[id], _score(plan_sites[id], policy, to), _units(chosen, id))
            for id in [*(site.id for site in fit), *rejected]
        ],
        is_exact=chosen is None or chosen.is_exact,
    )


# --- which locations can ship ---


def _unfit(site: Site, policy: Policy, to: Place | None) -> Verdict | None:
    if site.is_closed:
        return V.CLOSED
    if site.countries is not None and to is not None and to.country not in site.countries:
        return V.NOT_SERVED
    if site.capacity_left is not None and site.capacity_left <= 0:
        return V.AT_CAPACITY
    if site.kind is LocationKind.DROP_SHIP and policy.drop_ship is DropShip.NEVER:
        return V.NO_DROP_SHIP
    return None


def _in_order(sites: Sequence[Site], policy: Policy, to: Place | None) -> list[Site]:
    """The sites in the order of the strategy; equal ones in the order of the channel."""

    def key(site: Site) -> tuple[object, ...]:
        early = site.ships_on.toordinal() if policy.earliest_first and site.ships_on else 0
        far = remoteness(site.place, to) if policy.strategy is Strategy.NEAREST else ()
        return (early, far, site.rank, site.id)

    return sorted(sites, key=key)


def _rounds(fit: Sequence[Site], policy: Policy) -> list[list[Site]]:
    """The groups of sites to try in turn."""
    suppliers = [site for site in fit if site.kind is LocationKind.DROP_SHIP]
    own = [site for site in fit if site.kind is not LocationKind.DROP_SHIP]
    if not suppliers or not own or policy.drop_ship is DropShip.LIKE_OTHERS:
        return [list(fit)]
    if policy.drop_ship is DropShip.FIRST:
        return [suppliers, list(fit)]
    return [own, list(fit)]


# --- which of them are chosen ---


def _within_rules(demand: Demand, sites: Sequence[Site], have: Have, policy: Policy) -> _Choice | None:
    """The strategy's choice within the split rules; None if there is none."""
    whole = _whole(demand, sites, have, policy)
    if whole is not None or policy.split is Split.SINGLE_LOCATION:
        return whole
    found = _by_strategy(demand, sites, have, policy)
    if found is None:
        return None
    if policy.max_parcels is not None and len(found.sites) > policy.max_parcels:
        found = _cover(demand, sites, have, fewest=True, most=policy.max_parcels)
    return None if found is None else _without_small(found, demand, sites, have, policy)


def _whole(demand: Demand, sites: Sequence[Site], have: Have, policy: Policy) -> _Choice | None:
    """Everything from one location: the first that has it, or the cheapest by cost."""
    able = [s for s in sites if all(have.get((s.id, v), 0) >= n for v, n in demand.items())]
    if not able:
        return None
    if policy.strategy is Strategy.LOWEST_COST:
        units = sum(demand.values())
        cheapest = min(able, key=lambda s: s.parcel_cost_minor + units * s.unit_cost_minor)
        if policy.split is Split.ANY:
            return None if _splitting_pays(demand, sites, have, cheapest) else _all_from(cheapest, demand)
        return _all_from(cheapest, demand)
    return _all_from(able[0], demand)


def _all_from(site: Site, demand: Demand) -> _Choice:
    return _Choice({(site.id, variant): wanted for variant, wanted in demand.items()})


def _splitting_pays(demand: Demand, sites: Sequence[Site], have: Have, whole: Site) -> bool:
    found = _cover(demand, sites, have, fewest=False)
    price = whole.parcel_cost_minor + sum(demand.values()) * whole.unit_cost_minor
    return found is not None and _price(found, sites) < price


def _price(choice: _Choice, sites: Sequence[Site]) -> int:
    by_id = {site.id: site for site in sites}
    parcels = sum(by_id[id].parcel_cost_minor for id in choice.sites)
    return parcels + sum(units * by_id[id].unit_cost_minor for (id, _), units in choice.taken.items())


def _by_strategy(demand: Demand, sites: Sequence[Site], have: Have, policy: Policy) -> _Choice | None:
    if policy.strategy in (Strategy.FEWEST_SHIPMENTS, Strategy.LOWEST_COST):
        return _cover(demand, sites, have, fewest=policy.strategy is Strategy.FEWEST_SHIPMENTS)
    taken: dict[tuple[UUID, UUID], int] = {}
    for variant, wanted in demand.items():
        whole = [site for site in sites if have.get((site.id, variant), 0) >= wanted]
        for site in whole[:1] or sites:
            units = min(wanted, have.get((site.id, variant), 0))
            if units > 0:
                taken[site.id, variant] = units
                wanted -= units
        if wanted:
            return None
    return _Choice(taken)


def _cover(
    demand: Demand, sites: Sequence[Site], have: Have, *, fewest: bool, most: int | None = None
) -> _Choice | None:
    openings = [
        Opening(s.id, 1) if fewest else Opening(s.id, s.parcel_cost_minor, s.unit_cost_minor) for s in sites
    ]
    found = cheapest_cover(demand, openings, have, most)
    if found is None:
        return None
    chosen = [site for site in sites if site.id in found.sites]
    if not fewest:
        chosen.sort(key=lambda site: site.unit_cost_minor)
    taken: dict[tuple[UUID, UUID], int] = {}
    for variant, wanted in demand.items():
        # Locations that have a line completely come first, so that lines are not split unnecessarily.
        order = chosen if not fewest else sorted(chosen, key=lambda s: have.get((s.id, variant), 0) < wanted)
        for site in order:
            units = min(wanted, have.get((site.id, variant), 0))
            if units > 0:
                taken[site.id, variant] = units
                wanted -= units
    return _Choice(taken, found.is_exact)


def _without_small(
    found: _Choice, demand: Demand, sites: Sequence[Site], have: Have, policy: Policy
) -> _Choice:
    """The same without parcels that are too small, if the others can ship everything."""
    left = list(sites)
    while policy.min_parcel_units > 1 and len(found.sites) > 1:
        small = [s for s in left if 0 < _units(found, s.id) < policy.min_parcel_units]
        if not small:
            break
        # The least preferred one is left out first.
        left = [site for site in left if site is not small[-1]]
        without = _by_strategy(demand, left, have, policy)
        if without is None or len(without.sites) > len(found.sites):
            break
        found = without
    return found


# --- the explanation ---


def _units(choice: _Choice | None, site_id: UUID) -> int:
    return sum(units for (id, _), units in choice.taken.items() if id == site_id) if choice else 0


def _short(demand: Demand, have: Have, sites: Sequence[Site]) -> dict[UUID, int]:
    """The available units of each variant that falls short; of all variants
    if only the rules prevent a plan.
    """
    ids = {site.id for site in sites}
    there = {v: sum(n for (id, of), n in have.items() if of == v and id in ids) for v in demand}
    short = {variant: there[variant] for variant, wanted in demand.items() if there[variant] < wanted}
    if short:
        return short
    best = {v: max((have.get((id, v), 0) for id in ids), default=0) for v in demand}
    lacking = {v: best[v] for v, wanted in demand.items() if best[v] < wanted}
    return lacking or dict.fromkeys(demand, 0)


def _picks(
    demand: Demand, levels: Mapping[tuple[UUID, UUID], Offer], choice: _Choice | None, fit: Sequence[Site]
) -> list[Pick]:
    if choice is None:
        return []
    place = {site.id: index for index, site in enumerate(fit)}
    wanted = {variant: index for index, variant in enumerate(demand)}
    keys = sorted(choice.taken, key=lambda key: (wanted[key[1]], place[key[0]]))
    return [Pick(levels[key].level_id, key[1], key[0], choice.taken[key]) for key in keys]


def _verdict(
    site: Site, demand: Demand, have: Have, choice: _Choice | None, policy: Policy, asked: Sequence[Site]
) -> Verdict:
    if choice is not None and site.id in choice.sites:
        return V.CHOSEN
    if not any(have.get((site.id, variant), 0) for variant in demand):
        return V.NO_STOCK
    if choice is None:
        return V.NO_PLAN
    if all(each is not site for each in asked):
        return V.OWN_STOCK_SAVED if policy.drop_ship is DropShip.FIRST else V.NOT_NEEDED
    has_all = all(have.get((site.id, variant), 0) >= wanted for variant, wanted in demand.items())
    if len(choice.sites) == 1 and not has_all:
        return V.NOT_ENOUGH
    could = sum(min(have.get((site.id, variant), 0), wanted) for variant, wanted in demand.items())
    if len(choice.sites) > 1 and could < policy.min_parcel_units:
        return V.SMALL_PARCEL
    return V.LESS_PREFERRED


def _score(site: Site, policy: Policy, to: Place | None) -> str:
    """The strategy's measure for a location, for display."""
    if policy.strategy is Strategy.NEAREST:
        if to is not None and site.place is not None and to.is_mapped and site.place.is_mapped:
            return f"{great_circle_km(site.place, to):.0f} km"
        far = remoteness(site.place, to)
        return {0.0: "same region", 1.0: "same country", 2.0: "elsewhere"}[far[0]]
    if policy.strategy is Strategy.LOWEST_COST:
        return f"{site.parcel_cost_minor} a parcel, {site.unit_cost_minor} a unit"
    return f"place {site.rank + 1}"
