"""Expected days of purchase orders, and over-receipts."""

import pytest

from app.core import clock
from app.inventory.stock import queries
from tests import make
from tests.ask import PLACE, Api, order_input
from tests.suppliers.purchases import CONFIRM, RECEIVE, REFUSED, SEND, UPDATE, day, levels, write

pytestmark = pytest.mark.usefixtures("clean")

DAYS = (
    "mutation($id: ID!, $on: Date, $lines: [PurchaseOrderDayInput!]) {"
    " purchaseOrderConfirm(id: $id, expectedOn: $on, lines: $lines) {"
    + REFUSED
    + """
  ... on IllegalTransition { current } ... on PurchaseOrder { status expectedOn lines { expectedOn } } } }"""
)
PROMISE = "query($id: ID!) { order(id: $id) { promisedOn isDelayed } }"


async def test_a_new_expected_day_of_a_partly_received_order_moves_the_promised_date(
    buyer: Api, shop: make.Shop
):
    await shop.stock("A", 0, backorder_limit=5)
    order = await write(buyer, ("A", 12), ("B", 2))
    await buyer.do(SEND, id=order["id"], on=day(3))
    placed = await buyer.do(PLACE, input=order_input(("A", 4)))
    await buyer.do(RECEIVE, input={"id": order["id"], "lines": [{"sku": "A", "quantity": 2}]})
    confirmed = await buyer.do(CONFIRM, id=order["id"], on=day(25))
    assert confirmed == {"__typename": "PurchaseOrder", "status": "PARTIALLY_RECEIVED", "expectedOn": day(25)}
    promise = (await buyer.ask(PROMISE, id=placed["id"]))["order"]
    assert promise["promisedOn"] > day(25) and promise["isDelayed"]
    done = await buyer.do(RECEIVE, input={"id": order["id"]})
    assert done["status"] == "RECEIVED"
    refused = await buyer.do(DAYS, id=order["id"], on=day(30))
    assert refused["current"] == "RECEIVED"
    assert await queries.differences() == []


async def test_each_line_has_its_own_expected_day(buyer: Api, shop: make.Shop):
    await shop.stock("A", 0, backorder_limit=5)
    await shop.stock("B", 0, backorder_limit=5)
    order = await write(buyer, ("A", 12), ("B", 2))
    await buyer.do(SEND, id=order["id"], on=day(3))
    first = await buyer.do(PLACE, input=order_input(("A", 1)))
    second = await buyer.do(PLACE, input=order_input(("B", 1)))
    done = await buyer.do(DAYS, id=order["id"], lines=[{"sku": "B", "expectedOn": day(40)}])
    assert (done["expectedOn"], [line["expectedOn"] for line in done["lines"]]) == (day(3), [day(3), day(40)])
    assert (await buyer.ask(PROMISE, id=first["id"]))["order"]["promisedOn"] < day(20)
    assert (await buyer.ask(PROMISE, id=second["id"]))["order"]["promisedOn"] > day(40)
    # The day of the whole order applies to every line without a day in the input.
    done = await buyer.do(DAYS, id=order["id"], on=day(8), lines=[{"sku": "A", "expectedOn": day(9)}])
    assert (done["expectedOn"], [line["expectedOn"] for line in done["lines"]]) == (day(8), [day(9), day(8)])
    nodes = (await buyer.ask("{ stockIncoming { nodes { expectedOn } } }"))["stockIncoming"]["nodes"]
    assert [node["expectedOn"] for node in nodes] == [day(8), day(9)]


async def test_invalid_expected_days_are_refused_with_their_path(buyer: Api):
    order = await write(buyer, ("A", 12), ("B", 2))
    await buyer.do(SEND, id=order["id"])
    await buyer.do(RECEIVE, input={"id": order["id"], "lines": [{"sku": "A", "quantity": 12}]})
    assert (await buyer.do(DAYS, id=order["id"]))["path"] == ["expectedOn"]
    for line, path in (
        ({"sku": "A", "expectedOn": day(9)}, ["lines", "0", "sku"]),  # fully received
        ({"sku": "Z", "expectedOn": day(9)}, ["lines", "0", "sku"]),
        ({"sku": "B", "expectedOn": "2020-01-01"}, ["lines", "0", "expectedOn"]),
    ):
        assert (await buyer.do(DAYS, id=order["id"], lines=[line]))["path"] == path
    twice = [{"sku": "B", "expectedOn": day(9)}] * 2
    assert (await buyer.do(DAYS, id=order["id"], lines=twice))["path"] == ["lines", "1", "sku"]


async def test_over_receipts_are_limited_to_the_tolerance_unless_accepted_explicitly(buyer: Api):
    order = await write(buyer, ("A", 100))
    await buyer.do(SEND, id=order["id"])
    came = {"id": order["id"], "lines": [{"sku": "A", "quantity": 1_000_000}]}
    refused = await buyer.do(RECEIVE, input=came)
    assert (
        refused["path"] == ["input", "lines", "0", "quantity"]
        and "at most 110 more are accepted" in refused["message"]
    )
    assert (await levels(buyer))["A"]["onHand"] == 0
    # The limit applies to the sum of all receipts, in one call or in several.
    parts = [{"sku": "A", "quantity": 60}, {"sku": "A", "quantity": 51, "bucket": "DAMAGED"}]
    refused = await buyer.do(RECEIVE, input={"id": order["id"], "lines": parts})
    assert refused["path"] == ["input", "lines", "1", "quantity"]
    await buyer.do(RECEIVE, input={"id": order["id"], "lines": [{"sku": "A", "quantity": 60}]})
    refused = await buyer.do(RECEIVE, input={"id": order["id"], "lines": [{"sku": "A", "quantity": 51}]})
    assert "at most 50 more are accepted" in refused["message"]
    more = {"id": order["id"], "lines": [{"sku": "A", "quantity": 51}], "acceptOverReceipt": True}
    assert (await buyer.do(RECEIVE, input=more))["lines"][0]["received"] == 111
    assert await queries.differences() == []


@pytest.mark.parametrize(("percent", "most"), [(0, 7), (50, 10), (None, 7)])
async def test_a_supplier_can_have_its_own_over_receipt_tolerance(buyer: Api, percent: int | None, most: int):
    found = (await buyer.ask('{ supplier(code: "acme") { id } }'))["supplier"]
    await buyer.do(UPDATE, input={"id": found["id"], "overReceiptPercent": percent})
    order = await write(buyer, ("A", 7))  # ten percent of it is less than one unit
    await buyer.do(SEND, id=order["id"])
    one_more = {"id": order["id"], "lines": [{"sku": "A", "quantity": most + 1}]}
    assert f"at most {most} more are accepted" in (await buyer.do(RECEIVE, input=one_more))["message"]
    one_more["lines"][0]["quantity"] = most
    assert (await buyer.do(RECEIVE, input=one_more))["status"] == "RECEIVED"


async def test_a_tolerance_is_0_to_100_percent(buyer: Api):
    found = (await buyer.ask('{ supplier(code: "acme") { id } }'))["supplier"]
    refused = await buyer.do(UPDATE, input={"id": found["id"], "overReceiptPercent": 101})
    assert refused["problems"][0]["path"] == ["input", "overReceiptPercent"]


async def test_purchase_orders_are_found_by_sku_supplier_status_reference_and_change(buyer: Api):
    both = await write(buyer, ("A", 6), ("B", 1), externalReference="K-1")
    alone = await write(buyer, ("B", 1))
    moment = clock.now().isoformat()
    await buyer.do(SEND, id=alone["id"])
    asked = "query($f: PurchaseOrderFilter) { purchaseOrders(filter: $f) { nodes { number updatedAt } } }"

    async def numbers(**filter: object) -> list[str]:
        nodes = (await buyer.ask(asked, f=filter))["purchaseOrders"]["nodes"]
        return [node["number"] for node in nodes]

    first, second = both["number"], alone["number"]
    assert await numbers(sku={"eq": "A"}) == [first]
    assert await numbers(sku={"eq": "B"}) == [second, first]
    assert await numbers(sku={"eq": "B"}, status=["SENT"]) == [second]
    assert await numbers(updatedAt={"gte": moment}) == [second]
    assert await numbers(updatedAt={"lte": moment}) == [first]
    assert await numbers(externalReference={"eq": "K-1"}, supplier={"eq": "acme"}) == [first]
    assert await numbers(**{"not": {"sku": {"eq": "A"}}}) == [second]
