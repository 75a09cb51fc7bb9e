"""Normalization of identifiers that are typed, scanned or pasted."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.folding import compact
from app.core.problems import ProblemCode
from app.core.spelling import spelled, tracking_number, tracking_number_problem, tracking_numbers

MARKS = "\u200e\u200f\u202a\u202c\u2066\u2069\ufeff\u200b\u00ad"
BLANKS = " \t\u00a0\u2009\u3000"


@pytest.mark.parametrize(
    "typed",
    [
        "1Z999AA10123456784",
        "1Z 999 AA1 01 2345 6784",
        " 1z999aa10123456784\t",
        "1Z-999-AA1-01-2345-6784",
        "1Z\u2011999\u2013AA1 01 2345 6784",
        "\u200e1Z999AA10123456784\u200f",
        "\u20661Z\u00a0999\u00a0AA1\u00a001\u00a02345\u00a06784\u2069",
        "\ufeff１Z999AA10123456784",  # a full-width digit
    ],
)
def test_a_tracking_number_is_normalized(typed: str):
    assert tracking_number(typed) == "1Z999AA10123456784"
    assert tracking_number_problem(typed) is None


def test_several_tracking_numbers_are_split_at_lines_and_commas():
    assert tracking_numbers("1Z 999 AA1 01 2345 6784") == ["1Z999AA10123456784"]
    assert tracking_numbers("rr 1\r\nRR-2\n\n, RR3; RR4,") == ["RR1", "RR2", "RR3", "RR4"]
    assert tracking_numbers("RR1, rr 1") == ["RR1"]
    assert tracking_numbers("1Z999AA10123456784 1Z999AA10123456785") == [
        "1Z999AA10123456784",
        "1Z999AA10123456785",
    ]
    assert tracking_numbers(" \n , ") == []


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("RR1, RR2", ProblemCode.MALFORMED),
        ("RR1\nRR2", ProblemCode.MALFORMED),
        (" - ", ProblemCode.WRONG_LENGTH),
        ("\u200e", ProblemCode.WRONG_LENGTH),
        ("9" * 61, ProblemCode.WRONG_LENGTH),
    ],
)
def test_an_invalid_tracking_number_has_a_problem_code(typed: str, code: ProblemCode):
    problem = tracking_number_problem(typed, "trackingNumber")
    assert problem is not None and (problem.code, problem.path) == (code, ("trackingNumber",))


WHOLE_GROUP = 5


@st.composite
def typed_numbers(draw: st.DrawFn) -> tuple[str, str]:
    """A number, and a notation of it."""
    number = draw(st.text("ABCXYZ0123456789", min_size=1, max_size=WHOLE_GROUP * 3))
    typed = "".join(
        (each.lower() if draw(st.booleans()) else each)
        + draw(st.sampled_from(["", "", "", *MARKS]))
        + (
            draw(st.sampled_from(["", *BLANKS, "-", "\u2011"]))
            if place % WHOLE_GROUP == WHOLE_GROUP - 1
            else ""
        )
        for place, each in enumerate(number)
    )
    return number, draw(st.sampled_from(["", *MARKS, *BLANKS])) + typed


@given(typed_numbers())
@settings(max_examples=60, deadline=None)
def test_every_notation_of_a_tracking_number_is_stored_and_found_the_same(given: tuple[str, str]):
    number, typed = given
    assert tracking_number(typed) == number == tracking_number(number)
    assert tracking_numbers(typed) == [number]
    assert compact(typed) == compact(number), "orders are found by it"


@given(st.text(max_size=40))
@settings(max_examples=60, deadline=None)
def test_normalization_of_identifiers_is_idempotent(text: str):
    assert spelled(spelled(text)) == spelled(text)
    assert tracking_number(tracking_number(text)) == tracking_number(text)
