"""From rows of text to invoices, and the rows that are none with the reason why."""

import csv
import gzip
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TextIO
from zoneinfo import ZoneInfo

from app.core.refusals import Invalid

LOCAL = ZoneInfo("Europe/London")  # the file's times are the shop's
SHIPPING_CODES = {"POST", "DOT", "C2"}  # postage and carriage, booked as if they were goods
SERVICE_CODES = {"M", "S", "D", "B", "CRUK", "PADS", "BANK CHARGES", "AMAZONFEE"}
COUNTRIES = {
    "United Kingdom": "GB", "Germany": "DE", "France": "FR", "EIRE": "IE", "Spain": "ES", "Netherlands": "NL",
    "Belgium": "BE", "Switzerland": "CH", "Australia": "AU", "Portugal": "PT", "Channel Islands": "JE",
    "Norway": "NO", "Finland": "FI", "Italy": "IT", "Cyprus": "CY", "Japan": "JP", "Sweden": "SE",
    "Austria": "AT", "Hong Kong": "HK", "Poland": "PL", "Israel": "IL", "Denmark": "DK", "Singapore": "SG",
    "Canada": "CA", "Iceland": "IS", "Greece": "GR", "Malta": "MT", "Lebanon": "LB", "Lithuania": "LT",
    "Brazil": "BR", "United Arab Emirates": "AE", "USA": "US", "Bahrain": "BH", "Czech Republic": "CZ",
    "Saudi Arabia": "SA",
}  # fmt: skip


@dataclass(slots=True)
class Row:
    """One good row. `line` is its place in the file; the header is line 1."""

    line: int
    invoice: str
    sku: str
    description: str
    quantity: int  # above zero, on cancellations too
    unit_minor: int
    at: datetime  # UTC
    customer: str
    country: str

    @property
    def amount_minor(self) -> int:
        return self.quantity * self.unit_minor

    @property
    def is_shipping(self) -> bool:
        return self.sku in SHIPPING_CODES


@dataclass(slots=True)
class Refused:
    """A row that is not loaded, and why. `amount` is what it says, quantity × price."""

    line: int
    reason: str
    cells: list[str]
    month: str
    amount: Decimal
    is_credit: bool


@dataclass(slots=True)
class Invoice:
    """A sale, or a credit that cancels some of one."""

    number: str
    at: datetime
    customer: str
    country: str
    rows: list[Row] = field(default_factory=list)


@dataclass(slots=True)
class Contents:
    """The whole file, sorted out."""

    header: list[str]
    rows: int = 0
    invoices: int = 0
    sales: dict[str, Invoice] = field(default_factory=dict)
    credits: dict[str, Invoice] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)  # SKU → what it is called most often
    sales_by_month: dict[str, Decimal] = field(default_factory=dict)
    credits_by_month: dict[str, Decimal] = field(default_factory=dict)


def read(path: Path) -> Contents:
    """Read a file, gzipped or not.

    Raises:
        Invalid: its columns are not those of this kind of file, or it is no text.
    """
    with _opened(path) as file:
        reader = csv.reader(file)
        try:
            header = next(reader, [])
        except (UnicodeDecodeError, csv.Error) as error:
            raise Invalid(f"{path.name} is not an Online Retail file: it is no CSV text.") from error
        expected = [
            "InvoiceNo",
            "StockCode",
            "Description",
            "Quantity",
            "InvoiceDate",
            "UnitPrice",
            "CustomerID",
            "Country",
        ]
        if [cell.strip().lstrip("\ufeff") for cell in header] != expected:
            raise Invalid(f"{path.name} is not an Online Retail file: its columns are {header}")
        return _sorted_out(header, reader)


def _opened(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8", newline="")
    return path.open(newline="", encoding="utf-8")


def _sorted_out(header: list[str], rows: Iterable[list[str]]) -> Contents:
    contents = Contents(header)
    numbers: set[str] = set()
    called: dict[str, Counter[str]] = {}
    for line, cells in enumerate(rows, start=2):
        contents.rows += 1
        numbers.add(cells[0].strip() if cells else "")
        found = _row(line, cells)
        if isinstance(found, Refused):
            contents.refused.append(found)
            if found.month:
                by_month = contents.credits_by_month if found.is_credit else contents.sales_by_month
                by_month[found.month] = by_month.get(found.month, Decimal(0)) + found.amount
            continue
        is_credit = found.invoice.startswith("C")
        invoices = contents.credits if is_credit else contents.sales
        invoice = invoices.get(found.invoice)
        if invoice is None:
            invoice = invoices[found.invoice] = Invoice(
                found.invoice, found.at, found.customer, found.country
            )
        invoice.rows.append(found)
        by_month = contents.credits_by_month if is_credit else contents.sales_by_month
        month = month_of(invoice.at)
        by_month[month] = by_month.get(month, Decimal(0)) + Decimal(found.amount_minor) / 100
        if found.description:
            called.setdefault(found.sku, Counter())[found.description] += 1
    contents.invoices = len(numbers)
    contents.names = {sku: names.most_common(1)[0][0] for sku, names in called.items()}
    return contents


def month_of(at: datetime) -> str:
    """The month of a moment, in the shop's own time."""
    return at.astimezone(LOCAL).strftime("%Y-%m")


def _row(line: int, cells: list[str]) -> Row | Refused:
    if len(cells) != 8:
        return Refused(line, f"has {len(cells)} columns, not 8", cells, "", Decimal(0), is_credit=False)
    invoice, code, description, quantity_text, date_text, price_text, customer, country = (
        c.strip() for c in cells
    )
    is_credit = invoice.startswith("C")
    try:
        at = datetime.fromisoformat(date_text).replace(tzinfo=LOCAL).astimezone(UTC)
        quantity, price = int(quantity_text), Decimal(price_text)
    except (ValueError, InvalidOperation):
        return Refused(
            line, "quantity, date or price cannot be read", cells, "", Decimal(0), is_credit=is_credit
        )
    amount = price * abs(quantity) if is_credit else price * quantity
    reason = _reason(invoice, code, quantity, price, customer, is_credit=is_credit)
    if reason is not None:
        return Refused(line, reason, cells, month_of(at), amount, is_credit=is_credit)
    return Row(
        line, invoice, code.upper(), description, abs(quantity), int(price * 100), at, customer, country
    )


def _reason(
    invoice: str, code: str, quantity: int, price: Decimal, customer: str, *, is_credit: bool
) -> str | None:
    if not invoice or not code:
        return "has no invoice number or no stock code"
    if not invoice.removeprefix("C").isdigit():
        return "an accounting entry, not an invoice"
    if price < 0:
        return "the price is negative"
    if price * 100 != int(price * 100):
        return "the price is finer than a penny"
    if quantity == 0:
        return "the quantity is zero"
    if is_credit and quantity > 0:
        return "a cancellation of a quantity above zero"
    if not is_credit and quantity < 0:
        return "a stock write-off, not a sale"
    if price == 0 and not customer:
        return "no price and no customer: a stock adjustment, not a sale"
    return None


def written_out(contents: Contents, unmatched: Iterable[Refused]) -> Iterator[list[str]]:
    """The report: every refused row with its line number and reason, as it stood in the file."""
    yield ["Line", "Reason", *contents.header]
    for refused in sorted([*contents.refused, *unmatched], key=lambda row: row.line):
        yield [str(refused.line), refused.reason, *refused.cells]
