"""Transfers that are turned back, that use units of measure, and of which more units arrive than were shipped."""

import asyncio
from typing import Any

import pytest

from app.catalog import queries as catalog
from app.catalog.lifecycle import Tracking
from app.core import clock
from app.core.actor import SYSTEM
from app.inventory.receiving import service as receiving_service
from app.inventory.receiving.service.receipt_costs import Cost
from app.inventory.stock import queries
from app.inventory.stock.service import lot_tracking
from tests import make
from tests.ask import Api

pytestmark = pytest.mark.usefixtures("clean")

ERRORS = "__typename ... on UserError { message path } ... on InvalidInput { problems { code values { available } } }"
LINE = "lines { quantity shipped received damaged missing returned surplus inTransit }"
CREATE = f"""mutation($i: StockTransferCreateInput!) {{ stockTransferCreate(input: $i) {{ {ERRORS}
  ... on StockTransfer {{ id {LINE} }} }} }}"""
SHIP = f"""mutation($i: StockTransferShipInput!) {{ stockTransferShip(input: $i) {{ {ERRORS}
  ... on StockTransfer {{ status nextSteps {{ step }} {LINE} }} }} }}"""
BACK = f"""mutation($id: ID!, $on: Date) {{ stockTransferTurnBack(id: $id, expectedOn: $on) {{ {ERRORS}
  ... on IllegalTransition {{ current }} ... on StockTransfer {{ status expectedOn nextSteps {{ step }} }} }} }}"""
RECEIVE = f"""mutation($i: StockTransferReceiveInput!) {{ stockTransferReceive(input: $i) {{ {ERRORS}
  ... on StockTransfer {{ status receivedAt {LINE} }} }} }}"""
LEVELS = "{ stockLevels { nodes { onHand incoming damaged value { amount } location { code } } } }"


@pytest.fixture
async def staff(api: Api) -> Api:
    shop = await make.shop()
    await make.location("second")
    await shop.sell("A", stock=0)
    for cost in (100, 300):
        await receiving_service.receive_one(
            SYSTEM, sku="A", location=shop.location, quantity=10, cost=Cost(cost, "USD")
        )
    return api.as_(await make.token())


async def sent(staff: Api, units: int = 12, **more: Any) -> str:
    lines = [{"sku": "A", "quantity": units, **more}]
    made = await staff.do(CREATE, i={"source": "web-main", "destination": "second", "lines": lines})
    await staff.do(SHIP, i={"id": made["id"]})
    return str(made["id"])


async def levels(staff: Api) -> dict[str, tuple[int, int, int, str]]:
    nodes = (await staff.ask(LEVELS))["stockLevels"]["nodes"]
    return {
        node["location"]["code"]: (node["onHand"], node["incoming"], node["damaged"], node["value"]["amount"])
        for node in nodes
    }


async def test_a_transfer_that_is_turned_back_is_received_at_its_source(staff: Api):
    id = await sent(staff)
    assert (await levels(staff))["second"] == (0, 12, 0, "0.00")
    done = await staff.do(BACK, id=id, on=clock.today().isoformat())
    assert (done["status"], done["expectedOn"]) == ("RETURNING", clock.today().isoformat())
    assert done["nextSteps"] == [{"step": "RECEIVE"}]
    assert await levels(staff) == {"web-main": (8, 12, 0, "24.00"), "second": (0, 0, 0, "0.00")}
    part = {"id": id, "lines": [{"sku": "A", "received": 9}], "isComplete": False}
    assert (await staff.do(RECEIVE, i=part))["status"] == "RETURNING"
    last = {"id": id, "lines": [{"sku": "A", "damaged": 1}]}
    done = await staff.do(RECEIVE, i=last)
    assert done["status"] == "RETURNED" and done["receivedAt"] is not None
    line = {"quantity": 12, "shipped": 12, "received": 0, "damaged": 1, "missing": 2, "returned": 9}
    assert done["lines"] == [{**line, "surplus": 0, "inTransit": 0}]
    # The ten at 1.00 were shipped first and are back; the two at 3.00 are missing.
    assert await levels(staff) == {"web-main": (18, 0, 1, "34.00"), "second": (0, 0, 0, "0.00")}
    assert (await staff.do(BACK, id=id))["current"] == "RETURNED"
    assert await queries.differences() == []


async def test_received_units_stay_at_the_destination_when_the_others_are_turned_back(staff: Api):
    id = await sent(staff)
    await staff.do(RECEIVE, i={"id": id, "lines": [{"sku": "A", "received": 4}], "isComplete": False})
    await staff.do(BACK, id=id)
    done = await staff.do(RECEIVE, i={"id": id})
    assert (done["lines"][0]["received"], done["lines"][0]["returned"]) == (4, 8)
    assert await levels(staff) == {"web-main": (16, 0, 0, "36.00"), "second": (4, 0, 0, "4.00")}
    assert await queries.differences() == []


async def test_only_a_transfer_in_transit_can_be_turned_back_and_only_once(staff: Api):
    lines = [{"sku": "A", "quantity": 2}]
    made = await staff.do(CREATE, i={"source": "web-main", "destination": "second", "lines": lines})
    assert (await staff.do(BACK, id=made["id"]))["current"] == "DRAFT"
    id = await sent(staff, 5)
    answers = await asyncio.gather(*(staff.do(BACK, id=id) for _ in range(3)))
    assert sorted(each["__typename"] for each in answers) == ["IllegalTransition"] * 2 + ["StockTransfer"]
    assert (await levels(staff))["web-main"][1] == 5
    id = await sent(staff, 5)
    await asyncio.gather(staff.do(BACK, id=id), staff.do(RECEIVE, i={"id": id}))
    found = await levels(staff)
    assert found["web-main"][0] + found["second"][0] == 15  # five were turned back and are still in transit
    assert await queries.differences() == []


async def test_serial_numbers_are_received_back_with_the_transfer(staff: Api):
    shop_level = await levels(staff)
    assert shop_level["web-main"][0] == 20
    await (await make.shop("other")).sell("S", stock=0)
    variant = await catalog.variant_by_sku("S")
    assert variant is not None
    await lot_tracking.set_tracking(SYSTEM, variant.id, Tracking.SERIAL, tracks_expiry=False)
    receive = """mutation($i: StockReceiveInput!) { stockReceive(input: $i) { __typename } }"""
    lots = [{"number": "N1", "quantity": 1}, {"number": "N2", "quantity": 1}]
    await staff.do(receive, i={"sku": "S", "location": "web-main", "quantity": 2, "lots": lots})
    lines = [{"sku": "S", "quantity": 2}]
    made = await staff.do(CREATE, i={"source": "web-main", "destination": "second", "lines": lines})
    await staff.do(SHIP, i={"id": made["id"]})
    await staff.do(BACK, id=made["id"])
    more = {"id": made["id"], "lines": [{"sku": "S", "received": 3}], "acceptOverReceipt": True}
    assert (await staff.do(RECEIVE, i=more))["path"] == ["input", "lines", "0"]
    assert (await staff.do(RECEIVE, i={"id": made["id"]}))["status"] == "RETURNED"
    assert await queries.differences() == []


async def test_receiving_more_than_was_shipped_needs_accept_over_receipt(staff: Api):
    id = await sent(staff, 4)
    more: dict[str, Any] = {"id": id, "lines": [{"sku": "A", "received": 6}]}
    refused = await staff.do(RECEIVE, i=more)
    assert "acceptOverReceipt" in refused["message"] and refused["path"] == ["input", "lines", "0"]
    assert refused["problems"] == [{"code": "NOT_ENOUGH", "values": {"available": 4}}]
    lost = {"id": id, "lines": [{"sku": "A", "received": 1, "missing": 6}], "acceptOverReceipt": True}
    assert (await staff.do(RECEIVE, i=lost))["path"] == ["input", "lines", "0"]
    done = await staff.do(RECEIVE, i={**more, "acceptOverReceipt": True})
    line = done["lines"][0]
    assert (done["status"], line["received"], line["surplus"], line["missing"]) == ("RECEIVED", 4, 2, 0)
    assert (await levels(staff))["second"][0] == 6
    assert await queries.differences() == []


async def test_transfer_quantities_are_converted_from_units_of_measure(staff: Api):
    variant = (await staff.ask('{ variant(sku: "A") { id } }'))["variant"]
    units = """mutation($i: VariantUnitsSetInput!) { variantUnitsSet(input: $i) { __typename } }"""
    await staff.do(units, i={"id": variant["id"], "units": [{"code": "carton", "quantity": 6}]})
    lines: list[dict[str, Any]] = [{"sku": "A", "quantity": 3, "unit": "carton"}]
    given = {"source": "web-main", "destination": "second", "lines": lines}
    made = await staff.do(CREATE, i=given)
    assert made["lines"][0]["quantity"] == 18
    leaves = {"id": made["id"], "lines": [{"sku": "A", "quantity": 2, "unit": "carton"}]}
    assert (await staff.do(SHIP, i=leaves))["lines"][0]["shipped"] == 12
    wrong = {"id": made["id"], "lines": [{"sku": "A", "received": 1, "unit": "pallet"}]}
    assert (await staff.do(RECEIVE, i=wrong))["path"] == ["input", "lines", "0", "unit"]
    came = {"id": made["id"], "lines": [{"sku": "A", "received": 1, "missing": 1, "unit": "carton"}]}
    line = (await staff.do(RECEIVE, i=came))["lines"][0]
    assert (line["received"], line["missing"]) == (6, 6)
    lines[0]["unit"] = "pallet"
    assert (await staff.do(CREATE, i=given))["path"] == ["input", "lines", "0", "unit"]
    assert await queries.differences() == []
