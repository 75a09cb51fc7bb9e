"""Numbers of payment cards are recognized in texts and refused in every free text of the API, with its path."""

import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.card_numbers import has_card_number, has_card_number_in
from tests import make
from tests.ask import PLACE, Api, order_input
from tests.database import rows_of_all_tables

CARDS = [
    "4111111111111111",
    "4012 8888 8888 1881",
    "5555-5555-5555-4444",
    "2223003122003222",
    "378282246310005",
    "6011.1111.1111.1117",
    "3530111333300000",
    "30569309025904",
    "6212345678901232",
    "4222222222222",
    "6759649826438453",
    "4111  1111  1111  1111",
    "4111\t1111\n1111\r\n1111",
    "4111_1111/1111,1111",
    "4111 - 1111 - 1111 - 1111",
    "4111\u20111111\u20141111\u20021111",
    "41 11 11 11 11 11 11 11",
    "4111\u200b1111\u200d1111\u200e1111",
    "\u0664\u0661\u0661\u0661111111111111",
]
BESIDE_OTHER_DIGITS = [
    "4111111111111111 12/27", "4111 1111 1111 1111 123", "visa 1 4111111111111111", "378282246310005 0627",
    "2 x 4111-1111-1111-1111/3", "12/27 3782 822463 10005 1234", "1. 4111 1111 1111 1111", "4111111111111111.0",
]  # fmt: skip
NO_CARDS = [
    "4111111111111112",  # wrong check digit
    "1111111111111117", "9111111111111111",  # no issuer
    "4006381333931",  # a GTIN
    "41111111111111110000000000",  # longer than a card number
    "2026-05-01 12:00:00.000000", "", "4111", "+4917612345678",
    "4006381333931", "4012345000009", "4012345678901",  # GTINs
    "4915112345678", "+4915112345675",  # phone numbers
    "47.98394884817938", "0.4111111111111111",  # decimals
    "36, 38, 40, 42, 44, 46, 48", "36 38 40 42 44 46 49 4", "2026-04-30 12:00:00.000000",
    "6011111111111111117", "5555555555554444000",  # the prefix of an issuer with another length
]  # fmt: skip


@pytest.mark.parametrize("number", CARDS)
def test_card_numbers_are_recognized_alone_and_within_a_text(number: str):
    assert has_card_number(number)
    assert has_card_number(f"Please charge {number}, thank you")
    assert has_card_number_in({"a": [{"b": number}]}) and has_card_number_in({number: 1})


@pytest.mark.parametrize("text", BESIDE_OTHER_DIGITS)
def test_card_numbers_are_recognized_beside_other_digits(text: str):
    assert has_card_number(text) and has_card_number_in({"note": text})


@given(
    st.sampled_from([(4, 4, 4, 4), (5, 5, 6), (8, 8), (16,)]),
    st.sampled_from([" ", "  ", "\u00a0", "\t", "-", " - ", "_", "/", ".", "\u2011", "\u2014"]),
    st.sampled_from(["", "1 ", "12/27 ", "No. 5: "]),
    st.sampled_from(["", " 123", " 12/27", ", twice"]),
)
def test_card_numbers_are_recognized_in_groups(groups: tuple[int, ...], gap: str, before: str, after: str):
    digits = iter("4012888888881881")
    written = gap.join("".join(next(digits) for _ in range(size)) for size in groups)
    assert has_card_number(before + written + after)


@pytest.mark.parametrize("text", NO_CARDS)
def test_other_numbers_are_no_card_numbers(text: str):
    assert not has_card_number(text)


def test_numbers_in_json_are_examined_too():
    assert has_card_number_in({"n": 4111111111111111})
    assert has_card_number_in({"n": 4111111111111111.0}) and has_card_number_in(
        {"n": "4111\u200b111111111111"}
    )
    assert not has_card_number_in({"n": 4111111111111112, "yes": True, "nothing": None})
    assert not has_card_number_in({"lat": 47.98394884817938, "far": float("inf")})


@given(st.floats(-180, 180).filter(lambda value: not value.is_integer()))
def test_coordinates_are_no_card_numbers(value: float):
    assert not has_card_number_in({"lat": value, "lng": str(value)})


@given(st.integers(0, 15), st.integers(1, 9))
def test_a_number_with_one_wrong_digit_is_no_card_number(at: int, by: int):
    digits = [int(each) for each in "4111111111111111"]
    digits[at] = (digits[at] + by) % 10
    assert not has_card_number("".join(map(str, digits)))


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"note": "Card 4111 1111 1111 1111"}, ["input", "note"]),
        ({"purchaseOrderNumber": "4111111111111111"}, ["input", "purchaseOrderNumber"]),
        ({"metadata": {"card": "5555555555554444"}}, ["input", "metadata"]),
        ({"payment": {"gateway": "manual", "token": "378282246310005"}}, ["input", "payment", "token"]),
    ],
)
async def test_a_card_number_is_refused_in_every_free_text_and_is_neither_stored_logged_nor_answered(
    api: Api, caplog: pytest.LogCaptureFixture, capsys: Any, given: dict[str, Any], path: list[str]
):
    shop = await make.shop()
    await shop.sell("MUG", stock=5)
    staff = api.as_(await make.token())
    before = await rows_of_all_tables()
    caplog.set_level(logging.DEBUG)
    answer = await staff.do(PLACE, input=order_input(("MUG", 1), **given))
    assert [problem["path"] for problem in answer["problems"]] == [path]
    assert answer["__typename"] == "ValidationFailed"
    assert await rows_of_all_tables() == before
    said = str(answer) + caplog.text + "".join(capsys.readouterr())
    for number in ("4111111111111111", "4111 1111 1111 1111", "5555555555554444", "378282246310005"):
        assert number not in said


RECORD = """mutation($i: PaymentRecordInput!) { paymentRecord(input: $i) { __typename
  ... on ValidationFailed { problems { path } } } }"""


async def test_the_reference_of_a_payment_is_a_free_text(api: Api):
    shop = await make.shop()
    await shop.sell("MUG", stock=5)
    staff = api.as_(await make.token())
    order = await staff.do(PLACE, input=order_input(("MUG", 1)))
    said = {"orderId": order["id"], "amount": {"amount": "1.00", "currency": "USD"}}
    answer = await staff.do(RECORD, i=said | {"reference": "4111 1111 1111 1111"})
    assert answer == {"__typename": "ValidationFailed", "problems": [{"path": ["input", "reference"]}]}
    assert (await staff.do(RECORD, i=said | {"reference": "BANK-4111"}))["__typename"] == "PaymentTransaction"
