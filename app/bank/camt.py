"""Reads statements, reports and notifications of banks: ISO 20022 camt.053, camt.052 and camt.054.

All versions are read, because elements are found by their names without the namespace. Only booked entries
count. An entry is identified by the account servicer's reference (`AcctSvcrRef`). Entries of a statement
without one are identified by their content and their place in the statement; a report or a notification
without one is skipped, because the statement of the day has the entry, too, and would count it again.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from xml.etree.ElementTree import Element

from app.bank.iso20022 import PATH, all_at, find, local, malformed, message_in, reason, text
from app.bank.lifecycle import BankEntryDirection, BankFileKind
from app.core.folding import one_line
from app.core.money import Money, checked_currency
from app.core.problems import ProblemCode
from app.core.refusals import Invalid

MOST_ENTRIES = 10_000  # of one file
LONGEST_TEXT = 2_000  # characters of the remittance information that are kept
_KINDS = {
    "BkToCstmrStmt": ("Stmt", BankFileKind.STATEMENT),
    "BkToCstmrAcctRpt": ("Rpt", BankFileKind.REPORT),
    "BkToCstmrDbtCdtNtfctn": ("Ntfctn", BankFileKind.NOTIFICATION),
}
_OPENING, _CLOSING = ("OPBD", "PRCD"), ("CLBD",)
_NO_REFERENCE = frozenset({"", "NOTPROVIDED", "NONREF"})


@dataclass(frozen=True, slots=True)
class ReadEntry:
    """One payment of a booked entry, see `models.BankEntry`."""

    servicer_reference: str
    part: int
    direction: BankEntryDirection
    is_reversal: bool
    amount_minor: int
    booked_on: date
    valued_on: date | None
    end_to_end_id: str
    structured_reference: str
    remittance: str  # lines joined without a character between them where a line is full, see `_joined`
    counterparty_name: str
    counterparty_account: str
    return_reason: str  # why the bank sent a payment back; "" for others


@dataclass(frozen=True, slots=True)
class ReadStatement:
    """One statement of a file."""

    kind: BankFileKind
    reference: str
    account: str
    currency: str
    opening_minor: int | None
    closing_minor: int | None
    entries: Sequence[ReadEntry]
    skipped: int
    total_minor: int = field(default=0)  # the booked entries: credits less debits


def read(content: str) -> list[ReadStatement]:
    """The statements of a file.

    Raises:
        Invalid: it is not XML, not one of these messages, or an element is missing or malformed.
    """
    message = _message_in(content)
    name, kind = _KINDS[local(message)]
    found = [_statement(each, kind) for each in all_at(message, name)]
    if not found:
        raise malformed(f"The message has no {name} element.")
    return found


def account_number(number: str) -> str:
    """An IBAN or other number of an account as it is stored: in capitals, without spaces."""
    return "".join(one_line(number).split()).upper()[:34]


def _message_in(content: str) -> Element:
    message = message_in(content, tuple(_KINDS), "camt.052, camt.053 or camt.054")
    if sum(local(each) in ("TxDtls", "Ntry") for each in message.iter()) > 2 * MOST_ENTRIES:
        raise Invalid(
            f"The file has more than {MOST_ENTRIES:,} entries. Import the statements of shorter periods.",
            PATH,
            code=ProblemCode.TOO_MANY,
            maximum=MOST_ENTRIES,
        )
    return message


def _statement(element: Element, kind: BankFileKind) -> ReadStatement:
    account = text(element, "Acct/Id/IBAN") or text(element, "Acct/Id/Othr/Id")
    reference = text(element, "Id")
    if not account or not reference:
        raise malformed("A statement has no account (Acct/Id) or no identification (Id).")
    booked = [entry for entry in all_at(element, "Ntry") if _is_booked(entry)]
    currency = _currency_of(element, booked)
    entries, skipped, total = [], 0, 0
    seen = Counter[str]()
    for entry in booked:
        amount, direction = _amount(entry, currency), _direction(entry)
        total += amount if direction is BankEntryDirection.CREDIT else -amount
        parts = list(_parts(entry, amount, currency))
        named = _named(entry)
        if named in _NO_REFERENCE:
            if kind is not BankFileKind.STATEMENT:
                skipped += 1
                continue
            named = _derived(reference, entry, parts)
            seen[named] += 1
            named = f"{named}-{seen[named]}"
        if amount:  # banks report fees of nothing
            entries += [_entry(entry, direction, named, *part) for part in parts]
    return ReadStatement(
        kind=kind,
        reference=reference[:80],
        account=account_number(account),
        currency=currency,
        opening_minor=_balance(element, currency, _OPENING),
        closing_minor=_balance(element, currency, _CLOSING),
        entries=entries,
        skipped=skipped,
        total_minor=total,
    )


def _currency_of(element: Element, booked: Sequence[Element]) -> str:
    """The currency of the account, which all its entries have."""
    named = text(element, "Acct/Ccy")
    given = {amount.get("Ccy", "") for entry in booked for amount in all_at(entry, "Amt")}
    given |= {
        amount.get("Ccy", "") for balance in all_at(element, "Bal") for amount in all_at(balance, "Amt")
    }
    currencies = given | ({named} if named else set())
    if len(currencies) != 1:
        raise malformed("The entries and balances of an account must be in one currency, its own.")
    return checked_currency(currencies.pop(), PATH)


def _is_booked(entry: Element) -> bool:
    return (text(entry, "Sts/Cd") or text(entry, "Sts")) == "BOOK"


def _direction(element: Element) -> BankEntryDirection:
    indicator = text(element, "CdtDbtInd")
    if indicator not in ("CRDT", "DBIT"):
        raise malformed("An entry or balance does not say whether it is a credit or a debit (CdtDbtInd).")
    return BankEntryDirection.CREDIT if indicator == "CRDT" else BankEntryDirection.DEBIT


def _named(entry: Element) -> str:
    """The account servicer's reference of an entry, or of its only payment."""
    details = all_at(entry, "NtryDtls", "TxDtls")
    own = text(entry, "AcctSvcrRef")
    if own in _NO_REFERENCE and len(details) == 1:
        own = text(details[0], "Refs/AcctSvcrRef")
    return own[:80]


def _parts(entry: Element, amount: int, currency: str) -> Iterator[tuple[int, int, Element | None]]:
    """The payments of an entry: the place, the amount and the details of each.

    A collective entry is divided only if its payments add up to it.
    """
    details = all_at(entry, "NtryDtls", "TxDtls")
    amounts = [_amount_of(each, currency) for each in details]
    known = [each for each in amounts if each]
    if len(details) > 1 and len(known) == len(details) and sum(known) == amount:
        yield from zip(range(1, len(details) + 1), known, details, strict=True)
    else:
        yield 1, amount, details[0] if len(details) == 1 else None


def _amount_of(details: Element, currency: str) -> int | None:
    """The amount of a payment in the currency of the account, if it has one."""
    for path in ("Amt", "AmtDtls/TxAmt/Amt"):
        found = find(details, path)
        if found is not None and found.get("Ccy") == currency:
            return _minor(found, currency)
    return None


def _entry(
    entry: Element, direction: BankEntryDirection, named: str, part: int, amount: int, details: Element | None
) -> ReadEntry:
    about = entry if details is None else details
    booked = _day(entry, "BookgDt") or _day(entry, "ValDt")
    if booked is None:
        raise malformed("A booked entry has no booking date (BookgDt).")
    payer = "Dbtr" if direction is BankEntryDirection.CREDIT else "Cdtr"
    end_to_end_id = text(about, "Refs/EndToEndId")
    return ReadEntry(
        servicer_reference=named,
        part=part,
        direction=direction,
        is_reversal=text(entry, "RvslInd") in ("true", "1") or find(about, "RtrInf") is not None,
        amount_minor=amount,
        booked_on=booked,
        valued_on=_day(entry, "ValDt"),
        end_to_end_id="" if end_to_end_id in _NO_REFERENCE else end_to_end_id[:80],
        structured_reference=_structured(about)[:80],
        remittance=_joined(_remittance(entry, details))[:LONGEST_TEXT],
        counterparty_name=(text(about, f"RltdPties/{payer}/Pty/Nm") or text(about, f"RltdPties/{payer}/Nm"))[
            :200
        ],
        counterparty_account=(
            text(about, f"RltdPties/{payer}Acct/Id/IBAN") or text(about, f"RltdPties/{payer}Acct/Id/Othr/Id")
        )[:34],
        return_reason=reason(find(about, "RtrInf")),
    )


def _structured(about: Element) -> str:
    for each in all_at(about, "RmtInf", "Strd", "CdtrRefInf", "Ref"):
        return one_line(each.text or "")
    return ""


def _remittance(entry: Element, details: Element | None) -> list[str]:
    """The lines of the unstructured remittance information; without it, the additional information."""
    about = all_at(entry, "NtryDtls", "TxDtls") if details is None else [details]
    lines = [line for each in about for line in all_at(each, "RmtInf", "Ustrd")]
    lines = lines or [line for each in about for line in all_at(each, "AddtlTxInf")]
    lines = lines or all_at(entry, "AddtlNtryInf")
    return [line.text or "" for line in lines]


def _joined(lines: Sequence[str]) -> str:
    """The lines as one text. `matching` finds a number that a bank has cut at the end of a line."""
    return one_line(" ".join(line.strip() for line in lines))


def _balance(element: Element, currency: str, codes: Sequence[str]) -> int | None:
    for code in codes:
        for balance in all_at(element, "Bal"):
            if text(balance, "Tp/CdOrPrtry/Cd") == code:
                amount = _amount(balance, currency)
                return amount if _direction(balance) is BankEntryDirection.CREDIT else -amount
    return None


def _amount(element: Element, currency: str) -> int:
    found = find(element, "Amt")
    if found is None:
        raise malformed("An entry or balance has no amount (Amt).")
    return _minor(found, currency)


def _minor(amount: Element, currency: str) -> int:
    try:
        value = Decimal((amount.text or "").strip())
    except InvalidOperation as error:
        raise malformed("An amount is not a decimal number.") from error
    if not value.is_finite() or value < 0:
        raise malformed("An amount is not a positive number; the direction of an entry is in CdtDbtInd.")
    return Money.of(value, currency, PATH).minor


def _day(entry: Element, name: str) -> date | None:
    day = text(entry, f"{name}/Dt") or text(entry, f"{name}/DtTm")
    if not day:
        return None
    try:
        return date.fromisoformat(day[:10])
    except ValueError as error:
        raise malformed(f"{day[:40]!r} is not a date.") from error


def _derived(reference: str, entry: Element, parts: Sequence[tuple[int, int, Element | None]]) -> str:
    """An identification of an entry of a statement by its content."""
    texts = [one_line(each) for each in entry.itertext() if each.strip()]
    return sha256("\n".join([reference, *texts, str(len(parts))]).encode()).hexdigest()[:32]
