"""Input problems in GraphQL."""

from datetime import datetime
from decimal import Decimal

import strawberry
from strawberry.utils.str_converters import to_camel_case

from app.core import refusals
from app.core.graphql.scalars import CountryCode, CurrencyCode, Money, doc, graphql_enum, money
from app.core.problems import ProblemCode

graphql_enum(ProblemCode, "Machine-readable code of a problem with an input value, for localized messages.")


@strawberry.type(
    description="Values for building a localized message about a problem; the code of the problem "
    "determines which values are set."
)
class ProblemValues:
    given: str | None = doc("Value that was sent, shortened; null if the code is sufficient.", default=None)
    minimum: Decimal | None = doc("Minimum allowed; null for no limit.", default=None)
    maximum: Decimal | None = doc("Maximum allowed; null for no limit.", default=None)
    minimum_amount: Money | None = doc("Minimum amount allowed; null for no limit.", default=None)
    maximum_amount: Money | None = doc("Maximum amount allowed; null for no limit.", default=None)
    available: int | None = doc(
        "Number of units available; null if the problem does not concern a quantity.", default=None
    )
    decimals: int | None = doc("Maximum number of decimal places; null for no limit.", default=None)
    choices: list[str] | None = doc(
        "Allowed values; null if the value is not chosen from a list.", default=None
    )
    country: CountryCode | None = doc(
        "ISO 3166-1 code of the country concerned; null if there is none.", default=None
    )
    currency: CurrencyCode | None = doc(
        "ISO 4217 code of the currency concerned; null if there is none.", default=None
    )
    field: str | None = doc("Name of the other, conflicting field; null if there is none.", default=None)
    earliest: datetime | None = doc("Earliest time allowed; null for no limit.", default=None)
    latest: datetime | None = doc("Latest time allowed; null for no limit.", default=None)


@strawberry.type(description="A problem with an input value.")
class Problem:
    code: ProblemCode = doc("Machine-readable problem code.")
    message: str = doc("Error message in English for people: the problem and how to fix it.")
    path: list[str] = doc(
        "Path of the invalid argument: `input`, followed by field names and list positions."
    )
    values: ProblemValues | None = doc(
        "Values for building a localized message; null if the code needs none."
    )


def api_path(path: tuple[str, ...], arguments: set[str]) -> list[str] | None:
    """A refusal's path in the API: from the argument down, in camelCase."""
    if not path:
        return None
    names = [part if part.isdigit() else to_camel_case(part) for part in path]
    return names if names[0] in arguments else ["input", *names]


def shown(problem: refusals.Problem, arguments: set[str]) -> Problem:
    """A problem in API terms; `arguments` are those of the field, in camelCase."""
    return Problem(
        code=problem.code,
        message=problem.message,
        path=api_path(problem.path, arguments) or [],
        values=_values(problem) if problem.values else None,
    )


def _values(problem: refusals.Problem) -> ProblemValues:
    given = problem.values
    least, most = given.get("minimum_amount"), given.get("maximum_amount")
    return ProblemValues(
        given=given.get("given"),
        minimum=_decimal(given.get("minimum")),
        maximum=_decimal(given.get("maximum")),
        minimum_amount=money(least.minor, least.currency) if least else None,
        maximum_amount=money(most.minor, most.currency) if most else None,
        available=given.get("available"),
        decimals=given.get("decimals"),
        choices=given.get("choices"),
        country=CountryCode(given["country"]) if "country" in given else None,
        currency=CurrencyCode(given["currency"]) if "currency" in given else None,
        field=to_camel_case(given["field"]) if "field" in given else None,
        earliest=given.get("earliest"),
        latest=given.get("latest"),
    )


def _decimal(number: int | Decimal | None) -> Decimal | None:
    return None if number is None else Decimal(number)
