"""Reads the lines of a payout from a CSV file: pure.

The columns of gateways differ, so the import names those that it uses. The file has a header; each row is a
line of a payout. A file with an amount, a kind or a column that cannot be read is refused whole.
"""

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from app.core.card_numbers import masked_cards
from app.core.characters import harmless_line
from app.core.money import Money, checked_currency
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.payments.lifecycle import PayoutLineKind
from app.payments.payouts import ADDS, DISPUTES, TRANSACTIONS, Line, is_wrong_way

MOST_ROWS = 2_000  # lines of one payout
LONGEST_REFERENCE = 120
_SEPARATORS = (",", ";", "\t")
_FILE = ("csv", "csv_file")
_TAKES = ({*TRANSACTIONS, *DISPUTES} - set(ADDS)) | {PayoutLineKind.FEE}


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is read: names of columns, of which only those of `kind` and `amount` are required."""

    kind: str
    amount: str
    reference: str | None = None
    fee: str | None = None
    currency: str | None = None
    payout: str | None = None
    transaction_amount: str | None = None
    transaction_currency: str | None = None
    kinds: Mapping[str, PayoutLineKind] = field(
        default_factory=dict
    )  # what the file calls them, in lower case
    decimal_comma: bool = False
    unsigned: bool = False  # amounts have no sign; the kind decides
    negative_fees: bool = False  # fees that the gateway keeps are negative

    def columns(self) -> dict[str, str]:
        """The columns that are read, by the name of the field of the input."""
        names = (
            "kind", "amount", "reference", "fee", "currency", "payout", "transaction_amount",
            "transaction_currency",
        )  # fmt: skip
        given = {name: getattr(self, name) for name in names}
        return {name: column for name, column in given.items() if column is not None}


@dataclass(frozen=True, slots=True)
class _Row:
    number: int  # of the line in the file, from 1
    values: Mapping[str, str]  # by the name of the field of the input

    def wrong(self, layout: Layout, name: str, said: str, code: ProblemCode) -> Invalid:
        column = layout.columns()[name]
        return Invalid(f"Row {self.number}, column {column}: {said}", *_FILE, code=code)


def read(content: str, layout: Layout, payout: str, currency: str) -> list[Line]:
    """The lines of a payout in a currency, by its reference.

    Raises:
        Invalid: the file is no CSV, lacks a column, has no or too many rows, or a value cannot be read.
    """
    rows = [row for row in _rows(content, layout) if row.values.get("payout", payout) == payout]
    if not rows:
        raise Invalid("The file has no row of this payout.", *_FILE, code=ProblemCode.TOO_FEW, minimum=1)
    if len(rows) > MOST_ROWS:
        raise Invalid(
            f"The file has more than {MOST_ROWS:,} rows of this payout.",
            *_FILE,
            code=ProblemCode.TOO_MANY,
            maximum=MOST_ROWS,
        )
    return [_line(row, layout, currency) for row in rows]


def _rows(content: str, layout: Layout) -> list[_Row]:
    text = content.removeprefix("\ufeff")
    head = text.split("\n", 1)[0]
    separator = max(_SEPARATORS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        places = _places(header, layout)
        found = []
        for values in reader:
            if not any(value.strip() for value in values):
                continue
            if len(values) != len(header):
                raise Invalid(
                    f"Row {reader.line_num} has {len(values)} values, the header {len(header)}.",
                    *_FILE,
                    code=ProblemCode.MALFORMED,
                )
            found.append(_Row(reader.line_num, {name: values[at].strip() for name, at in places.items()}))
    except csv.Error as error:
        raise Invalid(
            f"Row {reader.line_num} is not valid CSV: {error}.", *_FILE, code=ProblemCode.MALFORMED
        ) from error
    return found


def _places(header: Sequence[str], layout: Layout) -> dict[str, int]:
    """The position of each column that is read."""
    counts = Counter(header)
    for name, column in layout.columns().items():
        if counts[column] != 1:
            said = "has no column" if not counts[column] else "has several columns"
            raise Invalid(
                f"The file {said} {column!r}.",
                "csv",
                f"{name}_column",
                code=ProblemCode.UNKNOWN_CHOICE,
                choices=[each[:80] for each in header[:50]],
            )
    return {name: header.index(column) for name, column in layout.columns().items()}


def _line(row: _Row, layout: Layout, currency: str) -> Line:
    given = row.values.get("currency")
    if given is not None and given.upper() != currency:
        said = f"{given[:10]!r} is not the currency of the payout, {currency}."
        raise row.wrong(layout, "currency", said, ProblemCode.WRONG_CURRENCY)
    kind = _kind(row, layout)
    amount = _minor(row, layout, "amount", currency)
    if layout.unsigned and kind in _TAKES:
        amount = -amount
    fee = _minor(row, layout, "fee", currency) if row.values.get("fee") else 0
    own, own_currency = None, ""
    if row.values.get("transaction_amount"):
        own_currency = _own_currency(row, layout)
        own = abs(_minor(row, layout, "transaction_amount", own_currency))
    is_other = own_currency != currency
    line = Line(
        kind,
        _reference(row, layout),
        amount,
        -fee if layout.negative_fees else fee,
        own if is_other else None,
        own_currency if is_other else "",
    )
    if is_wrong_way(line):
        way = "positive" if kind in ADDS else "negative"
        said = (
            f"The amount of a line of the kind {kind.name} is {way}: it is how the line changes the balance."
        )
        raise row.wrong(layout, "amount", said, ProblemCode.CONTRADICTION)
    return line


def _reference(row: _Row, layout: Layout) -> str:
    text = masked_cards(harmless_line(row.values.get("reference", "")).strip())
    if len(text) > LONGEST_REFERENCE:
        said = f"A reference has at most {LONGEST_REFERENCE} characters."
        raise row.wrong(layout, "reference", said, ProblemCode.TOO_LONG)
    return text


def _kind(row: _Row, layout: Layout) -> PayoutLineKind:
    text = row.values["kind"].lower()
    if text in layout.kinds:
        return layout.kinds[text]
    kind = next((each for each in PayoutLineKind if each.value == text), None)
    if kind is None or kind is PayoutLineKind.UNEXPLAINED:
        said = f"{text[:40]!r} is no kind of line. List it in `kinds`."
        raise row.wrong(layout, "kind", said, ProblemCode.UNKNOWN_CHOICE)
    return kind


def _minor(row: _Row, layout: Layout, name: str, currency: str) -> int:
    text = row.values[name]
    plain = text.replace(",", ".") if layout.decimal_comma else text
    sign = "comma" if layout.decimal_comma else "point"
    both = layout.decimal_comma and "." in text
    try:
        value = Decimal(plain)
    except InvalidOperation:
        value = Decimal("NaN")
    if both or not value.is_finite() or not plain.lstrip("+-").replace(".", "", 1).isdecimal():
        said = f"{text[:40]!r} is not a number with a decimal {sign} and no other separators."
        raise row.wrong(layout, name, said, ProblemCode.NOT_A_NUMBER)
    if layout.unsigned and name == "amount" and value < 0:
        said = "With `isUnsigned`, amounts have no sign."
        raise row.wrong(layout, name, said, ProblemCode.CONTRADICTION)
    try:
        return Money.of(value, currency).minor
    except Invalid as refusal:
        raise row.wrong(layout, name, refusal.message, refusal.problem_code) from refusal


def _own_currency(row: _Row, layout: Layout) -> str:
    text = row.values.get("transaction_currency", "")
    try:
        return checked_currency(text)
    except Invalid as refusal:
        name = "transaction_currency" if layout.transaction_currency else "transaction_amount"
        raise row.wrong(layout, name, refusal.message, refusal.problem_code) from refusal
