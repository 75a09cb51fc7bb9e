"""Makes the file of an export."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from app.accounting.chart import ChartAccount
from app.accounting.exporting.as_beancount import Beancount
from app.accounting.exporting.as_csv import Csv
from app.accounting.exporting.as_datev import CLIENTS, CONSULTANTS, Datev, is_account_number
from app.accounting.exporting.formats import ExportFormat, Format, Period
from app.accounting.queries import exports
from app.core import clock
from app.core.money import checked_currency, decimals_of
from app.core.problems import ProblemCode
from app.core.refusals import Problems

LONGEST_PERIOD = timedelta(days=366)
MOST_LINES = 99_999  # of a DATEV file
_SHORTEST_ACCOUNTS = 4  # digits


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What is exported. The last four are for DATEV only."""

    format: ExportFormat
    start: date
    end: date
    currency: str = "EUR"
    consultant: int | None = None
    client: int | None = None
    fiscal_year: date | None = None  # its first day; None: the first of January

    @property
    def period(self) -> Period:
        return Period(self.start, self.end)

    @property
    def file_name(self) -> str:
        days = f"{self.start:%Y%m%d}-{self.end:%Y%m%d}"
        if self.format is ExportFormat.DATEV:
            return f"EXTF_Buchungsstapel_{days}.csv"
        return f"ledger-{days}.{self.format.value}"


@dataclass(frozen=True, slots=True)
class Export:
    """A file that is made while it is read."""

    name: str
    encoding: str
    parts: AsyncIterator[bytes]


async def make(request: ExportRequest) -> Export:
    """Check a request and begin its file.

    Raises:
        ValidationFailed: the period ends before it begins or is too long. For DATEV: the numbers of
            consultant and client, a period in two fiscal years, a currency without two decimals, too many
            lines, or accounts without a number that DATEV accepts.
    """
    problems = Problems()
    if request.end < request.start:
        problems.add("The end is before the start.", "until", code=ProblemCode.ENDS_BEFORE_START)
    elif request.end - request.start > LONGEST_PERIOD:
        latest = datetime.combine(request.start + LONGEST_PERIOD, time.min, UTC)
        problems.add("Export at most a year at once.", "until", code=ProblemCode.OUT_OF_RANGE, latest=latest)
    problems.refuse()
    if request.format is ExportFormat.DATEV:
        file, currency = await _datev(request), checked_currency(request.currency, "currency")
        return Export(request.file_name, file.encoding, _parts(file, request.period, currency))
    accounts = await exports.accounts_in(request.period)
    made: Format = Csv() if request.format is ExportFormat.CSV else Beancount(request.period, accounts)
    return Export(request.file_name, made.encoding, _parts(made, request.period, None))


async def _datev(request: ExportRequest) -> Format:
    problems = Problems()
    with problems.caught():
        checked_currency(request.currency, "currency")
    problems.refuse()
    currency = request.currency.strip().upper()
    year = request.fiscal_year or date(request.start.year, 1, 1)
    _check_terms(problems, request, currency, year)
    accounts = await exports.accounts_in(request.period, currency)
    if missing := [each.name for each in accounts if not is_account_number(each.number or "")]:
        problems.add(
            "Set numbers of 1 to 8 digits for these accounts (accountMapSet): " + ", ".join(missing[:20]),
            "format",
            code=ProblemCode.REQUIRED,
        )
    if await exports.postings_in(request.period, currency) > MOST_LINES:
        problems.add(
            f"A DATEV file has at most {MOST_LINES:,} lines. Export a shorter period.",
            "until",
            code=ProblemCode.TOO_LARGE,
            maximum=MOST_LINES,
        )
    problems.refuse()
    assert request.consultant is not None
    assert request.client is not None
    return Datev(
        request.period, currency, request.consultant, request.client, year, _digits(accounts), clock.now()
    )


def _check_terms(problems: Problems, request: ExportRequest, currency: str, year: date) -> None:
    """Add what is wrong with the terms of a DATEV file: its currency, its numbers, and its fiscal year."""
    if decimals_of(currency) != 2:
        problems.add(
            "DATEV accepts currencies with two decimals only.", "currency", code=ProblemCode.NOT_APPLICABLE
        )
    for name, value, valid in (
        ("consultant", request.consultant, CONSULTANTS),
        ("client", request.client, CLIENTS),
    ):
        if value is None or value not in valid:
            problems.add(
                f"Enter the number from {valid[0]} to {valid[-1]} that your tax consultant has given you.",
                name,
                code=ProblemCode.NOT_IN_RANGE,
                minimum=valid[0],
                maximum=valid[-1],
            )
    if not year <= request.start or request.end >= _a_year_after(year):
        problems.add(
            "A DATEV file contains days of one fiscal year. Give its first day, and export the rest apart.",
            "fiscalYear",
            code=ProblemCode.CONTRADICTION,
            field="from",
        )


def _a_year_after(day: date) -> date:
    return date(day.year + 1, day.month, min(day.day, 28) if day.month == 2 else day.day)


def _digits(accounts: Sequence[ChartAccount]) -> int:
    """The length of the account numbers."""
    return max([_SHORTEST_ACCOUNTS, *(len(each.number or "") for each in accounts)])


async def _parts(file: Format, period: Period, currency: str | None) -> AsyncIterator[bytes]:
    yield file.begin().encode(file.encoding, "replace")
    async for entries in exports.exported(period, currency):
        yield "".join(file.entry(entry) for entry in entries).encode(file.encoding, "replace")
    yield file.end().encode(file.encoding, "replace")
