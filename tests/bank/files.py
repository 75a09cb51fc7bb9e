"""Bank files for tests, and what staff do with their entries."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape

from tests.ask import Api

ACCOUNT = "NL41MOCK0000000001"
IMPORT = """
mutation($file: String!) { bankStatementImport(input: {bankFile: $file}) {
  __typename
  ... on BankStatementImport { statements { storedCount knownCount skippedCount
    statement { id kind account currency reference entryCount
      openingBalance { amount } closingBalance { amount } difference { amount } } } }
  ... on UserError { errorCode message path }
} }"""
_FIELDS = """{ id status problem direction isReversal bookedOn valuedOn servicerReference part
    remittance counterpartyName counterpartyAccount endToEndId structuredReference note closedBy version
    amount { amount currency } matchedAmount { amount } namedOrders { number }
    allocations { transaction { amount { amount } reference at order { number paymentStatus } } } }"""
ENTRIES = "query($f: BankEntryFilter) { bankEntries(filter: $f, first: 100) { nodes " + _FIELDS + " } }"
_ENTRY = f"""
  __typename
  ... on BankEntry {_FIELDS}
  ... on UserError {{ errorCode message path }}
  ... on ValidationFailed {{ problems {{ path code }} }}
"""
MATCH = (
    "mutation($input: BankEntryMatchInput!, $v: Int) { bankEntryMatch(input: $input, expectedVersion: $v) {"
    + _ENTRY
    + "} }"
)
CLOSE = "mutation($input: BankEntryCloseInput!) { bankEntryClose(input: $input) {" + _ENTRY + "} }"
REOPEN = "mutation($id: ID!) { bankEntryReopen(id: $id) {" + _ENTRY + "} }"
_KINDS = {
    "053": ("BkToCstmrStmt", "Stmt"),
    "052": ("BkToCstmrAcctRpt", "Rpt"),
    "054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn"),
}


@dataclass(frozen=True)
class Paid:
    """A payment as the bank reports it."""

    amount: str
    text: str | Sequence[str] = ""
    reference: str | None = None  # of the account servicer
    name: str = "Ada Lovelace"
    direction: str = "CRDT"
    day: str = "2026-11-27"
    structured: str = ""
    end_to_end: str = ""
    status: str = "BOOK"
    is_reversal: bool = False
    returned: str = ""  # the code of the reason of a return
    parts: Sequence["Paid"] = field(default_factory=tuple)  # of a collective entry
    more: str = ""  # elements at the end of the entry

    def entry(self, currency: str) -> str:
        servicer = "" if self.reference is None else f"<AcctSvcrRef>{self.reference}</AcctSvcrRef>"
        details = "".join(part.details(currency) for part in (self.parts or (self,)))
        reversal = "<RvslInd>true</RvslInd>" if self.is_reversal else ""
        return (
            f'<Ntry><Amt Ccy="{currency}">{self.amount}</Amt><CdtDbtInd>{self.direction}</CdtDbtInd>{reversal}'
            f"<Sts><Cd>{self.status}</Cd></Sts><BookgDt><Dt>{self.day}</Dt></BookgDt>"
            f"<ValDt><Dt>{self.day}</Dt></ValDt>{servicer}<NtryDtls>{details}</NtryDtls>{self.more}</Ntry>"
        )

    def details(self, currency: str) -> str:
        lines = [self.text] if isinstance(self.text, str) else self.text
        free = "".join(f"<Ustrd>{escape(line)}</Ustrd>" for line in lines if line)
        strict = self.structured and f"<Strd><CdtrRefInf><Ref>{self.structured}</Ref></CdtrRefInf></Strd>"
        why = f"<Rsn><Cd>{self.returned}</Cd></Rsn><AddtlInf>Account closed</AddtlInf>"
        back = f"<RtrInf>{why}</RtrInf>" if self.returned else ""
        payer = "Dbtr" if self.direction == "CRDT" else "Cdtr"
        named = self.end_to_end and f"<Refs><EndToEndId>{self.end_to_end}</EndToEndId></Refs>"
        return (
            f'<TxDtls>{named}<Amt Ccy="{currency}">{self.amount}</Amt>'
            f"<RltdPties><{payer}><Pty><Nm>{escape(self.name)}</Nm></Pty></{payer}>"
            f"<{payer}Acct><Id><IBAN>DE89370400440532013000</IBAN></Id></{payer}Acct></RltdPties>"
            f"<RmtInf>{free}{strict}</RmtInf>{back}</TxDtls>"
        )

    @property
    def signed(self) -> Decimal:
        return Decimal(self.amount) * (1 if self.direction == "CRDT" else -1)


def bank_file(
    *entries: Paid,
    kind: str = "053",
    id: str = "S-1",
    currency: str = "USD",
    opening: str | None = "100.00",
    closing: str | None = None,
    account: str = ACCOUNT,
) -> str:
    """A message with one statement; without `closing`, its balances agree with the entries."""
    message, statement = _KINDS[kind]
    booked = [entry for entry in entries if entry.status == "BOOK"]
    if opening is not None and closing is None:
        closing = str(Decimal(opening) + sum((entry.signed for entry in booked), Decimal(0)))
    balances = (
        ""
        if opening is None
        else _balance("OPBD", opening, currency) + _balance("CLBD", str(closing), currency)
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.{kind}.001.08">'
        f"<{message}><GrpHdr><MsgId>M-{id}</MsgId></GrpHdr><{statement}><Id>{id}</Id>"
        f"<Acct><Id><IBAN>{account}</IBAN></Id><Ccy>{currency}</Ccy></Acct>{balances}"
        f"{''.join(entry.entry(currency) for entry in entries)}</{statement}></{message}></Document>"
    )


def _balance(code: str, amount: str, currency: str) -> str:
    sign = "DBIT" if amount.startswith("-") else "CRDT"
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="{currency}">{amount.lstrip("-")}</Amt><CdtDbtInd>{sign}</CdtDbtInd></Bal>'
    )


@dataclass
class Bank:
    """Staff who process the entries of the company's bank accounts."""

    staff: Api

    async def take(self, content: str) -> list[dict[str, Any]]:
        found = await self.staff.do(IMPORT, file=content)
        assert found["__typename"] == "BankStatementImport", found
        statements: list[dict[str, Any]] = found["statements"]
        return statements

    async def refused(self, content: str) -> dict[str, Any]:
        found = await self.staff.do(IMPORT, file=content)
        assert found["errorCode"], found
        return found

    async def entries(self, **filter: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.staff.ask(ENTRIES, f=filter))["bankEntries"]["nodes"]
        return found

    async def entry(self, reference: str) -> dict[str, Any]:
        [found] = await self.entries(servicerReference={"eq": reference})
        return found

    async def match(self, entry: dict[str, Any], *orders: dict[str, Any], **more: Any) -> dict[str, Any]:
        version = more.pop("v", None)
        input = {"id": entry["id"], "orders": list(orders), **more}
        found: dict[str, Any] = await self.staff.do(MATCH, input=input, v=version)
        return found

    async def close(self, entry: dict[str, Any], note: str) -> dict[str, Any]:
        found: dict[str, Any] = await self.staff.do(CLOSE, input={"id": entry["id"], "note": note})
        return found

    async def reopen(self, entry: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = await self.staff.do(REOPEN, id=entry["id"])
        return found
