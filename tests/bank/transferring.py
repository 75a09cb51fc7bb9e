"""Staff who refund payments by bank transfer, and the bank that executes them."""

from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

import httpx

from app.bank import queries
from app.payments import queries as payments
from tests import make
from tests.accounting.books import balances
from tests.ask import Api
from tests.bank.files import Bank, Paid, bank_file
from tests.bank.test_importing import Shop
from tests.journeys.life import books_add_up

OWN = "NL02ABNA0123456789"
BUYER = "DE89370400440532013000"  # the account of the payers of `Paid`
_ERRORS = """... on UserError { errorCode message path } ... on ValidationFailed { problems { path code } }
  ... on InvalidInput { problems { path code } }"""
TRANSFER = """{ id status endToEndId maskedIban accountHolder reason version amount { amount currency }
  refund { id status reference problem { code message } order { number } } file { id status }
  entry { servicerReference } returnEntry { servicerReference } }"""
FILE = f"""{{ id status messageId executesOn transferCount downloadPath sentAt cancelledAt version total {{ amount }}
  account {{ iban }} transfers {TRANSFER} }}"""
_INPUTS = {
    "bankAccountSet": ("BankAccountSetInput", "BankAccount { id iban name bic isActive version }"),
    "bankTransferCreate": ("BankTransferCreateInput", f"BankTransfer {TRANSFER}"),
    "bankTransferCancel": ("BankTransferCancelInput", f"BankTransfer {TRANSFER}"),
    "bankTransferFileCreate": ("BankTransferFileCreateInput", f"BankTransferFile {FILE}"),
    "bankTransferStatusImport": (
        "BankTransferStatusImportInput",
        f"BankTransferStatusImport {{ rejected {TRANSFER} knownCount conflictCount unknownCount }}",
    ),
}
PAYMENT = """query($n: String!) { order(number: $n) { paymentStatus amountPaid { amount } amountRefunded { amount }
  events { name } payments { id refundable { amount } transactions { kind status } } } }"""


@dataclass
class Refunds:
    """A shop in EUR whose buyers pay 15.00 for an order by bank transfer, and get money back."""

    shop: Shop
    account: str  # the id of the account of the company

    @classmethod
    async def begin(cls, api: Api) -> "Refunds":
        await (await make.shop(currency="EUR")).sell("A", stock=100)
        shop = Shop(api.as_(await make.token()))
        refunds = cls(shop, "")
        made = await refunds.do("bankAccountSet", iban="nl02 abna 0123 4567 89", name="Müller & Söhne GmbH")
        refunds.account = made["id"]
        return refunds

    @property
    def bank(self) -> Bank:
        return self.shop.bank

    async def do(self, mutation: str, **input: Any) -> dict[str, Any]:
        kind, answer = _INPUTS[mutation]
        document = (
            f"mutation($i: {kind}!) {{ {mutation}(input: $i) {{ __typename ... on {answer} {_ERRORS} }} }}"
        )
        return await self.shop.staff.do(document, i=input)

    async def step(self, mutation: str, id: str, version: int | None = None) -> dict[str, Any]:
        document = f"""mutation($id: ID!, $v: Int) {{ {mutation}(id: $id, expectedVersion: $v) {{ __typename
          ... on BankTransferFile {FILE} {_ERRORS} }} }}"""
        return await self.shop.staff.do(document, id=id, v=version)

    async def paid(self, reference: str = "IN-1") -> str:
        """The number of an order that is paid by bank transfer."""
        number = await self.shop.order()
        await self.books(Paid("15.00", number, reference), id=f"S-{reference}")
        return number

    async def books(self, *entries: Paid, id: str, account: str = OWN) -> None:
        """The bank books entries on the account of the company."""
        content = bank_file(*entries, id=id, currency="EUR", opening=None, account=account)
        await self.bank.take(content)
        await self.bank.take(content)  # the same statement counts once

    async def seen(self, number: str) -> dict[str, Any]:
        found: dict[str, Any] = (await self.shop.staff.ask(PAYMENT, n=number))["order"]
        return found

    async def asked(
        self, number: str, amount: str = "5.00", currency: str = "EUR", **more: Any
    ) -> dict[str, Any]:
        """A refund that was asked for."""
        (payment,) = (await self.seen(number))["payments"]
        given = {"paymentId": payment["id"], "amount": {"amount": amount, "currency": currency}}
        return await self.do("bankTransferCreate", **given, **more)

    async def filed(self, **more: Any) -> dict[str, Any]:
        """A file with the transfers that wait."""
        return await self.do("bankTransferFileCreate", accountId=self.account, **more)

    async def transfers(self) -> list[dict[str, Any]]:
        found = await self.shop.staff.ask(f"{{ bankTransfers(first: 50) {{ nodes {TRANSFER} }} }}")
        rows: list[dict[str, Any]] = found["bankTransfers"]["nodes"]
        return rows

    async def download(self, path: str, token: str | None = None) -> httpx.Response:
        headers = {"authorization": f"Bearer {token or self.shop.staff.token}"}
        return await self.shop.staff.client.get(path, headers=headers)

    async def balances(self) -> dict[str, str]:
        return await balances(self.shop.staff, currency="EUR")

    async def sound(self) -> None:
        """Transfers, payments, entries and the ledger agree."""
        for found in (queries.differences, queries.transfer_differences, payments.differences):
            assert await found() == []
        await books_add_up()


def executed(transfer: dict[str, Any], reference: str = "OUT-1", **more: Any) -> Paid:
    """The entry with which the bank executes a transfer."""
    given = {
        "amount": transfer["amount"]["amount"],
        "end_to_end": transfer["endToEndId"],
        "direction": "DBIT",
    }
    return Paid(reference=reference, **(given | more))


def values(content: str, name: str) -> list[str]:
    """The texts of the elements with a name in a file."""
    root = ElementTree.fromstring(content)
    return [each.text or "" for each in root.iter() if each.tag.rpartition("}")[2] == name]


def status_report(
    message_id: str, *rejected: str, group: str = "", payment: str = "", code: str = "AC04"
) -> str:
    """A pain.002 message about a file; `rejected` are end-to-end references."""
    reason = f"<StsRsnInf><Rsn><Cd>{code}</Cd></Rsn><AddtlInf>Account closed</AddtlInf></StsRsnInf>"
    each = "".join(
        f"<TxInfAndSts><OrgnlEndToEndId>{id}</OrgnlEndToEndId><TxSts>RJCT</TxSts>{reason}</TxInfAndSts>"
        for id in rejected
    )
    whole = f"<GrpSts>{group}</GrpSts>{reason if group == 'RJCT' else ''}" if group else ""
    part = f"<PmtInfSts>{payment}</PmtInfSts>{reason if payment == 'RJCT' else ''}" if payment else ""
    return (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt><GrpHdr><MsgId>R-1</MsgId>'
        f"</GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>{message_id}</OrgnlMsgId><OrgnlMsgNmId>pain.001</OrgnlMsgNmId>"
        f"{whole}</OrgnlGrpInfAndSts><OrgnlPmtInfAndSts><OrgnlPmtInfId>{message_id}</OrgnlPmtInfId>{part}{each}"
        "</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>"
    )
