"""Refunds by bank transfer: answers about earlier files and copies, money of several payers, lost disputes."""

from typing import Any

import pytest

from app.access.permissions import Permission
from app.core.database import fetch
from app.payments import queries as payments
from tests import make
from tests.ask import Api
from tests.bank.files import Paid, bank_file
from tests.bank.test_transfers import returned
from tests.bank.transferring import OWN, Refunds, executed, status_report

RECORD = """mutation($i: PaymentRecordInput!) { paymentRecord(input: $i) { __typename } }"""
DISPUTE = (
    """mutation($i: DisputeRecordInput!) { disputeRecord(input: $i) { __typename ... on Dispute { id } } }"""
)
LOSE = """mutation($i: DisputeCloseInput!) { disputeClose(input: $i) { __typename } }"""
SEEN = """query($n: String!) { order(number: $n) { id payments { id chargedBackAmount { amount }
  refundable { amount } } } }"""
CREATE = """mutation($i: BankTransferCreateInput!, $k: String) { bankTransferCreate(input: $i, idempotencyKey: $k) {
  __typename ... on BankTransfer { id maskedIban file { messageId transfers { accountHolder } }
    entry { counterpartyAccount } returnEntry { id } } } }"""


@pytest.fixture
async def refunds(api: Api) -> Refunds:
    return await Refunds.begin(api)


@pytest.mark.parametrize("block", ["", "RJCT"])
async def test_a_late_rejection_of_a_cancelled_file_leaves_the_next_file_alone(refunds: Refunds, block: str):
    asked = await refunds.asked(await refunds.paid())
    first = await refunds.filed()
    await refunds.step("bankTransferFileCancel", first["id"])
    second = await refunds.filed()
    await refunds.step("bankTransferFileMarkSent", second["id"])
    late = status_report(first["messageId"], asked["endToEndId"], payment=block)
    found = await refunds.do("bankTransferStatusImport", bankFile=late)
    assert found["rejected"] == []
    assert (await refunds.transfers())[0]["status"] == "FILED"
    await refunds.books(executed(asked), id="S-OUT")
    assert (await refunds.transfers())[0]["status"] == "EXECUTED"
    await refunds.sound()


@pytest.mark.parametrize("whole", [{}, {"group": "RJCT"}, {"payment": "RJCT"}])
async def test_a_file_that_was_sent_twice_is_not_rejected_with_its_copy(
    refunds: Refunds, whole: dict[str, str]
):
    asked = await refunds.asked(await refunds.paid())
    file = await refunds.filed()
    ids = [] if whole else [asked["endToEndId"]]
    copy = status_report(file["messageId"], *ids, **whole, code="AM05")
    found = await refunds.do("bankTransferStatusImport", bankFile=copy)
    assert (found["rejected"], found["conflictCount"]) == ([], 1)
    await refunds.books(executed(asked), id="S-OUT")
    assert (await refunds.transfers())[0]["status"] == "EXECUTED"


async def test_a_card_number_in_the_reason_of_a_rejection_is_masked(refunds: Refunds):
    asked = await refunds.asked(await refunds.paid())
    file = await refunds.filed()
    report = status_report(file["messageId"], asked["endToEndId"])
    report = report.replace("Account closed", "Card 4111111111111111")
    await refunds.do("bankTransferStatusImport", bankFile=report)
    (transfer,) = await refunds.transfers()
    assert transfer["status"] == "REJECTED"
    for table in ("bank_transfer", "payment_transaction", "journal_entry"):
        rows = await fetch(f"SELECT * FROM {table}")
        assert "4111111111111111" not in str([dict(row) for row in rows]), table


async def record(refunds: Refunds, number: str, amount: str, **more: Any) -> None:
    order = (await refunds.shop.staff.ask(SEEN, n=number))["order"]["id"]
    given = {"orderId": order, "amount": {"amount": amount, "currency": "EUR"}} | more
    assert (await refunds.shop.staff.do(RECORD, i=given))["__typename"] == "PaymentTransaction"


async def test_money_that_was_paid_otherwise_does_not_go_to_the_account_of_another_payer(refunds: Refunds):
    number = await refunds.shop.order()
    await record(refunds, number, "10.00")
    await refunds.books(Paid("5.00", number, "IN-1"), id="S-1")
    refused = await refunds.asked(number, "15.00")
    assert refused["path"] == ["input", "iban"]
    assert await refunds.transfers() == []


async def test_an_account_with_spaces_in_a_statement_is_written_without(refunds: Refunds):
    number = await refunds.shop.order()
    content = bank_file(Paid("15.00", number, "IN-1"), currency="EUR", opening=None, account=OWN)
    plain = "<IBAN>DE89370400440532013000</IBAN>"
    spaced = "<Othr><Id>DE89 3704 0044 0532 0130 00</Id></Othr>"
    assert plain in content
    await refunds.bank.take(content.replace(plain, spaced))
    asked = await refunds.asked(number)
    assert asked["maskedIban"] == "DE89••••••••••••••3000"
    file = await refunds.download((await refunds.filed())["downloadPath"])
    assert plain in file.text


@pytest.mark.parametrize("ending", ["cancelled", "rejected", "returned"])
async def test_what_a_lost_dispute_could_not_take_is_charged_back_when_a_refund_ends(
    refunds: Refunds, ending: str
):
    number = await refunds.paid()
    asked = await refunds.asked(number, "15.00")
    staff, money = refunds.shop.staff, {"amount": "15.00", "currency": "EUR"}
    (payment,) = (await staff.ask(SEEN, n=number))["order"]["payments"]
    given = {"paymentId": payment["id"], "reference": "CASE-1", "amount": money}
    dispute = await staff.do(DISPUTE, i=given)
    await staff.do(LOSE, i={"id": dispute["id"], "outcome": "LOST"})
    if ending == "cancelled":
        await refunds.do("bankTransferCancel", id=asked["id"], reason="Wrong account")
    else:
        file = await refunds.filed()
        if ending == "rejected":
            report = status_report(file["messageId"], asked["endToEndId"])
            await refunds.do("bankTransferStatusImport", bankFile=report)
        else:
            await refunds.books(executed(asked), returned(asked), id="S-OUT")
    (payment,) = (await staff.ask(SEEN, n=number))["order"]["payments"]
    assert payment["chargedBackAmount"] == {"amount": "15.00"}
    assert payment["refundable"] == {"amount": "0.00"}
    assert await payments.differences() == []
    await refunds.sound()


async def test_a_refund_of_a_surplus_by_bank_counts_as_one_that_staff_record(refunds: Refunds):
    number = await refunds.paid()
    await record(refunds, number, "5.00", acceptOverpayment=True)
    asked = await refunds.asked(number, iban="DE89370400440532013000", accountHolder="Ada")
    await refunds.filed()
    await refunds.books(executed(asked), id="S-OUT")
    rows = await fetch("SELECT surplus_refunded_minor AS surplus FROM sales_order")
    assert [row["surplus"] for row in rows] == [0]
    await refunds.sound()


async def test_who_may_only_refund_sees_neither_files_nor_bank_entries(refunds: Refunds):
    number = await refunds.paid()
    (payment,) = (await refunds.seen(number))["payments"]
    clerk = refunds.shop.staff.as_(await make.token(Permission.PAYMENTS_REFUND, Permission.ORDERS_VIEW))
    given = {"paymentId": payment["id"], "amount": {"amount": "5.00", "currency": "EUR"}}
    asked = await clerk.do(CREATE, i=given, k="once")
    assert asked["__typename"] == "BankTransfer"
    await refunds.filed()
    (transfer,) = await refunds.transfers()
    await refunds.books(executed(transfer), id="S-OUT")
    again = await clerk.do(CREATE, i=given, k="once")
    assert again == asked | {"file": None, "entry": None, "returnEntry": None}
    assert (await refunds.transfers())[0]["entry"] == {"servicerReference": "OUT-1"}
