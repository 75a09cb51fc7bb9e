"""Filters of levels, movements and transfers by reference and time of change."""

import pytest

from app.core import clock
from app.core.ids import to_global
from app.inventory.stock.service import level_changes
from tests import make
from tests.ask import Api
from tests.statements import statements

pytestmark = pytest.mark.usefixtures("clean")

MOVEMENTS = (
    "query($f: StockMovementFilter) { stockMovements(filter: $f) { nodes { quantity reason referenceId } } }"
)
TRANSFER = """mutation($i: StockTransferCreateInput!) { stockTransferCreate(input: $i) { ... on StockTransfer { id } } }"""
SHIP = """mutation($i: StockTransferShipInput!) { stockTransferShip(input: $i) { __typename } }"""


@pytest.fixture
async def staff(api: Api) -> Api:
    shop = await make.shop()
    await make.location("second")
    await shop.sell("A", stock=10)
    await shop.sell("B", stock=10)
    return api.as_(await make.token())


async def transfer(staff: Api, sku: str) -> str:
    lines = [{"sku": sku, "quantity": 2}]
    given = {"source": "web-main", "destination": "second", "lines": lines}
    return str((await staff.do(TRANSFER, i=given))["id"])


async def test_movements_are_filtered_by_their_reference(staff: Api):
    first, second = await transfer(staff, "A"), await transfer(staff, "B")
    order = to_global("Order", (await make.order(("A", 1))).id)

    async def reasons(**filter: object) -> list[str]:
        nodes = (await staff.ask(MOVEMENTS, f=filter))["stockMovements"]["nodes"]
        return sorted({node["reason"] for node in nodes})

    await staff.do(SHIP, i={"id": first})
    assert await reasons(referenceId={"eq": first}) == ["RESERVATION", "TRANSFER_OUT"]
    assert await reasons(referenceId={"eq": second}) == ["RESERVATION"]
    assert await reasons(referenceId={"in": [second, order]}, sku={"eq": "A"}) == ["RESERVATION"]
    nodes = (await staff.ask(MOVEMENTS, f={"referenceId": {"eq": order}}))["stockMovements"]["nodes"]
    assert nodes == [{"quantity": 1, "reason": "RESERVATION", "referenceId": order}]
    error = await staff.error(MOVEMENTS, f={"referenceId": {"eq": "x"}})
    assert error["extensions"]["code"] == "INVALID"


async def test_levels_and_transfers_are_filtered_by_the_time_of_their_last_change(staff: Api):
    first, second = await transfer(staff, "A"), await transfer(staff, "B")
    moment = clock.now().isoformat()
    await staff.do(SHIP, i={"id": first})
    levels = "query($f: StockLevelFilter) { stockLevels(filter: $f) { nodes { variant { sku } location { code } } } }"
    nodes = (await staff.ask(levels, f={"updatedAt": {"gte": moment}}))["stockLevels"]["nodes"]
    assert {(node["variant"]["sku"], node["location"]["code"]) for node in nodes} == {
        ("A", "web-main"),
        ("A", "second"),
    }
    asked = "query($f: StockTransferFilter) { stockTransfers(filter: $f) { nodes { id updatedAt } } }"

    async def found(**filter: object) -> list[str]:
        return [node["id"] for node in (await staff.ask(asked, f=filter))["stockTransfers"]["nodes"]]

    assert await found(updatedAt={"gte": moment}) == [first]
    assert await found(updatedAt={"lte": moment}) == [second]
    assert await found(sku={"eq": "B"}) == [second]


async def test_reserving_no_units_executes_no_statement():
    with statements() as ran:
        await level_changes.take_if_free({}, {})
    assert ran == []
