"""Accounts have the numbers and names of the company's chart of accounts."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.accounting.chart import NAMES, Chart
from app.accounting.lifecycle import AccountKind
from app.accounting.models import AccountMapping
from app.accounting.postings import Account
from tests.accounting.books import BALANCES
from tests.accounting.test_posting import ship_all
from tests.journeys.life import Story
from tests.payments.desk import Desk

SET = """mutation($i: AccountMapSetInput!) { accountMapSet(input: $i) { __typename
  ... on LedgerAccount { kind detail number name } ... on InvalidInput { problems { code path } }
  ... on ValidationFailed { problems { code path } } } }"""
ACCOUNTS = "{ ledgerAccounts { kind detail number name } }"


async def set_account(story: Story, kind: str, number: str, **more: Any) -> dict[str, Any]:
    return await story.staff.do(SET, i={"kind": kind, "number": number, **more})


async def test_accounts_have_default_names_until_they_are_mapped(story: Story):
    desk = Desk(story, await story.buy(("MUG", 1)))
    await desk.record("16.50")
    found = {
        each["account"]["kind"]: each["account"]
        for each in (await story.staff.ask(BALANCES))["ledgerBalances"]
    }
    assert found["CLEARING"] == {
        "kind": "CLEARING",
        "detail": "manual",
        "number": None,
        "name": "Payments clearing manual",
    }
    assert await set_account(story, "CLEARING", "1360") == {
        "__typename": "LedgerAccount", "kind": "CLEARING", "detail": None, "number": "1360", "name": "Payments clearing",
    }  # fmt: skip
    await set_account(story, "CLEARING", "1361", detail="manual", name="Counter")
    found = {
        each["account"]["kind"]: each["account"]
        for each in (await story.staff.ask(BALANCES))["ledgerBalances"]
    }
    assert (found["CLEARING"]["number"], found["CLEARING"]["name"]) == ("1361", "Counter")


async def test_a_mapping_is_replaced(story: Story):
    await set_account(story, "SALES", "8400", name="Sales 19")
    for more, name in (({}, "Sales 19"), ({"name": None}, "Sales")):
        await set_account(story, "SALES", "8401", **more)
        accounts = (await story.staff.ask(ACCOUNTS))["ledgerAccounts"]
        assert [each for each in accounts if each["kind"] == "SALES"] == [
            {"kind": "SALES", "detail": None, "number": "8401", "name": name}
        ]


async def test_mapped_and_used_accounts_are_listed_in_their_order(story: Story):
    await set_account(story, "TAX", "1776", detail="US/0.1")
    await ship_all(story, await story.buy(("MUG", 1)))
    accounts = (await story.staff.ask(ACCOUNTS))["ledgerAccounts"]
    assert [each["kind"] for each in accounts] == [
        "RECEIVABLE", "SALES", "SHIPPING", "TAX", "INVENTORY", "GOODS_RECEIVED", "COST_OF_SALES",
    ]  # fmt: skip


async def test_wrong_mappings_are_refused_with_the_field(story: Story):
    refused = await set_account(story, "DEPOSITS", " ", detail="x")
    assert refused["problems"] == [
        {"code": "NOT_APPLICABLE", "path": ["input", "detail"]},
        {"code": "REQUIRED", "path": ["input", "number"]},
    ]


def test_every_kind_has_a_name():
    assert set(NAMES) == set(AccountKind)


@given(st.sampled_from(AccountKind), st.text(max_size=9), st.booleans(), st.booleans())
def test_a_mapping_of_the_detail_wins_over_that_of_the_kind(
    kind: AccountKind, detail: str, of_kind: bool, own: bool
):
    rows = [AccountMapping(kind=kind, detail="", number="1", name="Kind")] * of_kind
    rows += [AccountMapping(kind=kind, detail=detail, number="2", name="Own")] * own
    expected = "2" if own else "1" if of_kind else None
    assert Chart(rows).of(Account(kind, detail)).number == expected
