"""The values that each scalar accepts, and the problem codes of those that it rejects."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.graphql import coercion
from app.core.graphql.coercion import Refused
from app.core.graphql.scalars import SCALARS
from app.core.problems import ProblemCode as Code


def code_of(found: Any) -> Code:
    assert isinstance(found, Refused), found
    return found.code


@pytest.mark.parametrize(
    "text",
    ["1_000", "１２", "٣", "1E+999999", "1e3", "+5", ".5", "5.", " 5", "5\n", "", "-", "--1", "0x10", "NaN", "Infinity",
     "1,000", "1." + "0" * 40 + "1", "9" * 19, "0." + "1" * 11, "1\x00"],
)  # fmt: skip
def test_a_decimal_in_any_form_other_than_plain_digits_is_refused(text: str):
    assert code_of(coercion.read_decimal(text)) is Code.NOT_A_NUMBER


def test_a_decimal_keeps_all_digits_within_its_limits():
    text = "9" * 18 + "." + "1" * 10
    assert str(coercion.read_decimal(text)) == text
    assert coercion.read_decimal("0012.50") == Decimal("12.50")
    assert str(coercion.read_decimal("-0.00")) == "0.00"
    assert coercion.read_decimal(12) == Decimal(12)
    assert code_of(coercion.read_decimal(10**18)) is Code.TOO_LARGE


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_a_decimal_is_serialized_without_an_exponent(number: Decimal):
    text = SCALARS[Decimal].serialize(number)  # type: ignore[misc]
    assert "E" not in text and Decimal(text) == number


def _nested(depth: int) -> Any:
    value: Any = "x"
    for _ in range(depth):
        value = [value]
    return {"a": value}


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (_nested(coercion.DEEPEST_METADATA), Code.TOO_DEEP),
        (_nested(900), Code.TOO_DEEP),
        ({"a": 2**53}, Code.TOO_LARGE),
        ({"a": -(2**53)}, Code.TOO_LARGE),
        ({"a": 2**70}, Code.TOO_LARGE),
        ({"a": 1e300}, Code.TOO_LARGE),
        ({"a": float("inf")}, Code.TOO_LARGE),
        ({"a": float("nan")}, Code.TOO_LARGE),
        ({"a": "x\x00"}, Code.UNSUPPORTED_CHARACTER),
        ({"x\x00": 1}, Code.UNSUPPORTED_CHARACTER),
        ({"a": [{"b": "\ud83d"}]}, Code.UNSUPPORTED_CHARACTER),
        ({"\udc00": 1}, Code.UNSUPPORTED_CHARACTER),
        ({"a": "x" * coercion.LARGEST_METADATA}, Code.TOO_LARGE),
        ([], Code.MALFORMED),
        ("{}", Code.MALFORMED),
    ],
)
def test_metadata_that_is_too_large_too_deep_or_malformed_is_refused(value: Any, code: Code):
    assert code_of(coercion.read_metadata(value)) is code


def test_metadata_within_the_limits_is_accepted_unchanged():
    value = {"": None, "ключ": "😀", "n": [2**53 - 1, -(2**53 - 1), 0.1, True], **_nested(31)}
    assert coercion.read_metadata(value) is value


@pytest.mark.parametrize("given", [2**53 - 1, "9007199254740991", 9007199254740991.0, -(2**53 - 1), 0, "-0"])
def test_a_big_int_accepts_all_integers_that_a_double_represents_exactly(given: Any):
    assert coercion.read_big_int(given) == int(given)


@pytest.mark.parametrize(
    ("given", "code"),
    [(2**53, Code.TOO_LARGE), (-(2**53), Code.TOO_SMALL), (1e300, Code.TOO_LARGE), (1.5, Code.MALFORMED),
     (True, Code.MALFORMED), ("１２", Code.MALFORMED), ("1_0", Code.MALFORMED), ("1e3", Code.MALFORMED),
     ("", Code.MALFORMED), (float("nan"), Code.MALFORMED), (None, Code.MALFORMED), ("9" * 5000, Code.MALFORMED)],
)  # fmt: skip
def test_a_big_int_out_of_range_or_of_another_type_is_refused(given: Any, code: Code):
    assert code_of(coercion.read_big_int(given)) is code


def test_timestamps_dates_and_times_are_parsed():
    assert coercion.read_moment("2026-05-01T09:30:00+02:00") == datetime(2026, 5, 1, 7, 30, tzinfo=UTC)
    assert coercion.read_moment("2026-05-01T09:30:00.123456789Z") == datetime(
        2026, 5, 1, 9, 30, 0, 123456, tzinfo=UTC
    )
    assert coercion.read_date("2199-12-31") == date(2199, 12, 31)
    assert coercion.read_time("09:30") == time(9, 30)


@pytest.mark.parametrize(
    ("read", "given", "code"),
    [
        (coercion.read_moment, "0001-01-01T00:00:00Z", Code.OUT_OF_RANGE),
        (coercion.read_moment, "9999-12-31T23:59:59.999999-14:00", Code.OUT_OF_RANGE),
        (coercion.read_moment, "2026-05-01T09:30:00", Code.MALFORMED),
        (coercion.read_moment, "2026-05-01", Code.MALFORMED),
        (coercion.read_moment, "２０２６-05-01T09:30:00Z", Code.MALFORMED),
        (coercion.read_moment, "2026-02-30T09:30:00Z", Code.MALFORMED),
        (coercion.read_moment, "2026-05-01T09:30:00+99:99", Code.MALFORMED),
        (coercion.read_moment, 1777627800, Code.MALFORMED),
        (coercion.read_date, "0001-01-01", Code.OUT_OF_RANGE),
        (coercion.read_date, "20260501", Code.MALFORMED),
        (coercion.read_date, "2026-W18-5", Code.MALFORMED),
        (coercion.read_date, 5, Code.MALFORMED),
        (coercion.read_time, "09:30+02:00", Code.MALFORMED),
        (coercion.read_time, "24:00", Code.MALFORMED),
        (coercion.read_time, "9", Code.MALFORMED),
        (coercion.read_currency, "EURO", Code.MALFORMED),
        (coercion.read_currency, "€UR", Code.MALFORMED),
        (coercion.read_currency, 5, Code.MALFORMED),
    ],
)
def test_malformed_or_out_of_range_timestamps_dates_times_and_currencies_are_refused(read, given, code):
    assert code_of(read(given)) is code


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec=None)), inner, max_size=3),
    max_leaves=20,
)  # fmt: skip


@given(JSON | st.text(), st.sampled_from([scalar.parse_value for scalar in SCALARS.values()]))
def test_a_scalar_accepts_or_refuses_any_value_without_raising(value: Any, read: Any):
    found = read(value)
    assert found is not None
    if isinstance(found, Refused):
        assert found.message and isinstance(found.code, Code)
