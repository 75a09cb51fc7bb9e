"""What is wrong with an input, as the graph says it."""

from datetime import datetime
from decimal import Decimal

import strawberry
from strawberry.utils.str_converters import to_camel_case

from app.core import refusals
from app.core.graphql.scalars import CountryCode, CurrencyCode, Money, doc, graphql_enum, money
from app.core.problems import ProblemCode

graphql_enum(ProblemCode, "What is wrong with an input, for programs: a shop words it in its own language.")


@strawberry.type(
    description="What a sentence about a problem needs; which values are there follows from its code."
)
class ProblemValues:
    given: str | None = doc("What was sent, shortened; null where the code says enough.", default=None)
    minimum: Decimal | None = doc("The least that is taken; null for no bound.", default=None)
    maximum: Decimal | None = doc("The most that is taken; null for no bound.", default=None)
    minimum_amount: Money | None = doc("The least amount; null for no bound.", default=None)
    maximum_amount: Money | None = doc("The greatest amount; null for no bound.", default=None)
    available: int | None = doc("How many there are; null where it is not about that.", default=None)
    decimals: int | None = doc("The most decimals that are taken; null for no bound.", default=None)
    choices: list[str] | None = doc("What would be taken; null where it is not one of a list.", default=None)
    country: CountryCode | None = doc("The ISO 3166-1 country that it is about; null for none.", default=None)
    currency: CurrencyCode | None = doc(
        "The ISO 4217 currency that it is about; null for none.", default=None
    )
    field: str | None = doc("The other field that it contradicts; null for none.", default=None)
    earliest: datetime | None = doc("The earliest moment that is taken; null for no bound.", default=None)
    latest: datetime | None = doc("The latest moment that is taken; null for no bound.", default=None)


@strawberry.type(description="One thing that is wrong with an input.")
class Problem:
    code: ProblemCode = doc("What is wrong, for programs.")
    message: str = doc("What is wrong and what to do instead, for people, in English.")
    path: list[str] = doc("Where in the arguments: `input`, then field names and list positions.")
    values: ProblemValues | None = doc("What a sentence about it needs; null when the code says it all.")


def api_path(path: tuple[str, ...], arguments: set[str]) -> list[str] | None:
    """A refusal's path as the API says it: from the argument down, in camelCase."""
    if not path:
        return None
    names = [part if part.isdigit() else to_camel_case(part) for part in path]
    return names if names[0] in arguments else ["input", *names]


def shown(problem: refusals.Problem, arguments: set[str]) -> Problem:
    """A problem as the graph says it; `arguments` are those of the field, in camelCase."""
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
