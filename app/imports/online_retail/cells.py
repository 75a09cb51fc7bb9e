"""Parsing of cells: numbers and dates as spreadsheets write them."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Europe/London")  # the time zone of the file
MOST_DIGITS = 15  # before the decimal mark; 12 are allowed after it

_SPACES = "[ \u00a0\u2009\u202f'\u2019]"
_POINT = re.compile(rf"([+-]?)(\d{{1,3}}(?:(?:,|{_SPACES})\d{{3}})+|\d*)(?:\.(\d*))?", re.ASCII)
_COMMA = re.compile(rf"([+-]?)(\d{{1,3}}(?:(?:\.|{_SPACES})\d{{3}})+|\d*)(?:,(\d*))?", re.ASCII)
_DAY_FIRST_OR_MONTH = re.compile(
    r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})"
    r"(?:,?[ T]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?[ \u202f]?([AaPp]\.?[Mm]\.?)?)?",
    re.ASCII,
)
_YEAR_FIRST = re.compile(
    r"(\d{4})[/.-](\d{1,2})[/.-](\d{1,2})(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?", re.ASCII
)
_EARLIEST = 1900  # earlier dates are how spreadsheets write an empty date


class DateOrder(StrEnum):
    """The order of day and month in a date such as 3/4/2011."""

    DMY = "dmy"  # 3 April
    MDY = "mdy"  # 4 March


@dataclass(frozen=True, slots=True)
class FileFormat:
    """The format of dates and numbers in a file."""

    dates: DateOrder = DateOrder.DMY
    decimal_mark: str = "."


def number_of(text: str, decimal_mark: str = ".") -> Decimal | None:
    """A number, with or without thousands separators; None if it is invalid or has too many digits."""
    plain = text.strip().replace("\u2212", "-").replace("£", "", 1).strip()
    if len(plain) > 40 or not any(character.isdigit() for character in plain):
        return None
    found = (_COMMA if decimal_mark == "," else _POINT).fullmatch(plain)
    if found is None:
        return None
    sign, whole, fraction = found[1], re.sub(r"\D", "", found[2]), (found[3] or "").rstrip("0")
    whole = whole.lstrip("0") or "0"
    if len(whole) > MOST_DIGITS or len(fraction) > 12:
        return None
    return Decimal(f"{sign}{whole}.{fraction or '0'}")


def mark_shown_by(text: str) -> str | None:
    """The decimal mark that a number shows; None if it could be either."""
    marks = [character for character in text if character in ".,"]
    if not marks:
        return None
    last, other = marks[-1], "," if marks[-1] == "." else "."
    if len(set(marks)) == 2:
        return last
    if len(marks) > 1:
        return other
    before, _, behind = text.strip().strip("£+-").partition(last)
    could_be_thousands = len(behind) == 3 and 1 <= len(before) <= 3 and not before.startswith("0")
    return None if could_be_thousands else last


def key_of(text: str) -> str:
    """A numeric identifier without a spreadsheet's decimals: `17850.0` is 17850."""
    plain = text.strip()
    if re.fullmatch(r"\d+\.0+", plain, re.ASCII):
        return plain.partition(".")[0]
    return "" if plain.lower() in ("nan", "null", "none") else plain


def order_shown_by(text: str) -> tuple[bool, DateOrder | None]:
    """Whether a date is ambiguous in principle, and the order that it shows if only one is possible."""
    found = _DAY_FIRST_OR_MONTH.fullmatch(text.strip())
    if found is None or found[2] == ".":  # 3.4.2011 always has the day first
        return False, None
    first, second = int(found[1]), int(found[3])
    if (first > 12 and second > 12) or first == second:
        return False, None
    if first > 12:
        return True, DateOrder.DMY
    return True, DateOrder.MDY if second > 12 else None


def moment_of(text: str, dates: DateOrder) -> datetime | None:
    """A date with or without a time, in UTC; None if it cannot be read."""
    try:
        at = _parsed(text.strip(), dates)
        if at is None or at.year < _EARLIEST:
            return None
        return (at if at.tzinfo else at.replace(tzinfo=LOCAL)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _parsed(text: str, dates: DateOrder) -> datetime | None:
    if not text.isascii() and "\u202f" not in text:
        return None
    if found := _YEAR_FIRST.fullmatch(text):
        year, month, day, *time = found.groups()
        return datetime(int(year), int(month), int(day), *_time(*time))  # noqa: DTZ001  # local, see moment_of
    if found := _DAY_FIRST_OR_MONTH.fullmatch(text):
        first, mark, second, year, hour, minute, seconds, half = found.groups()
        day, month = (first, second) if mark == "." or dates is DateOrder.DMY else (second, first)
        whole_year = int(year) + (2000 if len(year) == 2 else 0)
        return datetime(whole_year, int(month), int(day), *_time(hour, minute, seconds, half))  # noqa: DTZ001
    return datetime.fromisoformat(text) if re.match(r"\d{4}-\d\d-\d\d[T ]\d\d:", text) else None


def _time(
    hour: str | None, minute: str | None, second: str | None, half: str | None = None
) -> tuple[int, int, int]:
    hours = int(hour or 0)
    if half:
        if not 1 <= hours <= 12:
            raise ValueError("no such hour")
        hours = hours % 12 + (12 if half[0] in "pP" else 0)
    return hours, int(minute or 0), int(second or 0)
