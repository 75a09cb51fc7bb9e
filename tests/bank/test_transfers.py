"""Refunds by bank transfer: asked for, put into files, executed, returned and rejected."""

import asyncio
from typing import Any

import pytest

from app.access.permissions import Permission
from app.core.database import fetch
from tests import make
from tests.ask import Api
from tests.bank.files import Paid
from tests.bank.transferring import BUYER, OWN, Refunds, executed, status_report, values
from tests.payments.test_disputes import CLOSE, EXCESS, RECORD


@pytest.fixture
async def refunds(api: Api) -> Refunds:
    return await Refunds.begin(api)


async def test_a_refund_is_pending_until_the_statement_has_its_execution(refunds: Refunds):
    number = await refunds.paid()
    assert await refunds.balances() == {"BANK": "15.00", "DEPOSITS": "-15.00"}
    asked = await refunds.asked(number)
    assert (asked["status"], asked["maskedIban"], asked["accountHolder"]) == (
        "WAITING", "DE89••••••••••••••3000", "Ada Lovelace",
    )  # fmt: skip
    assert (asked["refund"]["status"], asked["refund"]["order"]) == ("PENDING", {"number": number})
    order = await refunds.seen(number)
    assert (order["amountRefunded"], order["payments"][0]["refundable"]) == (
        {"amount": "0.00"}, {"amount": "10.00"},
    )  # fmt: skip
    file = await refunds.filed()
    assert (file["status"], file["transferCount"], file["total"]) == ("CREATED", 1, {"amount": "5.00"})
    assert await refunds.balances() == {"BANK": "15.00", "DEPOSITS": "-15.00"}  # nothing has moved
    await refunds.books(executed(asked), id="S-OUT")
    (transfer,) = await refunds.transfers()
    assert (transfer["status"], transfer["entry"]) == ("EXECUTED", {"servicerReference": "OUT-1"})
    assert (transfer["refund"]["status"], transfer["refund"]["reference"]) == ("SUCCEEDED", "OUT-1")
    assert transfer["file"]["status"] == "SENT"
    entry = await refunds.bank.entry("OUT-1")
    assert (entry["status"], entry["problem"]) == ("MATCHED", None)
    order = await refunds.seen(number)
    assert order["amountRefunded"] == {"amount": "5.00"}
    assert [each["name"] for each in order["events"]].count("payment_refunded") == 1
    assert (await refunds.balances())["BANK"] == "10.00"
    await refunds.sound()


async def test_p12_a_transfer_that_comes_back_is_reversed_with_the_reason_and_due_again(refunds: Refunds):
    number = await refunds.paid()
    asked = await refunds.asked(number)
    await refunds.filed()
    await refunds.books(executed(asked), id="S-OUT")
    await refunds.books(returned(asked), id="S-BACK")
    (transfer,) = await refunds.transfers()
    assert (transfer["status"], transfer["reason"]) == ("RETURNED", "AC04: Account closed")
    assert transfer["returnEntry"] == {"servicerReference": "BACK-1"}
    assert transfer["refund"]["status"] == "REVERSED"
    order = await refunds.seen(number)
    assert (order["amountRefunded"], order["paymentStatus"]) == ({"amount": "0.00"}, "PAID")
    assert order["payments"][0]["refundable"] == {"amount": "15.00"}
    assert [each["name"] for each in order["events"]].count("payment_refund_reversed") == 1
    assert await refunds.balances() == {"BANK": "15.00", "DEPOSITS": "-15.00"}
    await refunds.sound()


def returned(transfer: dict[str, Any], **more: Any) -> Paid:
    """The entry with which a transfer comes back, with the reason of the bank."""
    given = {
        "reference": "BACK-1",
        "end_to_end": transfer["endToEndId"],
        "is_reversal": True,
        "returned": "AC04",
    }
    return Paid(transfer["amount"]["amount"], **(given | more))


@pytest.mark.parametrize("is_executed", [False, True])
async def test_a_dispute_that_was_lost_is_charged_back_when_the_transfer_is_not_made_after_all(
    refunds: Refunds, is_executed: bool
):
    number = await refunds.paid()
    (payment,) = (await refunds.seen(number))["payments"]
    asked = await refunds.asked(number, "15.00")
    await refunds.filed()
    if is_executed:
        await refunds.books(executed(asked), id="S-OUT")
    case = {
        "paymentId": payment["id"],
        "amount": {"amount": "15.00", "currency": "EUR"},
        "reference": "case-1",
    }
    dispute = await refunds.shop.staff.do(RECORD, i=case)
    await refunds.shop.staff.do(CLOSE, i={"id": dispute["id"], "outcome": "LOST"})
    assert await _lost(refunds) == (None, "15.00")
    await refunds.books(returned(asked), id="S-BACK")
    assert await _lost(refunds) == ("15.00", "0.00")
    order = await refunds.seen(number)
    assert (order["paymentStatus"], order["amountPaid"]) == ("UNPAID", {"amount": "0.00"})
    await refunds.sound()


async def _lost(refunds: Refunds) -> tuple[str | None, str]:
    """What is charged back for the one dispute, and what exceeds it."""
    (found,) = (await refunds.shop.staff.ask(EXCESS))["disputes"]["nodes"]
    back = found["chargeback"]
    return back and back["amount"]["amount"], found["excessAmount"]["amount"]


async def test_a_return_before_or_together_with_its_execution_ends_alike(refunds: Refunds):
    first, second = await refunds.paid("IN-1"), await refunds.paid("IN-2")
    before, together = await refunds.asked(first), await refunds.asked(second)
    await refunds.filed()
    await refunds.books(returned(before), id="S-1")
    await refunds.books(executed(before), id="S-2")
    await refunds.books(
        returned(together, reference="BACK-2"), executed(together, reference="OUT-2"), id="S-3"
    )
    for transfer in await refunds.transfers():
        assert transfer["status"] == "RETURNED" and transfer["refund"]["status"] == "REVERSED"
        assert transfer["entry"] and transfer["returnEntry"]
    assert await refunds.balances() == {"BANK": "30.00", "DEPOSITS": "-30.00"}
    await refunds.sound()


@pytest.mark.parametrize("whole", [{}, {"group": "RJCT"}, {"payment": "RJCT"}])
async def test_p14_a_rejected_transfer_fails_with_the_banks_reason_and_can_be_refunded_again(
    refunds: Refunds, whole: dict[str, str]
):
    number = await refunds.paid()
    asked = await refunds.asked(number, "15.00")
    file = await refunds.filed()
    report = status_report(file["messageId"], *([] if whole else [asked["endToEndId"]]), **whole)
    found = await refunds.do("bankTransferStatusImport", bankFile=report)
    assert [each["id"] for each in found["rejected"]] == [asked["id"]]
    (transfer,) = await refunds.transfers()
    assert (transfer["status"], transfer["reason"]) == ("REJECTED", "AC04: Account closed")
    assert transfer["refund"]["problem"] == {"code": "rejected_by_bank", "message": "AC04: Account closed"}
    assert (await refunds.seen(number))["payments"][0]["refundable"] == {"amount": "15.00"}
    again = await refunds.do("bankTransferStatusImport", bankFile=report)
    assert (again["rejected"], again["knownCount"]) == ([], 1)
    assert await refunds.balances() == {"BANK": "15.00", "DEPOSITS": "-15.00"}
    assert (await refunds.asked(number, "15.00"))["status"] == "WAITING"
    await refunds.sound()


async def test_a_report_changes_neither_executed_transfers_nor_accepted_or_unknown_ones(refunds: Refunds):
    asked = await refunds.asked(await refunds.paid())
    file = await refunds.filed()
    await refunds.books(executed(asked), id="S-OUT")
    found = await refunds.do(
        "bankTransferStatusImport", bankFile=status_report(file["messageId"], asked["endToEndId"], "X" * 32)
    )
    assert (found["rejected"], found["conflictCount"], found["unknownCount"]) == ([], 1, 1)
    accepted = await refunds.do(
        "bankTransferStatusImport", bankFile=status_report(file["messageId"], group="ACCP")
    )
    assert (accepted["rejected"], accepted["unknownCount"]) == ([], 0)
    assert (await refunds.transfers())[0]["status"] == "EXECUTED"


@pytest.mark.parametrize(
    "changed",
    [
        {"amount": "4.99"},
        {"direction": "CRDT", "amount": "4.99", "is_reversal": True},
        {"account": "NL41MOCK0000000001"},
    ],
)
async def test_an_entry_of_another_amount_or_account_waits_for_staff(
    refunds: Refunds, changed: dict[str, Any]
):
    asked = await refunds.asked(await refunds.paid())
    await refunds.filed()
    account = changed.pop("account", OWN)
    await refunds.books(executed(asked, **changed), id="S-OUT", account=account)
    entry = await refunds.bank.entry("OUT-1")
    assert (entry["status"], entry["problem"]) == ("OPEN", "TRANSFER_DIFFERS")
    assert (await refunds.transfers())[0]["status"] == "FILED"
    await refunds.sound()


async def test_a_second_execution_of_a_transfer_waits_for_staff(refunds: Refunds):
    number = await refunds.paid()
    asked = await refunds.asked(number)
    await refunds.filed()
    await refunds.books(executed(asked), executed(asked, "OUT-2"), id="S-OUT")
    found = sorted(
        (each["status"], each["problem"]) for each in await refunds.bank.entries(direction=["DEBIT"])
    )
    assert found == [("MATCHED", None), ("OPEN", "TRANSFER_DIFFERS")]
    assert (await refunds.seen(number))["amountRefunded"] == {"amount": "5.00"}
    await refunds.sound()


async def test_the_match_of_an_execution_cannot_be_undone(refunds: Refunds):
    asked = await refunds.asked(await refunds.paid())
    await refunds.filed()
    await refunds.books(executed(asked), id="S-OUT")
    undo = "mutation($id: ID!) { bankEntryUnmatch(id: $id) { __typename ... on UserError { path } } }"
    refused = await refunds.shop.staff.do(undo, id=(await refunds.bank.entry("OUT-1"))["id"])
    assert refused == {"__typename": "InvalidInput", "path": ["id"]}
    assert (await refunds.transfers())[0]["status"] == "EXECUTED"


async def test_a_file_is_downloaded_with_the_same_bytes_by_staff_only(refunds: Refunds):
    number = await refunds.paid()
    asked = await refunds.asked(
        number, iban="FR14 2004 1010 0505 0001 3m02 606", accountHolder="Łukasz // Żółć 李"
    )
    file = await refunds.filed(executesOn=None)
    found = await refunds.download(file["downloadPath"])
    assert (found.status_code, found.headers["content-type"]) == (200, "application/xml; charset=utf-8")
    assert found.headers["cache-control"] == "no-store"
    assert (await refunds.download(file["downloadPath"])).content == found.content
    text = found.text
    assert values(text, "IBAN") == [OWN, "FR1420041010050500013M02606"]
    assert values(text, "Nm") == ["Muller Sohne GmbH"] * 2 + ["Lukasz / Zolc Li"]
    assert (values(text, "EndToEndId"), values(text, "MsgId")) == ([asked["endToEndId"]], [file["messageId"]])
    assert (values(text, "InstdAmt"), values(text, "CtrlSum")) == (["5.00"], ["5.00", "5.00"])
    assert values(text, "Ustrd") == [f"Refund {number}"]
    assert values(text, "Dt") == [file["executesOn"]]
    for token, status in (
        (await make.token(Permission.FINANCE_VIEW), 403), ("nobody", 401), (await make.token(), 200),
    ):  # fmt: skip
        assert (await refunds.download(file["downloadPath"], token)).status_code == status
    assert (await refunds.shop.staff.client.get(file["downloadPath"])).status_code == 401
    for id in ("0" * 36, "x", file["id"]):
        assert (await refunds.download(f"/exports/bank-transfers/{id}")).status_code == 404


async def test_a_transfer_is_in_one_file_until_that_is_cancelled(refunds: Refunds):
    asked = await refunds.asked(await refunds.paid())
    first = await refunds.filed(transferIds=[asked["id"]])
    none = await refunds.filed()
    assert (none["path"], none["problems"][0]["code"]) == (["input", "transferIds"], "NO_CHANGE")
    twice = await refunds.filed(transferIds=[asked["id"]])
    assert twice["path"] == ["input", "transferIds", "0"]
    cancelled = await refunds.step("bankTransferFileCancel", first["id"])
    assert (cancelled["status"], cancelled["transfers"], cancelled["downloadPath"]) == ("CANCELLED", [], None)
    assert (await refunds.download(first["downloadPath"])).status_code == 404
    second = await refunds.filed()
    assert second["messageId"] != first["messageId"]
    assert [each["id"] for each in second["transfers"]] == [asked["id"]]
    sent = await refunds.step("bankTransferFileMarkSent", second["id"], second["version"])
    assert sent["status"] == "SENT" and sent["sentAt"]
    for mutation in ("bankTransferFileCancel", "bankTransferFileMarkSent"):
        refused = await refunds.step(mutation, second["id"])
        assert refused["path"] == ["id"]
    assert (await refunds.transfers())[0]["status"] == "FILED"
    await refunds.sound()


async def test_files_that_are_created_at_once_share_no_transfer(refunds: Refunds):
    for number in range(4):
        await refunds.asked(await refunds.paid(f"IN-{number}"))
    made = await asyncio.gather(*(refunds.filed() for _ in range(3)))
    counts = [each.get("transferCount", 0) for each in made]
    assert sum(counts) == 4
    rows = await fetch("SELECT COUNT(*) AS n FROM bank_transfer WHERE status = 'filed'")
    assert rows[0]["n"] == 4
    await refunds.sound()


async def test_refunds_that_are_asked_for_at_once_never_exceed_what_was_paid(refunds: Refunds):
    number = await refunds.paid()
    made = await asyncio.gather(*(refunds.asked(number, "10.00") for _ in range(3)))
    assert sorted(each["__typename"] for each in made) == ["AmountTooLarge", "AmountTooLarge", "BankTransfer"]
    await refunds.sound()


async def test_a_waiting_transfer_is_cancelled_and_one_that_the_bank_has_is_given_up(refunds: Refunds):
    number = await refunds.paid()
    asked = await refunds.asked(number)
    cancelled = await refunds.do("bankTransferCancel", id=asked["id"], reason="Wrong buyer")
    assert (cancelled["status"], cancelled["reason"]) == ("CANCELLED", "Wrong buyer")
    assert cancelled["refund"]["problem"] == {"code": "cancelled", "message": "Wrong buyer"}
    again = await refunds.do("bankTransferCancel", id=asked["id"], reason="Again")
    assert again["path"] == ["input", "id"]
    other = await refunds.asked(number)
    file = await refunds.filed()
    early = await refunds.do("bankTransferCancel", id=other["id"], reason="Lost")
    assert early["path"] == ["input", "id"] and "Cancel the file" in early["message"]
    await refunds.step("bankTransferFileMarkSent", file["id"])
    given_up = await refunds.do("bankTransferCancel", id=other["id"], reason="Not executed")
    assert given_up["status"] == "REJECTED"
    assert (await refunds.seen(number))["payments"][0]["refundable"] == {"amount": "15.00"}
    empty = await refunds.do("bankTransferCancel", id=other["id"], reason=" ")
    assert empty["path"] == ["input", "reason"]
    await refunds.sound()


WRONG: list[tuple[dict[str, Any], list[str], str]] = [
    ({"iban": "DE89370400440532013001", "accountHolder": "A"}, ["input", "iban"], "MALFORMED"),
    ({"iban": "DE8937040044053201300", "accountHolder": "A"}, ["input", "iban"], "MALFORMED"),
    ({"iban": "", "accountHolder": "A"}, ["input", "iban"], "MALFORMED"),
    ({"iban": BUYER}, ["input", "accountHolder"], "REQUIRED"),
    ({"iban": BUYER, "accountHolder": " "}, ["input", "accountHolder"], "WRONG_LENGTH"),
    ({"iban": BUYER, "accountHolder": "x" * 71}, ["input", "accountHolder"], "WRONG_LENGTH"),
    ({"iban": BUYER, "accountHolder": "@@"}, ["input", "accountHolder"], "MALFORMED"),
    ({"amount": "-1.00"}, ["input", "amount", "amount"], "TOO_SMALL"),
    ({"amount": "0"}, ["input", "amount", "amount"], "TOO_SMALL"),
    ({"amount": "1.005"}, ["input", "amount", "amount"], "TOO_PRECISE"),
    ({"currency": "USD"}, ["input", "amount", "currency"], "WRONG_CURRENCY"),
]


@pytest.mark.parametrize(("given", "path", "code"), WRONG)
async def test_a_wrong_account_amount_or_currency_is_refused(
    refunds: Refunds, given: dict[str, Any], path: list[str], code: str
):
    number = await refunds.paid()
    refused = await refunds.asked(number, **given)
    assert refused["path"] == path
    assert [each["code"] for each in refused["problems"]] == [code]
    assert await refunds.transfers() == []
    assert (await refunds.seen(number))["payments"][0]["refundable"] == {"amount": "15.00"}


async def test_the_account_is_asked_for_if_no_bank_entry_has_it(refunds: Refunds):
    number = await refunds.shop.order()
    record = """mutation($i: PaymentRecordInput!) { paymentRecord(input: $i) { __typename } }"""
    order = (await refunds.shop.seen(number))["id"]
    await refunds.shop.staff.do(
        record, i={"orderId": order, "amount": {"amount": "15.00", "currency": "EUR"}}
    )
    refused = await refunds.asked(number)
    assert refused["path"] == ["input", "iban"] and "not known" in refused["message"]
    asked = await refunds.asked(number, iban=BUYER, accountHolder="Ada Lovelace")
    assert asked["status"] == "WAITING"
    await refunds.filed()
    await refunds.books(executed(asked), id="S-OUT")
    assert (await refunds.balances())["BANK"] == "-5.00"
    await refunds.sound()


async def test_an_iban_is_stored_encrypted_and_shown_masked_only(refunds: Refunds):
    iban = "FR1420041010050500013M02606"
    asked = await refunds.asked(await refunds.paid(), iban=iban, accountHolder="Ada Lovelace")
    await refunds.filed()
    assert iban not in str(asked) and iban not in str(await refunds.transfers())
    for table in ("bank_transfer", "bank_transfer_file", "journal_entry", "idempotency_key"):
        rows = await fetch(f"SELECT * FROM {table}")
        assert iban not in str([dict(row) for row in rows]), table


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"executesOn": "2020-01-01"}, ["input", "executesOn"]),
        ({"executesOn": "2099-01-01"}, ["input", "executesOn"]),
        ({"transferIds": []}, ["input", "transferIds"]),
        ({"accountId": "QmFua0FjY291bnQ6eA=="}, ["input", "accountId"]),
    ],
)
async def test_a_wrong_day_account_or_list_makes_no_file(
    refunds: Refunds, given: dict[str, Any], path: list[str]
):
    asked = await refunds.asked(await refunds.paid())
    refused = await refunds.do("bankTransferFileCreate", **({"accountId": refunds.account} | given))
    assert refused["path"] == path
    repeated = await refunds.filed(transferIds=[asked["id"]] * 2)
    assert repeated["path"] == ["input", "transferIds"]
    assert (await refunds.transfers())[0]["file"] is None


async def test_accounts_are_updated_and_an_inactive_one_makes_no_files(refunds: Refunds):
    await refunds.asked(await refunds.paid())
    named = await refunds.do("bankAccountSet", iban=OWN, bic="ABNANL2A", isActive=False)
    assert (named["id"], named["bic"], named["name"]) == (refunds.account, "ABNANL2A", "Müller & Söhne GmbH")
    refused = await refunds.filed()
    assert refused["path"] == ["input", "accountId"]
    await refunds.do("bankAccountSet", iban=OWN, isActive=True)
    file = await refunds.filed()
    assert values((await refunds.download(file["downloadPath"])).text, "BICFI") == ["ABNANL2A"]
    without = await refunds.do("bankAccountSet", iban=OWN, bic=None)
    assert without["bic"] is None
    for wrong, path in (
        ({"iban": "NL02ABNA0123456780", "name": "A"}, ["input", "iban"]),
        ({"iban": BUYER}, ["input", "name"]),
        ({"iban": BUYER, "name": "x" * 71}, ["input", "name"]),
        ({"iban": BUYER, "name": "A", "bic": "NOPE"}, ["input", "bic"]),
    ):
        assert (await refunds.do("bankAccountSet", **wrong))["path"] == path
    found = await refunds.shop.staff.ask("{ bankAccounts { nodes { iban } } }")
    assert found["bankAccounts"]["nodes"] == [{"iban": OWN}]


HOSTILE = [
    "",
    "<Document/>",
    '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><Document><CstmrPmtStsRpt>&b;</CstmrPmtStsRpt></Document>',
    "<Document><BkToCstmrStmt/></Document>",
    f"<Document><CstmrPmtStsRpt>{'<TxInfAndSts/>' * 10_001}</CstmrPmtStsRpt></Document>",
]


@pytest.mark.parametrize("content", HOSTILE)
async def test_a_file_that_is_no_status_report_is_refused(refunds: Refunds, content: str):
    refused = await refunds.do("bankTransferStatusImport", bankFile=content)
    assert refused["path"] == ["input", "bankFile"]
