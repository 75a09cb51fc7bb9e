"""Parses records into invoices, and invalid rows with the reason."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, localcontext
from pathlib import Path

from app.core.characters import harmless_line
from app.imports.online_retail.cells import LOCAL, DateOrder, FileFormat, key_of, moment_of, number_of
from app.imports.online_retail.judging import format_of
from app.imports.online_retail.records import COLUMNS, Record, records

SHIPPING_CODES = {"POST", "DOT", "C2"}  # postage and carriage, which the file contains as goods
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


EXACT = 60  # digits of the sums of amounts, so that no row makes one inexact
MOST_MINOR = 10**15  # per invoice, in pence
MOST_UNITS = 2**31 - 1
LONGEST_NUMBER = 30
LONGEST_TEXT = 100
LONGEST_SKU = 80


@dataclass(slots=True)
class Row:
    """One valid row. `line` is its line in the file; the header is line 1."""

    line: int
    invoice: str
    sku: str
    description: str
    quantity: int  # positive, on cancellations too
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

    @property
    def is_credit(self) -> bool:
        return self.invoice.startswith("C")


@dataclass(slots=True)
class Refused:
    """A row that is not loaded, and the reason. `amount` is quantity × price.

    An unreadable row has no month and is in no month's totals.
    """

    line: int
    reason: str
    month: str = ""
    amount: Decimal = Decimal(0)
    is_credit: bool = False


@dataclass(slots=True)
class Invoice:
    """A sale, or a credit that cancels a part of one."""

    number: str
    at: datetime
    customer: str
    country: str
    rows: list[Row] = field(default_factory=list)
    amount_minor: int = 0


@dataclass(slots=True)
class Contents:
    """The parsed file."""

    manner: FileFormat
    rows: int = 0
    invoices: int = 0
    sales: dict[str, Invoice] = field(default_factory=dict)
    credits: dict[str, Invoice] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)  # SKU → most frequent description
    sales_by_month: dict[str, Decimal] = field(default_factory=dict)
    credits_by_month: dict[str, Decimal] = field(default_factory=dict)


def read(path: Path, dates: DateOrder | None = None) -> Contents:
    """Read a file, gzipped or not; `dates` is the order in dates such as 3/4/2011.

    Raises:
        Invalid: it is not a file of this kind, or its dates are ambiguous.
    """
    contents = Contents(format_of(path, dates))
    with localcontext(prec=EXACT):
        _sort_out(contents, records(path))
    return contents


def _sort_out(contents: Contents, rows: Iterable[Record]) -> None:
    numbers: set[str] = set()
    called: dict[str, Counter[str]] = {}
    for record in rows:
        contents.rows += 1
        numbers.add(key_of(record.cells[0]))
        found = _row(record, contents.manner)
        if isinstance(found, Row):
            found = _placed(found, contents)
        if isinstance(found, Refused):
            contents.refused.append(found)
            if found.month:
                _add(contents, found.month, found.amount, is_credit=found.is_credit)
        elif found.description:
            called.setdefault(found.sku, Counter())[found.description] += 1
    contents.invoices = len(numbers)
    contents.names = {sku: names.most_common(1)[0][0] for sku, names in called.items()}


def _placed(row: Row, contents: Contents) -> Row | Refused:
    """A row assigned to its invoice, which is dated by its first row."""
    invoices = contents.credits if row.is_credit else contents.sales
    invoice = invoices.get(row.invoice)
    if invoice is None:
        invoice = Invoice(row.invoice, row.at, row.customer, row.country)
    month = month_of(invoice.at)
    if row.customer != invoice.customer:
        other = f"customer {invoice.customer}" if invoice.customer else "no customer"
        return refused(row, f"line {invoice.rows[0].line} of the same invoice has {other}", month)
    if invoice.amount_minor + row.amount_minor >= MOST_MINOR:
        return refused(row, f"the invoice total is {MOST_MINOR // 100:,} or more", month)
    invoices[row.invoice] = invoice
    invoice.rows.append(row)
    invoice.amount_minor += row.amount_minor
    _add(contents, month, Decimal(row.amount_minor) / 100, is_credit=row.is_credit)
    return row


def _add(contents: Contents, month: str, amount: Decimal, *, is_credit: bool) -> None:
    by_month = contents.credits_by_month if is_credit else contents.sales_by_month
    by_month[month] = by_month.get(month, Decimal(0)) + amount


def refused(row: Row, reason: str, month: str, amount_minor: int | None = None) -> Refused:
    """A readable row that is not loaded, or not to the extent of `amount_minor`."""
    minor = row.amount_minor if amount_minor is None else amount_minor
    return Refused(row.line, reason, month, Decimal(minor) / 100, row.is_credit)


def month_of(at: datetime) -> str:
    """The month of a time, in the shop's time zone."""
    return at.astimezone(LOCAL).strftime("%Y-%m")


def _row(record: Record, manner: FileFormat) -> Row | Refused:
    line, cells = record.line, record.cells
    if record.problem:
        return Refused(line, record.problem)
    invoice, code, description, quantity_text, date_text, price_text, customer, country = (
        cell.strip() for cell in cells
    )
    invoice, code, customer = key_of(invoice).upper(), code.upper(), key_of(customer)
    is_credit = invoice.startswith("C")
    at = moment_of(date_text, manner.dates)
    if at is None:
        return Refused(line, f"the date cannot be read: {date_text[:40]!r}")
    quantity = number_of(quantity_text, manner.decimal_mark)
    if quantity is None or quantity != int(quantity) or abs(quantity) > MOST_UNITS:
        return Refused(line, f"the quantity cannot be read: {quantity_text[:40]!r}")
    price = number_of(price_text, manner.decimal_mark)
    if price is None:
        return Refused(line, f"the price cannot be read: {price_text[:40]!r}")
    amount = price * abs(quantity) if is_credit else price * quantity
    reason = _unfit_text(invoice, code, description, customer, country) or _reason(
        invoice, int(quantity), price, customer, is_credit=is_credit
    )
    if reason is not None:
        return Refused(line, reason, month_of(at), amount, is_credit)
    description = harmless_line(description)
    return Row(line, invoice, code, description, abs(int(quantity)), int(price * 100), at, customer, country)


def _unfit_text(invoice: str, code: str, description: str, customer: str, country: str) -> str | None:
    if not invoice or not code:
        return "has no invoice number or no stock code"
    if "\0" in description or not all(text.isprintable() for text in (invoice, code, customer, country)):
        return "has control characters"
    if not code.isascii():
        return "the stock code has non-ASCII characters, which cannot be printed as a barcode"
    if len(code) > LONGEST_SKU:
        return f"the stock code has more than {LONGEST_SKU} characters"
    if len(invoice) > LONGEST_NUMBER:
        return f"the invoice number has more than {LONGEST_NUMBER} characters"
    if len(customer) > LONGEST_TEXT or len(country) > LONGEST_TEXT:
        return f"the customer or country has more than {LONGEST_TEXT} characters"
    return None


def _reason(invoice: str, quantity: int, price: Decimal, customer: str, *, is_credit: bool) -> str | None:
    digits = invoice.removeprefix("C")
    if not (digits.isascii() and digits.isdigit()):
        return "an accounting entry, not an invoice"
    if price < 0:
        return "the price is negative"
    if price * 100 != int(price * 100):
        return "the price has more than two decimal places"
    if quantity == 0:
        return "the quantity is zero"
    if is_credit and quantity > 0:
        return "a cancellation of a quantity above zero"
    if not is_credit and quantity < 0:
        return "a stock write-off, not a sale"
    if price == 0 and not customer:
        return "no price and no customer: a stock adjustment, not a sale"
    return None


def written_out(path: Path, rows: Iterable[Refused]) -> Iterator[list[str]]:
    """The report: every refused row as in the file, with line number and reason."""
    reasons: dict[int, str] = {}
    for row in rows:
        reasons.setdefault(row.line, row.reason)
    yield ["Line", "Reason", *COLUMNS]
    for record in records(path):
        if record.line in reasons:
            yield [str(record.line), reasons[record.line], *record.cells]
