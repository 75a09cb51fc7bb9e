"""Files with everything that goes wrong in real ones, and what is true of each of their rows.

What a row is worth and in which month it lies is noted when the row is made up, not read from the file.
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
    """How a program writes the file."""

    name: str
    separator: str = ","
    encoding: str = "utf-8"
    date: str = "%Y-%m-%dT%H:%M:%S"
    mark: str = "."
    thousands: str = ""
    customer: str = "{}"
    header: list[str] = field(default_factory=lambda: HEADER)
    newline: str = "\r\n"
    zipped: bool = False
    first_line: str = ""


FORMS = [
    Form("as the data set is published"),
    Form("zipped", zipped=True, newline="\n"),
    Form("a spreadsheet in the United States", date="%m/%d/%Y %H:%M", encoding="utf-8-sig", thousands=","),
    Form("a spreadsheet in Britain", date="%d/%m/%Y %H:%M", encoding="cp1252", thousands=","),
    Form("a spreadsheet in Germany", ";", "cp1252", "%d.%m.%Y %H:%M", ",", ".", first_line="sep=;"),
    Form("a spreadsheet in France", ";", "utf-8-sig", "%d/%m/%Y %H:%M", ",", "\u202f"),
    Form("tabs in UTF-16", "\t", "utf-16", "%m/%d/%y %I:%M %p"),
    Form("pandas", customer="{}.0", date="%Y-%m-%d %H:%M:%S", newline="\n"),
    Form(
        "the second edition of the data set",
        header=["Invoice", *HEADER[1:5], "Price", "Customer ID", "Country"],
        encoding="latin-1",
    ),
]  # fmt: skip


@dataclass(frozen=True)
class Truth:
    """What is known of a row: its line, and whether it must load, must not, or may do either."""

    line: int
    month: str
    pence: int
    is_credit: bool
    must: str  # "load", "refuse" or "either"


class OddFile:
    """A file in the making."""

    def __init__(self, form: Form, seed: int) -> None:
        self.form, self.rng = form, random.Random(seed)
        self.rows: list[tuple[Callable[[int], Truth], list[str]]] = []
        self.number = 590_000
        start = datetime(2010, 12, 13, 9)  # noqa: DTZ001  # the shop's own time, as in the file
        for day in range(60):
            self.at = start + timedelta(
                days=day * 3, hours=self.rng.randrange(8), minutes=self.rng.randrange(60)
            )
            self.rng.choice([self.sale, self.sale, self.sale_and_credit, self.broken])()
        for act in (self.sale_and_credit, self.broken):  # each oddity at least once
            for which in range(20):
                self.at += timedelta(hours=1)
                act(which)

    def date(self) -> str:
        return self.at.strftime(self.form.date)

    def amount(self, pence: int | Decimal) -> str:
        text = f"{Decimal(pence) / 100:,.2f}" if isinstance(pence, int) else f"{pence:f}"
        return text.translate({ord(","): self.form.thousands, ord("."): self.form.mark})

    def next_number(self) -> str:
        self.number += 1
        return str(self.number)

    def add(self, cells: list[str], pence: int, must: str, *, is_credit: bool = False) -> None:
        month = self.at.strftime("%Y-%m")
        self.rows.append((lambda line: Truth(line, month, pence, is_credit, must), cells))

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
        units = f"{quantity:,}".replace(",", self.form.thousands)
        cells = [number, sku, self.rng.choice(NAMES), units, self.date(), self.amount(pence), who, country]
        self.add(cells, abs(quantity) * pence, must, is_credit=number.startswith("C"))

    def sale(self) -> None:
        number = self.next_number()
        customer = self.rng.choice(["17001", "17002", ""])
        for _ in range(self.rng.randrange(1, 4)):
            sku = self.rng.choice(["22423", "85123a", "POST", "M", "BANK CHARGES", "GIFT_0001", "A_B", "A B"])
            self.row(number, sku, self.rng.randrange(1, 4_000), self.rng.randrange(1, 300_000), customer)

    def sale_and_credit(self, which: int | None = None) -> None:
        """A sale of a buyer of its own, and a credit that is odd in one way."""
        which = self.rng.randrange(12) if which is None else which % 12
        number, customer = self.next_number(), str(18_000 + len(self.rows))
        credit = f"C{self.next_number()}"
        if which == 0:  # above the sale
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
        elif which == 3:  # above it in the file, later in time
            self.at += timedelta(hours=1)
            self.row(credit, "22423", -5, 80, customer)
            self.at -= timedelta(hours=1)
            self.row(number, "22423", 5, 80, customer)
        elif which == 4:  # at another price
            self.row(number, "22423", 5, 80, customer)
            self.row(credit, "22423", -2, 79, customer)
        elif which == 5:  # of service codes
            self.row(number, "M", 1, 5_000, customer)
            self.row(number, "POST", 1, 500, customer)
            self.row(credit, "M", -1, 5_000, customer)
            self.row(credit, "POST", -1, 500, customer, "either")
        elif which == 6:  # of nothing
            self.row(number, "22423", 5, 80, customer)
            self.row(credit, "22423", -5, 0, customer, "either")
            self.row(credit, "22423", 0, 80, customer, "refuse")
        elif which == 7:  # of part of it, in steps, the last one too much
            self.row(number, "22423", 5, 80, customer)
            for units, must in ((-2, "load"), (-2, "load"), (-2, "refuse")):
                self.row(f"C{self.next_number()}", "22423", units, 80, customer, must)
        elif which == 8:  # of more units than were sold
            self.row(number, "22423", 5, 80, customer)
            self.row(credit, "22423", -6, 80, customer, "refuse")
        elif which == 9:  # of two rows with one code
            self.row(number, "22423", 2, 80, customer)
            self.row(number, "22423", 3, 90, customer)
            self.row(credit, "22423", -5, 80, customer)
        elif which == 10:  # of somebody else
            self.row(number, "22423", 5, 80, customer)
            self.row(credit, "22423", -5, 80, customer + "9", "refuse")
        else:  # of a sale without a price
            self.row(number, "22423", 5, 0, customer)
            self.row(credit, "22423", -5, 100, customer, "either")

    def broken(self, which: int | None = None) -> None:
        number = self.next_number()
        good = [number, "22423", "CAKE", "5", self.date(), self.amount(80), "17001", "EIRE"]
        spoilt: list[tuple[int, str]] = [
            (3, "two"), (3, "1.5.2"), (3, "99999999999999999999"), (3, "NaN"), (3, ""),
            (4, "31/31/2011"), (4, "yesterday"), (4, ""),
            (5, "1e400"), (5, "inf"), (5, "9" * 25), (5, "-0.50"), (5, "0.001"),
            (1, ""), (1, "X" * 81), (1, "A\0B"), (1, "кофе"), (0, "A563185"), (0, "5" * 40), (2, "A\0B"),
        ]  # fmt: skip
        place, text = spoilt[self.rng.randrange(len(spoilt)) if which is None else which]
        good[place] = text.replace(".", self.form.mark) if place == 5 and text[-1].isdigit() else text
        if self.form.encoding in ("cp1252", "latin-1") and text == "кофе":
            good[1] = "CAFÉ"
        self.rows.append((lambda line: Truth(line, "", 0, False, "refuse"), good))

    def written(self) -> tuple[bytes, list[Truth]]:
        """The file, and the truth of each row of it by the line in which it begins."""
        form, truths = self.form, []
        text = io.StringIO(newline="")
        if form.first_line:
            text.write(form.first_line + form.newline)
        writer = csv.writer(text, delimiter=form.separator, lineterminator=form.newline)
        writer.writerow(form.header)
        for place, (truth, cells) in enumerate(self.rows):
            truths.append(truth(text.getvalue().count("\n") + 1))
            writer.writerow(cells)
            if place % 40 == 7:
                text.write(form.newline)  # an empty line is no row
            if place % 40 == 17:  # nor does a quotation mark without an end swallow what follows
                truths.append(Truth(text.getvalue().count("\n") + 1, "", 0, False, "refuse"))
                text.write(form.separator.join([self.next_number(), "22423", '"CAKE']) + form.newline)
        data = text.getvalue().encode(form.encoding)
        return gzip.compress(data) if form.zipped else data, truths
