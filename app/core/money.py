"""Money: whole minor units of one currency, never a float."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, Inexact, localcontext
from functools import lru_cache

from babel.numbers import format_currency

from app.core import currencies
from app.core.problems import ProblemCode
from app.core.refusals import Invalid

LARGEST_DIGITS = 15  # of an amount in minor units, so that every client's JSON parser reads it exactly
_EXACT = Context(prec=60, traps=[Inexact])  # conversions must not lose digits silently


def decimals_of(currency: str) -> int:
    """The number of decimals of a currency (ISO 4217): EUR 2, JPY 0, KWD 3, RSD 2."""
    return currencies.decimals(currency)


@lru_cache(maxsize=8_192)
def _amount(minor: int, currency: str) -> Decimal:
    return Decimal(minor).scaleb(-decimals_of(currency))


def checked_currency(code: str, *path: str) -> str:
    """The ISO 4217 code in capitals.

    Raises:
        Invalid: the currency does not exist or is retired.
    """
    upper = code.strip().upper()
    if upper not in currencies.IN_USE:
        raise Invalid(
            f"{code[:10]!r} is not the ISO 4217 code of a currency in use, such as EUR.",
            *path,
            code=ProblemCode.UNKNOWN_CURRENCY,
            given=code[:80],
        )
    return upper


def rounded(amount: Decimal) -> int:
    """Round to an integer, halves away from zero: the commercial rounding of EN 16931 and tax offices."""
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def converted(minor: int, currency: str, into: str, rate: Decimal) -> int:
    """Convert an amount in minor units to minor units of another currency, rounding once.

    `rate` is the value of one unit of the first currency in units of the second: dollars per yen. Currencies
    differ in their decimals: 10000 yen are 10000 minor units, 65.00 dollars are 6500.
    """
    with localcontext(prec=60):
        return rounded(Decimal(minor).scaleb(decimals_of(into) - decimals_of(currency)) * rate)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in whole minor units (cents, yen, fils) of one currency."""

    minor: int
    currency: str

    @classmethod
    def of(cls, amount: Decimal, currency: str, *path: str) -> "Money":
        """From a decimal amount.

        Raises:
            Invalid: the amount has more decimals than the currency, or more than 15 digits.
        """
        places = decimals_of(currency)
        if not amount.is_finite():
            raise Invalid("An amount must be a number.", *path, code=ProblemCode.NOT_A_NUMBER)
        # checked first, because an exponent can be huge
        if amount and amount.adjusted() + places >= LARGEST_DIGITS:
            raise Invalid(
                "The amount is too large.",
                *path,
                code=ProblemCode.TOO_LARGE,
                maximum_amount=cls(10**LARGEST_DIGITS - 1, currency),
            )
        try:
            minor = int(_EXACT.to_integral_exact(_EXACT.scaleb(amount, places)))
        except Inexact as error:
            raise Invalid(
                (
                    f"An amount in {currency} can have at most {places} decimal places; "
                    f"{str(amount)[:40]} has more."
                ),
                *path,
                code=ProblemCode.TOO_PRECISE,
                decimals=places,
                currency=currency,
            ) from error
        return cls(minor, currency)

    @property
    def amount(self) -> Decimal:
        """The decimal amount, with exactly the currency's number of decimals."""
        return _amount(self.minor, self.currency)

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __mul__(self, times: int) -> "Money":
        return Money(self.minor * times, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __str__(self) -> str:
        decimals = decimals_of(self.currency)
        pattern = "¤#,##0" + (f".{'0' * decimals}" if decimals else "")
        return format_currency(self.amount, self.currency, format=pattern, locale="en", currency_digits=False)

    def split(self, weights: Sequence[int]) -> "list[Money]":
        """Split by weight; the parts add up exactly."""
        return [Money(part, self.currency) for part in split_minor(self.minor, weights)]

    def _same(self, other: "Money") -> None:
        if other.currency != self.currency:
            raise ValueError(f"cannot add amounts in {self.currency} and {other.currency}")


def split_minor(total: int, weights: Sequence[int]) -> list[int]:
    """Split an integer by weight; remainders go to the largest fractions first.

    The largest-remainder method (Hamilton's). If all weights are zero, the parts are equal.

    Raises:
        ValueError: no weights, or a negative one.
    """
    if not weights or min(weights) < 0:
        raise ValueError("weights must be given and not be negative")
    shares = list(weights) if any(weights) else [1] * len(weights)
    whole = sum(shares)
    size, sign = abs(total), 1 if total >= 0 else -1
    parts = [size * share // whole for share in shares]
    by_remainder = sorted(range(len(shares)), key=lambda i: (-(size * shares[i] % whole), i))
    for i in by_remainder[: size - sum(parts)]:
        parts[i] += 1
    return [sign * part for part in parts]
