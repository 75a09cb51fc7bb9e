"""Scalars, and helpers with which schema modules declare fields."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, NewType, TypeVar

import strawberry
from strawberry.types.arguments import StrawberryArgumentAnnotation
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.scalar import ScalarDefinition

from app.core.described import Described
from app.core.graphql import coercion
from app.core.graphql.policy import METADATA, Policy
from app.core.money import Money as MoneyValue
from app.core.weekdays import Weekday

CurrencyCode = NewType("CurrencyCode", str)
CountryCode = NewType("CountryCode", str)
Metadata = NewType("Metadata", dict[str, Any])
BigInt = NewType("BigInt", int)
# An input text that may be omitted, null or empty; all three arrive as an empty string: see inputs.
if TYPE_CHECKING:
    Text = str
else:
    Text = str | None


def _plain(number: Decimal) -> str:
    """A decimal in plain digits, in the form that is also accepted as input."""
    text = str(number)
    return format(number, "f") if "E" in text else text


SCALARS: dict[object, ScalarDefinition] = {
    CurrencyCode: strawberry.scalar(
        name="CurrencyCode",
        description="An ISO 4217 currency code, such as EUR.",
        specified_by_url="https://www.iso.org/iso-4217-currency-codes.html",
        serialize=str,
        parse_value=coercion.read_currency,
    ),
    CountryCode: strawberry.scalar(
        name="CountryCode",
        description="A two-letter ISO 3166-1 country code, such as DE.",
        specified_by_url="https://www.iso.org/iso-3166-country-codes.html",
        serialize=str,
        parse_value=coercion.read_country,
    ),
    BigInt: strawberry.scalar(
        name="BigInt",
        description=(
            "An integer that can exceed the 32 bits of Int, between −9007199254740991 "
            "and 9007199254740991 (±(2^53 − 1)). A JSON number, which can also be sent "
            "as a string of its digits."
        ),
        specified_by_url="https://datatracker.ietf.org/doc/html/rfc7493#section-2.2",
        serialize=int,
        parse_value=coercion.read_big_int,
    ),
    Metadata: strawberry.scalar(
        name="JSON",
        description=("A JSON object: up to 16 kB, nested up to 32 levels, with numbers within ±(2^53 − 1)."),
        specified_by_url="https://datatracker.ietf.org/doc/html/rfc8259#section-4",
        serialize=lambda value: value,
        parse_value=coercion.read_metadata,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description=(
            "A date and time in ISO 8601 format with a time zone offset, such as "
            "2026-05-01T09:30:00Z or …+02:00, in the years 1900 to 2199."
        ),
        specified_by_url="https://datatracker.ietf.org/doc/html/rfc3339#section-5.6",
        serialize=lambda value: value.isoformat(),
        parse_value=coercion.read_moment,
    ),
    date: strawberry.scalar(
        name="Date",
        description="A date in ISO 8601 format, such as 2026-05-01, in the years 1900 to 2199.",
        specified_by_url="https://datatracker.ietf.org/doc/html/rfc3339#section-5.6",
        serialize=lambda value: value.isoformat(),
        parse_value=coercion.read_date,
    ),
    time: strawberry.scalar(
        name="Time",
        description="A time of day without a UTC offset: 09:30 or 09:30:00.",
        specified_by_url="https://datatracker.ietf.org/doc/html/rfc3339#section-5.6",
        serialize=lambda value: value.isoformat(),
        parse_value=coercion.read_time,
    ),
    Decimal: strawberry.scalar(
        name="Decimal",
        description=(
            "An exact decimal number, sent as a string so that clients do not round "
            "it: plain digits, up to 18 before the decimal point and 10 after it, such "
            'as "-12.50".'
        ),
        specified_by_url="https://www.w3.org/TR/xmlschema11-2/#decimal",
        serialize=_plain,
        parse_value=coercion.read_decimal,
    ),
}


E_ = TypeVar("E_", bound=type[Described])


def graphql_enum(enum: E_, description: str) -> E_:
    """Make a Described enum a GraphQL enum; each value has its own description."""
    made = strawberry.enum(enum, description=description)
    definition: StrawberryEnumDefinition = made.__strawberry_definition__  # type: ignore[attr-defined]
    for value in definition.values:
        value.description = enum[value.name].description
    return made


graphql_enum(Weekday, "A day of the week.")


def doc(
    text: str,
    *,
    longest: int | None = None,
    most: int | None = None,
    least: int | None = None,
    greatest: int | None = None,
    spelling: Callable[[str], str] | None = None,
    policy: Policy | None = None,
    **options: Any,
) -> Any:
    """A plain attribute of a type, with its description.

    For an input field, `longest` is the maximum length of its text (or each of its texts), `most` the maximum
    number of items of its list, and its numbers must be between `least` and `greatest`; `bounds` checks them.
    `spelling` brings its text into the form in which it is stored and compared; it takes precedence over the
    one that `app/identifiers.py` has for the field's name. `as_written` declares that it is no identifier.
    `policy` is the permission for using the input field, for filters on restricted fields: see `filtering`.
    """
    limit = Limit(longest, most, least, greatest, spelling)
    if limit != Limit():
        options["metadata"] = {**options.get("metadata", {}), LIMIT: limit}
    if policy is not None:
        options["metadata"] = {**options.get("metadata", {}), METADATA: policy}
    return strawberry.field(description=text, **options)


@dataclass(frozen=True, slots=True)
class Limit:
    """The limits of one input field; None where the general limits apply."""

    longest: int | None = None
    most: int | None = None
    least: int | None = None
    greatest: int | None = None
    spelling: Callable[[str], str] | None = None


LIMIT = "limit"


def arg(text: str) -> StrawberryArgumentAnnotation:
    """The description of an argument: `Annotated[int, arg("…")]`."""
    return strawberry.argument(description=text)


def serves(model: type) -> "staticmethod[[Any, Any], bool]":
    """`is_type_of` for a type whose objects are model rows, which are used without copying."""

    def check(row: Any, _info: Any) -> bool:
        return isinstance(row, model)

    check.by_class = True  # type: ignore[attr-defined]  # the class decides: see the compiled executor
    check.model = model  # type: ignore[attr-defined]
    return staticmethod(check)


@strawberry.type(description="An exact monetary amount in one currency.")
class Money:
    amount: Decimal = doc("Amount, with the number of decimals of the currency (JPY 0, EUR 2, KWD 3).")
    currency: CurrencyCode = doc("Currency of the amount.")


@strawberry.input(description="An exact monetary amount in one currency, as input.")
class MoneyInput:
    amount: Decimal = doc("Amount, with no more decimals than the smallest unit of the currency.")
    currency: CurrencyCode = doc("Currency of the amount.")


@lru_cache(maxsize=8_192)  # the same prices are shown repeatedly
def money(minor: int, currency: str) -> Money:
    """The value of a Money field."""
    return MoneyValue(minor, currency)  # type: ignore[return-value]  # read by attribute, never copied


ExpectedVersion = Annotated[
    int | None,
    arg("Return StaleVersion unless the object still has this version. Omit to write without this check."),
]
IdempotencyKey = Annotated[
    str | None,
    arg(
        "Makes retries safe: requests with the same key and the same input take effect once and "
        "return the same result. 1 to 200 characters, stored for 72 hours by default."
    ),
]

__all__ = [
    "SCALARS",
    "BigInt",
    "CountryCode",
    "CurrencyCode",
    "ExpectedVersion",
    "IdempotencyKey",
    "Metadata",
    "Money",
    "MoneyInput",
    "Text",
    "arg",
    "doc",
    "graphql_enum",
    "money",
    "serves",
]
