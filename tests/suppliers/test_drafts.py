"""Drafts of purchase orders are changed before they are sent."""

from typing import Any

import pytest

from app.core.database import execute
from app.inventory.stock import queries
from tests.ask import Api
from tests.suppliers.purchases import REFUSED, SEND, day, levels, usd, write

pytestmark = pytest.mark.usefixtures("clean")

CHANGE = (
    "mutation($input: PurchaseOrderUpdateInput!, $v: Int) { purchaseOrderUpdate(input: $input, expectedVersion: $v) {"
    + REFUSED
    + """
  ... on IllegalTransition { step current } ... on PurchaseOrder { version status expectedOn note externalReference
    location { code } total { amount }
    lines { quantity unit unitQuantity expectedOn unitCost { amount } variant { sku } } } } }"""
)
UNITS = """
mutation($input: VariantUnitsSetInput!) { variantUnitsSet(input: $input) { __typename ... on UserError { message } } }
"""
LINES = """query($id: ID!) { purchaseOrder(id: $id) { lines { quantity received variant { sku } } } }"""


def shown(order: dict[str, Any]) -> list[tuple[str, int, str]]:
    return [(each["variant"]["sku"], each["quantity"], each["unitCost"]["amount"]) for each in order["lines"]]


async def test_lines_of_a_draft_are_changed_added_and_removed(buyer: Api):
    order = await write(buyer, ("A", 12))
    lines = [{"sku": "A", "quantity": 18}, {"sku": "B", "quantity": 4, "unitCost": usd("4.50")}]
    done = await buyer.do(CHANGE, input={"id": order["id"], "lines": lines}, v=1)
    assert shown(done) == [("A", 18, "2.00"), ("B", 4, "4.50")]
    assert (done["total"], done["version"]) == ({"amount": "54.00"}, 2)
    done = await buyer.do(CHANGE, input={"id": order["id"], "removed": ["A"], "note": "Only B", "lines": [
        {"sku": "B", "unitCost": None, "expectedOn": day(4)}]})  # fmt: skip
    assert shown(done) == [("B", 4, "5.00")]
    assert (done["note"], done["lines"][0]["expectedOn"]) == ("Only B", day(4))
    again = await buyer.do(CHANGE, input={"id": order["id"], "note": "Only B"})
    assert again["version"] == done["version"]  # nothing has changed
    await buyer.do(SEND, id=order["id"], on=day(20))
    found = await levels(buyer)
    assert (found["A"]["incoming"], found["B"]["incoming"]) == (0, 4)
    (coming,) = (await buyer.ask("{ stockIncoming { nodes { expectedOn } } }"))["stockIncoming"]["nodes"]
    assert coming["expectedOn"] == day(4)
    late = await buyer.do(CHANGE, input={"id": order["id"], "lines": [{"sku": "B", "quantity": 1}]})
    assert (late["step"], late["current"]) == ("EDIT", "SENT")


async def test_expected_day_and_reference_of_a_draft_are_changed(buyer: Api):
    order = await write(buyer, ("A", 12), expectedOn=day(3), externalReference="K-1")
    other = await write(buyer, ("A", 6), externalReference="K-2")
    taken = await buyer.do(CHANGE, input={"id": order["id"], "externalReference": "K-2"})
    assert taken["path"] == ["input", "externalReference"]
    done = await buyer.do(
        CHANGE,
        input={"id": order["id"], "externalReference": None, "expectedOn": None, "location": "web-main"},
    )
    assert (done["externalReference"], done["expectedOn"], done["lines"][0]["expectedOn"]) == (
        None,
        None,
        None,
    )
    done = await buyer.do(CHANGE, input={"id": other["id"], "externalReference": "K-1"})
    assert done["externalReference"] == "K-1"


async def test_a_carton_is_ordered_and_received_by_its_unit(buyer: Api):
    id = (await buyer.ask('{ variant(sku: "A") { id } }'))["variant"]["id"]
    units = {"id": id, "units": [{"code": "carton", "quantity": 12}]}
    assert (await buyer.do(UNITS, input=units))["__typename"] == "Variant"
    order = await write(buyer, ("B", 1))
    cartons = {"sku": "A", "quantity": 2, "unit": "carton", "unitCost": usd("10.01")}
    done = await buyer.do(CHANGE, input={"id": order["id"], "lines": [cartons], "removed": ["B"]})
    line = done["lines"][0]
    assert (line["quantity"], line["unit"], line["unitQuantity"]) == (24, "carton", 12)
    assert (line["unitCost"], done["total"]) == ({"amount": "10.01"}, {"amount": "20.02"})
    await buyer.do(SEND, id=order["id"])
    receive = """mutation($input: PurchaseOrderReceiveInput!) { purchaseOrderReceive(input: $input) {
      ... on PurchaseOrder { status } ... on UserError { message path } } }"""
    for part in ({"quantity": 7}, {"quantity": 5}, {"quantity": 1, "unit": "carton"}):
        await buyer.do(receive, input={"id": order["id"], "lines": [{"sku": "A", **part}]})
    found = await levels(buyer)
    # 7 and 5 pieces are 5.84 and 4.17: together a carton, to the cent.
    assert (found["A"]["onHand"], found["A"]["value"]) == (24, {"amount": "20.02"})
    done = await buyer.do(CHANGE, input={"id": (await write(buyer, ("A", 12)))["id"], "lines": [
        {"sku": "A", "quantity": 1, "unit": "carton"}]})  # fmt: skip
    assert done["lines"][0]["unitCost"] == {"amount": "24.00"}  # twelve times the supplier's unit cost
    assert await queries.differences() == []


async def test_a_draft_with_a_past_expected_day_cannot_be_sent_until_the_day_is_changed(buyer: Api):
    order = await write(buyer, ("A", 12), expectedOn=day(3))
    lines = [{"sku": "A", "expectedOn": day(4)}]
    await buyer.do(CHANGE, input={"id": order["id"], "lines": lines})
    await execute("UPDATE purchase_order SET expected_on = '2020-01-01'")
    assert (await buyer.do(SEND, id=order["id"]))["path"] == ["expectedOn"]
    await execute("UPDATE purchase_order_line SET expected_on = '2020-01-01'")
    refused = await buyer.do(SEND, id=order["id"], on=day(5))
    assert refused["message"] == (
        "The expected date of A is in the past. Change it with purchaseOrderUpdate."
    )
    await buyer.do(CHANGE, input={"id": order["id"], "lines": [{"sku": "A", "expectedOn": None}]})
    assert (await buyer.do(SEND, id=order["id"], on=day(5)))["status"] == "SENT"


WRONG = {
    "no quantity": ({"lines": [{"sku": "B"}]}, ["lines", "0", "quantity"]),
    "another unit without a quantity": ({"lines": [{"sku": "A", "unit": "carton"}]}, ["lines", "0", "quantity"]),
    "an unknown unit": ({"lines": [{"sku": "A", "quantity": 1, "unit": "pallet"}]}, ["lines", "0", "unit"]),
    "no such SKU": ({"lines": [{"sku": "Z", "quantity": 1}]}, ["lines", "0", "sku"]),
    "a quantity of zero": ({"lines": [{"sku": "A", "quantity": 0}]}, ["lines", "0", "quantity"]),
    "null": ({"lines": [{"sku": "A", "quantity": None}]}, ["lines", "0", "quantity"]),
    "a repeated SKU": ({"lines": [{"sku": "A", "quantity": 1}, {"sku": "A", "quantity": 1}]}, ["lines", "1", "sku"]),
    "another currency": ({"lines": [{"sku": "A", "unitCost": {"amount": "1", "currency": "EUR"}}]}, ["lines", "0", "unitCost", "currency"]),
    "no line left": ({"removed": ["A"]}, ["removed"]),
    "a SKU that the order does not have": ({"removed": ["B"]}, ["removed", "0"]),
    "changed and removed": ({"removed": ["A"], "lines": [{"sku": "A", "quantity": 1}]}, ["removed", "0"]),
    "a day in the past": ({"lines": [{"sku": "A", "expectedOn": "2020-01-01"}]}, ["lines", "0", "expectedOn"]),
    "an unknown location": ({"location": "nowhere"}, ["location"]),
    "an empty reference": ({"externalReference": " "}, ["externalReference"]),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
async def test_an_invalid_change_of_a_draft_is_refused_and_changes_nothing(buyer: Api, case: str):
    change, path = WRONG[case]
    order = await write(buyer, ("A", 12))
    refused = await buyer.do(CHANGE, input={"id": order["id"], **change})
    assert [each for each in refused["path"] if each != "input"] == path
    seen = (await buyer.ask(LINES, id=order["id"]))["purchaseOrder"]["lines"]
    assert seen == [{"quantity": 12, "received": 0, "variant": {"sku": "A"}}]
