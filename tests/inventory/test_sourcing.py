"""The pure functions of sourcing, compared with brute force."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from itertools import combinations
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.inventory.location_kinds import LocationKind
from app.inventory.sourcing import (
    DropShip,
    Hours,
    Offer,
    Place,
    Plan,
    Policy,
    Site,
    Split,
    Strategy,
    Verdict,
    choose,
    great_circle_km,
    ships_on,
)

PLACES = [UUID(int=i) for i in range(1, 6)]
THINGS = [UUID(int=i) for i in range(11, 15)]
# Berlin, Hamburg, Munich, Paris, New York
MAP = [(52.52, 13.405), (53.551, 9.994), (48.137, 11.575), (48.857, 2.352), (40.713, -74.006)]


def offers(table: dict[tuple[int, int], int]) -> list[Offer]:
    return [Offer(UUID(int=100 + p * 10 + t), THINGS[t], PLACES[p], count) for (p, t), count in table.items()]


def site(index: int, **more: object) -> Site:
    given = {"place": Place("DE", "", "", *MAP[index])} | more
    return Site(PLACES[index], f"p{index}", index, **given)  # type: ignore[arg-type]


SITES = [site(i, parcel_cost_minor=cost) for i, cost in enumerate((700, 500, 400, 900, 100))]


def by(strategy: Strategy, **rules: object) -> Policy:
    return Policy(strategy=strategy, **rules)  # type: ignore[arg-type]


def sent(plan: Plan) -> dict[int, int]:
    """Units by location."""
    found: dict[int, int] = {}
    for pick in plan.picks:
        index = PLACES.index(pick.location_id)
        found[index] = found.get(index, 0) + pick.quantity
    return found


def verdicts(plan: Plan) -> dict[int, Verdict]:
    return {PLACES.index(each.site.id): each.verdict for each in plan.candidates}


# --- every strategy picks exactly the demand ---

table = st.dictionaries(st.tuples(st.integers(0, 4), st.integers(0, 3)), st.integers(-2, 9))
wanted = st.dictionaries(st.sampled_from(THINGS), st.integers(1, 12), min_size=1)
policies = st.builds(
    Policy,
    strategy=st.sampled_from(Strategy),
    split=st.sampled_from(Split),
    max_parcels=st.none() | st.integers(1, 3),
    min_parcel_units=st.integers(1, 3),
)


@given(table, wanted, policies)
def test_a_plan_picks_exactly_the_demand_and_never_more_than_the_stock(table, wanted, policy):
    have = offers(table)
    plan = choose(wanted, have, SITES, policy, Place("DE", "", "", 52.0, 13.0))
    stock = {offer.level_id: offer.available for offer in have}
    totals = {t: sum(max(0, o.available) for o in have if o.variant_id == t) for t in wanted}
    if plan.short:
        assert plan.picks == [] and all(plan.short[t] <= totals[t] for t in plan.short)
        return
    for thing, count in wanted.items():
        assert sum(pick.quantity for pick in plan.picks if pick.variant_id == thing) == count
    assert all(0 < pick.quantity <= stock[pick.level_id] for pick in plan.picks)
    assert len({pick.level_id for pick in plan.picks}) == len(plan.picks)
    parcels = len(sent(plan))
    assert parcels <= (policy.max_parcels or 9) and (policy.split is Split.ANY or parcels == 1)


@given(table, wanted, st.sampled_from(Strategy))
def test_a_demand_covered_by_total_stock_is_met_by_every_strategy(table, wanted, strategy):
    plan = choose(wanted, offers(table), SITES, by(strategy))
    totals = {t: sum(max(0, o.available) for o in offers(table) if o.variant_id == t) for t in wanted}
    assert plan.short == {t: totals[t] for t, count in wanted.items() if totals[t] < count}


# --- comparison with brute force ---


def covers(table: dict[tuple[int, int], int], wanted: dict[UUID, int]) -> Iterator[tuple[int, ...]]:
    """Every set of locations that together have the whole demand."""
    for size in range(1, 6):
        for chosen in combinations(range(5), size):
            if all(
                sum(max(0, table.get((p, THINGS.index(t)), 0)) for p in chosen) >= count
                for t, count in wanted.items()
            ):
                yield chosen


def cheapest(chosen: tuple[int, ...], table: dict, wanted: dict[UUID, int], sites: list[Site]) -> int:
    """The lowest cost of shipping the demand from a set of locations."""
    price = sum(sites[p].parcel_cost_minor for p in chosen)
    for thing, count in wanted.items():
        for p in sorted(chosen, key=lambda p: sites[p].unit_cost_minor):
            units = min(count, max(0, table.get((p, THINGS.index(thing)), 0)))
            price += units * sites[p].unit_cost_minor
            count -= units
    return price


@given(table, wanted)
def test_fewest_shipments_is_the_true_minimum(table, wanted):
    plan = choose(wanted, offers(table), SITES, by(Strategy.FEWEST_SHIPMENTS))
    fewest = min((len(chosen) for chosen in covers(table, wanted)), default=None)
    assert (len(sent(plan)) or None) == fewest and plan.is_exact


@given(table, wanted, st.lists(st.tuples(st.integers(0, 900), st.integers(0, 90)), min_size=5, max_size=5))
def test_lowest_cost_is_the_true_minimum(table, wanted, costs):
    sites = [site(i, parcel_cost_minor=p, unit_cost_minor=u) for i, (p, u) in enumerate(costs)]
    plan = choose(wanted, offers(table), sites, by(Strategy.LOWEST_COST))
    lowest = min((cheapest(chosen, table, wanted, sites) for chosen in covers(table, wanted)), default=None)
    if lowest is None:
        assert plan.picks == []
        return
    price = sum(
        sites[p].parcel_cost_minor + units * sites[p].unit_cost_minor for p, units in sent(plan).items()
    )
    assert price == lowest


@given(st.floats(-60, 60), st.floats(-180, 180))
def test_nearest_chooses_the_location_with_the_smallest_distance(latitude: float, longitude: float):
    to = Place("", "", "", latitude, longitude)
    plan = choose({THINGS[0]: 1}, offers({(p, 0): 5 for p in range(5)}), SITES, by(Strategy.NEAREST), to)
    ((chosen, _),) = sent(plan).items()
    assert great_circle_km(SITES[chosen].place, to) == min(great_circle_km(s.place, to) for s in SITES)


def test_the_great_circle_agrees_with_published_distances():
    berlin, paris, new_york = (Place("", "", "", *MAP[i]) for i in (0, 3, 4))
    assert great_circle_km(berlin, paris) == pytest.approx(878, abs=2)
    assert great_circle_km(berlin, new_york) == pytest.approx(6385, abs=15)


def test_nearest_without_coordinates_compares_addresses():
    sites = [
        site(0, place=Place("US", "NV", "89501")),
        site(1, place=Place("DE", "", "10969")),
        site(2, place=Place("DE", "", "10115")),
    ]
    plan = choose(
        {THINGS[0]: 1},
        offers({(p, 0): 5 for p in range(3)}),
        sites,
        by(Strategy.NEAREST),
        Place("DE", "", "10117"),
    )
    assert sent(plan) == {2: 1}


# --- the rules ---


def test_priority_chooses_the_first_location_that_has_the_whole_demand():
    have = offers({(0, 0): 5, (0, 1): 0, (1, 0): 5, (1, 1): 5})
    plan = choose({THINGS[0]: 1, THINGS[1]: 1}, have, SITES, Policy())
    assert sent(plan) == {1: 2}
    assert verdicts(plan) == {0: Verdict.NOT_ENOUGH, 1: Verdict.CHOSEN} | dict.fromkeys(
        (2, 3, 4), Verdict.NO_STOCK
    )


def test_a_line_is_split_only_if_no_location_has_all_of_it():
    have = offers({(0, 0): 2, (1, 0): 3, (2, 0): 4})
    assert sent(choose({THINGS[0]: 4}, have, SITES, Policy())) == {2: 4}
    assert sent(choose({THINGS[0]: 6}, have, SITES, Policy())) == {0: 2, 1: 3, 2: 1}


def test_single_location_policy_ships_from_one_location_or_reports_a_shortage():
    have = offers({(0, 0): 2, (1, 0): 3})
    whole = by(Strategy.PRIORITY, split=Split.SINGLE_LOCATION)
    assert sent(choose({THINGS[0]: 3}, have, SITES, whole)) == {1: 3}
    plan = choose({THINGS[0]: 4}, have, SITES, whole)
    assert plan.picks == [] and plan.short == {THINGS[0]: 3}  # the most that one location has
    assert verdicts(plan)[0] is Verdict.NO_PLAN


def test_max_parcels_limits_the_number_of_locations():
    have = offers({(0, 0): 2, (1, 0): 2, (2, 0): 2, (3, 0): 4})
    assert sent(choose({THINGS[0]: 6}, have, SITES, Policy())) == {0: 2, 1: 2, 2: 2}
    assert sent(choose({THINGS[0]: 6}, have, SITES, Policy(max_parcels=2))) == {0: 2, 3: 4}


def test_a_parcel_below_the_minimum_units_is_avoided_if_other_locations_have_its_units():
    have = offers({(0, 0): 1, (1, 1): 5, (2, 0): 3, (2, 1): 1, (3, 2): 4})
    demand = {THINGS[0]: 1, THINGS[1]: 5, THINGS[2]: 3}
    assert sent(choose(demand, have, SITES, Policy())) == {0: 1, 1: 5, 3: 3}
    plan = choose(
        demand, offers({(0, 0): 1, (1, 1): 5, (1, 0): 3, (3, 2): 4}), SITES, Policy(min_parcel_units=2)
    )
    assert sent(plan) == {1: 6, 3: 3} and verdicts(plan)[0] is Verdict.SMALL_PARCEL


@pytest.mark.parametrize(
    ("rule", "own", "chosen"),
    [
        (DropShip.LAST_RESORT, 5, {0: 3}),
        (DropShip.LAST_RESORT, 2, {1: 3}),
        (DropShip.FIRST, 5, {1: 3}),
        (DropShip.NEVER, 2, {}),
        (DropShip.LIKE_OTHERS, 5, {0: 3}),
    ],
)
def test_drop_ship_suppliers_are_used_according_to_the_policy(
    rule: DropShip, own: int, chosen: dict[int, int]
):
    sites = [site(0), site(1, kind=LocationKind.DROP_SHIP)]
    plan = choose({THINGS[0]: 3}, offers({(0, 0): own, (1, 0): 9}), sites, Policy(drop_ship=rule))
    assert sent(plan) == chosen


@pytest.mark.parametrize(
    ("fact", "verdict"),
    [
        ({"countries": frozenset({"FR"})}, Verdict.NOT_SERVED),
        ({"capacity_left": 0}, Verdict.AT_CAPACITY),
        ({"is_closed": True}, Verdict.CLOSED),
    ],
)
def test_a_location_that_cannot_ship_is_skipped_with_a_verdict(fact: dict, verdict: Verdict):
    sites = [site(0, **fact), site(1)]
    plan = choose({THINGS[0]: 3}, offers({(0, 0): 9, (1, 0): 9}), sites, Policy(), Place("DE"))
    assert sent(plan) == {1: 3} and verdicts(plan) == {0: verdict, 1: Verdict.CHOSEN}


def test_earliest_first_prefers_the_location_that_ships_earliest():
    sites = [site(0, ships_on=date(2026, 5, 5)), site(1, ships_on=date(2026, 5, 4))]
    have = offers({(0, 0): 9, (1, 0): 9})
    assert sent(choose({THINGS[0]: 3}, have, sites, Policy())) == {0: 3}
    plan = choose({THINGS[0]: 3}, have, sites, Policy(earliest_first=True))
    assert sent(plan) == {1: 3} and plan.ships_on == date(2026, 5, 4)


# --- opening times ---

WEEK = {day: (time(8), time(18)) for day in range(5)}


@pytest.mark.parametrize(
    ("at", "day"),
    [
        ("2026-05-01T11:59:00+02:00", "2026-05-01"),  # Friday, before the cut-off
        ("2026-05-01T12:00:00+02:00", "2026-05-05"),  # at the cut-off; Monday is a holiday
        ("2026-05-01T10:30:00+00:00", "2026-05-05"),  # the cut-off is in the location's time zone
        ("2026-05-02T09:00:00+02:00", "2026-05-05"),  # Saturday
        ("2026-03-29T23:30:00+00:00", "2026-03-30"),  # 01:30 on Monday, after the change to summer time
    ],
)
def test_an_order_after_the_cut_off_ships_on_the_next_open_day(at: str, day: str):
    hours = Hours("Europe/Berlin", WEEK, time(12), frozenset({date(2026, 5, 4)}))
    assert ships_on(hours, datetime.fromisoformat(at)) == date.fromisoformat(day)


def test_a_location_that_never_opens_has_no_ship_date():
    at = datetime(2026, 5, 1, tzinfo=UTC)
    every_day = frozenset(date.fromordinal(at.date().toordinal() + n) for n in range(-1, 400))
    assert ships_on(Hours("UTC", WEEK, None, every_day), at) is None
    assert ships_on(None, at) == at.date()
