"""Generated CSV files with the irregularities of real ones, and the expected result of each row.

The value and the month of a row are recorded when it is generated; they are not read from the file.
"""

import csv
import gzip
import io
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

HEADER = [
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "UnitPrice",
    "CustomerID",
    "Country",
]
NAMES = [
    "CAKE STAND",
    "LANTERN",
    'RULER 12" LONG',
    "CAFÉ SIGN £",
    "TWO\nLINES",
    "THREE\r\nMORE\nLINES",
    "A, B; C\tD",
]


@dataclass(frozen=True)
class Form:
    """The CSV dialect, encoding and number and date formats of a file."""

    name: str
    separator: str = ","
    encoding: str = "utf-8"
    date: str = "%Y-%m-%dT%H:%M:%S"
    decimal_mark: str = "."
    thousands_mark: str = ""
    customer: str = "{}"
    header: list[str] = field(default_factory=lambda: HEADER)
    newline: str = "\r\n"
    zipped: bool = False
    first_line: str = ""


FORMS = [
    Form("published data set"),
    Form("zipped", zipped=True, newline="\n"),
    Form("US spreadsheet", date="%m/%d/%Y %H:%M", encoding="utf-8-sig", thousands_mark=","),
    Form("British spreadsheet", date="%d/%m/%Y %H:%M", encoding="cp1252", thousands_mark=","),
    Form("German spreadsheet", ";", "cp1252", "%d.%m.%Y %H:%M", ",", ".", first_line="sep=;"),
    Form("French spreadsheet", ";", "utf-8-sig", "%d/%m/%Y %H:%M", ",", "\u202f"),
    Form("UTF-16 with tabs", "\t", "utf-16", "%m/%d/%y %I:%M %p"),
    Form("pandas", customer="{}.0", date="%Y-%m-%d %H:%M:%S", newline="\n"),
    Form(
        "second edition of the data set",
        header=["Invoice", *HEADER[1:5], "Price", "Customer ID", "Country"],
        encoding="latin-1",
    ),
]  # fmt: skip


@dataclass(frozen=True)
class ExpectedRow:
    """The expected result of a row: whether it must be loaded, must be refused, or may be either."""

    line: int
    month: str
    pence: int
    is_credit: bool
    must: str  # "load", "refuse" or "either"


class IrregularFile:
    """Generates a file: 60 random transactions, then each irregularity at least once."""

    def __init__(self, form: Form, seed: int) -> None:
        self.form, self.rng = form, random.Random(seed)
        self.rows: list[tuple[Callable[[int], ExpectedRow], list[str]]] = []
        self.number = 590_000
        start = datetime(2010, 12, 13, 9)  # noqa: DTZ001  # the shop's own time, as in the file
        for day in range(60):
            self.at = start + timedelta(
                days=day * 3, hours=self.rng.randrange(8), minutes=self.rng.randrange(60)
            )
            self.rng.choice([self.sale, self.sale, self.sale_and_credit, self.broken])()
        for act in (self.sale_and_credit, self.broken):  # each irregularity at least once
            for which in range(20):
                self.at += timedelta(hours=1)
                act(which)

    def date(self) -> str:
        return self.at.strftime(self.form.date)

    def amount(self, pence: int | Decimal) -> str:
        text = f"{Decimal(pence) / 100:,.2f}" if isinstance(pence, int) else f"{pence:f}"
        return text.translate({ord(","): self.form.thousands_mark, ord("."): self.form.decimal_mark})

    def next_number(self) -> str:
        self.number += 1
        return str(self.number)

    def add(self, cells: list[str], pence: int, must: str, *, is_credit: bool = False) -> None:
        month = self.at.strftime("%Y-%m")
        self.rows.append((lambda line: ExpectedRow(line, month, pence, is_credit, must), cells))

    def row(
        self,
        number: str,
        sku: str,
        quantity: int,
        pence: int,
        customer: str,
        must: str = "load",
        country: str = "EIRE",
    ) -> None:
        who = self.form.customer.format(customer) if customer else ""
        units = f"{quantity:,}".replace(",", self.form.thousands_mark)
        cells = [number, sku, self.rng.choice(NAMES), units, self.date(), self.amount(pence), who, country]
        self.add(cells, abs(quantity) * pence, must, is_credit=number.startswith("C"))

    def sale(self) -> None:
        number = self.next_number()
        customer = self.rng.choice(["17001", "17002", ""])
        for _ in range(self.rng.randrange(1, 4)):
            sku = self.rng.choice(["22423", "85123a", "POST", "M", "BANK CHARGES", "GIFT_0001", "A_B", "A B"])
            self.row(number, sku, self.rng.randrange(1, 4_000), self.rng.randrange(1, 300_000), customer)

    def sale_and_credit(self, which: int | None = None) -> None:
        """A sale to a new customer, and a credit with one irregularity."""
        which = self.rng.randrange(12) if which is None else which % 12
        number, customer = self.next_number(), str(18_000 + len(self.rows))
        credit = f"C{self.next_number()}"
        if which == 0:  # for more money than the sale
            self.row(number, "22423", 5, 80, customer)
            self.row(credit, "22423", -5, 100, customer, "either")
        elif which == 1:  # twice
            self.row(number, "22423", 5, 80, customer)
            self.row(credit, "22423", -5, 80, customer)
            self.row(f"C{self.next_number()}", "22423", -5, 80, customer, "refuse")
        elif which == 2:  # before the sale
            self.at -= timedelta(hours=2)
            self.row(credit, "22423", -5, 80, customer, "refuse")
            self.at += timedelta(hours=2)
            self.row(number, "22423", 5, 80, customer)
        elif which == 3:  # before the sale in the file, later by its date
            self.at += timedelta(hours=1)
            self.row(credit, "22423", -5, 80, customer)
            self.at -= timedelta(hours=1)
            self.row(number, "22423", 5, 80, customer)
        elif which == 4:  # at another price
            self.row(number, "22423", 5, 80, customer)
            self.row(credit, "22423", -2, 79, customer)
        elif which == 5:  # for service codes
            self.row(number, "M", 1, 5_000, customer)
            self.row(number, "POST", 1, 500, customer)
            self.row(credit, "M", -1, 5_000, customer)
            self.row(credit, "POST", -1, 500, customer, "either")
        elif which == 6:  # for an amount or a quantity of zero
            self.row(number, "22423", 5, 80, customer)
            self.row(credit, "22423", -5, 0, customer, "either")
            self.row(credit, "22423", 0, 80, customer, "refuse")
        elif which == 7:  # for parts of the sale, of which the last exceeds it
            self.row(number, "22423", 5, 80, customer)
            for units, must in ((-2, "load"), (-2, "load"), (-2, "refuse")):
                self.row(f"C{self.next_number()}", "22423", units, 80, customer, must)
        elif which == 8:  # for more units than were sold
            self.row(number, "22423", 5, 80, customer)
            self.row(credit, "22423", -6, 80, customer, "refuse")
        elif which == 9:  # for two rows with the same code
            self.row(number, "22423", 2, 80, customer)
            self.row(number, "22423", 3, 90, customer)
            self.row(credit, "22423", -5, 80, customer)
        elif which == 10:  # by another customer
            self.row(number, "22423", 5, 80, customer)
            self.row(credit, "22423", -5, 80, customer + "9", "refuse")
        else:  # for a sale without a price
            self.row(number, "22423", 5, 0, customer)
            self.row(credit, "22423", -5, 100, customer, "either")

    def broken(self, which: int | None = None) -> None:
        number = self.next_number()
        good = [number, "22423", "CAKE", "5", self.date(), self.amount(80), "17001", "EIRE"]
        invalid: list[tuple[int, str]] = [
            (3, "two"), (3, "1.5.2"), (3, "99999999999999999999"), (3, "NaN"), (3, ""),
            (4, "31/31/2011"), (4, "yesterday"), (4, ""),
            (5, "1e400"), (5, "inf"), (5, "9" * 25), (5, "-0.50"), (5, "0.001"),
            (1, ""), (1, "X" * 81), (1, "A\0B"), (1, "кофе"), (0, "A563185"), (0, "5" * 40), (2, "A\0B"),
        ]  # fmt: skip
        place, text = invalid[self.rng.randrange(len(invalid)) if which is None else which]
        good[place] = text.replace(".", self.form.decimal_mark) if place == 5 and text[-1].isdigit() else text
        if self.form.encoding in ("cp1252", "latin-1") and text == "кофе":
            good[1] = "CAFÉ"
        self.rows.append((lambda line: ExpectedRow(line, "", 0, False, "refuse"), good))

    def written(self) -> tuple[bytes, list[ExpectedRow]]:
        """The file, and the expected result of each row with the line in which it begins."""
        form, expected_rows = self.form, []
        text = io.StringIO(newline="")
        if form.first_line:
            text.write(form.first_line + form.newline)
        writer = csv.writer(text, delimiter=form.separator, lineterminator=form.newline)
        writer.writerow(form.header)
        for place, (expected, cells) in enumerate(self.rows):
            expected_rows.append(expected(text.getvalue().count("\n") + 1))
            writer.writerow(cells)
            if place % 40 == 7:
                text.write(form.newline)  # an empty line is no row
            if place % 40 == 17:  # an unclosed quotation mark affects only its own row
                expected_rows.append(ExpectedRow(text.getvalue().count("\n") + 1, "", 0, False, "refuse"))
                text.write(form.separator.join([self.next_number(), "22423", '"CAKE']) + form.newline)
        data = text.getvalue().encode(form.encoding)
        return gzip.compress(data) if form.zipped else data, expected_rows
