"""Payouts are matched with the bank entries with which they arrive, without staff where it is certain."""

import asyncio
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bank import queries
from app.bank.lifecycle import BankEntryDirection, BankEntryProblem
from app.bank.payout_matching import WINDOW, candidates, choice
from app.core.journal.sequencing import sequence
from tests.ask import Api
from tests.bank.files import Bank, Paid, bank_file
from tests.bank.test_payouts import payout
from tests.journeys.life import Story

SEEN = """{ payouts(first: 20) { nodes { id reference reconciledAt bankEntry { servicerReference } } }
  bankEntries(first: 20) { nodes { id servicerReference status problem payout { reference }
    candidatePayouts { reference } } } }"""
UNMATCH = """mutation($id: ID!) { bankEntryUnmatch(id: $id) { __typename
  ... on BankEntry { status problem payout { reference } candidatePayouts { reference } } } }"""


class Desk:
    """Staff with bank files of a card gateway in USD."""

    def __init__(self, staff: Api) -> None:
        self.staff, self.bank, self.files = staff, Bank(staff), 0

    async def arrives(self, *paid: Paid, currency: str = "USD") -> None:
        self.files += 1
        await self.bank.take(bank_file(*paid, id=f"S-{self.files}", currency=currency, opening=None))

    async def seen(self) -> tuple[dict[str, str | None], dict[str, tuple[str, str | None, list[str]]]]:
        """The entry of each payout, and the status, problem and candidates of each entry."""
        found = await self.staff.ask(SEEN)
        payouts: dict[str, str | None] = {}
        for each in found["payouts"]["nodes"]:
            entry = each["bankEntry"]
            assert (each["reconciledAt"] is None) == (entry is None)
            payouts[each["reference"]] = entry and entry["servicerReference"]
        entries = {
            each["servicerReference"]: (
                each["status"], each["problem"], [one["reference"] for one in each["candidatePayouts"]],
            )
            for each in found["bankEntries"]["nodes"]
        }  # fmt: skip
        assert await queries.differences() == []
        return payouts, entries


@pytest.fixture
async def desk(api: Api) -> Desk:
    return Desk((await Story.begin(api)).staff)


MATCHED: tuple[str, str | None, list[str]] = ("MATCHED", None, [])


async def test_an_entry_of_the_amount_and_about_the_day_of_one_payout_is_its_arrival(desk: Desk):
    await payout(desk.bank, "po_1", "24.41")
    await desk.arrives(Paid("24.41", "STRIPE", "BK-1", day="2026-11-30"))
    assert await desk.seen() == ({"po_1": "BK-1"}, {"BK-1": MATCHED})


async def test_a_payout_that_is_recorded_after_its_entry_is_matched_as_well(desk: Desk):
    await desk.arrives(Paid("24.41", "STRIPE", "BK-1"), Paid("3.00", "STRIPE", "BK-2", direction="DBIT"))
    assert (await desk.seen())[1]["BK-1"] == ("OPEN", "NO_ORDER", [])
    await payout(desk.bank, "po_1", "24.41")
    await payout(desk.bank, "po_2", "-3.00")
    assert await desk.seen() == ({"po_1": "BK-1", "po_2": "BK-2"}, {"BK-1": MATCHED, "BK-2": MATCHED})


async def test_the_reference_decides_between_payouts_of_the_same_amount_and_at_any_day(desk: Desk):
    await payout(desk.bank, "po_1Abc", "24.41")
    await payout(desk.bank, "po_2Abc", "24.41")
    await desk.arrives(
        Paid("24.41", "STRIPE po_2abc", "BK-1", day="2026-12-30"),
        Paid("24.41", "STRIPE", "BK-2", end_to_end="PO_1ABC"),
    )
    assert await desk.seen() == ({"po_1Abc": "BK-2", "po_2Abc": "BK-1"}, {"BK-1": MATCHED, "BK-2": MATCHED})


async def test_several_payouts_or_several_entries_wait_for_staff_with_the_candidates(desk: Desk):
    await payout(desk.bank, "po_1", "24.41")
    await payout(desk.bank, "po_2", "24.41")
    await payout(desk.bank, "po_3", "5.00")
    await desk.arrives(Paid("24.41", "A", "BK-1"), Paid("5.00", "B", "BK-2"), Paid("5.00", "C", "BK-3"))
    payouts, entries = await desk.seen()
    assert set(payouts.values()) == {None}
    assert entries == {
        "BK-1": ("OPEN", "SEVERAL_PAYOUTS", ["po_1", "po_2"]),
        "BK-2": ("OPEN", "SEVERAL_PAYOUTS", ["po_3"]),
        "BK-3": ("OPEN", "SEVERAL_PAYOUTS", ["po_3"]),
    }


async def test_entries_of_a_long_statement_that_fit_the_same_payout_wait_for_staff(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(queries, "NOT_EXAMINED_AT_ONCE", 1)
    await payout(desk.bank, "po_1", "24.41")
    await desk.arrives(Paid("24.41", "A", "BK-1"), Paid("24.41", "B", "BK-2"))
    waits = ("OPEN", "SEVERAL_PAYOUTS", ["po_1"])
    assert await desk.seen() == ({"po_1": None}, {"BK-1": waits, "BK-2": waits})


async def test_a_named_payout_of_another_amount_waits_for_staff(desk: Desk):
    await payout(desk.bank, "po_1Abc", "24.41")
    await desk.arrives(Paid("24.40", "STRIPE po_1Abc", "BK-1"))
    assert await desk.seen() == ({"po_1Abc": None}, {"BK-1": ("OPEN", "PAYOUT_DIFFERS", ["po_1Abc"])})


@pytest.mark.parametrize(
    ("paid", "currency"),
    [
        (Paid("24.41", "STRIPE", "BK-1", day="2026-12-03"), "USD"),  # six days later
        (Paid("24.41", "STRIPE", "BK-1"), "EUR"),
        (Paid("24.41", "STRIPE", "BK-1", direction="DBIT"), "USD"),
        (Paid("24.41", "STRIPE", "BK-1", is_reversal=True), "USD"),
    ],
)
async def test_another_day_currency_or_direction_and_reversals_are_not_matched(
    desk: Desk, paid: Paid, currency: str
):
    await payout(desk.bank, "po_1", "24.41")
    await desk.arrives(paid, currency=currency)
    payouts, entries = await desk.seen()
    assert payouts == {"po_1": None} and entries["BK-1"][2] == []


async def test_an_entry_that_names_an_order_is_not_taken_for_a_payout(api: Api):
    story = await Story.begin(api)
    await story.sell("A", east=5)
    desk, number = Desk(story.staff), await story.buy(("A", 1))
    await payout(desk.bank, "po_1", "24.41")
    await desk.arrives(Paid("24.41", number, "BK-1"))
    payouts, entries = await desk.seen()
    assert payouts == {"po_1": None} and entries["BK-1"][1] in ("UNDERPAID", "OVERPAID")


async def test_a_refund_that_names_an_order_is_not_taken_for_a_payout_that_is_recorded_later(api: Api):
    story = await Story.begin(api)
    await story.sell("A", east=5)
    desk, number = Desk(story.staff), await story.buy(("A", 1))
    await desk.arrives(Paid("5.00", f"Refund {number}", "BK-1", direction="DBIT"))
    await payout(desk.bank, "po_1", "-5.00")
    payouts, entries = await desk.seen()
    assert payouts == {"po_1": None} and entries["BK-1"][:2] == ("OPEN", "OUTGOING")


async def test_a_match_that_staff_undo_is_not_made_again_and_the_journal_has_both(desk: Desk):
    await payout(desk.bank, "po_1", "24.41")
    paid = Paid("24.41", "STRIPE", "BK-1")
    await desk.arrives(paid)
    undone = await desk.staff.do(UNMATCH, id=(await desk.bank.entry("BK-1"))["id"])
    assert undone == {
        "__typename": "BankEntry", "status": "OPEN", "problem": "UNMATCHED", "payout": None,
        "candidatePayouts": [{"reference": "po_1"}],
    }  # fmt: skip
    await desk.arrives(paid)
    await payout(desk.bank, "po_2", "24.41")
    assert set((await desk.seen())[0].values()) == {None}
    await sequence()  # events are listed once they have a position
    found = await desk.staff.ask(
        '{ events(filter: {subject: {eq: "payout"}}, first: 50) { nodes { name facts } } }'
    )
    told = [each for each in found["events"]["nodes"] if each["name"].endswith("reconciled")]
    assert sorted(each["name"] for each in told) == ["payout_reconciled", "payout_unreconciled"]
    assert {each["facts"]["total_minor"] for each in told} == {2441}


async def test_a_payout_and_its_entry_that_are_recorded_at_once_are_matched_once(desk: Desk):
    await asyncio.gather(
        payout(desk.bank, "po_1", "24.41"),
        desk.arrives(Paid("24.41", "STRIPE", "BK-1")),
    )
    payouts, entries = await desk.seen()
    assert (payouts, entries) == ({"po_1": "BK-1"}, {"BK-1": MATCHED})


DAY = date(2026, 11, 27)
AMOUNTS, DAYS = st.integers(1, 3), st.integers(-8, 8).map(lambda days: DAY + timedelta(days=days))
PAYOUTS = st.lists(st.tuples(AMOUNTS, DAYS), max_size=4)


def an_entry(amount: int, day: date) -> Any:
    return SimpleNamespace(
        id=uuid4(), amount_minor=amount, direction=BankEntryDirection.CREDIT, currency="USD", booked_on=day,
        is_reversal=False, structured_reference="", end_to_end_id="", remittance="",
    )  # fmt: skip


@given(PAYOUTS, PAYOUTS)
def test_without_a_reference_a_match_is_the_only_one_for_both_sides(
    payouts: list[tuple[int, date]], entries: list[tuple[int, date]]
):
    rows = [
        SimpleNamespace(id=uuid4(), reference="po", total_minor=amount, currency="USD", arrival_on=day)
        for amount, day in payouts
    ]
    booked = [an_entry(*each) for each in entries]
    for entry in booked:
        chosen = choice(entry, candidates(entry, rows), booked)
        near = [
            row
            for row in rows
            if row.total_minor == entry.amount_minor and abs(row.arrival_on - entry.booked_on) <= WINDOW
        ]
        alike = [
            other
            for row in near
            for other in booked
            if row.total_minor == other.amount_minor and abs(row.arrival_on - other.booked_on) <= WINDOW
        ]
        if len(near) == 1 and alike == [entry]:
            assert chosen is near[0]
        else:
            assert chosen is (BankEntryProblem.SEVERAL_PAYOUTS if near else None)
