"""Refunds by bank transfer, files with them, and files of payouts."""

from datetime import timedelta
from typing import Any

from app.core import clock
from tests.bank.euros import IBANS, euros, payment_in_euros
from tests.bank.transferring import status_report
from tests.matrix.prepared.requests import Base, Field, Values, both, given, ids, named
from tests.matrix.transfers import OWN
from tests.preparing import Preparing

ACCOUNT = "GB82WEST12345698765432"
# Two columns for each value, so that the name of a column decides what is read.
_FILE = """kind,kind2,amount,amount2,ref,ref2,fee,fee2,ccy,payout,payout2,own,own2,own ccy,own ccy2
adjustment,fee,3.00,4.00,R-1,R-2,0.10,0.20,USD,P-7,P-8,5.00,6.00,EUR,GBP
fee,adjustment,7.00,8.00,R-3,R-4,0.30,0.40,USD,P-8,P-7,5.00,6.00,GBP,EUR
"""


async def prepare(to: Preparing) -> None:
    order = (await to.order(("A", 2)))["id"]
    to.named["other payment in euros"] = await payment_in_euros(to.staff, order)
    to.named["other own account"] = await to.do(
        f'bankAccountSet(input: {{iban: "{ACCOUNT}", name: "Other"}})'
    )


def _csv(**more: Any) -> Base:
    """A payout whose lines are in a file."""
    columns = {"csvFile": _FILE, "kindColumn": "kind", "amountColumn": "amount"}
    return given(
        gateway="card", reference="P-7", arrivalOn="2026-11-27", total={"amount": "9", "currency": "USD"},
        lines=None, csv=columns | more,
    )  # fmt: skip


_OWN = {"transactionAmountColumn": "own", "transactionCurrencyColumn": "own ccy"}
_KINDS = [{"name": "fee", "kind": "ADJUSTMENT"}]
_TRANSFER = both(
    named(paymentId="payment in euros"), given(amount=euros("2"), iban=IBANS[0], accountHolder="Ada")
)
_NEW_FILE = named(accountId="own account")
_TO_CANCEL = both(named(id="waiting transfer"), given(reason="Wrong buyer"))
BASES: dict[Field, Base] = {
    **{
        ("BankAccountSetInput", name): given(iban=OWN["web"], name="Shop")
        for name in ("iban", "name", "bic", "isActive")
    },
    **{
        ("BankTransferCreateInput", name): _TRANSFER
        for name in ("paymentId", "amount", "iban", "accountHolder", "note")
    },
    ("BankTransferCancelInput", "reason"): _TO_CANCEL,
    **{
        ("BankTransferFileCreateInput", name): _NEW_FILE for name in ("accountId", "transferIds", "executesOn")
    },
    ("BankTransferStatusImportInput", "bankFile"): given(bankFile=status_report("none")),
    ("PayoutImportInput", "csv"): _csv(),
    **{
        ("PayoutCsvInput", name): _csv()
        for name in (
            "csvFile", "kindColumn", "amountColumn", "referenceColumn", "feeColumn", "currencyColumn",
            "payoutColumn", "kinds", "hasDecimalComma", "isUnsigned",
        )
    },
    ("PayoutCsvInput", "hasNegativeFees"): _csv(feeColumn="fee"),
    ("PayoutCsvInput", "transactionAmountColumn"): _csv(**_OWN),
    ("PayoutCsvInput", "transactionCurrencyColumn"): _csv(**_OWN),
    ("PayoutCsvKindInput", "name"): _csv(kinds=_KINDS),
    ("PayoutCsvKindInput", "kind"): _csv(kinds=_KINDS),
}  # fmt: skip


def _days() -> list[str]:
    return [(clock.now() + timedelta(days=days)).date().isoformat() for days in (5, 6)]


VALUES: dict[Field, Values] = {
    ("BankAccountSetInput", "iban"): list(IBANS),
    ("BankAccountSetInput", "bic"): ["ABNANL2A", "DEUTDEFF"],
    ("BankTransferCreateInput", "amount"): [euros("3"), euros("4")],
    ("BankTransferCreateInput", "paymentId"): ids("payment in euros", "other payment in euros"),
    ("BankTransferCreateInput", "iban"): list(IBANS),
    ("BankTransferFileCreateInput", "accountId"): ids("own account", "other own account"),
    ("BankTransferFileCreateInput", "transferIds"): lambda side: [
        [side.named["waiting transfer"]], [side.named["other waiting transfer"]],
    ],
    ("BankTransferFileCreateInput", "executesOn"): lambda side: _days(),
    ("BankTransferStatusImportInput", "bankFile"): lambda side: [
        status_report(side.named["message"], side.named["filed reference"]),
        status_report(side.named["other message"], side.named["other filed reference"]),
    ],
    ("PayoutImportInput", "csv"): [
        {"csvFile": _FILE, "kindColumn": "kind", "amountColumn": column} for column in ("amount", "amount2")
    ],
    ("PayoutCsvInput", "csvFile"): [_FILE, _FILE.replace("3.00", "3.50")],
    ("PayoutCsvInput", "kindColumn"): ["kind", "kind2"],
    ("PayoutCsvInput", "amountColumn"): ["amount", "amount2"],
    ("PayoutCsvInput", "referenceColumn"): ["ref", "ref2"],
    ("PayoutCsvInput", "feeColumn"): ["fee", "fee2"],
    ("PayoutCsvInput", "currencyColumn"): ["ccy", "own ccy"],
    ("PayoutCsvInput", "payoutColumn"): ["payout", "payout2"],
    ("PayoutCsvInput", "kinds"): [_KINDS, [{"name": "adjustment", "kind": "FEE"}]],
    ("PayoutCsvInput", "transactionAmountColumn"): ["own", "own2"],
    ("PayoutCsvInput", "transactionCurrencyColumn"): ["own ccy", "own ccy2"],
    ("PayoutCsvKindInput", "name"): ["fee", "adjustment"],
    ("PayoutCsvKindInput", "kind"): ["ADJUSTMENT", "FEE"],
}  # fmt: skip
