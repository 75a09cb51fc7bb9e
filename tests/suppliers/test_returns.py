"""Returns to suppliers remove stock at its cost and expect a credit."""

import asyncio
from typing import Any

import pytest

from app.access.permissions import Permission as P
from app.catalog import queries as catalog
from app.catalog.lifecycle import Tracking
from app.core.actor import SYSTEM
from app.core.database import fetch
from app.inventory.stock import queries
from app.inventory.stock.service import lot_tracking
from tests import make
from tests.ask import PLACE, Api, order_input
from tests.suppliers.purchases import RECEIVE, REFUSED, SEND, levels, usd, write

pytestmark = pytest.mark.usefixtures("clean")

RETURN = (
    "mutation($input: SupplierReturnCreateInput!, $key: String) {"
    " supplierReturnCreate(input: $input, idempotencyKey: $key) {"
    + REFUSED
    + """ ... on InvalidInput { problems { code values { available } } }
  ... on SupplierReturn { id number reference currency creditExpected { amount } credited { amount } supplier { code }
    location { code } purchaseOrder { number } lines { quantity creditExpected { amount } value { amount } variant { sku } } } } }"""
)
CREDIT = (
    "mutation($input: SupplierReturnCreditInput!, $v: Int) { supplierReturnCredit(input: $input, expectedVersion: $v) {"
    + REFUSED
    + " ... on SupplierReturn { credited { amount } creditReference creditedAt version } } }"
)


CANCEL = (
    "mutation($id: ID!) { supplierReturnCancel(id: $id) {"
    + REFUSED
    + " ... on SupplierReturn { cancelledAt } } }"
)


async def received_order(buyer: Api, *lines: tuple[str, int]) -> str:
    order = await write(buyer, *lines)
    await buyer.do(SEND, id=order["id"])
    await buyer.do(RECEIVE, input={"id": order["id"]})
    return str(order["id"])


async def test_a_return_of_a_purchase_order_removes_stock_at_cost_and_is_credited(buyer: Api):
    order = await received_order(buyer, ("A", 12), ("B", 4))
    given = {"purchaseOrderId": order, "reference": "RMA-7", "lines": [{"sku": "A", "quantity": 5}]}
    done = await buyer.do(RETURN, input=given, key="k")
    assert (done["number"], done["reference"], done["credited"]) == ("SR-000001", "RMA-7", None)
    assert (done["creditExpected"], done["supplier"], done["location"]) == (
        {"amount": "10.00"},
        {"code": "acme"},
        {"code": "web-main"},
    )
    assert done["lines"] == [{"quantity": 5, "creditExpected": {"amount": "10.00"}, "value": {"amount": "10.00"}, "variant": {"sku": "A"}}]  # fmt: skip
    assert (await buyer.do(RETURN, input=given, key="k"))["id"] == done["id"]
    found = await levels(buyer)
    assert found["A"] == {"onHand": 7, "available": 7, "incoming": 0, "value": {"amount": "14.00"}}
    rows = await fetch(
        "SELECT from_account, to_account, amount_minor FROM value_entry WHERE reason = 'supplier_return'"
    )
    assert [tuple(row.values()) for row in map(dict, rows)] == [("asset", "suppliers", 1000)]
    movements = "query($f: StockMovementFilter) { stockMovements(filter: $f) { nodes { reason quantity } } }"
    nodes = (await buyer.ask(movements, f={"referenceId": {"eq": done["id"]}}))["stockMovements"]["nodes"]
    assert nodes == [{"reason": "SUPPLIER_RETURN", "quantity": 5}]
    wrong = await buyer.do(CREDIT, input={"id": done["id"], "amount": {"amount": "9", "currency": "EUR"}})
    assert wrong["path"] == ["input", "amount", "currency"]
    credit = {"id": done["id"], "amount": usd("9.50"), "reference": "CN-3"}
    noted = await buyer.do(CREDIT, input=credit, v=1)
    assert (noted["credited"], noted["creditReference"], noted["version"]) == ({"amount": "9.50"}, "CN-3", 2)
    assert (await buyer.do(CREDIT, input=credit))["message"] == "The supplier return is already credited."
    assert await queries.differences() == []


async def test_no_more_units_are_returned_than_were_received(buyer: Api):
    order = await received_order(buyer, ("A", 12))
    await received_order(buyer, ("A", 6), ("B", 1))
    some = {"purchaseOrderId": order, "lines": [{"sku": "A", "quantity": 10}]}
    await buyer.do(RETURN, input=some)
    refused = await buyer.do(RETURN, input=some)
    assert refused["path"] == ["input", "lines", "0", "quantity"]
    assert refused["problems"] == [{"code": "NOT_ENOUGH", "values": {"available": 2}}]
    other = await buyer.do(RETURN, input={"purchaseOrderId": order, "lines": [{"sku": "B", "quantity": 1}]})
    assert other["path"] == ["input", "lines", "0", "sku"]
    at_once = [{"purchaseOrderId": order, "lines": [{"sku": "A", "quantity": 2}]} for _ in range(3)]
    answers = await asyncio.gather(*(buyer.do(RETURN, input=each) for each in at_once))
    assert sorted(each["__typename"] for each in answers) == ["InvalidInput"] * 2 + ["SupplierReturn"]
    shown = await buyer.ask("query($id: ID) { purchaseOrder(id: $id) { returns { number } } }", id=order)
    assert len(shown["purchaseOrder"]["returns"]) == 2
    assert (await levels(buyer))["A"]["onHand"] == 6
    assert await queries.differences() == []


async def test_reserved_units_are_not_returned_and_damaged_units_need_no_purchase_order(
    buyer: Api, shop: make.Shop
):
    await received_order(buyer, ("A", 6))
    await buyer.do(PLACE, input=order_input(("A", 4)))
    given: dict[str, Any] = {
        "supplier": "acme",
        "location": "web-main",
        "lines": [{"sku": "A", "quantity": 3}],
    }
    refused = await buyer.do(RETURN, input=given)
    assert refused["problems"] == [{"code": "NOT_ENOUGH", "values": {"available": 2}}]
    assert "set the units aside first (stockSetAside)" in refused["message"]
    aside = """mutation($input: StockSetAsideInput!) { stockSetAside(input: $input) { __typename } }"""
    await buyer.do(aside, input={"sku": "A", "location": "web-main", "quantity": 1, "to": "DAMAGED"})
    damaged = {"sku": "A", "quantity": 1, "bucket": "DAMAGED", "unitCredit": usd("1.25")}
    done = await buyer.do(RETURN, input={**given, "lines": [damaged]})
    assert (done["creditExpected"], done["purchaseOrder"]) == ({"amount": "1.25"}, None)
    assert done["lines"][0]["value"] == {"amount": "2.00"}
    found = await levels(buyer)
    assert (found["A"]["onHand"], found["A"]["available"]) == (5, 1)
    assert await queries.differences() == []


async def test_cancelling_a_return_restores_the_stock(buyer: Api):
    variant = await catalog.variant_by_sku("B")
    assert variant is not None
    await lot_tracking.set_tracking(SYSTEM, variant.id, Tracking.SERIAL, tracks_expiry=False)
    order = await write(buyer, ("A", 6), ("B", 1))
    await buyer.do(SEND, id=order["id"])
    lots = [{"number": "N1", "quantity": 1}]
    came = [{"sku": "A", "quantity": 6, "bucket": "DAMAGED"}, {"sku": "B", "quantity": 1, "lots": lots}]
    await buyer.do(RECEIVE, input={"id": order["id"], "lines": came})
    before = await levels(buyer)
    lines = [{"sku": "A", "quantity": 4, "bucket": "DAMAGED"}, {"sku": "B", "quantity": 1, "lots": lots}]
    given = {"purchaseOrderId": order["id"], "lines": lines}
    done = await buyer.do(RETURN, input=given)
    answers = await asyncio.gather(*(buyer.do(CANCEL, id=done["id"]) for _ in range(3)))
    assert sorted(each["__typename"] for each in answers) == ["InvalidInput"] * 2 + ["SupplierReturn"]
    assert await levels(buyer) == before
    again = await buyer.do(RETURN, input=given)  # a cancelled return does not count
    await buyer.do(CREDIT, input={"id": again["id"], "amount": usd("13.00")})
    assert (await buyer.do(CANCEL, id=again["id"]))["message"] == "The supplier return is already credited."
    assert (await buyer.do(CREDIT, input={"id": done["id"], "amount": usd("1")}))[
        "message"
    ] == "The supplier return is cancelled."
    assert await queries.differences() == []


WRONG = {
    "no lines": ({"lines": []}, ["lines"]),
    "a quantity of zero": ({"lines": [{"sku": "A", "quantity": 0}]}, ["lines", "0", "quantity"]),
    "no such SKU": ({"lines": [{"sku": "Z", "quantity": 1}]}, ["lines", "0", "sku"]),
    "an unknown unit": ({"lines": [{"sku": "A", "quantity": 1, "unit": "box"}]}, ["lines", "0", "unit"]),
    "reserved": ({"lines": [{"sku": "A", "quantity": 1, "bucket": "RESERVED"}]}, ["lines", "0", "bucket"]),
    "a negative credit": ({"lines": [{"sku": "A", "quantity": 1, "unitCredit": usd("-1")}]}, ["lines", "0", "unitCredit"]),
    "no supplier": ({"supplier": None}, ["supplier"]),
    "no location": ({"location": None}, ["location"]),
    "an unknown supplier": ({"supplier": "nobody"}, ["supplier"]),
    "an empty reference": ({"externalReference": ""}, ["externalReference"]),
    "a long reference": ({"reference": "x" * 121}, ["reference"]),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
async def test_an_invalid_return_is_refused_and_changes_no_stock(buyer: Api, case: str):
    change, path = WRONG[case]
    await received_order(buyer, ("A", 6))
    given = {"supplier": "acme", "location": "web-main", "lines": [{"sku": "A", "quantity": 1}], **change}
    refused = await buyer.do(RETURN, input=given)
    assert [each for each in refused["path"] if each != "input"] == path
    assert (await levels(buyer))["A"]["onHand"] == 6


async def test_returns_are_filtered_and_their_costs_need_a_permission(buyer: Api, api: Api):
    order = await received_order(buyer, ("A", 6), ("B", 2))
    first = await buyer.do(RETURN, input={"purchaseOrderId": order, "externalReference": "K-1", "lines": [
        {"sku": "A", "quantity": 1}]})  # fmt: skip
    second = await buyer.do(RETURN, input={"supplier": "acme", "location": "web-main", "reference": "RMA-2", "lines": [
        {"sku": "B", "quantity": 1}]})  # fmt: skip
    asked = """query($f: SupplierReturnFilter) { supplierReturns(filter: $f) { nodes { number creditExpected { amount }
      lines { value { amount } } } } }"""

    async def numbers(**filter: object) -> list[str]:
        return [n["number"] for n in (await buyer.ask(asked, f=filter))["supplierReturns"]["nodes"]]

    assert await numbers() == [second["number"], first["number"]]
    assert await numbers(purchaseOrderId={"eq": order}) == [first["number"]]
    assert await numbers(sku={"eq": "B"}) == [second["number"]]
    assert await numbers(reference={"eq": "RMA-2"}, supplier={"eq": "acme"}) == [second["number"]]
    assert await numbers(externalReference={"eq": "K-1"}, location={"eq": "web-main"}) == [first["number"]]
    clerk = api.as_(await make.token(P.PURCHASING_VIEW))
    seen = (await clerk.ask(asked))["supplierReturns"]["nodes"][0]
    assert seen == {"number": second["number"], "creditExpected": None, "lines": [{"value": None}]}
    given = {"supplier": "acme", "location": "web-main", "lines": [{"sku": "A", "quantity": 1}]}
    assert (await clerk.error(RETURN, input=given))["extensions"]["code"] == "FORBIDDEN"
    node = "query($id: ID!) { node(id: $id) { ... on SupplierReturn { number } } }"
    assert (await buyer.ask(node, id=first["id"]))["node"] == {"number": first["number"]}
