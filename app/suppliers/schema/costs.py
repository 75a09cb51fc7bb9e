"""Input costs in a supplier's currency."""

from app.core import refusals
from app.core.graphql.scalars import MoneyInput
from app.core.money import Money as MoneyValue
from app.core.problems import ProblemCode


def cost_in(currency: str, given: MoneyInput | None, *path: str) -> int | None:
    """A cost in minor units of a supplier's currency.

    Raises:
        Invalid: it has another currency, or is not a valid amount.
    """
    if given is None:
        return None
    if given.currency != currency:
        raise refusals.Invalid(
            f"The currency of this supplier is {currency}.",
            *path,
            "currency",
            code=ProblemCode.WRONG_CURRENCY,
            currency=currency,
        )
    return MoneyValue.of(given.amount, currency, *path, "amount").minor
