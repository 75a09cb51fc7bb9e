"""Parsing of scalars: strict, and within bounds.

An invalid value becomes a `Refused` instead of an exception, because an exception would end the whole request
before anything else is checked. `bounds` reports each `Refused` with its path.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, Unpack

import orjson

from app.core.card_numbers import has_card_number_in
from app.core.characters import control_in, named, not_in_a_line, not_stored
from app.core.problems import ProblemCode, ProblemValues
from app.core.texts import LARGEST_METADATA

DEEPEST_METADATA = 32  # nested objects and lists
SAFE_INTEGER = 2**53 - 1  # the largest integer that every client's JSON parser reads exactly
LONGEST_COUNTRY = 100  # characters
WHOLE_DIGITS, DECIMAL_DIGITS = 18, 10  # of a Decimal: together the precision of decimal arithmetic
EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)

_DECIMAL = re.compile(rf"-?[0-9]{{1,{WHOLE_DIGITS}}}(\.[0-9]{{1,{DECIMAL_DIGITS}}})?")
_INTEGER = re.compile(r"-?[0-9]{1,16}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]"
    r"[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?([Zz]|[+-][0-9]{2}:?[0-9]{2})?"
)
_TIME = re.compile(r"[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?")
_CURRENCY = re.compile(r"[A-Za-z]{3}")

NUL = "The character U+0000 cannot be stored."
CARD_NUMBER = "This contains the number of a payment card. Card numbers must not be sent; remove it."
ONE_LINE = "This is a single-line text and cannot contain {character}."
HALF_A_PAIR = "The text contains half of a surrogate pair (U+D800 to U+DFFF): it was cut within a character."


class Refused:
    """A value that a scalar rejects, and the reason."""

    __slots__ = ("code", "message", "values")

    def __init__(
        self, message: str, code: ProblemCode = ProblemCode.MALFORMED, **values: Unpack[ProblemValues]
    ) -> None:
        self.message = message
        self.code = code
        self.values = values


def fault_of_text(text: str) -> Refused | None:
    """Why a text of any number of lines cannot be stored; None if it can."""
    found = not_stored(text)
    if found is None:
        return None
    return Refused(NUL if found == "\x00" else HALF_A_PAIR, ProblemCode.UNSUPPORTED_CHARACTER)


def fault_of_line(text: str) -> Refused | None:
    """Why a text is not a valid single line; None if it is."""
    found = not_in_a_line(text)
    return None if found is None else fault_of_text(text) or _refused(found)


def fault_of_cards(value: Any) -> Refused | None:
    """The refusal of a text or JSON value that contains a card number; None if it contains none."""
    return Refused(CARD_NUMBER) if has_card_number_in(value) else None


def fault_of_code(text: str) -> Refused | None:
    """Why a text is not a valid code after normalization; None if it is. See `spelling`."""
    found = control_in(text.strip())
    return fault_of_text(text) or (None if found is None else _refused(found))


def _refused(character: str) -> Refused:
    message = ONE_LINE.format(character=named(character))
    return Refused(message, ProblemCode.UNSUPPORTED_CHARACTER, given=f"U+{ord(character):04X}")


def fault_of_lines_in(value: Mapping[str, Any]) -> Refused | None:
    """Why a name or text in a JSON object is not a valid single line; None if all are."""
    waiting: list[Any] = [value]
    for part in waiting:  # the list grows during the loop
        if isinstance(part, str):
            if fault := fault_of_line(part):
                return fault
        elif isinstance(part, (dict, list)):
            waiting += part
            if isinstance(part, dict):
                waiting += part.values()
    return None


def read_decimal(value: Any) -> Decimal | Refused:
    if isinstance(value, (bool, float)) or not isinstance(value, (str, int)):
        return Refused('Send a Decimal as a string, such as "12.50".')
    if isinstance(value, int):
        if abs(value) >= 10**WHOLE_DIGITS:
            message = f"A Decimal can have at most {WHOLE_DIGITS} digits before the decimal point."
            return Refused(message, ProblemCode.TOO_LARGE)
        return Decimal(value)
    if _DECIMAL.fullmatch(value) is None:
        return Refused(
            (
                f"A Decimal must consist of digits, such as 12.50: at most {WHOLE_DIGITS} before "
                f"the decimal point and {DECIMAL_DIGITS} after it, without exponent or separators."
            ),
            ProblemCode.NOT_A_NUMBER,
        )
    number = Decimal(value)
    return number if number else abs(number)  # normalize negative zero


def read_big_int(value: Any) -> int | Refused:
    number = value
    is_written = isinstance(value, str) and _INTEGER.fullmatch(value) is not None
    if is_written or (isinstance(value, float) and value.is_integer()):
        number = int(value)
    if isinstance(number, bool) or not isinstance(number, int):
        return Refused("A BigInt must be an integer, or a string of its digits.")
    if abs(number) > SAFE_INTEGER:
        message = f"A BigInt must be between -{SAFE_INTEGER} and {SAFE_INTEGER}."
        return (
            Refused(message, ProblemCode.TOO_SMALL, minimum=-SAFE_INTEGER)
            if number < 0
            else Refused(message, ProblemCode.TOO_LARGE, maximum=SAFE_INTEGER)
        )
    return number


def read_metadata(value: Any) -> dict[str, Any] | Refused:
    if not isinstance(value, dict):
        return Refused("This must be a JSON object.")
    fault = _fault_in(value)
    if fault is not None:
        return fault
    if len(orjson.dumps(value)) > LARGEST_METADATA:
        message = f"The JSON data must not be larger than {LARGEST_METADATA} bytes."
        return Refused(message, ProblemCode.TOO_LARGE, maximum=LARGEST_METADATA)
    return value


def _fault_in(value: dict[str, Any]) -> Refused | None:
    """The first problem in a JSON object; None if there is none."""
    level: list[Any] = [value]
    for depth in range(1, DEEPEST_METADATA + 2):
        inside: list[Any] = []
        for part in level:
            fault = None
            if isinstance(part, str):
                fault = fault_of_text(part)
            elif isinstance(part, (dict, list)):
                if depth > DEEPEST_METADATA:
                    message = f"Objects and lists can be nested at most {DEEPEST_METADATA} levels deep."
                    fault = Refused(message, ProblemCode.TOO_DEEP, maximum=DEEPEST_METADATA)
                elif isinstance(part, dict):
                    inside += part  # names are validated as texts too
                    inside += part.values()
                else:
                    inside += part
            elif part is not None and not abs(part) <= SAFE_INTEGER:  # also true for NaN
                message = (
                    f"A number must be between -{SAFE_INTEGER} and {SAFE_INTEGER}. Send any "
                    "other number as a string."
                )
                fault = Refused(message, ProblemCode.TOO_LARGE, maximum=SAFE_INTEGER)
            if fault is not None:
                return fault
        level = inside
    return None


def read_moment(value: Any) -> datetime | Refused:
    if not isinstance(value, str):
        return Refused("Send a DateTime as a string.")
    try:
        moment = datetime.fromisoformat(value) if _MOMENT.fullmatch(value) else None
    except ValueError:
        moment = None
    if moment is None:
        return Refused(f"{value[:40]!r} is not a date and time in ISO 8601 format.")
    if moment.tzinfo is None:
        return Refused(f"{value!r} has no time zone offset. End it with Z, or with an offset such as +02:00.")
    if not EARLIEST <= moment.date() <= LATEST:
        return _out_of_range("A moment")
    return moment.astimezone(UTC)


def _out_of_range(what: str) -> Refused:
    return Refused(
        f"{what} must be in the years {EARLIEST.year} to {LATEST.year}.",
        ProblemCode.OUT_OF_RANGE,
        earliest=datetime.combine(EARLIEST, time.min, UTC),
        latest=datetime.combine(LATEST, time.max, UTC),
    )


def read_date(value: Any) -> date | Refused:
    try:
        day = date.fromisoformat(value) if isinstance(value, str) and _DATE.fullmatch(value) else None
    except ValueError:
        day = None
    if day is None:
        return Refused("Send a Date as a string in the format 2026-05-01.")
    if not EARLIEST <= day <= LATEST:
        return _out_of_range("A day")
    return day


def read_time(value: Any) -> time | Refused:
    try:
        found = time.fromisoformat(value) if isinstance(value, str) and _TIME.fullmatch(value) else None
    except ValueError:
        found = None
    return Refused("Send a Time as a string without an offset, such as 09:30.") if found is None else found


def read_country(value: Any) -> str | Refused:
    """A country as it was sent; the domain validates it."""
    if not isinstance(value, str) or len(value) > LONGEST_COUNTRY:
        return Refused(
            "Enter the two-letter ISO 3166-1 code of the country, such as DE.", ProblemCode.UNKNOWN_COUNTRY
        )
    return fault_of_line(value) or value


def read_currency(value: Any) -> str | Refused:
    if not isinstance(value, str) or _CURRENCY.fullmatch(value.strip()) is None:
        return Refused("Enter the three-letter ISO 4217 code of the currency, such as EUR.")
    return value
