"""DATEV-Format (EXTF): a Buchungsstapel, header version 700, format version 13.

A line books an amount from one account (Konto) to another (Gegenkonto), so an entry with several accounts on
both sides becomes several lines.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from app.accounting.exporting.formats import ExportedEntry, ExportedPosting, Period, decimal
from app.accounting.lifecycle import LedgerSide


def _pairs(name: str, count: int) -> list[str]:
    return [f"{name} - {part} {number}" for number in range(1, count + 1) for part in ("Art", "Inhalt")]


COLUMNS = [
    "Umsatz (ohne Soll/Haben-Kz)", "Soll/Haben-Kennzeichen", "WKZ Umsatz", "Kurs", "Basis-Umsatz",
    "WKZ Basis-Umsatz", "Konto", "Gegenkonto (ohne BU-Schlüssel)", "BU-Schlüssel", "Belegdatum",
    "Belegfeld 1",
    "Belegfeld 2", "Skonto", "Buchungstext", "Postensperre", "Diverse Adressnummer",
    "Geschäftspartnerbank",
    "Sachverhalt", "Zinssperre", "Beleglink", *_pairs("Beleginfo", 8), "KOST1 - Kostenstelle",
    "KOST2 - Kostenstelle", "Kost-Menge", "EU-Land u. UStID (Bestimmung)", "EU-Steuersatz (Bestimmung)",
    "Abw. Versteuerungsart", "Sachverhalt L+L", "Funktionsergänzung L+L", "BU 49 Hauptfunktionstyp",
    "BU 49 Hauptfunktionsnummer", "BU 49 Funktionsergänzung", *_pairs("Zusatzinformation", 20), "Stück",
    "Gewicht", "Zahlweise", "Forderungsart", "Veranlagungsjahr", "Zugeordnete Fälligkeit", "Skontotyp",
    "Auftragsnummer", "Buchungstyp", "USt-Schlüssel (Anzahlungen)", "EU-Land (Anzahlungen)",
    "Sachverhalt L+L (Anzahlungen)", "EU-Steuersatz (Anzahlungen)", "Erlöskonto (Anzahlungen)", "Herkunft-Kz",
    "Buchungs GUID", "KOST-Datum", "SEPA-Mandatsreferenz", "Skontosperre", "Gesellschaftername",
    "Beteiligtennummer", "Identifikationsnummer", "Zeichnernummer", "Postensperre bis",
    "Bezeichnung SoBil-Sachverhalt", "Kennzeichen SoBil-Buchung", "Festschreibung", "Leistungsdatum",
    "Datum Zuord. Steuerperiode", "Fälligkeit", "Generalumkehr (GU)", "Steuersatz", "Land",
    "Abrechnungsreferenz", "BVV-Position", "EU-Land u. UStID (Ursprung)", "EU-Steuersatz (Ursprung)",
    "Abw. Skontokonto",
]  # fmt: skip
_AT = {name: index for index, name in enumerate(COLUMNS)}
_NOT_IN_BELEGFELD = re.compile(r"[^A-Za-z0-9$&%*+/-]")
_ACCOUNT = re.compile(r"[0-9]{1,8}")
CONSULTANTS, CLIENTS = range(1_001, 10_000_000), range(1, 100_000)


def is_account_number(number: str) -> bool:
    """Whether DATEV accepts a number of an account."""
    return bool(_ACCOUNT.fullmatch(number)) and int(number) > 0


@dataclass(frozen=True, slots=True)
class Datev:
    """An export of one currency, for a client (Mandant) of a consultant (Berater).

    All accounts have numbers: see `is_account_number`.
    """

    period: Period
    currency: str
    consultant: int
    client: int
    fiscal_year: date  # its first day
    account_length: int  # digits of the account numbers
    created_at: datetime

    encoding: ClassVar[str] = "cp1252"

    def begin(self) -> str:
        made = f"{self.created_at:%Y%m%d%H%M%S}{self.created_at.microsecond // 1000:03}"
        header = [
            '"EXTF"', "700", "21", '"Buchungsstapel"', "13", made, "", '""', '"Ordergraph"', '""',
            str(self.consultant), str(self.client), f"{self.fiscal_year:%Y%m%d}", str(self.account_length),
            f"{self.period.start:%Y%m%d}", f"{self.period.end:%Y%m%d}", '"Ordergraph"', '""', "1", "0", "0",
            f'"{self.currency}"', "", '""', "", "", '""', "", "", '""', '""',
        ]  # fmt: skip
        return _line(header) + _line(COLUMNS)

    def entry(self, entry: ExportedEntry) -> str:
        return "".join(self._row(entry, *part) for part in paired(entry.postings))

    def _row(self, entry: ExportedEntry, debit: ExportedPosting, credit: ExportedPosting, minor: int) -> str:
        values = [""] * len(COLUMNS)
        given = {
            "Umsatz (ohne Soll/Haben-Kz)": decimal(minor, entry.currency, ","),
            "Soll/Haben-Kennzeichen": '"S"',
            "WKZ Umsatz": f'"{entry.currency}"',
            "Konto": debit.account.number or "",
            "Gegenkonto (ohne BU-Schlüssel)": credit.account.number or "",
            "Belegdatum": f"{entry.posted_on:%d%m}",
            "Belegfeld 1": f'"{_NOT_IN_BELEGFELD.sub("", entry.order_number)[:36]}"',
            "Buchungstext": f'"{entry.kind.value.replace("_", " ").capitalize()}"',
        }
        for name, value in given.items():
            values[_AT[name]] = value
        return _line(values)

    def end(self) -> str:
        return ""


def paired(postings: Sequence[ExportedPosting]) -> Iterator[tuple[ExportedPosting, ExportedPosting, int]]:
    """An entry as amounts that go from one credited account to one debited account."""
    credits = iter([each for each in postings if each.side is LedgerSide.CREDIT])
    credit, left = None, 0
    for debit in (each for each in postings if each.side is LedgerSide.DEBIT):
        owed = debit.amount_minor
        while owed:
            if credit is None or not left:
                credit = next(credits)
                left = credit.amount_minor
            part = min(owed, left)
            yield debit, credit, part
            owed, left = owed - part, left - part


def _line(values: Sequence[str]) -> str:
    return ";".join(values) + "\r\n"
