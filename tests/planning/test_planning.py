"""Replenishment: the formulas, the forecasts on a real shop's data, and the drafts."""

import asyncio
import math
import random
from datetime import timedelta
from pathlib import Path
from statistics import NormalDist
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from app.access.permissions import Permission as P
from app.catalog import queries as catalog
from app.cli import app as cli
from app.core import clock
from app.core.actor import SYSTEM
from app.core.ids import new_id
from app.inventory.locations import queries as locations
from app.inventory.receiving import service as receiving
from app.inventory.stock import queries
from app.inventory.stock.service import shipping
from app.inventory.stock.service.ledger import Reference
from app.inventory.stock.service.shipping import Sold
from app.planning import backtesting, fitting, margins
from app.planning.classing import AbcClass, XyzClass, abc, xyz
from app.planning.demand import Forecast, as_of, smoothed, variation
from app.planning.history import from_file
from app.planning.lifecycle import SuggestionKind
from app.planning.replenishing import Need, suggest
from app.planning.stocking import LeadTime, Policy, order_quantity, policy, safety_stock
from tests import make
from tests.ask import Api
from tests.journeys.test_worked_numbers import tables

DATA = Path(__file__).parent.parent / "data" / "online-retail-daily.csv.gz"

# --- formulas ---


@pytest.mark.parametrize("row", tables("planning.md", "policy")[0])
def test_reorder_points_match_the_table_in_the_docs(row: list[str]):
    mean, deviation, days, off, review, service_level, *wanted = map(float, row)
    forecast = Forecast(mean, deviation)
    found = policy(forecast, LeadTime(days, off), margins.normal(forecast, service_level), int(review))
    assert [found.safety_stock, found.reorder_point, found.order_up_to] == wanted


@given(st.floats(0, 500), st.floats(0, 300), st.floats(0, 60), st.floats(0, 20), st.floats(0.5, 0.999))
def test_safety_stock_grows_with_deviation_lead_time_and_its_deviation(mean, deviation, days, off, level):
    def kept(deviation: float, days: float, off: float) -> float:
        forecast = Forecast(mean, deviation)
        return safety_stock(forecast, LeadTime(days, off), margins.normal(forecast, level))

    base = kept(deviation, days, off)
    assert base >= 0
    assert kept(deviation + 1, days, off) >= base
    assert kept(deviation, days + 1, off) >= base
    assert kept(deviation, days, off + 1) >= base
    # With a certain lead time it is the textbook's z σ √L.
    plain = kept(deviation, days, 0)
    z = NormalDist().inv_cdf(level)
    assert math.isclose(plain, max(0, z) * deviation / math.sqrt(7) * math.sqrt(days), abs_tol=1e-6)


def test_safety_stock_achieves_its_service_level():
    """A simulation: random daily demand exceeds the stock as often as the service level allows."""
    days, service_level = 12, 0.9
    mean, deviation = 100.0, 30.0
    forecast = Forecast(mean * 7, deviation * math.sqrt(7))
    kept = safety_stock(forecast, LeadTime(days), margins.normal(forecast, service_level))
    a_day = NormalDist(mean, deviation)
    drawn = a_day.samples(days * 4_000, seed=7)
    held = sum(sum(drawn[i * days : (i + 1) * days]) <= mean * days + kept for i in range(4_000))
    assert abs(held / 4_000 - service_level) < 0.02


@given(
    st.integers(-50, 500), st.integers(0, 200), st.integers(0, 300), st.integers(1, 24), st.integers(1, 60)
)
def test_order_quantities_reach_the_level_in_whole_packs(position, point, more, pack, least):
    wanted = Policy(0, point, point + more)
    units = order_quantity(position, wanted, pack=pack, least=least)
    if position > point or position >= wanted.order_up_to:
        assert units == 0
    else:
        assert units % pack == 0 and units >= least
        assert wanted.order_up_to <= position + units < wanted.order_up_to + pack + least


def test_abc_classes_follow_value_and_xyz_classes_follow_variation():
    assert abc({"a": 80, "b": 15, "c": 4, "d": 1, "e": 0}) == {
        "a": AbcClass.A, "b": AbcClass.B, "c": AbcClass.C, "d": AbcClass.C, "e": AbcClass.C,
    }  # fmt: skip
    assert abc({"only": 5}) == {"only": AbcClass.A}
    assert [xyz(variation(w)) for w in ([10, 11, 9], [10, 0, 9], [30, 0, 0, 0], [0, 0])] == [
        XyzClass.X, XyzClass.Y, XyzClass.Z, XyzClass.Z,
    ]  # fmt: skip


def test_smoothed_forecasts_follow_a_change_of_demand():
    even = smoothed([10] * 20)
    assert (even.mean, even.deviation) == (10, 0)
    assert 18 < smoothed([10] * 10 + [20] * 10).mean < 20
    assert smoothed([]) == Forecast(0, 0)
    assert smoothed([0, 0, 0]) == Forecast(0, 0)


# --- on a real shop's data ---


@pytest.fixture(scope="module")
def history() -> dict[str, list[int]]:
    return from_file(DATA)


@pytest.mark.parametrize("name", ["seasonal naive", "smoothed"])
def test_forecast_errors_on_real_data_match_the_table_in_the_docs(history: dict[str, list[int]], name: str):
    series = backtesting.spread_over(history, 500)
    errors = backtesting.backtest(series, backtesting.methods()[name], backtesting.origins_of(series, 4, 4))
    (said,) = [row for row in tables("planning.md", "backtest")[0] if row[0] == name]
    assert said[1:] == [
        f"{errors.weekly:.3f}",
        f"{errors.of_horizon:.3f}",
        f"{errors.bias:+.3f}",
        f"{errors.rmsse:.3f}",
        str(errors.forecasts),
    ]


def test_safety_stock_achieves_its_service_level_on_real_data_in_each_class(history: dict[str, list[int]]):
    series = backtesting.spread_over(history, 500)
    pooled, normal = backtesting.coverage(series, backtesting.origins_of(series, 4, 4), 0.95)
    found = [
        [
            each.name if each else "all",
            str(kept.forecasts),
            f"{kept.coverage:.3f}",
            f"{normal[each].coverage:.3f}",
        ]
        for each, kept in pooled.items()
    ]
    assert found == tables("planning.md", "coverage")[0]
    assert all(kept.coverage >= 0.93 for kept in pooled.values())
    assert pooled[None].pinball < normal[None].pinball


@given(st.lists(st.integers(0, 50), max_size=40))
def test_a_forecast_as_of_a_week_equals_the_forecast_from_the_data_until_then(weeks: list[int]):
    for end, made in enumerate(as_of(weeks), start=1):
        said = smoothed(weeks[:end])
        assert math.isclose(made.mean, said.mean) and math.isclose(
            made.deviation, said.deviation, abs_tol=1e-9
        )


@given(st.integers(0, 10_000), st.floats(0.5, 0.99), st.floats(0.5, 0.99))
@settings(max_examples=30)
def test_a_pooled_margin_covers_its_errors_and_grows_with_the_service_level(seed, one, other):
    dice = random.Random(seed)
    series = [[dice.choice((0, 0, 1, 2, 40)) for _ in range(26)] for _ in range(30)]
    pool = margins.pooled(series, 3)
    assert pool.skus >= margins.FEWEST_SKUS and len(pool.errors) >= margins.FEWEST_ERRORS
    low, high = (pool.margin(Forecast(9, 16), level).a_week for level in sorted((one, other)))
    assert 0 <= low <= high
    below = sum(error * margins.scale(Forecast(9, 16)) <= high + 1e-9 for error in pool.errors)
    assert below >= max(one, other) * len(pool.errors)


def test_too_few_skus_have_the_normal_margin():
    few = margins.pooled([[5, 6, 7] * 9] * (margins.FEWEST_SKUS - 1), 3)
    forecast = Forecast(6, 2)
    assert few.margin(forecast, 0.95) == margins.normal(forecast, 0.95)
    assert few.margin(forecast, 0.95).basis is margins.MarginBasis.NORMAL
    many = margins.pooled([[5, 6, 7] * 9] * margins.FEWEST_SKUS, 3)
    assert many.margin(forecast, 0.95).basis is margins.MarginBasis.POOLED
    assert many.margin(Forecast(0, 0), 0.95) == margins.Margin(0, margins.normal(forecast, 0.95).z)


def test_every_forecast_beats_the_naive_one_on_real_data(history: dict[str, list[int]]):
    series = backtesting.spread_over(history, 80)
    origins = backtesting.origins_of(series, 2, 4)
    off = {
        name: backtesting.backtest(series, method, origins).weekly
        for name, method in backtesting.methods().items()
    }
    assert fitting.is_installed()  # the tests install this extra
    assert off["smoothed"] < off["seasonal naive"] and off["fitted"] < off["seasonal naive"]


def test_a_back_test_forecasts_only_with_data_before_its_origin():
    seen: list[list[int]] = []

    def spy(weeks):
        seen.append(list(weeks))
        return Forecast(1.0, 0.0)

    days = [1] * 70 + [1_000] * 28
    errors = backtesting.backtest([days], spy, [70])
    assert seen == [[7] * 10]
    assert errors.actual == 28_000


def test_a_fitted_forecast_recognises_a_season_in_two_years_of_weeks():
    year = [10 + (40 if week in (46, 47, 48, 49) else 0) for week in range(52)]
    before_the_season = (year * 3)[: 104 + 46]
    assert fitting.fitted(before_the_season).mean > 35
    assert smoothed(before_the_season).mean < 20


def test_the_backtest_command_prints_the_errors_and_refuses_invalid_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    said = CliRunner().invoke(cli, ["backtest", "--file", str(DATA), "--skus", "40", "--origins", "1"])
    assert said.exit_code == 0
    assert "seasonal naive" in said.output and "fitted" in said.output
    assert "class A" in said.output and "for 95%" in said.output
    with monkeypatch.context() as patched:
        patched.setattr(margins, "FEWEST_ERRORS", 10**9)  # every margin is the normal one
        patched.setattr(backtesting, "methods", lambda: {"smoothed": smoothed})
        said = CliRunner().invoke(cli, ["backtest", "--file", str(DATA)])
        assert said.exit_code == 1 and "less often than 93%" in said.output
    bad = tmp_path / "bad.csv"
    bad.write_text("day,sku,units\n2026-01-01,A,5\nyesterday,A,5\n")
    said = CliRunner().invoke(cli, ["backtest", "--file", str(bad)])
    assert said.exit_code == 2 and "Line 3 must contain a date" in said.output
    short = tmp_path / "short.csv"
    short.write_text("day,sku,units\n2026-01-01,A,5\n")
    said = CliRunner().invoke(cli, ["backtest", "--file", str(short)])
    assert said.exit_code == 1 and "not enough history" in said.output


# --- suggestions and drafts ---


def need(place: int, available: int, up_to: int, **more: Any) -> Need:
    ids = {"variant_id": VARIANT, "location_id": PLACES[place]}
    more.setdefault("position", available)
    return Need(**ids, available=available, wanted=Policy(0, up_to // 2, up_to), **more)


VARIANT, SUPPLIER = new_id(), new_id()
PLACES = [new_id() for _ in range(3)]


def test_excess_of_other_locations_is_transferred_before_anything_is_purchased():
    found = suggest([need(0, 2, 20, supplier_id=SUPPLIER, pack=6), need(1, 30, 20), need(2, 12, 20)])
    assert [(each.kind, each.quantity, each.source_id) for each in found] == [
        (SuggestionKind.TRANSFER, 10, PLACES[1]),
        (SuggestionKind.PURCHASE, 12, None),  # eight are missing, in packs of six
    ]
    alone = suggest([need(0, 2, 20), need(1, 30, 20)], may_transfer=False)
    assert [(each.kind, each.quantity) for each in alone] == [(SuggestionKind.NO_SUPPLIER, 18)]


@given(st.lists(st.tuples(st.integers(-5, 60), st.integers(0, 40)), min_size=3, max_size=3))
def test_a_location_transfers_only_its_excess(levels):
    needs = [need(i, there, up_to, supplier_id=SUPPLIER) for i, (there, up_to) in enumerate(levels)]
    found = suggest(needs)
    for each in needs:
        given_away = sum(s.quantity for s in found if s.source_id == each.location_id)
        assert given_away <= max(0, each.available - each.wanted.order_up_to)
        got = sum(s.quantity for s in found if s.location_id == each.location_id)
        short = each.position <= each.wanted.reorder_point and each.position < each.wanted.order_up_to
        assert got == (each.wanted.order_up_to - each.position if short else 0)


PLAN = """
query($rules: PlanningRulesInput, $filter: StockPlanFilter, $first: Int! = 100) {
  stockPlan(rules: $rules, filter: $filter, first: $first) { total rows {
    perWeek daysOfCover safetyStock marginPerWeek marginBasis reorderPoint orderUpTo isPolicySet position abc xyz isDead excess leadDays
    excessValue { amount } lastSoldAt
    level { location { code } variant { sku } }
    suggestions { kind quantity source { code } supplier { code } } } } }
"""
RUN = """
mutation($input: ReplenishmentRunInput!) { replenishmentRun(input: $input) { __typename
  ... on UserError { message path }
  ... on ReplenishmentRun {
    suggestions { kind quantity variant { sku } location { code } source { code } supplier { code } }
    purchaseOrders { number status location { code } lines { quantity variant { sku } } }
    transfers { status lines { quantity } source { code } destination { code } } } } }
"""


@pytest.fixture
async def shop(clean: None) -> make.Shop:
    """A sells ten a week, B never; both are in the main location, and a second one has much of A."""
    shop = await make.shop()
    await make.location("second")
    with clock.shifted(timedelta(days=-7 * 12 - 1)):
        for sku in ("A", "B"):
            await shop.sell(sku, stock=0)
            await receiving.receive_one(SYSTEM, sku=sku, location=shop.location, quantity=130)
        a = await catalog.variant_by_sku("A")
        assert a is not None
    for week in range(12):
        with clock.shifted(timedelta(days=1 - 7 * (12 - week))):
            await shipping.sell(
                SYSTEM, location=shop.location, items=[Sold(a.id, 10)], reference=Reference("test")
            )
    return shop


@pytest.fixture
async def buyer(api: Api, shop: make.Shop) -> Api:
    buyer = api.as_(await make.token())
    await buyer.do(
        'mutation { supplierCreate(input: {code: "acme", name: "Acme", currency: "USD", leadDays: 14}) { __typename } }'
    )
    await buyer.do(
        'mutation { supplierItemsSet(input: {supplier: "acme", items: [{sku: "A", packQuantity: 12, '
        'unitCost: {amount: "2.00", currency: "USD"}}]}) { __typename } }'
    )
    return buyer


async def rows(buyer: Api, **asked: Any) -> dict[tuple[str, str], dict[str, Any]]:
    found = (await buyer.ask(PLAN, **asked))["stockPlan"]["rows"]
    return {(row["level"]["variant"]["sku"], row["level"]["location"]["code"]): row for row in found}


async def test_the_plan_shows_demand_policy_and_suggestions_of_each_level(buyer: Api):
    found = await rows(buyer)
    a, b = found["A", "web-main"], found["B", "web-main"]
    assert (a["perWeek"], a["leadDays"], a["position"]) == (10, 14, 10)
    # Even demand needs no safety stock: three weeks of lead time and review, and one more to order up to.
    assert (a["safetyStock"], a["reorderPoint"], a["orderUpTo"]) == (0, 30, 40)
    assert (a["marginPerWeek"], a["marginBasis"]) == (0, "NORMAL")
    assert (a["daysOfCover"], a["abc"], a["xyz"]) == (7, "A", "X")
    assert a["suggestions"] == [
        {"kind": "PURCHASE", "quantity": 36, "source": None, "supplier": {"code": "acme"}}
    ]
    assert (b["perWeek"], b["daysOfCover"], b["abc"], b["xyz"], b["isDead"]) == (0, None, "C", "Z", False)
    assert b["excess"] == 130 and b["suggestions"] == []
    dead = await rows(buyer, rules={"deadAfterDays": 30}, filter={"isDead": True})
    assert list(dead) == [("B", "web-main")]


async def test_a_run_creates_drafts_once_with_transfers_before_purchases(buyer: Api, shop: make.Shop):
    second = (await locations.locations_by_channel([shop.channel.id]))[0]
    assert len(second) == 1
    (place,) = [row for row in await locations.locations_visible_to(SYSTEM) if row.code == "second"]
    await receiving.receive_one(SYSTEM, sku="A", location=place, quantity=20)
    dry = await buyer.do(RUN, input={"isDryRun": True})
    assert dry["purchaseOrders"] == [] and dry["transfers"] == []
    run = await buyer.do(RUN, input={})
    assert [(s["kind"], s["quantity"]) for s in run["suggestions"]] == [("TRANSFER", 20), ("PURCHASE", 12)]
    assert dry["suggestions"] == run["suggestions"]
    (transfer,), (order,) = run["transfers"], run["purchaseOrders"]
    assert transfer == {"status": "DRAFT", "lines": [{"quantity": 20}], "source": {"code": "second"}, "destination": {"code": "web-main"}}  # fmt: skip
    assert order["status"] == "DRAFT" and order["lines"] == [{"quantity": 12, "variant": {"sku": "A"}}]
    again = await buyer.do(RUN, input={})
    assert again["suggestions"] == []
    assert await queries.differences() == []


async def test_concurrent_runs_create_one_purchase_order(buyer: Api):
    runs = await asyncio.gather(*(buyer.do(RUN, input={}) for _ in range(4)))
    assert sorted(len(run["purchaseOrders"]) for run in runs) == [0, 0, 0, 1]


async def test_a_reorder_policy_set_for_a_level_overrides_the_forecast(buyer: Api, shop: make.Shop):
    await shop.stock("A", 10, reorder_point=12, reorder_up_to=22)
    a = (await rows(buyer))["A", "web-main"]
    assert (a["isPolicySet"], a["reorderPoint"], a["orderUpTo"]) == (True, 12, 22)
    assert a["suggestions"][0]["quantity"] == 12


async def test_the_plan_uses_the_fitted_forecast_if_it_is_installed(
    buyer: Api, monkeypatch: pytest.MonkeyPatch
):
    a = (await rows(buyer, rules={"method": "FITTED"}))["A", "web-main"]
    assert abs(a["perWeek"] - 10) < 0.5
    monkeypatch.setattr(fitting, "is_installed", lambda: False)
    error = await buyer.error(PLAN, rules={"method": "FITTED"})
    assert "ordergraph[forecast]" in error["message"]


@pytest.mark.parametrize(
    ("rules", "path"),
    [
        ({"serviceLevel": 1.0}, "serviceLevel"),
        ({"weeks": 1}, "weeks"),
        ({"reviewDays": 0}, "reviewDays"),
        ({"leadDays": -1}, "leadDays"),
    ],
)
async def test_invalid_rules_are_refused_with_their_path(buyer: Api, rules: dict[str, Any], path: str):
    refused = await buyer.do(RUN, input={"rules": rules})
    assert refused["path"][-1] == path
    assert (await buyer.do(RUN, input={"locations": ["nowhere"]}))["path"][-2:] == ["locations", "0"]


async def test_running_replenishment_needs_the_permission_for_purchasing(api: Api, shop: make.Shop):
    clerk = api.as_(await make.token(P.STOCK_VIEW))
    assert (await clerk.ask(PLAN))["stockPlan"]["total"] == 2
    assert (await rows(clerk))["B", "web-main"]["excessValue"] is None
    assert (await clerk.error(RUN, input={}))["extensions"]["code"] == "FORBIDDEN"


async def test_the_abc_class_does_not_depend_on_the_filter(buyer: Api):
    whole = await rows(buyer)
    alone = await buyer.ask('{ stockPlan(skus: ["B"]) { rows { abc } } }')
    assert alone["stockPlan"]["rows"] == [{"abc": whole["B", "web-main"]["abc"]}] == [{"abc": "C"}]


async def test_a_run_for_one_location_uses_the_excess_of_others_first(buyer: Api):
    (place,) = [row for row in await locations.locations_visible_to(SYSTEM) if row.code == "second"]
    await receiving.receive_one(SYSTEM, sku="A", location=place, quantity=60)
    run = await buyer.do(RUN, input={"locations": ["web-main"], "isDryRun": True})
    assert [(s["kind"], s["source"]["code"]) for s in run["suggestions"]] == [("TRANSFER", "second")]


async def test_unknown_skus_are_refused(buyer: Api):
    refused = await buyer.do(RUN, input={"skus": ["A", "NOPE"], "isDryRun": True})
    assert refused["__typename"] == "NotFound"


async def test_a_plan_contains_no_suppliers_without_the_permission(buyer: Api, api: Api):
    clerk = api.as_(await make.token(P.STOCK_VIEW))
    answer = (await clerk.post("{ stockPlan { rows { suggestions { kind supplier { name } } } } }")).json()
    assert "Acme" not in str(answer)
