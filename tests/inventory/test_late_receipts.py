"""Backdated receipts: recorded after the goods arrived."""

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from app.core import clock
from app.core.actor import SYSTEM
from app.inventory.receiving import service as receiving_service
from app.inventory.receiving.service import cost_corrections as costing
from app.inventory.receiving.service.receipt_costs import Cost
from app.inventory.receiving.service.received_lines import ReceivedLine
from app.inventory.stock.service import backdating, valuing
from app.reports import stock as reports
from tests import make
from tests.ask import Api
from tests.inventory.test_late_costs import account, sell, worth

pytestmark = pytest.mark.usefixtures("clean")
DAY = timedelta(days=1)


@pytest.fixture(params=["fifo", "average"])
def method(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    chosen = SimpleNamespace(cost_method=request.param, cost_currency="USD")
    for module in (valuing, costing, backdating):
        monkeypatch.setattr(module, "settings", lambda: chosen)
    return request.param


@pytest.fixture
async def shop(clean: None) -> make.Shop:
    shop = await make.shop()
    await shop.sell("A", stock=0)
    return shop


async def receive(shop: make.Shop, units: int, each: int, at: datetime | None = None) -> None:
    line = ReceivedLine("A", units, Cost(each, "USD"))
    await receiving_service.receive(SYSTEM, location=shop.location, lines=[line], received_at=at)


async def test_a_backdated_receipt_revalues_the_sales_since_it_arrived(shop: make.Shop, method: str):
    start = clock.now()
    with clock.shifted(1 * DAY):
        await receive(shop, 10, 100)
    with clock.shifted(2 * DAY):
        await sell(shop, 5)
    with clock.shifted(3 * DAY):
        await receive(shop, 10, 200, start)
        # By FIFO, the five sold units cost 2.00 each; by average cost, they are five of twenty for 30.00.
        wanted = {"fifo": (2_000, 1_000), "average": (2_250, 750)}
        assert (await worth(), await account("cost_of_sales")) == wanted[method]
        (row,), _ = await reports.value_of([shop.location.id], start + timedelta(hours=1))
        assert (row.total.quantity, row.total.value_minor) == (10, 2_000)
        (row,), _ = await reports.value_of([shop.location.id], start + 1.5 * DAY)
        assert (row.total.quantity, row.total.value_minor) == (20, 3_000)
        ledger = await reports.ledger_of([shop.location.id], start + 2.5 * DAY, clock.now() + DAY)
        sold = ledger.lines[reports.LedgerLine.SALES]
        assert (sold.quantity, sold.value_minor) == (0, 500 - wanted[method][1])


async def test_a_backdated_receipt_changes_the_cost_of_units_sold_before_it_was_recorded(
    shop: make.Shop, method: str
):
    start = clock.now()
    with clock.shifted(1 * DAY):
        await receive(shop, 4, 100)
    with clock.shifted(2 * DAY):
        await sell(shop, 4)
    with clock.shifted(3 * DAY):
        await receive(shop, 4, 400)
        await receive(shop, 4, 300, start)
        wanted = {"fifo": (400 + 1_600, 1_200), "average": (800 + 1_600, 800)}
        assert (await worth(), await account("cost_of_sales")) == wanted[method]


async def test_a_receipt_backdated_before_all_others_adds_only_its_own_value(shop: make.Shop, method: str):
    before = clock.now()
    with clock.shifted(DAY):
        await receive(shop, 3, 100, before)
        assert (await worth(), await account("cost_of_sales")) == (300, 0)


@pytest.mark.parametrize(
    ("ago", "message"), [(timedelta(hours=-1), "must not be in the future"), (367 * DAY, "366 days ago")]
)
async def test_a_receipt_time_in_the_future_or_more_than_a_year_ago_is_refused(
    api: Api, shop: make.Shop, ago: timedelta, message: str
):
    staff = api.as_(await make.token())
    given: dict[str, Any] = {
        "location": "web-main",
        "receivedAt": (clock.now() - ago).isoformat(),
        "lines": [{"sku": "A", "quantity": 1}],
    }
    query = "mutation($i: StockReceiptCreateInput!) { stockReceiptCreate(input: $i) { __typename ... on UserError { message path } } }"
    refused = await staff.do(query, i=given)
    assert message in refused["message"] and refused["path"] == ["input", "receivedAt"]


async def test_a_backdated_receipt_and_its_movement_show_the_time_of_arrival(api: Api, shop: make.Shop):
    staff = api.as_(await make.token())
    came = (clock.now() - 3 * DAY).replace(microsecond=0)
    one = {"sku": "A", "location": "web-main", "quantity": 2, "receivedAt": came.isoformat()}
    query = "mutation($i: StockReceiveInput!) { stockReceive(input: $i) { __typename ... on StockLevel { onHand } } }"
    assert (await staff.do(query, i=one))["onHand"] == 2
    seen = await staff.ask("{ stockReceipts { nodes { at } } stockMovements { nodes { at } } }")
    for name in ("stockReceipts", "stockMovements"):
        assert [datetime.fromisoformat(node["at"]) for node in seen[name]["nodes"]] == [came]
