"""The match of a bank entry is undone with all that it did."""

from typing import Any

import pytest

from app.bank import queries
from app.payments import queries as payments
from tests.accounting.books import balances
from tests.ask import Api
from tests.bank.files import Bank, Paid, bank_file
from tests.journeys.life import Story, books_add_up
from tests.payments.desk import Desk, desk_for

_ANSWER = """{ __typename ... on BankEntry { status problem version matchedAmount { amount } allocations { createdAt }
  payout { reference } } ... on UserError { errorCode message path } } }"""
UNMATCH = "mutation($id: ID!, $v: Int) { bankEntryUnmatch(id: $id, expectedVersion: $v) " + _ANSWER
MATCH = "mutation($i: BankEntryMatchPayoutInput!) { bankEntryMatchPayout(input: $i) " + _ANSWER
IMPORT = """mutation($i: PayoutImportInput!) { payoutImport(input: $i) { ... on Payout { id } } }"""


@pytest.fixture
async def desk(api: Api) -> Desk:
    """An order of 25.00."""
    return await desk_for(await Story.begin(api))


@pytest.fixture
def bank(desk: Desk) -> Bank:
    return Bank(desk.story.staff)


async def unmatch(bank: Bank, reference: str, version: int | None = None) -> dict[str, Any]:
    id = (await bank.entry(reference))["id"]
    return await bank.staff.do(UNMATCH, id=id, v=version)


async def sound() -> None:
    assert await payments.differences() == []
    assert await queries.differences() == []
    await books_add_up()


async def test_an_entry_is_open_again_and_the_order_due(desk: Desk, bank: Bank):
    content = bank_file(Paid("25.00", desk.number, "BK-1"))
    await bank.take(content)
    assert (await desk.seen())["paymentStatus"] == "PAID"
    assert await balances(desk.story.staff) == {"BANK": "25.00", "DEPOSITS": "-25.00"}
    stale = await unmatch(bank, "BK-1", version=99)
    assert stale["__typename"] == "StaleVersion"
    undone = await unmatch(bank, "BK-1")
    assert (undone["status"], undone["problem"], undone["allocations"]) == ("OPEN", "UNMATCHED", [])
    order = await desk.seen()
    assert (order["paymentStatus"], order["amountDue"]) == ("UNPAID", {"amount": "25.00"})
    assert [each["status"] for each in order["payments"][0]["transactions"]] == ["REVERSED"]
    assert await balances(desk.story.staff) == {}
    assert "payment_reversed" in await desk.story.events(desk.number)
    await bank.take(content)  # the same file does not match it again
    assert (await bank.entry("BK-1"))["status"] == "OPEN"
    again = await unmatch(bank, "BK-1")
    assert again["path"] == ["id"]
    await sound()
    entry = await bank.entry("BK-1")
    matched = await bank.match(entry, {"orderId": (await desk.seen())["id"]})
    assert matched["status"] == "MATCHED"
    assert (await desk.seen())["paymentStatus"] == "PAID"
    await sound()


async def test_a_payment_that_was_refunded_keeps_its_match(desk: Desk, bank: Bank):
    await bank.take(bank_file(Paid("25.00", desk.number, "BK-1")))
    await desk.refund("5.00")
    refused = await unmatch(bank, "BK-1")
    assert refused["path"] == ["id"] and "$20.00" in refused["message"]
    assert (await bank.entry("BK-1"))["status"] == "MATCHED"
    await sound()


async def test_a_payout_is_taken_off_its_entry(desk: Desk, bank: Bank):
    await bank.take(bank_file(Paid("7.00", "Payout", "BK-1")))
    line = {"kind": "ADJUSTMENT", "amount": "7.00"}
    given = {
        "gateway": "card", "reference": "po_1", "arrivalOn": "2026-12-27", "lines": [line],
        "total": {"amount": "7.00", "currency": "USD"},
    }  # fmt: skip
    payout = (await bank.staff.do(IMPORT, i=given))["id"]
    pair = {"id": (await bank.entry("BK-1"))["id"], "payoutId": payout}
    for _ in range(2):
        assert (await bank.staff.do(MATCH, i=pair))["payout"] == {"reference": "po_1"}
        undone = await unmatch(bank, "BK-1")
        assert (undone["status"], undone["payout"]) == ("OPEN", None)
    await sound()
