"""Transfers: goods in transit, and units that do not arrive."""

from typing import Any

import pytest

from app.core.actor import SYSTEM
from app.core.database import fetch
from app.inventory.receiving import service as receiving_service
from app.inventory.receiving.service.receipt_costs import Cost
from app.inventory.stock import queries
from tests import make
from tests.ask import Api

pytestmark = pytest.mark.usefixtures("clean")

CREATE = """
mutation($input: StockTransferCreateInput!) { stockTransferCreate(input: $input) { __typename
  ... on UserError { message path } ... on InsufficientStock { shortages { sku requested available } }
  ... on StockTransfer { id status version nextSteps { step } lines { quantity shipped inTransit variant { sku } } } } }
"""
SHIP = """
mutation($input: StockTransferShipInput!, $v: Int) { stockTransferShip(input: $input, expectedVersion: $v) { __typename
  ... on UserError { message path } ... on StockTransfer { status lines { shipped inTransit } } } }
"""
RECEIVE = """
mutation($input: StockTransferReceiveInput!) { stockTransferReceive(input: $input) { __typename
  ... on UserError { message path } ... on IllegalTransition { current allowed }
  ... on StockTransfer { status lines { shipped received damaged missing inTransit } } } }
"""
LEVELS = "{ stockLevels { nodes { onHand reserved damaged available value { amount } location { code } } } }"


@pytest.fixture
async def staff(api: Api) -> Api:
    shop = await make.shop()
    await make.location("second")
    await shop.sell("A", stock=0)
    await receiving_service.receive_one(
        SYSTEM, sku="A", location=shop.location, quantity=10, cost=Cost(100, "USD")
    )
    await receiving_service.receive_one(
        SYSTEM, sku="A", location=shop.location, quantity=10, cost=Cost(300, "USD")
    )
    return api.as_(await make.token())


def wanted(units: int = 12, **more: Any) -> dict[str, Any]:
    lines = [{"sku": "A", "quantity": units}]
    return {"source": "web-main", "destination": "second", "lines": lines, **more}


async def _levels(staff: Api) -> dict[str, dict]:
    nodes = (await staff.ask(LEVELS))["stockLevels"]["nodes"]
    return {node.pop("location")["code"]: node for node in nodes}


async def _accounts() -> dict[str, int]:
    rows = await fetch("SELECT to_account AS a, SUM(amount_minor) AS n FROM value_entry GROUP BY to_account")
    return {row["a"]: int(row["n"]) for row in rows}


async def test_a_transfer_carries_its_cost_and_missing_units_are_written_off(staff: Api):
    made = await staff.do(CREATE, input=wanted())
    assert made["status"] == "DRAFT" and made["nextSteps"] == [{"step": "SHIP"}, {"step": "CANCEL"}]
    assert (await _levels(staff))["web-main"]["available"] == 8  # the units of the transfer are reserved
    done = await staff.do(SHIP, input={"id": made["id"]})
    assert done["lines"] == [{"shipped": 12, "inTransit": 12}]
    levels = await _levels(staff)
    # First in, first out: ten at 1.00 and two at 3.00 were shipped.
    assert levels["web-main"] == {
        "onHand": 8,
        "reserved": 0,
        "damaged": 0,
        "available": 8,
        "value": {"amount": "24.00"},
    }
    assert levels["second"]["onHand"] == 0
    assert await queries.differences() == []
    found = [{"sku": "A", "received": 9, "damaged": 1}]
    done = await staff.do(RECEIVE, input={"id": made["id"], "lines": found})
    assert done["status"] == "RECEIVED"
    assert done["lines"] == [{"shipped": 12, "received": 9, "damaged": 1, "missing": 2, "inTransit": 0}]
    levels = await _levels(staff)
    assert levels["second"] == {
        "onHand": 10,
        "reserved": 0,
        "damaged": 1,
        "available": 9,
        "value": {"amount": "10.00"},
    }
    assert (await _accounts())["write_off"] == 600  # the two at 3.00
    assert await queries.differences() == []


async def test_a_transfer_can_be_received_in_parts(staff: Api):
    made = await staff.do(CREATE, input=wanted())
    await staff.do(SHIP, input={"id": made["id"]})
    part = {"id": made["id"], "lines": [{"sku": "A", "received": 5}], "isComplete": False}
    done = await staff.do(RECEIVE, input=part)
    assert done["status"] == "IN_TRANSIT" and done["lines"][0]["inTransit"] == 7
    done = await staff.do(RECEIVE, input={"id": made["id"]})
    assert done["status"] == "RECEIVED" and done["lines"][0]["received"] == 12
    again = await staff.do(RECEIVE, input={"id": made["id"]})
    assert again["__typename"] == "IllegalTransition" and again["current"] == "RECEIVED"
    assert (await _levels(staff))["second"]["onHand"] == 12


async def test_a_transfer_cannot_ship_or_receive_more_than_its_quantity(staff: Api):
    refused = await staff.do(CREATE, input=wanted(21))
    assert refused["shortages"] == [{"sku": "A", "requested": 21, "available": 20}]
    assert refused["path"] == ["input", "lines", "0", "quantity"]
    made = await staff.do(CREATE, input=wanted(10))
    more = await staff.do(SHIP, input={"id": made["id"], "lines": [{"sku": "A", "quantity": 11}]})
    assert more["path"] == ["input", "lines", "0", "quantity"]
    stale = await staff.do(SHIP, input={"id": made["id"]}, v=9)
    assert stale["__typename"] == "StaleVersion"
    await staff.do(SHIP, input={"id": made["id"], "lines": [{"sku": "A", "quantity": 4}]})
    assert (await _levels(staff))["web-main"][
        "available"
    ] == 16  # units that were not shipped are available again
    more = await staff.do(RECEIVE, input={"id": made["id"], "lines": [{"sku": "A", "received": 5}]})
    assert more["path"] == ["input", "lines", "0"] and "Only 4" in more["message"]
    assert await queries.differences() == []


async def test_cancelling_a_transfer_releases_its_units(staff: Api):
    made = await staff.do(CREATE, input=wanted())
    cancel = "mutation($id: ID!) { stockTransferCancel(id: $id) { __typename ... on StockTransfer { status nextSteps { step } } } }"
    assert await staff.do(cancel, id=made["id"]) == {
        "__typename": "StockTransfer",
        "status": "CANCELLED",
        "nextSteps": [],
    }
    assert (await _levels(staff))["web-main"]["available"] == 20
    assert (await staff.do(cancel, id=made["id"]))["__typename"] == "IllegalTransition"


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"destination": "web-main"}, ["destination"]),
        ({"lines": []}, ["lines"]),
        ({"lines": [{"sku": "A", "quantity": 0}]}, ["lines", "0", "quantity"]),
        ({"lines": [{"sku": "A", "quantity": 1}, {"sku": "A", "quantity": 1}]}, ["lines", "1", "sku"]),
        ({"lines": [{"sku": "NOPE", "quantity": 1}]}, ["lines", "0", "sku"]),
        ({"source": "nowhere"}, ["source"]),
    ],
)
async def test_an_invalid_transfer_is_refused_with_the_path_of_the_field(
    staff: Api, change: dict, path: list[str]
):
    query = CREATE.replace("message path }", "message path } ... on ValidationFailed { problems { path } }")
    refused = await staff.do(query, input=wanted() | change)
    named = refused.get("problems", [refused])[0]["path"]
    assert named == ["input", *path]


async def test_a_late_cost_of_units_in_transit_follows_them(staff: Api):
    made = await staff.do(CREATE, input=wanted(10))
    await staff.do(SHIP, input={"id": made["id"]})
    receipt = (await staff.ask("{ stockReceipts(last: 1) { nodes { id } } }"))["stockReceipts"]["nodes"][0][
        "id"
    ]
    correct = """mutation($id: ID!) { stockCostCorrect(input: {receiptId: $id, line: 1, unitCost: {amount: "2.00", currency: "USD"}})
      { __typename ... on UserError { message } } }"""
    assert (await staff.do(correct, id=receipt))["__typename"] == "StockReceipt"
    await staff.do(RECEIVE, input={"id": made["id"]})
    levels = await _levels(staff)
    assert levels["second"]["value"]["amount"] == "20.00" and levels["web-main"]["value"]["amount"] == "30.00"
    assert await queries.differences() == []
