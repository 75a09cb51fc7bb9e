"""What happened before the ledger was introduced is posted once, with the same totals."""

from datetime import timedelta
from typing import Any

import pytest

from app.accounting import jobs, queries
from app.accounting.models import LedgerEntry, LedgerHistory, LedgerLabel, LedgerPosting
from app.accounting.service import posting
from app.accounting.service.opening import post_history
from app.core import clock
from app.core.actor import SYSTEM
from app.core.database import fetch, insert
from app.core.ids import new_id
from app.core.uow import UnitOfWork
from tests.accounting.books import balances
from tests.accounting.test_closing import moment
from tests.accounting.test_posting import ship_all
from tests.journeys.life import CANCEL, Story, books_add_up
from tests.payments.desk import Desk
from tests.stored_value.till import Till


async def forget_the_ledger() -> None:
    for model in (LedgerPosting, LedgerEntry, LedgerLabel):
        await model.all().delete()
    await insert([LedgerHistory(id=new_id(), created_at=clock.now())])


async def busy_shop(story: Story) -> None:
    """Orders in every state, gift cards, and stock that came, left and was lost."""
    paid = Desk(story, await story.buy(("MUG", 2)))
    await paid.record("27.50", receivedAt=moment(3))
    await ship_all(story, paid.number)
    await paid.refund("5.50")
    part = Desk(story, await story.buy(("MUG", 3)))
    await part.record("10.00")
    await ship_all(story, await story.buy(("MUG", 1)))
    till = Till(story.staff)
    _, code = await till.card("30.00")
    await story.buy(("MUG", 1), giftCardCodes=[code])
    gone = Desk(story, await story.buy(("MUG", 1)))
    await gone.record("16.50")
    await story.staff.do(CANCEL, input={"id": (await gone.seen())["id"], "reason": "CUSTOMER"})


async def test_the_totals_agree_before_and_after(story: Story):
    await busy_shop(story)
    before = await balances(story.staff)
    days = await _by_day()
    await forget_the_ledger()
    assert await balances(story.staff) == {}
    (waits,) = await queries.differences()
    assert "ordergraph migrate" in waits
    assert await post_history(SYSTEM)
    assert await balances(story.staff) == before
    assert await _by_day() == days
    await books_add_up()


async def test_it_is_posted_once(story: Story):
    await busy_shop(story)
    await forget_the_ledger()
    assert await post_history(SYSTEM)
    count = await LedgerEntry.all().count()
    assert not await post_history(SYSTEM)
    assert await LedgerEntry.all().count() == count


async def test_orders_go_on_after_their_history_was_posted(story: Story):
    desk = Desk(story, await story.buy(("MUG", 2)))
    await desk.record("10.00")
    await forget_the_ledger()
    await post_history(SYSTEM)
    await ship_all(story, desk.number)
    await desk.record("17.50")
    found = await balances(story.staff)
    assert found["CLEARING manual"] == "27.50" and "DEPOSITS" not in found and "RECEIVABLE" not in found
    await books_add_up()


async def _by_day() -> list[tuple[Any, ...]]:
    """What was posted on each day, without receivables and deposits, which depend on the order of facts."""
    rows = await fetch(
        "SELECT posted_on, account, detail, side, SUM(amount_minor) AS minor FROM ledger_posting "
        "WHERE account IN ('clearing', 'gift_cards', 'inventory', 'cost_of_sales', 'goodwill') "
        "GROUP BY posted_on, account, detail, side ORDER BY 1, 2, 3, 4"
    )
    return [tuple(str(value) for value in dict(row).values()) for row in rows]


async def test_what_earlier_servers_did_meanwhile_is_posted_a_day_later(
    story: Story, monkeypatch: pytest.MonkeyPatch
):
    old = Desk(story, await story.buy(("MUG", 2)))
    await old.record("5.00")
    await forget_the_ledger()
    await post_history(SYSTEM)
    with monkeypatch.context() as earlier:  # a server that does not post
        earlier.setattr(UnitOfWork, "book", _nothing)
        earlier.setattr(posting, "RECOGNIZING", ())
        await old.record("22.50")
        await ship_all(story, old.number)
        await Till(story.staff).card("30.00")
    new = Desk(story, await story.buy(("MUG", 1)))
    await new.record("16.50")
    await ship_all(story, new.number)
    assert await queries.differences()
    assert await jobs.complete_history() == 0
    with clock.shifted(timedelta(hours=25)):
        assert await jobs.complete_history() == 1
        assert await jobs.complete_history() == 0
    await books_add_up()


def _nothing(_uow: UnitOfWork, _rows: Any) -> None:
    pass
