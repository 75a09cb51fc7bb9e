"""The migration links existing receipts to their purchase orders."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from tortoise import connections

from app.core.database import execute
from app.inventory.stock import queries
from tests.ask import Api
from tests.suppliers.purchases import levels
from tests.suppliers.test_reversing_receipts import TAKE_BACK, received

pytestmark = pytest.mark.usefixtures("clean")


async def test_a_migrated_receipt_can_be_reversed_through_its_purchase_order(buyer: Api):
    plain = """mutation { stockReceiptCreate(input: {location: "web-main", reference: "PO-000001", lines: [
      {sku: "B", quantity: 3}]}) { ... on StockReceipt { id } } }"""
    other = (await buyer.ask(plain))["stockReceiptCreate"]["id"]
    _, receipt = await received(buyer, ("A", 12), A=7)
    await execute("UPDATE receipt SET source_kind = '', source_id = NULL")
    await execute("UPDATE receipt_line SET incoming_id = NULL")
    migration = import_module("app.migrations.0039_receipts_taken_back")
    await migration.fill(None, SimpleNamespace(client=connections.get("default")))
    done = await buyer.do(TAKE_BACK, input={"receiptId": receipt})
    assert (done["status"], done["lines"][0]["received"]) == ("SENT", 0)
    assert (await levels(buyer))["A"]["incoming"] == 12
    # A receipt of other goods that has the order's number as its reference is not linked.
    refused = await buyer.do(TAKE_BACK, input={"receiptId": other})
    assert "stockReceiptReverse" in refused["message"]
    assert await queries.differences() == []
