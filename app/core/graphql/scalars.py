"""Scalars, and the small words that every schema file says its fields with."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any, NewType, TypeVar

import orjson
import strawberry
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.scalar import ScalarDefinition

from app.core.described import Described
from app.core.money import Money as MoneyValue

CurrencyCode = NewType("CurrencyCode", str)
Metadata = NewType("Metadata", dict[str, Any])
LARGEST_METADATA = 16_384  # bytes

SCALARS: dict[object, ScalarDefinition] = {
    CurrencyCode: strawberry.scalar(
        name="CurrencyCode",
        description="An ISO 4217 currency code, such as EUR.",
        specified_by_url="https://www.iso.org/iso-4217-currency-codes.html",
        serialize=str,
        parse_value=str,
    ),
    Metadata: strawberry.scalar(
        name="JSON",
        description="A JSON object, of 16 kB at the most.",
        specified_by_url="https://datatracker.ietf.org/doc/html/rfc8259#section-4",
        serialize=lambda value: value,
        parse_value=lambda value: _metadata(value),
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="A moment: ISO 8601 with its offset, such as 2026-05-01T09:30:00Z or …+02:00.",
        specified_by_url="https://datatracker.ietf.org/doc/html/rfc3339#section-5.6",
        serialize=lambda value: value.isoformat(),
        parse_value=lambda value: _moment(value),
    ),
    date: strawberry.scalar(
        name="Date",
        description="A day: ISO 8601, such as 2026-05-01.",
        specified_by_url="https://datatracker.ietf.org/doc/html/rfc3339#section-5.6",
        serialize=lambda value: value.isoformat(),
        parse_value=lambda value: _day(value),
    ),
    time: strawberry.scalar(
        name="Time",
        description="A time of day: ISO 8601, such as 17:30 or 17:30:00.",
        specified_by_url="https://datatracker.ietf.org/doc/html/rfc3339#section-5.6",
        serialize=lambda value: value.isoformat(),
        parse_value=lambda value: _time(value),
    ),
    Decimal: strawberry.scalar(
        name="Decimal",
        description="An exact decimal number, sent as a string so that no client rounds it.",
        specified_by_url="https://www.w3.org/TR/xmlschema11-2/#decimal",
        serialize=str,
        parse_value=lambda value: _decimal(value),
    ),
}


def _moment(value: Any) -> datetime:
    if not isinstance(value, str):
        raise ValueError("A DateTime is written as a string.")
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise ValueError(f"{value[:40]!r} is not a moment in ISO 8601.") from error
    if moment.tzinfo is None:
        raise ValueError(f"{value!r} does not say its offset: end it with Z, or with one such as +02:00.")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{value!r} is beyond the years that can be reckoned with.") from error


def _day(value: Any) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{str(value)[:40]!r} is not a day in ISO 8601, such as 2026-05-01.") from error


def _time(value: Any) -> time:
    try:
        return time.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{str(value)[:40]!r} is not a time in ISO 8601, such as 17:30.") from error


def _decimal(value: Any) -> Decimal:
    if isinstance(value, (bool, float)) or not isinstance(value, (str, int)):
        raise ValueError('A Decimal is written as a string, such as "12.50".')
    try:
        number = Decimal(value)
    except ArithmeticError as error:
        raise ValueError(f"{str(value)[:40]!r} is not a decimal number.") from error
    if not number.is_finite():
        raise ValueError(f"{value!r} is not a decimal number.")
    return number


def _metadata(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("This must be a JSON object.")
    if len(orjson.dumps(value)) > LARGEST_METADATA:
        raise ValueError(f"This is larger than {LARGEST_METADATA} bytes.")
    return value


E_ = TypeVar("E_", bound=type[Described])


def graphql_enum(enum: E_, description: str) -> E_:
    """Make a Described enum a GraphQL enum, each value documented by its own sentence."""
    made = strawberry.enum(enum, description=description)
    definition: StrawberryEnumDefinition = made.__strawberry_definition__  # type: ignore[attr-defined]
    for value in definition.values:
        value.description = enum[value.name].description
    return made


def doc(text: str, **options: Any) -> Any:
    """A plain attribute of a type, with its documentation."""
    return strawberry.field(description=text, **options)


def arg(text: str) -> Any:
    """The documentation of an argument: `Annotated[int, arg("…")]`."""
    return strawberry.argument(description=text)


def serves(model: type) -> Any:
    """`is_type_of` for a type whose objects are rows: they are returned as they are, never copied."""

    def check(row: Any, _info: Any) -> bool:
        return isinstance(row, model)

    check.by_class = True  # type: ignore[attr-defined]  # the class decides: see the compiled executor
    return staticmethod(check)


@strawberry.type(description="An exact amount of one currency.")
class Money:
    amount: Decimal = doc("The amount, with the currency's own number of decimals (JPY 0, EUR 2, KWD 3).")
    currency: CurrencyCode = doc("The currency.")


@strawberry.input(description="An exact amount of one currency, as an input.")
class MoneyInput:
    amount: Decimal = doc("The amount, at most as fine as the currency's smallest unit.")
    currency: CurrencyCode = doc("The currency.")


@lru_cache(maxsize=8_192)  # the same prices are shown over and over
def money(minor: int, currency: str) -> Money:
    """The value that a Money field resolves to."""
    return MoneyValue(minor, currency)  # type: ignore[return-value]  # read by attribute, never copied


ExpectedVersion = Annotated[
    int | None,
    arg("Refuse with StaleVersion unless the thing is still at this version. Leave out to write regardless."),
]
IdempotencyKey = Annotated[
    str | None,
    arg(
        "Makes a retry safe: the same key with the same input has one effect and one answer. 1 to 200 "
        "characters, remembered for 72 hours."
    ),
]

__all__ = [
    "SCALARS",
    "CurrencyCode",
    "ExpectedVersion",
    "IdempotencyKey",
    "Metadata",
    "Money",
    "MoneyInput",
    "arg",
    "doc",
    "graphql_enum",
    "money",
    "serves",
]
