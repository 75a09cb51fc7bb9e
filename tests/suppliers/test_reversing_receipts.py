"""Reversing a receipt restores stock, its value and the purchase order."""

import asyncio
from typing import Any

import pytest

from app.catalog import queries as catalog
from app.catalog.lifecycle import Tracking
from app.core.actor import SYSTEM
from app.inventory.receiving import service as receiving_service
from app.inventory.receiving.service.receipt_costs import Cost
from app.inventory.receiving.service.received_lines import ReceivedLine
from app.inventory.stock import queries
from app.inventory.stock.lifecycle import CostMethod
from app.inventory.stock.service import lot_tracking, shipping
from app.inventory.stock.service.ledger import Reference
from app.inventory.stock.service.shipping import Sold
from app.settings import settings
from tests import make
from tests.ask import PLACE, Api, order_input
from tests.suppliers.purchases import CLOSE, CONFIRM, RECEIVE, REFUSED, SEND, day, levels, usd, write

pytestmark = pytest.mark.usefixtures("clean")

RECEIPTS = """query($id: ID!) { purchaseOrder(id: $id) { status nextSteps { step } lines { quantity received }
  receipts { id lines { position quantity reversed cost { amount } } } } }"""
TAKE_BACK = (
    "mutation($input: StockReceiptReverseInput!, $key: String) {"
    " purchaseOrderReceiptReverse(input: $input, idempotencyKey: $key) {"
    + REFUSED
    + """ ... on InvalidInput { problems { code values { available maximum } } }
  ... on PurchaseOrder { status receivedAt lines { quantity received } } } }"""
)
PLAIN = (
    "mutation($input: StockReceiptReverseInput!) { stockReceiptReverse(input: $input) {"
    + REFUSED
    + " ... on StockReceipt { lines { quantity reversed cost { amount } } } } }"
)


async def receipts(buyer: Api, id: str) -> list[dict[str, Any]]:
    return (await buyer.ask(RECEIPTS, id=id))["purchaseOrder"]["receipts"]


async def received(buyer: Api, *lines: tuple[str, int], **came: int) -> tuple[str, str]:
    """A purchase order with a receipt: the ids of both."""
    order = await write(buyer, *lines)
    await buyer.do(SEND, id=order["id"], on=day(3))
    some = [{"sku": sku, "quantity": quantity} for sku, quantity in came.items()]
    await buyer.do(RECEIVE, input={"id": order["id"], **({"lines": some} if some else {})})
    return order["id"], (await receipts(buyer, order["id"]))[-1]["id"]


async def test_reversing_a_receipt_makes_its_units_incoming_again(buyer: Api):
    id, receipt = await received(buyer, ("A", 12), ("B", 4))
    before = await levels(buyer)
    assert (before["A"]["onHand"], before["A"]["value"]) == (12, {"amount": "24.00"})
    done = await buyer.do(TAKE_BACK, input={"receiptId": receipt, "note": "Another's goods"}, key="k")
    assert (done["status"], done["receivedAt"]) == ("SENT", None)
    assert [line["received"] for line in done["lines"]] == [0, 0]
    found = await levels(buyer)
    assert found["A"] == {"onHand": 0, "available": 0, "incoming": 12, "value": {"amount": "0.00"}}
    assert (found["B"]["onHand"], found["B"]["incoming"]) == (0, 4)
    again = await buyer.do(TAKE_BACK, input={"receiptId": receipt, "note": "Another's goods"}, key="k")
    assert again["status"] == "SENT"
    refused = await buyer.do(TAKE_BACK, input={"receiptId": receipt})
    assert refused["message"] == "There are no units left to reverse."
    line = {"receiptId": receipt, "lines": [{"line": 1, "quantity": 1}]}
    assert (await buyer.do(TAKE_BACK, input=line))[
        "message"
    ] == "All units of this line are already reversed."
    assert (await buyer.do(RECEIVE, input={"id": id}))["status"] == "RECEIVED"
    assert (await levels(buyer))["A"]["value"] == {"amount": "24.00"}
    assert await queries.differences() == []


async def test_a_receipt_is_reversed_in_part_and_the_cost_of_the_rest_is_corrected(buyer: Api):
    id, receipt = await received(buyer, ("A", 12), ("B", 4))
    await buyer.do(CONFIRM, id=id, on=day(9))
    line = {"receiptId": receipt, "lines": [{"line": 1, "quantity": 5}]}
    done = await buyer.do(TAKE_BACK, input=line)
    assert (done["status"], [line["received"] for line in done["lines"]]) == ("PARTIALLY_RECEIVED", [7, 4])
    (seen,) = await receipts(buyer, id)
    assert seen["lines"][0] == {"position": 1, "quantity": 12, "reversed": 5, "cost": {"amount": "14.00"}}
    correct = """mutation($i: StockCostCorrectInput!) { stockCostCorrect(input: $i) { __typename } }"""
    await buyer.do(correct, i={"receiptId": receipt, "line": 1, "unitCost": usd("3.00")})
    found = await levels(buyer)
    assert (found["A"]["onHand"], found["A"]["incoming"], found["A"]["value"]) == (7, 5, {"amount": "21.00"})
    assert await queries.differences() == []


async def test_sold_units_cannot_be_reversed_and_the_rest_can(buyer: Api, shop: make.Shop):
    _, receipt = await received(buyer, ("A", 12))
    variant = await catalog.variant_by_sku("A")
    assert variant is not None
    await shipping.sell(
        SYSTEM, location=shop.location, items=[Sold(variant.id, 5)], reference=Reference("test")
    )
    refused = await buyer.do(TAKE_BACK, input={"receiptId": receipt})
    assert refused["problems"][0]["code"] == "NOT_ENOUGH"
    assert refused["problems"][0]["values"]["available"] == 7
    assert refused["path"] == ["input", "lines", "0", "quantity"]
    assert (await levels(buyer))["A"]["onHand"] == 7
    done = await buyer.do(TAKE_BACK, input={"receiptId": receipt, "lines": [{"line": 1, "quantity": 7}]})
    assert done["lines"][0]["received"] == 5
    assert await queries.differences() == []


async def test_reversing_a_receipt_backorders_the_orders_reserved_on_it(buyer: Api, shop: make.Shop):
    _, receipt = await received(buyer, ("A", 12))
    placed = await buyer.do(PLACE, input=order_input(("A", 4)))
    done = await buyer.do(TAKE_BACK, input={"receiptId": receipt})
    assert done["status"] == "SENT"
    found = await levels(buyer)
    assert (found["A"]["onHand"], found["A"]["incoming"]) == (0, 12)
    asked = "query($id: ID!) { order(id: $id) { fulfillmentStatus } }"
    assert (await buyer.ask(asked, id=placed["id"]))["order"]["fulfillmentStatus"] == "BACKORDERED"
    assert await queries.differences() == []


async def test_reversing_a_receipt_of_a_closed_order_adds_no_incoming_stock(buyer: Api):
    id, receipt = await received(buyer, ("A", 12), A=8)
    await buyer.do(CLOSE, id=id)
    done = await buyer.do(TAKE_BACK, input={"receiptId": receipt})
    assert (done["status"], done["lines"][0]["received"]) == ("CLOSED", 0)
    assert (await levels(buyer))["A"]["incoming"] == 0
    assert await queries.differences() == []


async def test_each_receipt_is_reversed_by_the_mutation_for_its_kind(buyer: Api, shop: make.Shop):
    _, receipt = await received(buyer, ("A", 12))
    refused = await buyer.do(PLAIN, input={"receiptId": receipt})
    assert "purchaseOrderReceiptReverse" in refused["message"] and refused["path"] == ["input", "receiptId"]
    lines = [ReceivedLine("A", 3, Cost(500, "USD")), ReceivedLine("B", 2, Cost(100, "USD"))]
    await receiving_service.receive(SYSTEM, location=shop.location, lines=lines)
    asked = "{ stockReceipts { nodes { id } } }"
    plain = (await buyer.ask(asked))["stockReceipts"]["nodes"][0]["id"]
    refused = await buyer.do(TAKE_BACK, input={"receiptId": plain})
    assert "stockReceiptReverse" in refused["message"]
    done = await buyer.do(PLAIN, input={"receiptId": plain, "lines": [{"line": 1, "quantity": 2}]})
    assert done["lines"][0] == {"quantity": 3, "reversed": 2, "cost": {"amount": "5.00"}}
    assert (await levels(buyer))["A"]["value"] == {"amount": "29.00"}
    for line, path in (
        ({"line": 3, "quantity": 1}, "line"),
        ({"line": 1, "quantity": 2}, "quantity"),
        ({"line": 2, "quantity": 0}, "quantity"),
        ({"line": 2, "quantity": 1, "bucket": "RESERVED"}, "bucket"),
    ):
        refused = await buyer.do(PLAIN, input={"receiptId": plain, "lines": [line]})
        assert refused["path"] == ["input", "lines", "0", path]
    assert await queries.differences() == []


async def test_lots_and_damaged_units_are_reversed_as_received(buyer: Api, shop: make.Shop):
    variant = await catalog.variant_by_sku("A")
    assert variant is not None
    await lot_tracking.set_tracking(SYSTEM, variant.id, Tracking.SERIAL, tracks_expiry=False)
    order = await write(buyer, ("A", 6), ("B", 4))
    await buyer.do(SEND, id=order["id"])
    came = [
        {
            "sku": "A",
            "quantity": 2,
            "lots": [{"number": "N1", "quantity": 1}, {"number": "N2", "quantity": 1}],
        },
        {"sku": "B", "quantity": 4, "bucket": "DAMAGED"},
    ]
    await buyer.do(RECEIVE, input={"id": order["id"], "lines": came})
    (receipt,) = await receipts(buyer, order["id"])
    unnamed = await buyer.do(
        TAKE_BACK, input={"receiptId": receipt["id"], "lines": [{"line": 1, "quantity": 1}]}
    )
    assert unnamed["path"] == ["input", "lines", "0", "lots"]
    named = [
        {"line": 1, "quantity": 1, "lots": [{"number": "N2", "quantity": 1}]},
        {"line": 2, "quantity": 4},
    ]
    done = await buyer.do(TAKE_BACK, input={"receiptId": receipt["id"], "lines": named})
    assert [line["received"] for line in done["lines"]] == [1, 0]
    found = await levels(buyer)
    assert (found["A"]["onHand"], found["B"]["onHand"]) == (1, 0)
    assert await queries.differences() == []


@pytest.mark.parametrize("method", list(CostMethod))
async def test_stock_value_after_a_reversal_equals_the_value_without_the_receipt(
    buyer: Api, shop: make.Shop, monkeypatch: pytest.MonkeyPatch, method: CostMethod
):
    monkeypatch.setitem(vars(settings()), "cost_method", method.value)
    variant = await catalog.variant_by_sku("A")
    assert variant is not None

    async def history(*, with_wrong: bool) -> dict[str, Any]:
        place = await make.location("with" if with_wrong else "without")

        async def come(quantity: int, cost: int) -> Any:
            lines = [ReceivedLine("A", quantity, Cost(cost, "USD"))]
            return await receiving_service.receive(SYSTEM, location=place, lines=lines)

        await come(20, 100)
        wrong = await come(10, 5_000) if with_wrong else None
        sold = Reference("test")
        await shipping.sell(SYSTEM, location=place, items=[Sold(variant.id, 6)], reference=sold)
        await come(5, 300)
        await shipping.sell(SYSTEM, location=place, items=[Sold(variant.id, 3)], reference=sold)
        if wrong is not None:
            await receiving_service.reverse_receipt(SYSTEM, wrong.id)
        level = await queries.level_of(variant.id, place.id)
        assert level is not None
        return {"onHand": level.on_hand, "value": (await queries.level_values([level.id]))[level.id]}

    assert await history(with_wrong=True) == await history(with_wrong=False)
    assert await queries.differences() == []


async def test_one_of_several_concurrent_reversals_succeeds(buyer: Api):
    _, receipt = await received(buyer, ("A", 12))
    answers = await asyncio.gather(*(buyer.do(TAKE_BACK, input={"receiptId": receipt}) for _ in range(3)))
    assert sorted(each["__typename"] for each in answers) == ["InvalidInput"] * 2 + ["PurchaseOrder"]
    assert (await levels(buyer))["A"]["incoming"] == 12
    assert await queries.differences() == []


async def test_either_a_reversal_or_a_concurrent_sale_of_its_units_succeeds(buyer: Api, shop: make.Shop):
    _, receipt = await received(buyer, ("A", 12))
    variant = await catalog.variant_by_sku("A")
    assert variant is not None
    both = await asyncio.gather(
        buyer.do(TAKE_BACK, input={"receiptId": receipt}),
        shipping.sell(
            SYSTEM, location=shop.location, items=[Sold(variant.id, 5)], reference=Reference("test")
        ),
        return_exceptions=True,
    )
    found = await levels(buyer)
    taken_back = isinstance(both[0], dict) and both[0]["__typename"] == "PurchaseOrder"
    assert found["A"]["onHand"] == (0 if taken_back else 7)
    assert isinstance(both[1], Exception) is taken_back  # exactly one of the two
    assert await queries.differences() == []


async def test_concurrent_receipts_of_an_order_are_recorded_once(buyer: Api):
    order = await write(buyer, ("A", 12))
    await buyer.do(SEND, id=order["id"])
    answers = await asyncio.gather(*(buyer.do(RECEIVE, input={"id": order["id"]}) for _ in range(3)))
    assert sorted(each["__typename"] for each in answers) == ["IllegalTransition"] * 2 + ["PurchaseOrder"]
    assert (await levels(buyer))["A"]["onHand"] == 12


async def test_concurrent_updates_sends_and_receipts_of_an_order_are_consistent(buyer: Api):
    order = await write(buyer, ("A", 12))
    change = """mutation($input: PurchaseOrderUpdateInput!) { purchaseOrderUpdate(input: $input) { __typename } }"""
    lines = [{"sku": "A", "quantity": 30}, {"sku": "B", "quantity": 2}]
    changed, _ = await asyncio.gather(
        buyer.do(change, input={"id": order["id"], "lines": lines}), buyer.do(SEND, id=order["id"])
    )
    received, late = await asyncio.gather(
        buyer.do(RECEIVE, input={"id": order["id"]}),
        buyer.do(change, input={"id": order["id"], "lines": [{"sku": "A", "quantity": 50}]}),
    )
    assert late["__typename"] == "IllegalTransition"
    whole = 30 if changed["__typename"] == "PurchaseOrder" else 12
    assert (received["status"], received["lines"][0]["received"]) == ("RECEIVED", whole)
    assert (await levels(buyer))["A"]["onHand"] == whole
    assert await queries.differences() == []
