"""Bank entries with which payouts of payment gateways arrive."""

import asyncio
from typing import Any

import pytest

from app.bank import queries
from tests.ask import Api
from tests.bank.files import Bank, Paid, bank_file
from tests.journeys.life import Story

MATCH = """mutation($i: BankEntryMatchPayoutInput!) { bankEntryMatchPayout(input: $i) { __typename
  ... on BankEntry { status payout { reference bankEntry { servicerReference } } matchedAmount { amount } }
  ... on UserError { errorCode message path } } }"""
IMPORT = """mutation($i: PayoutImportInput!) { payoutImport(input: $i) { __typename ... on Payout { id }
  ... on UserError { message path } } }"""

LATER = "2026-12-27"  # nothing is matched automatically


@pytest.fixture
async def bank(api: Api) -> Bank:
    story = await Story.begin(api)
    bank = Bank(story.staff)
    await bank.take(
        bank_file(
            Paid("24.41", "GATEWAY PAYOUT", "BK-1", name="Gateway"),
            Paid("24.41", "GATEWAY PAYOUT", "BK-2", name="Gateway"),
            Paid("5.00", "GATEWAY DEBIT", "BK-3", name="Gateway", direction="DBIT"),
        )
    )
    return bank


async def payout(
    bank: Bank, reference: str, total: str, currency: str = "USD", arrival: str = "2026-11-27"
) -> str:
    kind = "ADJUSTMENT"
    given = {
        "gateway": "card", "reference": reference, "arrivalOn": arrival,
        "total": {"amount": total, "currency": currency}, "lines": [{"kind": kind, "amount": total}],
    }  # fmt: skip
    return str((await bank.staff.do(IMPORT, i=given))["id"])


async def match(bank: Bank, entry: str, payout: str) -> dict[str, Any]:
    id = (await bank.entry(entry))["id"]
    return await bank.staff.do(MATCH, i={"id": id, "payoutId": payout})


async def test_an_entry_is_the_arrival_of_a_payout(bank: Bank):
    matched = await match(bank, "BK-1", await payout(bank, "po_1", "24.41", arrival=LATER))
    assert (matched["status"], matched["matchedAmount"]) == ("MATCHED", {"amount": "0.00"})
    assert matched["payout"] == {"reference": "po_1", "bankEntry": {"servicerReference": "BK-1"}}
    taken = await match(bank, "BK-3", await payout(bank, "po_2", "-5.00", arrival=LATER))
    assert taken["status"] == "MATCHED"
    assert await queries.differences() == []


async def test_a_payout_arrives_once(bank: Bank):
    id = await payout(bank, "po_1", "24.41", arrival=LATER)
    answers = await asyncio.gather(match(bank, "BK-1", id), match(bank, "BK-2", id))
    assert sorted(each["__typename"] for each in answers) == ["AlreadyExists", "BankEntry"]
    found = {name: (await bank.entry(name))["status"] for name in ("BK-1", "BK-2")}
    assert sorted(found.values()) == ["MATCHED", "OPEN"]
    other = await payout(bank, "po_2", "24.41", arrival=LATER)
    for name, status in found.items():
        answer = await match(bank, name, other)
        assert answer.get("path") == (["input", "id"] if status == "MATCHED" else None)
    assert await queries.differences() == []


@pytest.mark.parametrize(("total", "currency"), [("24.40", "USD"), ("-24.41", "USD"), ("24.41", "EUR")])
async def test_a_payout_of_another_amount_or_currency_is_refused(bank: Bank, total: str, currency: str):
    refused = await match(bank, "BK-1", await payout(bank, "po_1", total, currency))
    assert refused["path"] == ["input", "payoutId"]
    assert (await bank.entry("BK-1"))["status"] == "OPEN"


async def test_a_closed_entry_is_not_matched(bank: Bank):
    await bank.close(await bank.entry("BK-1"), "Not ours")
    refused = await match(bank, "BK-1", await payout(bank, "po_1", "24.41", arrival=LATER))
    assert refused["path"] == ["input", "id"] and "closed" in refused["message"]
