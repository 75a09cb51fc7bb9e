"""Splits a file into records: compression, encoding, separator and quotation marks.

Each line is decoded separately, so that files assembled from several programs can be read. A malformed record
is passed on with the reason, and reading continues with the next line.
"""

import csv
import gzip
import io
import re
import zlib
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from app.core.problems import ProblemCode
from app.core.refusals import Invalid

COLUMNS = (
    "InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country",
)  # fmt: skip
_KNOWN_AS = {re.sub("[^a-z]", "", column.lower()): column for column in COLUMNS}
_KNOWN_AS |= {"invoice": "InvoiceNo", "price": "UnitPrice"}  # as in the second edition of the data set

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
LONGEST_LINE = 1_000_000  # characters
LONGEST_CELL = 100_000
MOST_LINES = 50  # of one record, whose cells may contain line breaks


@dataclass(frozen=True, slots=True)
class Record:
    """One row of the file. `line` is where it begins; `problem` says why its cells are not in order."""

    line: int
    cells: list[str]  # in the order of COLUMNS, or as in the file if there is a problem
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """The layout of a file, from its first line."""

    separator: str
    places: tuple[int, ...]  # the index of each of COLUMNS
    width: int


class _Unclosed(Exception):
    """The closing quotation mark of a cell is missing."""


class _Lines(Iterator[str]):
    """The decoded lines of a file; those of a malformed record can be put back."""

    def __init__(self, file: TextIO, *, is_utf16: bool) -> None:
        self._file = file
        self._is_utf16 = is_utf16
        self._waiting: deque[str] = deque()
        self._record: list[str] = []
        self.number = 0  # of the last line

    def begin(self) -> None:
        self._record = []

    def put_back(self) -> None:
        """Put back all lines of the record but its first."""
        self._waiting.extendleft(reversed(self._record[1:]))
        self.number -= len(self._record) - 1
        del self._record[1:]

    @property
    def first(self) -> str:
        return self._record[0] if self._record else ""

    def spans_by_mistake(self, layout: "Layout", cells: list[str]) -> bool:
        """Whether a record spans several lines only because a quotation mark is missing."""
        if len(self._record) == 1:
            return False
        if len(cells) != layout.width:
            return True
        try:  # a closing mark is followed by a separator; an opening one is not
            return not next(csv.reader(self._record, delimiter=layout.separator, strict=True))
        except csv.Error:
            return True

    def __next__(self) -> str:
        line = "" if len(self._record) == MOST_LINES else self._line()
        if not line:
            raise _Unclosed if self._record else StopIteration
        self._record.append(line)
        self.number += 1
        return line

    def _line(self) -> str:
        if self._waiting:
            return self._waiting.popleft()
        line = self._file.readline(LONGEST_LINE)
        rest = line
        while len(rest) == LONGEST_LINE and rest[-1] not in "\r\n":
            rest = self._file.readline(LONGEST_LINE)
        return line if self._is_utf16 else decoded(line)


def decoded(line: str) -> str:
    """Decode a line of bytes (read as Latin-1): UTF-8 if valid, else Windows-1252, else Latin-1."""
    if line.isascii():
        return line
    raw = line.encode("latin-1")
    for encoding in ("utf-8", "cp1252"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return line


def records(path: Path) -> Iterator[Record]:
    """The rows of a file, gzipped or not, without the header and empty lines.

    Raises:
        Invalid: it is not text, its columns are not those of this kind of file, or it is damaged.
    """
    with _opened(path) as lines:
        layout = _layout(path, lines)
        reader = csv.reader(lines, delimiter=layout.separator)
        while True:
            lines.begin()
            line = lines.number + 1
            try:
                cells = next(reader, None)
                if cells and lines.spans_by_mistake(layout, cells):
                    raise _Unclosed
            except _Unclosed:
                lines.put_back()
                yield Record(line, [lines.first.rstrip("\r\n")], "a quotation mark is not closed")
                continue
            except csv.Error:
                lines.put_back()
                short = lines.first[:200].rstrip("\r\n") + " …"
                yield Record(line, [short], f"a cell has more than {LONGEST_CELL:,} characters")
                continue
            if cells is None:
                return
            if any(cell and not cell.isspace() for cell in cells):
                yield _arranged(line, cells, layout)


def _arranged(line: int, cells: list[str], layout: Layout) -> Record:
    while len(cells) > layout.width and not cells[-1].strip():
        cells.pop()
    if len(cells) != layout.width:
        return Record(line, cells, f"has {len(cells)} columns, not {layout.width}")
    return Record(line, [cells[place] for place in layout.places])


def _layout(path: Path, lines: _Lines) -> Layout:
    header = ""
    for header in lines:
        lines.begin()
        header = header.lstrip("\ufeff").strip("\r\n")
        if header.strip() and not header.lower().startswith("sep="):  # Excel writes it above the header
            break
    if "\0" in header or not header:
        raise Invalid(
            f"{path.name} is not an Online Retail file: it is not a CSV file.", code=ProblemCode.MALFORMED
        )
    found: list[str] = []
    for separator in SEPARATORS:
        try:
            found = next(csv.reader([header], delimiter=separator), [])
        except csv.Error:
            continue
        names = [_KNOWN_AS.get(re.sub("[^a-z]", "", cell.lower())) for cell in found]
        if all(column in names for column in COLUMNS):
            return Layout(separator, tuple(names.index(column) for column in COLUMNS), len(found))
    raise Invalid(
        (
            f"{path.name} is not an Online Retail file: its first line must contain the column "
            f"names {', '.join(COLUMNS)}. It is: {header[:200]}"
        ),
        code=ProblemCode.MALFORMED,
    )


@contextmanager
def _opened(path: Path) -> Iterator[_Lines]:
    if not path.is_file():
        raise Invalid(
            f"{path} cannot be read more than once. Save it as a regular file first.",
            code=ProblemCode.MALFORMED,
        )
    with path.open("rb") as raw:
        start = raw.read(2)
        raw.seek(0)
        binary = cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if start == b"\x1f\x8b" else raw
        before = csv.field_size_limit(LONGEST_CELL)
        try:
            head = binary.read(4)
            binary.seek(0)
            if head[:2] == b"PK" or head == b"\xd0\xcf\x11\xe0":
                raise Invalid(
                    f"{path.name} is an Excel workbook. Save it as CSV, then import the CSV file.",
                    code=ProblemCode.MALFORMED,
                )
            is_utf16 = head[:2] in (b"\xff\xfe", b"\xfe\xff")
            # Latin-1 preserves every byte and ends lines at \n, \r\n and \r, as spreadsheets do.
            encoding = "utf-16" if is_utf16 else "latin-1"
            with io.TextIOWrapper(binary, encoding=encoding, errors="replace", newline="") as text:
                yield _Lines(text, is_utf16=is_utf16)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise Invalid(f"{path.name} is damaged: {error}", code=ProblemCode.MALFORMED) from error
        finally:
            csv.field_size_limit(before)
