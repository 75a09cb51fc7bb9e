"""Orders that the texts of a bank entry name."""

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bank.lifecycle import BankEntryDirection as Direction
from app.bank.lifecycle import BankEntryProblem as Problem
from app.bank.matching import named_orders, numbers_named, problem_of

PREFIXES = ["WEB-", "EU-", "B2B/"]


@pytest.mark.parametrize(
    "text",
    [
        "WEB-000017",
        "order WEB-000017 thank you",
        "Bestellung web-000017, danke",
        "#WEB-000017.",
        "order WEB-0000 17",  # cut at the end of a line
        "order WEB -000017",
        "WEB000017",
        "Web 000017 Danke",
        "RF18WEB000017",
        "RF18 WEB 0000 17",
        "WEB-000017Danke",
        "(WEB-000017/Ada)",
    ],
)
def test_a_number_is_found_however_a_payer_or_bank_writes_it(text: str):
    assert "WEB-000017" in numbers_named([text], PREFIXES)


@pytest.mark.parametrize(
    "text", ["", "WEB-0000171", "WEB-00017", "XWEB-000017", "WEB-", "000017", "WEB-0000170 WEB-100017"]
)
def test_another_number_is_not_taken_for_it(text: str):
    assert "WEB-000017" not in numbers_named([text], PREFIXES)


def test_a_number_of_another_system_is_found_as_a_word():
    assert "SHOPIFY#1001" in numbers_named(["for Shopify#1001, thanks"], PREFIXES)
    assert "4711" not in numbers_named(["for order 47112"], PREFIXES)


@given(st.text(max_size=120), st.lists(st.sampled_from(PREFIXES), max_size=3, unique=True))
def test_any_text_is_examined(text: str, prefixes: list[str]):
    for number in numbers_named([text, text.upper()], prefixes):
        assert number == number.strip()


@given(
    st.integers(1, 10**9),
    st.sampled_from(PREFIXES),
    st.integers(1, 40),
    st.sampled_from(["", "Invoice ", "an Ada zu ", "€ 12,50 "]),
)
def test_a_number_that_a_bank_cuts_anywhere_is_found(number: int, prefix: str, width: int, before: str):
    written = f"{prefix}{number:06}"
    text = f"{before}{written}"
    lines = " ".join(text[at : at + width] for at in range(0, len(text), width))
    assert written in numbers_named([lines], PREFIXES)


def _order(number: str, due: int = 1000, currency: str = "USD") -> Any:
    return SimpleNamespace(
        id=number, number=number, currency=currency, total_minor=due, cancelled_minor=0, credited_minor=0, paid_minor=0,
    )  # fmt: skip


def _entry(amount: int = 1000, text: str = "WEB-000017", **more: Any) -> Any:
    return SimpleNamespace(
        **{
            "structured_reference": "", "end_to_end_id": "", "remittance": text, "amount_minor": amount,
            "allocated_minor": 0, "currency": "USD", "direction": Direction.CREDIT, "is_reversal": False, **more,
        }
    )  # fmt: skip


def test_only_named_orders_are_returned():
    orders = [_order("WEB-000017"), _order("WEB-000018"), _order("old-5")]
    assert [each.number for each in named_orders(_entry(text="web 000018 and Old-5"), orders, PREFIXES)] == [
        "WEB-000018",
        "old-5",
    ]


@pytest.mark.parametrize(
    ("entry", "orders", "problem"),
    [
        (_entry(), [_order("A")], None),
        (_entry(), [], Problem.NO_ORDER),
        (_entry(), [_order("A"), _order("B")], Problem.SEVERAL_ORDERS),
        (_entry(), [_order("A", currency="EUR")], Problem.OTHER_CURRENCY),
        (_entry(), [_order("A", due=0)], Problem.NOTHING_DUE),
        (_entry(), [_order("A", due=1001)], Problem.UNDERPAID),
        (_entry(), [_order("A", due=999)], Problem.OVERPAID),
        (_entry(direction=Direction.DEBIT), [_order("A")], Problem.OUTGOING),
        (_entry(is_reversal=True), [_order("A")], Problem.REVERSED),
    ],
)
def test_only_the_exact_amount_of_one_order_is_matched(
    entry: Any, orders: list[Any], problem: Problem | None
):
    assert problem_of(entry, orders) is problem
