from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.money import Money, checked_currency, decimals_of, rounded, split_minor
from app.core.problems import ProblemCode
from app.core.refusals import Invalid


def test_a_currency_has_its_own_number_of_decimals():
    assert [decimals_of(code) for code in ("EUR", "JPY", "KWD")] == [2, 0, 3]
    assert str(Money(1500, "KWD").amount) == "1.500"
    assert str(Money(1500, "JPY").amount) == "1500"


def test_an_amount_finer_than_its_currency_is_refused():
    with pytest.raises(Invalid, match="2 decimal places"):
        Money.of(Decimal("1.005"), "EUR", "price")
    assert Money.of(Decimal("1.50"), "EUR") == Money(150, "EUR")


def test_nan_and_infinity_are_refused():
    for text in ("NaN", "Infinity", "-Infinity"):
        with pytest.raises(Invalid):
            Money.of(Decimal(text), "EUR")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1E+999999", ProblemCode.TOO_LARGE),
        ("-1E+999999", ProblemCode.TOO_LARGE),
        ("10000000000000", ProblemCode.TOO_LARGE),
        ("1E-999999", ProblemCode.TOO_PRECISE),
        ("1." + "0" * 40 + "1", ProblemCode.TOO_PRECISE),
        ("0.001", ProblemCode.TOO_PRECISE),
        ("NaN", ProblemCode.NOT_A_NUMBER),
    ],
)
def test_an_amount_that_is_too_large_or_too_precise_is_refused_with_its_path(text: str, code: ProblemCode):
    with pytest.raises(Invalid) as refused:
        Money.of(Decimal(text), "USD", "price")
    assert refused.value.problem_code is code and refused.value.path == ("price",)


def test_every_notation_of_an_exact_amount_is_accepted():
    assert Money.of(Decimal("9999999999999.99"), "USD").minor == 10**15 - 1
    assert Money.of(Decimal("1E+2"), "USD").minor == 10_000
    assert Money.of(Decimal("1.50" + "0" * 50), "USD").minor == 150
    assert Money.of(Decimal("0E+999999"), "USD").minor == 0


def test_two_currencies_cannot_be_added():
    with pytest.raises(ValueError, match="EUR and USD"):
        Money(1, "EUR") + Money(1, "USD")


def test_halves_are_rounded_away_from_zero():
    assert [rounded(Decimal(text)) for text in ("0.5", "1.5", "-0.5", "2.4999")] == [1, 2, -1, 2]


@given(st.integers(-(10**9), 10**9), st.lists(st.integers(0, 10**6), min_size=1, max_size=20))
def test_a_split_sums_to_the_total_and_is_proportional_to_the_weights(total, weights):
    parts = split_minor(total, weights)
    assert sum(parts) == total
    if any(weights):
        for part, weight in zip(parts, weights, strict=True):
            assert abs(part - Decimal(total) * weight / sum(weights)) < 1


def test_currencies_have_the_decimals_of_iso_4217():
    iso = ("AFN", "ALL", "IRR", "KPW", "LAK", "LBP", "MGA", "MMK", "RSD", "SLL", "SOS", "SYP", "YER")
    assert {code: decimals_of(code) for code in (*iso, "IQD")} == dict.fromkeys(iso, 2) | {"IQD": 3}
    assert [decimals_of(code) for code in ("ISK", "UGX", "CLF", "TND", "DEM", "HRK")] == [0, 0, 4, 3, 2, 2]
    price = Money.of(Decimal("1299.90"), "RSD")
    assert (price.minor, str(price.amount), str(price)) == (129_990, "1299.90", "RSD1,299.90")
    assert [str(Money(minor, code)) for minor, code in ((-500, "USD"), (1300, "JPY"), (1500, "KWD"))] == [
        "-$5.00",
        "¥1,300",
        "KWD1.500",
    ]


def test_only_currencies_in_use_are_accepted():
    assert checked_currency(" eur ") == "EUR"
    for code in ("DEM", "HRK", "XXX", "XTS", "XAU", "ZZZ", "", "EURO", "€"):
        with pytest.raises(Invalid):
            checked_currency(code)
