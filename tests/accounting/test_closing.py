"""Facts of a closed period are posted on the first open day; a closed period never changes."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from app.access.permissions import Permission
from app.accounting.models import LedgerEntry
from app.accounting.service import closing, writing
from app.accounting.service.writing import day_of
from app.core import clock
from app.core.actor import SYSTEM
from app.core.refusals import Refusal
from tests import make
from tests.accounting.books import balances
from tests.ask import Api
from tests.journeys.life import Story, books_add_up
from tests.payments.desk import Desk, desk_for

CLOSE = """mutation($d: Date!) { accountingPeriodClose(through: $d) { __typename
  ... on AccountingPeriod { through closedBy } ... on InvalidInput { problems { code } message path } } }"""
PERIODS = "{ accountingPeriods { through closedBy } }"


def day(back: int) -> str:
    """The date some days ago."""
    return (day_of(clock.now()) - timedelta(days=back)).isoformat()


def moment(back: int) -> str:
    return (clock.now() - timedelta(days=back)).isoformat()


@pytest.fixture
async def desk(api: Api) -> Desk:
    return await desk_for(await Story.begin(api))


async def close(desk: Desk, back: int) -> dict[str, Any]:
    return await desk.story.staff.do(CLOSE, d=day(back))


async def posted_on() -> list[str]:
    return [row.posted_on.isoformat() for row in await LedgerEntry.all().order_by("id")]


async def test_a_payment_received_earlier_is_posted_on_its_own_day(desk: Desk):
    await desk.record("1.00", receivedAt=moment(10))
    assert await posted_on() == [day(10)]
    assert await balances(desk.story.staff, on=day(11)) == {}
    assert (await balances(desk.story.staff, on=day(10)))["DEPOSITS"] == "-1.00"


async def test_a_payment_of_a_closed_period_is_posted_on_the_first_open_day(desk: Desk):
    await desk.record("1.00", receivedAt=moment(10))
    before = await balances(desk.story.staff, on=day(5))
    assert await close(desk, 5) == {"__typename": "AccountingPeriod", "through": day(5), "closedBy": "test"}
    await desk.record("2.00", receivedAt=moment(10))
    await desk.record("3.00", receivedAt=moment(4))
    assert await posted_on() == [day(10), day(4), day(4)]
    assert await balances(desk.story.staff, on=day(5)) == before
    (late,) = await LedgerEntry.filter(posted_on=day(4)).order_by("id").limit(1)
    assert late.happened_at.date().isoformat() == day(10)
    await books_add_up()


async def test_only_days_that_have_ended_are_closed_and_only_once(desk: Desk):
    today = await close(desk, 0)
    assert (today["problems"][0]["code"], today["path"]) == ("IN_THE_FUTURE", ["through"])
    await close(desk, 5)
    again = await close(desk, 6)
    assert (again["problems"][0]["code"], again["path"]) == ("NO_CHANGE", ["through"]) and day(5) in again[
        "message"
    ]
    await close(desk, 1)
    periods = (await desk.story.staff.ask(PERIODS))["accountingPeriods"]
    assert [each["through"] for each in periods] == [day(1), day(5)]


async def test_days_are_those_of_the_company(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    changed = writing.settings().model_copy(update={"time_zone": "Pacific/Kiritimati"})
    monkeypatch.setattr(writing, "settings", lambda: changed)
    await desk.record("1.00", receivedAt="2026-03-01T11:00:00Z")
    assert await posted_on() == ["2026-03-02"]


async def test_one_of_several_concurrent_closings_of_a_day_succeeds(desk: Desk):
    done = await asyncio.gather(*(close(desk, 2) for _ in range(4)))
    assert sorted(each["__typename"] for each in done) == ["AccountingPeriod"] + ["InvalidInput"] * 3


async def test_payments_recorded_while_a_period_is_closed_are_never_posted_in_it_afterwards(desk: Desk):
    """Whatever was posted in the period when it was closed stays as it is."""
    seen: list[int] = []

    async def close_it() -> None:
        await asyncio.sleep(0)
        await closing.close_period(SYSTEM, day_of(clock.now()) - timedelta(days=3))
        seen.append(await LedgerEntry.filter(posted_on=day(6)).count())

    order = (await desk.seen())["id"]
    records = (
        desk.do("paymentRecord", orderId=order, amount=desk.money(f"0.{n}"), receivedAt=moment(6))
        for n in range(10, 20)
    )
    await asyncio.gather(*records, close_it())
    assert await LedgerEntry.filter(posted_on=day(6)).count() == seen[0]
    assert await LedgerEntry.all().count() == 10
    await books_add_up()


async def test_staff_who_only_see_the_finances_cannot_close(desk: Desk):
    viewer = desk.story.staff.as_(await make.token(Permission.FINANCE_VIEW))
    refused = await viewer.error(CLOSE, d=day(5))
    assert refused["extensions"]["code"] == "FORBIDDEN"
    with pytest.raises(Refusal):
        await closing.close_period(SYSTEM, day_of(clock.now()))
