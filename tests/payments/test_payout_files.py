"""Payouts whose lines are in a CSV file of the gateway."""

import csv
import io
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.refusals import Invalid
from app.payments import queries as payments
from app.payments.lifecycle import PayoutLineKind as L
from app.payments.payout_files import Layout, read
from app.payments.payouts import Line
from tests.payments.desk import Desk
from tests.payments.test_payouts import desk, imported, listed

__all__ = ["desk"]
# As in Stripe's itemized reconciliation of payouts.
STRIPE = """automatic_payout_id,reporting_category,gross,fee,net,currency,payment_intent_id
po_1,charge,25.00,0.59,24.41,usd,cap_1
po_2,charge,99.00,0.99,98.01,usd,cap_9
po_1,fee,-2.00,0.00,-2.00,usd,
"""
STRIPE_COLUMNS = {
    "kindColumn": "reporting_category", "amountColumn": "gross", "feeColumn": "fee", "currencyColumn": "currency",
    "referenceColumn": "payment_intent_id", "payoutColumn": "automatic_payout_id",
    "kinds": [{"name": "Charge", "kind": "PAYMENT"}],
}  # fmt: skip
# As in a download of PayPal's activity: fees are negative, and decimals follow a comma.
PAYPAL = """\ufeff"Beschreibung";"Brutto";"Gebühr";"Transaktionscode"\r
"Zahlung";"25,00";"-0,59";"cap_1"\r
\r
"Rückzahlung";"-5,00";"";"none"\r
"""
PAYPAL_COLUMNS = {
    "kindColumn": "Beschreibung", "amountColumn": "Brutto", "feeColumn": "Gebühr",
    "referenceColumn": "Transaktionscode", "hasDecimalComma": True, "hasNegativeFees": True,
    "kinds": [{"name": "zahlung", "kind": "PAYMENT"}, {"name": "rückzahlung", "kind": "REFUND"}],
}  # fmt: skip
SHORT = {"kindColumn": "kind", "amountColumn": "amount"}


async def taken(desk: Desk, total: str, file: str, columns: dict[str, Any], **more: Any) -> dict[str, Any]:
    return await imported(desk, total, csv={"csvFile": file, **columns}, lines=None, **more)


async def lines_of(desk: Desk) -> list[tuple[str, str | None, str | None, str, str]]:
    (found,) = await listed(desk)
    return [
        (each["kind"], each["reference"], each["problem"], each["amount"]["amount"], each["fee"]["amount"])
        for each in found["lines"]
    ]


async def test_the_rows_of_the_payout_are_its_lines(desk: Desk):
    assert (await taken(desk, "22.41", STRIPE, STRIPE_COLUMNS))["status"] == "CLOSED"
    assert await lines_of(desk) == [
        ("PAYMENT", "cap_1", None, "25.00", "0.59"), ("FEE", None, None, "-2.00", "0.00"),
    ]  # fmt: skip
    again = await taken(desk, "22.41", STRIPE, STRIPE_COLUMNS)
    assert (again["errorCode"], again["path"]) == ("ALREADY_EXISTS", ["input", "reference"])
    assert len(await lines_of(desk)) == 2
    assert await payments.differences() == []


async def test_p33_what_the_file_does_not_explain_is_a_line_of_its_own(desk: Desk):
    made = await taken(desk, "22.00", STRIPE, STRIPE_COLUMNS)
    assert made["status"] == "OPEN"
    assert (await lines_of(desk))[-1] == ("UNEXPLAINED", None, "UNEXPLAINED", "-0.41", "0.00")
    assert await payments.differences() == []


async def test_semicolons_commas_in_numbers_negative_fees_and_local_names(desk: Desk):
    made = await taken(desk, "19.41", PAYPAL, PAYPAL_COLUMNS)
    assert made["status"] == "OPEN"
    assert await lines_of(desk) == [
        ("PAYMENT", "cap_1", None, "25.00", "0.59"), ("REFUND", "none", "NOT_FOUND", "-5.00", "0.00"),
    ]  # fmt: skip


async def test_amounts_of_a_currency_without_decimals_and_of_the_transaction(desk: Desk):
    file = "kind,amount,id,own,ccy\npayment,3800,cap_1,25.00,USD\nfee,-100,,,\n"
    columns = SHORT | {
        "referenceColumn": "id", "transactionAmountColumn": "own", "transactionCurrencyColumn": "ccy",
    }  # fmt: skip
    assert (await taken(desk, "3700", file, columns, currency="JPY"))["status"] == "CLOSED"


async def test_a_card_number_in_a_reference_is_not_stored(desk: Desk):
    await taken(
        desk, "1", "kind,amount,id\nadjustment,1,4111 1111 1111 1111\n", SHORT | {"referenceColumn": "id"}
    )
    assert "4111" not in str(await lines_of(desk))


MANY = "kind,amount\n" + "fee,-1\n" * 2_001
LONG = "kind,amount,id\nfee,-1," + "x" * 121
REFUSED = [
    ("", SHORT, "kindColumn", "UNKNOWN_CHOICE"),
    ("kind,amount\n", SHORT, "csvFile", "TOO_FEW"),
    ("kind;total\nfee;-1\n", SHORT, "amountColumn", "UNKNOWN_CHOICE"),
    ("kind,amount,amount\nfee,-1,-1\n", SHORT, "amountColumn", "UNKNOWN_CHOICE"),
    (MANY, SHORT, "csvFile", "TOO_MANY"),
    ("kind,amount\nfee,-1,2\n", SHORT, "csvFile", "MALFORMED"),
    ('kind,amount\nfee,"-1\n', SHORT, "csvFile", "MALFORMED"),
    ("kind,amount\nfee,-1.005\n", SHORT, "csvFile", "TOO_PRECISE"),
    ("kind,amount\nfee,1e3\n", SHORT, "csvFile", "NOT_A_NUMBER"),
    ("kind,amount\nfee,NaN\n", SHORT, "csvFile", "NOT_A_NUMBER"),
    ('kind,amount\npayment,"1,000.00"\n', SHORT, "csvFile", "NOT_A_NUMBER"),
    ('kind,amount\npayment,"1.000,00"\n', SHORT | {"hasDecimalComma": True}, "csvFile", "NOT_A_NUMBER"),
    ("kind,amount\npayment,99999999999999999\n", SHORT, "csvFile", "TOO_LARGE"),
    ("kind,amount\nsale,1\n", SHORT, "csvFile", "UNKNOWN_CHOICE"),
    ("kind,amount\nunexplained,1\n", SHORT, "csvFile", "UNKNOWN_CHOICE"),
    ("kind,amount\nrefund,1\n", SHORT, "csvFile", "CONTRADICTION"),
    ("kind,amount\nfee,-1\n", SHORT | {"isUnsigned": True}, "csvFile", "CONTRADICTION"),
    ("kind,amount,c\nfee,-1,EUR\n", SHORT | {"currencyColumn": "c"}, "csvFile", "WRONG_CURRENCY"),
    ("kind,amount,p\nfee,-1,po_9\n", SHORT | {"payoutColumn": "p"}, "csvFile", "TOO_FEW"),
    (LONG, SHORT | {"referenceColumn": "id"}, "csvFile", "TOO_LONG"),
    (
        "kind,amount,o,c\nfee,-1,1,XXX\n",
        SHORT | {"transactionAmountColumn": "o", "transactionCurrencyColumn": "c"},
        "csvFile",
        "UNKNOWN_CURRENCY",
    ),
    ("kind,amount\nfee,-1\n", SHORT | {"transactionAmountColumn": "o"}, "transactionCurrencyColumn", "CONTRADICTION"),
    ("kind,amount\nfee,-1\n", SHORT | {"kinds": [{"name": " ", "kind": "FEE"}]}, "name", "REQUIRED"),
    ("kind,amount\nfee,-1\n", SHORT | {"kinds": [{"name": "x", "kind": "FEE"}] * 2}, "name", "REPEATED"),
    ("kind,amount\nfee,-1\n", SHORT | {"kinds": [{"name": "x", "kind": "UNEXPLAINED"}]}, "kind", "NOT_POSSIBLE_NOW"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "columns", "last", "code"), REFUSED)
async def test_a_file_with_a_value_that_cannot_be_read_is_refused_whole(
    desk: Desk, file: str, columns: dict[str, Any], last: str, code: str
):
    refused = await taken(desk, "1", file, columns)
    assert refused["path"][:2] == ["input", "csv"] and refused["path"][-1] == last, refused
    assert [each["code"] for each in refused["problems"]] == [code]
    assert await listed(desk) == []


async def test_lines_and_a_file_contradict_each_other_and_one_is_needed(desk: Desk):
    none = await imported(desk, "1", lines=None)
    assert none["path"] == ["input", "lines"]
    both = await imported(desk, "1", csv={"csvFile": "kind,amount\nadjustment,1\n", **SHORT}, lines=[])
    assert both["path"] == ["input", "csv"]
    assert await listed(desk) == []


KINDS = [each for each in L if each is not L.UNEXPLAINED]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(KINDS),
            st.integers(1, 10**9),
            st.integers(-(10**6), 10**6),
            st.text("ab ,;\"'", max_size=9),
        ),
        min_size=1,
        max_size=20,
    ),
    st.sampled_from(",;\t"),
    st.booleans(),
)
def test_a_file_that_was_written_by_others_is_read_back(
    rows: list[tuple[L, int, int, str]], separator: str, comma: bool
):
    takes = (L.REFUND, L.DISPUTE, L.FEE)
    lines = [
        Line(kind, text.strip(), -minor if kind in takes else minor, fee) for kind, minor, fee, text in rows
    ]
    file = io.StringIO()
    writer = csv.writer(file, delimiter=separator)
    writer.writerow(["k", "a", "f", "r"])
    for line in lines:
        amounts = [str(Decimal(minor).scaleb(-3)) for minor in (line.amount_minor, line.fee_minor)]
        writer.writerow(
            [line.kind.name, *(a.replace(".", ",") if comma else a for a in amounts), line.reference]
        )
    layout = Layout("k", "a", "r", "f", decimal_comma=comma)
    assert read(file.getvalue(), layout, "po", "KWD") == lines


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str):
    with suppress(Invalid):
        assert all(line.kind in L for line in read("k,a\n" + text, Layout("k", "a"), "po", "USD"))
