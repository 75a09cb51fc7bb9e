"""Stock in a supplier's location belongs to the supplier: it is in no account and no report of value."""

from datetime import timedelta
from typing import Any

import pytest

from app.catalog import queries as catalog
from app.core import clock
from app.core.actor import SYSTEM
from app.core.database import execute, fetch
from app.inventory.counts import queries as count_queries
from app.inventory.counts import service as count_service
from app.inventory.counts.service import Counted
from app.inventory.location_kinds import LocationKind
from app.inventory.locations import service as locations
from app.inventory.locations.models import Location
from app.inventory.receiving import queries as receiving_queries
from app.inventory.receiving import service as receiving_service
from app.inventory.receiving.service.receipt_costs import Cost
from app.inventory.stock import queries
from app.inventory.stock.lifecycle import StockReason
from app.inventory.stock.service import adjusting, returns, shipping
from tests import make
from tests.ask import Api

REFUSED = "__typename ... on UserError { message path }"
AMOUNT = "{ quantity value { amount } }"
REPORTS = f"""query($from: DateTime!, $l: String) {{ reports {{ stockValue(location: $l) {{ total {AMOUNT} locations {{ location {{ code }} }} }}
  stockLedger(from: $from, location: $l) {{ isReconciled closing {AMOUNT} lines {{ line amount {AMOUNT} }} }} }} }}"""


@pytest.fixture
async def shop(api: Api) -> make.Shop:
    """Ten own units at 2.00; further orders are shipped by the supplier."""
    shop = await make.shop()
    await shop.sell("A", stock=0)
    await receiving_service.receive_one(
        SYSTEM, sku="A", location=shop.location, quantity=10, cost=Cost(200, "USD")
    )
    return shop


@pytest.fixture
async def maker(shop: make.Shop) -> Location:
    maker = await locations.create_location(
        SYSTEM, locations.LocationData(code="maker", name="Maker", kind=LocationKind.DROP_SHIP)
    )
    await locations.set_channel_locations(SYSTEM, shop.channel, [shop.location, maker])
    return maker


@pytest.fixture
async def staff(api: Api, shop: make.Shop, maker: Location) -> Api:
    return api.as_(await make.token())


async def reports(staff: Api, **more: Any) -> dict[str, Any]:
    start = (clock.now() - timedelta(days=1)).isoformat()
    return (await staff.ask(REPORTS, **{"from": start}, **more))["reports"]


async def feed(staff: Api, on_hand: int) -> None:
    row = {"sku": "A", "location": "maker", "onHand": on_hand}
    done = await staff.do(
        "mutation($i: [StockRowInput!]!) { stockBulkSet(input: $i) { __typename ... on BulkResult { failed } } }",
        i=[row],
    )
    assert done.get("failed", 0) == 0


async def test_a_stock_feed_of_a_supplier_does_not_change_the_value_of_stock(staff: Api):
    before = await reports(staff)
    for on_hand in (1000, 3, 500):
        await feed(staff, on_hand)
        assert await reports(staff) == before
    assert before["stockValue"]["total"] == {"quantity": 10, "value": {"amount": "20.00"}}
    assert [row["location"]["code"] for row in before["stockValue"]["locations"]] == ["web-main"]
    assert await queries.differences() == []


async def test_reports_of_a_supplier_location_are_empty(staff: Api):
    await feed(staff, 1000)
    seen = await reports(staff, l="maker")
    assert seen["stockValue"] == {"total": {"quantity": 0, "value": {"amount": "0.00"}}, "locations": []}
    assert seen["stockLedger"]["isReconciled"] is True


async def test_movements_at_a_supplier_location_create_no_value_entries(staff: Api, maker: Location):
    variant = await catalog.variant_by_sku("A")
    entries = await fetch("SELECT count(*) AS n FROM value_entry")
    await receiving_service.receive_one(SYSTEM, sku="A", location=maker, quantity=20, cost=Cost(500, "USD"))
    receipt = (await receiving_queries.receipts_visible_to(SYSTEM).order_by("-id"))[0]
    await receiving_service.correct_cost(SYSTEM, receipt.id, position=1, cost=Cost(900, "USD"))
    for change, reason in ((7, StockReason.FOUND), (-2, StockReason.LOSS)):
        await adjusting.adjust(SYSTEM, sku="A", location=maker, change=change, reason=reason)
    order = await make.order(("A", 12))
    sent = await shipping.ship(SYSTEM, claimant=order.id, location_id=maker.id)
    assert sum(each.quantity for each in sent) == 12
    await returns.take_back(SYSTEM, variant=variant, location=maker, quantity=1, claimant=order.id)
    assert await fetch("SELECT count(*) AS n FROM value_entry") == entries
    count = await count_service.start_count(SYSTEM, maker, approval_units=100, approval_minor=0)
    await count_service.submit_count(SYSTEM, count.id, [Counted("A", 30)])
    assert (await count_queries.counts_visible_to(SYSTEM).first()).status.value == "completed"
    assert await queries.differences() == []


async def test_the_estimated_cost_of_own_stock_ignores_costs_at_supplier_locations(
    staff: Api, maker: Location
):
    await receiving_service.receive_one(SYSTEM, sku="A", location=maker, quantity=20, cost=Cost(9900, "USD"))
    second = await make.location("second")
    await adjusting.adjust(SYSTEM, sku="A", location=second, change=3, reason=StockReason.FOUND)
    level = await queries.level_of((await catalog.variant_by_sku("A")).id, second.id)
    assert (await queries.level_values([level.id]))[level.id] == (3, 600)


async def test_landed_costs_of_a_receipt_at_a_supplier_location_are_refused(staff: Api, maker: Location):
    landed = [{"name": "freight", "amount": {"amount": "5", "currency": "USD"}}]
    given = {"location": "maker", "lines": [{"sku": "A", "quantity": 5}], "landedCosts": landed}
    query = f"mutation($i: StockReceiptCreateInput!) {{ stockReceiptCreate(input: $i) {{ {REFUSED} ... on StockReceipt {{ id }} }} }}"
    refused = await staff.do(query, i=given)
    assert refused["path"] == ["input", "landedCosts"] and "belongs to the supplier" in refused["message"]
    made = await staff.do(query, i=given | {"landedCosts": []})
    add = f"mutation($i: StockLandedCostAddInput!) {{ stockLandedCostAdd(input: $i) {{ {REFUSED} }} }}"
    refused = await staff.do(add, i={"receiptId": made["id"], "cost": landed[0]})
    assert refused["path"] == ["input", "receiptId"]


@pytest.mark.parametrize("end", ["source", "destination"])
async def test_transfers_from_or_to_a_supplier_location_are_refused(staff: Api, end: str):
    await feed(staff, 100)
    ends = {"source": "web-main", "destination": "web-main"} | {end: "maker"}
    refused = await staff.do(
        f"mutation($i: StockTransferCreateInput!) {{ stockTransferCreate(input: $i) {{ {REFUSED} }} }}",
        i={**ends, "lines": [{"sku": "A", "quantity": 1}]},
    )
    assert refused["path"] == ["input", end] and "purchase order" in refused["message"]


async def test_verify_reports_a_value_of_stock_at_a_supplier_location(staff: Api, maker: Location):
    await feed(staff, 10)
    assert await queries.differences() == []
    await execute(
        "UPDATE cost_layer SET remaining_minor = 700, value_minor = 700 "
        "WHERE level_id IN (SELECT id FROM stock_level WHERE location_id = $1)",
        maker.id,
    )
    assert any("stock of the supplier at maker has a value" in line for line in await queries.differences())
