"""Writes credit transfers as the bank takes them: ISO 20022 pain.001.001.09, by the rules of SEPA. Pure.

SEPA transfers are in euros. Names and texts have the Latin characters that all banks of SEPA accept: others
are transliterated. The file of the same transfers has the same bytes each time.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from xml.etree import ElementTree as Xml

from anyascii import anyascii
from stdnum import bic as bics
from stdnum import iban as ibans
from stdnum.exceptions import ValidationError

from app.core.money import Money
from app.core.problems import ProblemCode
from app.core.refusals import Invalid

CURRENCY = "EUR"
NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
LONGEST_NAME, LONGEST_TEXT, LONGEST_ID = 70, 140, 35
LARGEST_MINOR = 99_999_999_999  # of one transfer
_OTHERS = re.compile(r"[^A-Za-z0-9/?:().,'+ -]+")
_SLASHES = re.compile(r"/{2,}")
_LETTERS = str.maketrans("0123456789abcdef", "ABCDEFGHIJKLMNOP")
_SHOWN = 4  # characters of an IBAN at both ends that are shown


@dataclass(frozen=True, slots=True)
class Party:
    """The holder of an account, and its IBAN."""

    name: str
    iban: str
    bic: str = ""


@dataclass(frozen=True, slots=True)
class Credit:
    """One transfer; `id` is its end-to-end reference."""

    id: str
    to: Party
    amount_minor: int
    text: str


@dataclass(frozen=True, slots=True)
class Order:
    """The transfers of one file, from one account; `id` identifies the message and its payment block."""

    id: str
    created_at: datetime
    executes_on: date
    debtor: Party
    credits: Sequence[Credit]

    @property
    def total_minor(self) -> int:
        return sum(each.amount_minor for each in self.credits)


def checked_iban(text: str, *path: str) -> str:
    """An IBAN in capitals without spaces.

    Raises:
        Invalid: its country, length or check digits are wrong.
    """
    try:
        found: str = ibans.validate(text)
    except ValidationError as error:
        raise Invalid(
            "This is not a valid IBAN: its country, length or check digits are wrong.",
            *path,
            code=ProblemCode.MALFORMED,
        ) from error
    return found


def is_iban(text: str) -> bool:
    """Whether a text is a valid IBAN."""
    return bool(ibans.is_valid(text))


def checked_bic(text: str, *path: str) -> str:
    """A BIC in capitals.

    Raises:
        Invalid: it is not one.
    """
    try:
        found: str = bics.validate(text)
    except ValidationError as error:
        raise Invalid(
            "A BIC has 8 or 11 characters: bank, country, place and branch.",
            *path,
            code=ProblemCode.MALFORMED,
        ) from error
    return found


def masked(iban: str) -> str:
    """An IBAN of which only the first and last characters are shown."""
    return f"{iban[:_SHOWN]}{chr(0x2022) * (len(iban) - 2 * _SHOWN)}{iban[-_SHOWN:]}"


def lettered(id: UUID) -> str:
    """An id as 32 letters, for references of the bank: digits could be taken for the number of a card."""
    return id.hex.translate(_LETTERS)


def plain(text: str, longest: int) -> str:
    """A text in the characters that SEPA permits, at most so long; slashes neither begin, end nor repeat."""
    latin = _OTHERS.sub(" ", anyascii(text))
    words = _SLASHES.sub("/", " ".join(latin.split()))
    return words.strip("/ ")[:longest].rstrip("/ ")


def written(order: Order) -> str:
    """The file of an order."""
    document = Xml.Element("Document", xmlns=NAMESPACE)
    message = Xml.SubElement(document, "CstmrCdtTrfInitn")
    header = Xml.SubElement(message, "GrpHdr")
    _add(header, "MsgId", order.id)
    _add(header, "CreDtTm", order.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"))
    _sums(header, order)
    _add(Xml.SubElement(header, "InitgPty"), "Nm", plain(order.debtor.name, LONGEST_NAME))
    payment = Xml.SubElement(message, "PmtInf")
    _add(payment, "PmtInfId", order.id)
    _add(payment, "PmtMtd", "TRF")
    _add(payment, "BtchBookg", "false")  # each transfer is an entry of the statement, which is matched
    _sums(payment, order)
    _add(payment, "PmtTpInf/SvcLvl/Cd", "SEPA")
    _add(payment, "ReqdExctnDt/Dt", order.executes_on.isoformat())
    _party(payment, "Dbtr", order.debtor)
    agent = Xml.SubElement(Xml.SubElement(payment, "DbtrAgt"), "FinInstnId")
    if order.debtor.bic:
        _add(agent, "BICFI", order.debtor.bic)
    else:
        _add(agent, "Othr/Id", "NOTPROVIDED")
    _add(payment, "ChrgBr", "SLEV")
    for each in order.credits:
        _credit(payment, each)
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return head + Xml.tostring(document, encoding="unicode") + "\n"


def _credit(payment: Xml.Element, credit: Credit) -> None:
    transfer = Xml.SubElement(payment, "CdtTrfTxInf")
    _add(transfer, "PmtId/EndToEndId", credit.id)
    amount = Xml.SubElement(Xml.SubElement(transfer, "Amt"), "InstdAmt", Ccy=CURRENCY)
    amount.text = _decimal(credit.amount_minor)
    _party(transfer, "Cdtr", credit.to)
    _add(transfer, "RmtInf/Ustrd", plain(credit.text, LONGEST_TEXT))


def _party(parent: Xml.Element, role: str, party: Party) -> None:
    """The name of a debtor or creditor; the account is written by the order that the schema prescribes."""
    _add(parent, f"{role}/Nm", plain(party.name, LONGEST_NAME))
    _add(parent, f"{role}Acct/Id/IBAN", party.iban)


def _sums(parent: Xml.Element, order: Order) -> None:
    _add(parent, "NbOfTxs", str(len(order.credits)))
    _add(parent, "CtrlSum", _decimal(order.total_minor))


def _decimal(minor: int) -> str:
    return str(Money(minor, CURRENCY).amount)


def _add(parent: Xml.Element, path: str, text: str) -> None:
    """Add an element at a path below a parent, with all elements between them."""
    for name in path.split("/"):
        parent = Xml.SubElement(parent, name)
    parent.text = text
