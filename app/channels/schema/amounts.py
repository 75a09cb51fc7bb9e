"""Input amounts in a channel's currency."""

from app.core import refusals
from app.core.graphql.scalars import MoneyInput
from app.core.money import Money as MoneyValue
from app.core.problems import ProblemCode


def in_currency(given: MoneyInput | None, currency: str, *path: str) -> int | None:
    """An input amount in minor units of the required currency.

    Raises:
        Invalid: another currency, or too many decimals.
    """
    if given is None:
        return None
    if given.currency.upper() != currency:
        raise refusals.Invalid(
            f"The amount must be in {currency}.",
            *path,
            "currency",
            code=ProblemCode.WRONG_CURRENCY,
            currency=currency,
        )
    return MoneyValue.of(given.amount, currency, *path, "amount").minor
