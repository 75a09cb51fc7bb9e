"""Implausible dates, overdue incoming stock, capacity, barcodes, kits and stock policies."""

from datetime import date, timedelta
from typing import Any

import pytest

from app.core import clock
from app.core.actor import SYSTEM
from app.core.database import fetch
from app.inventory.locations import service as locations
from app.inventory.stock import jobs
from app.inventory.stock.service import adjusting
from app.inventory.stock.service.adjusting import LevelData
from app.inventory.transfers import service as transfers
from app.inventory.transfers.service.drafts import TransferData, TransferItem
from tests import make
from tests.ask import PLACE, Api, order_input

SEEN = "query($n: String!) { order(number: $n) { isDelayed promisedOn events { name } } }"
EXPECT = """
mutation($input: StockIncomingCreateInput!) {
  stockIncomingCreate(input: $input) { __typename ... on StockIncoming { id } ... on UserError { path } }
}
"""
CHANGE = """
mutation($input: StockIncomingUpdateInput!) {
  stockIncomingUpdate(input: $input) { __typename ... on UserError { message path } }
}
"""
BULK = "mutation($rows: [StockRowInput!]!) { stockBulkSet(input: $rows) "
BULK += "{ ... on BulkResult { rows { error { path } } } } }"


@pytest.fixture
async def staff(api: Api) -> Api:
    return api.as_(await make.token())


@pytest.fixture
async def shop() -> make.Shop:
    opened = await make.shop(confirms_at_once=True)
    await opened.sell("A", stock=0)
    await opened.stock("A", 0, backorder_limit=9)
    return opened


def _day(days: int) -> str:
    return (clock.now().date() + timedelta(days=days)).isoformat()


@pytest.mark.parametrize("day", ["2150-12-31", "2019-01-01"])
async def test_implausible_dates_are_refused_in_every_input(staff: Api, shop: make.Shop, day: str):
    expected = {"sku": "A", "location": "web-main", "quantity": 3, "expectedOn": day}
    assert (await staff.do(EXPECT, input=expected))["path"] == ["input", "expectedOn"]
    coming = await staff.do(EXPECT, input=expected | {"expectedOn": _day(3)})
    moved = await staff.do(CHANGE, input={"id": coming["id"], "expectedOn": day})
    assert moved["path"] == ["input", "expectedOn"]
    row = {"sku": "A", "location": "web-main", "onHand": 0, "preorderUntil": day}
    done = await staff.do(BULK, rows=[row])
    assert done["rows"][0]["error"]["path"] == ["preorderUntil"]


async def test_overdue_incoming_stock_delays_the_orders_that_were_promised_it(
    staff: Api, shop: make.Shop, monkeypatch: pytest.MonkeyPatch
):
    await staff.do(EXPECT, input={"sku": "A", "location": "web-main", "quantity": 5, "expectedOn": _day(4)})
    placed = await staff.do(PLACE, input=order_input(("A", 2)))
    assert (await staff.ask(SEEN, n=placed["number"]))["order"]["isDelayed"] is False
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=5))
    assert await jobs.notice_overdue() == 1
    late = (await staff.ask(SEEN, n=placed["number"]))["order"]
    assert late["isDelayed"] is True and late["promisedOn"] is None
    assert late["events"][-1]["name"] == "order_delayed"
    assert await jobs.notice_overdue() == 0
    found = await staff.ask(
        '{ variant(sku: "A", channel: "web") { availableToPromise(channel: "web") { schedule { on quantity } } } }'
    )
    promisable = found["variant"]["availableToPromise"]["schedule"]
    assert all(step["quantity"] == 0 for step in promisable)


async def test_incoming_stock_of_a_transfer_cannot_be_changed_directly(staff: Api, shop: make.Shop):
    west = await make.location("west")
    await shop.stock("A", 8, west)
    data = TransferData(west, shop.location, [TransferItem("A", 4)])
    transfer = await transfers.create_transfer(SYSTEM, data)
    await transfers.ship_transfer(SYSTEM, transfer.id)
    nodes = (await staff.ask("{ stockIncoming { nodes { id } } }"))["stockIncoming"]["nodes"]
    refused = await staff.do(CHANGE, input={"id": nodes[0]["id"], "isCancelled": True})
    assert refused["path"] == ["input", "id"] and "transfer" in refused["message"]


async def test_orders_above_the_daily_capacity_of_the_only_location_ship_on_later_days(
    staff: Api, shop: make.Shop
):
    await shop.sell("B", stock=9)
    await locations.update_location(SYSTEM, shop.location.id, {"pick_capacity": 1})
    for _ in range(3):
        placed = await staff.do(PLACE, input=order_input(("B", 1)))
        assert placed["__typename"] == "Order", placed
    loads = await fetch("SELECT day, orders FROM location_load ORDER BY day")
    days = [date.fromisoformat(str(row["day"])) for row in loads]
    assert [row["orders"] for row in loads] == [1, 1, 1]
    assert days == [days[0], days[0] + timedelta(days=1), days[0] + timedelta(days=2)]


async def test_a_barcode_is_unique_among_variants(staff: Api, shop: make.Shop):
    await shop.sell("B")
    ids = {
        sku: (await staff.ask("query($s: String!) { variant(sku: $s) { id } }", s=sku))["variant"]["id"]
        for sku in ("A", "B")
    }
    change = (
        "mutation($input: VariantUpdateInput!) { variantUpdate(input: $input) "
        "{ __typename ... on UserError { path } } }"
    )

    async def set_barcode(sku: str, barcode: str) -> dict[str, Any]:
        return await staff.do(change, input={"id": ids[sku], "barcode": barcode})

    assert (await set_barcode("A", "4006381333931"))["__typename"] == "Variant"
    assert (await set_barcode("A", "4006381333931"))["__typename"] == "Variant"
    assert (await set_barcode("B", "04006381333931"))["__typename"] == "AlreadyExists"
    for wrong in ("１２３４５６７１", "00000000", ""):
        assert (await set_barcode("B", wrong))["path"] == ["input", "barcode"]


async def test_a_kit_cannot_contain_itself_or_change_its_components_while_it_has_stock(
    staff: Api, shop: make.Shop
):
    for sku in ("KIT", "BOX"):
        await shop.sell(sku, stock=0)
    compose = (
        "mutation($input: VariantComponentsSetInput!) { variantComponentsSet(input: $input) "
        "{ __typename ... on ValidationFailed { problems { path } } } }"
    )

    async def make_of(sku: str, part: str) -> dict[str, Any]:
        id = (await staff.ask("query($s: String!) { variant(sku: $s) { id } }", s=sku))["variant"]["id"]
        components = [{"sku": part, "quantity": 1}]
        return await staff.do(compose, input={"id": id, "composition": "KIT", "components": components})

    assert (await make_of("KIT", "BOX"))["__typename"] == "Variant"
    assert (await make_of("BOX", "KIT"))["problems"][0]["path"] == ["input", "components", "0", "sku"]
    await adjusting.set_level(SYSTEM, LevelData("KIT", shop.location, 2))
    assert (await make_of("KIT", "A"))["problems"][0]["path"] == ["input", "components"]


async def test_stock_movements_show_their_actor(staff: Api, shop: make.Shop):
    await shop.stock("A", 3)
    adjust = """mutation { stockAdjust(input: {sku: "A", location: "web-main", change: 2, reason: FOUND})
      { __typename } }"""
    assert (await staff.do(adjust))["__typename"] == "StockLevel"
    found = await staff.ask("{ stockMovements { nodes { reason actor } } }")
    assert {(each["reason"], each["actor"]) for each in found["stockMovements"]["nodes"]} == {
        ("COUNT", "system"),
        ("FOUND", "test"),
    }


async def test_the_stock_policy_of_a_level_is_changed_without_changing_its_quantity(
    staff: Api, shop: make.Shop
):
    await shop.stock("A", 7)
    set_policy = """mutation($rows: [StockPolicyRowInput!]!) { stockPolicyBulkSet(input: $rows) {
      ... on BulkResult { rows { status error { path } } } } }"""
    level = "{ stockLevels { nodes { onHand safetyStock reorderPoint reorderUpTo backorderLimit bin } } }"
    row = {"sku": "A", "location": "web-main"}
    policy = row | {"safetyStock": 2, "reorderPoint": 3, "reorderUpTo": 9, "bin": " B-01-4 "}
    assert (await staff.do(set_policy, rows=[policy]))["rows"] == [{"status": "UPDATED", "error": None}]
    (shown,) = (await staff.ask(level))["stockLevels"]["nodes"]
    assert shown == {
        "onHand": 7, "safetyStock": 2, "reorderPoint": 3, "reorderUpTo": 9, "backorderLimit": 9, "bin": "B-01-4",
    }  # fmt: skip
    await staff.do(set_policy, rows=[row | {"reorderPoint": None, "reorderUpTo": None, "safetyStock": None}])
    (shown,) = (await staff.ask(level))["stockLevels"]["nodes"]
    assert (shown["reorderPoint"], shown["reorderUpTo"], shown["safetyStock"]) == (None, None, 0)
    wrong = await staff.do(set_policy, rows=[row | {"safetyStock": -1}, row | {"bin": "x" * 41}])
    assert [each["error"]["path"] for each in wrong["rows"]] == [["safetyStock"], ["bin"]]
