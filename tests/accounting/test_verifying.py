"""`ordergraph verify` names the first disagreement of the ledger with orders, payments and stock."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from tortoise.connection import get_connection
from tortoise.exceptions import IntegrityError, OperationalError

from app.accounting import queries
from app.accounting.lifecycle import AccountKind, LedgerSide
from app.accounting.models import LedgerEntry, LedgerPosting
from app.accounting.postings import Account
from app.accounting.recognition import recognized
from app.accounting.service import posting, settling, writing
from app.core import uow
from app.core.database import fetch
from app.orders.models import Order
from tests.accounting.test_posting import DISPUTE, ship_all
from tests.conftest import ON_POSTGRES
from tests.journeys.life import Story
from tests.payments.desk import Desk
from tests.payments.test_payouts import imported, line
from tests.stored_value.till import Till


@asynccontextmanager
async def unguarded() -> AsyncIterator[None]:
    """Without the triggers of the ledger, which refuse such changes."""
    created = ""
    if ON_POSTGRES:
        await _script(
            "ALTER TABLE ledger_entry DISABLE TRIGGER USER; ALTER TABLE ledger_posting DISABLE TRIGGER USER"
        )
    else:
        (row,) = await fetch("SELECT sql FROM sqlite_master WHERE name = 'ledger_posting_unchanged'")
        created = row["sql"]
        await _script("DROP TRIGGER ledger_posting_unchanged")
    try:
        yield
    finally:
        if ON_POSTGRES:
            await _script(
                "ALTER TABLE ledger_entry ENABLE TRIGGER USER; ALTER TABLE ledger_posting ENABLE TRIGGER USER"
            )
        else:
            await _script(created)


async def _script(sql: str) -> None:
    await get_connection("default").execute_script(sql)


async def sold(story: Story) -> Desk:
    desk = Desk(story, await story.buy(("MUG", 2)))
    await desk.record("27.50")
    await ship_all(story, desk.number)
    assert await queries.differences() == []
    return desk


async def test_a_posting_on_the_wrong_side_is_found(story: Story):
    await sold(story)
    (row,) = await LedgerPosting.filter(account="sales")
    async with unguarded():
        await LedgerPosting.filter(id=row.id).update(side=LedgerSide.DEBIT)
    found = await queries.differences()
    assert f"ledger entry {row.entry_id}: its debits exceed its credits by 4000 USD" in found[0]


async def test_a_missing_posting_is_found(story: Story):
    await sold(story)
    (row,) = await LedgerPosting.filter(account="tax")
    async with unguarded():
        await LedgerPosting.filter(id=row.id).delete()
    assert (
        f"ledger entry {row.entry_id}: its debits exceed its credits by 250 USD"
        in (await queries.differences())[0]
    )


async def test_an_entry_that_is_missing_as_a_whole_is_found_at_its_order(story: Story):
    desk = await sold(story)
    (entry,) = await LedgerEntry.filter(kind="payment")
    await LedgerPosting.filter(entry_id=entry.id).delete()
    await LedgerEntry.filter(id=entry.id).delete()
    (found,) = await queries.differences()
    assert f"order {desk.number}: 2750 paid, but 0 in the ledger" in found


async def test_revenue_that_is_missing_is_found_at_its_order(story: Story):
    desk = await sold(story)
    (entry,) = await LedgerEntry.filter(kind="revenue")
    await LedgerPosting.filter(entry_id=entry.id).delete()
    await LedgerEntry.filter(id=entry.id).delete()
    assert any(
        f"order {desk.number}: 0 in the ledger as revenue" in each for each in await queries.differences()
    )


async def test_a_cost_of_sales_that_is_missing_is_found_at_its_account(story: Story):
    await sold(story)
    (entry,) = await LedgerEntry.filter(kind="cost_of_sales")
    await LedgerPosting.filter(entry_id=entry.id).delete()
    await LedgerEntry.filter(id=entry.id).delete()
    assert await queries.differences() == [
        "inventory: 20000 USD in the ledger, but 19200 in the ledger of stock value",
        "cost_of_sales: 0 USD in the ledger, but 800 in the ledger of stock value",
    ]


async def test_a_balance_of_gift_cards_that_differs_is_found(api: Any):
    till = await Till.open(api)
    await till.card("30.00")
    (entry,) = await LedgerEntry.all()
    await LedgerPosting.filter(entry_id=entry.id).delete()
    await LedgerEntry.filter(id=entry.id).delete()
    assert await queries.differences() == ["gift_cards: 0 USD in the ledger, but 3000 on the accounts"]


async def test_a_partly_shipped_order_is_computed_again(story: Story):
    desk = await sold(story)
    await Order.filter(number=desk.number).update(total_minor=3850)
    await _script("UPDATE order_line SET quantity = 3, total_minor = 3300")
    found = await queries.differences()
    assert found == []  # two of three units have left, and are worth what was posted
    await _script("UPDATE order_line SET quantity_shipped = 1")
    (found_one,) = await queries.differences()
    assert f"order {desk.number}: " in found_one and "differs from what has left by" in found_one


async def test_postings_are_not_changed(story: Story):
    await sold(story)
    for table in ("ledger_posting", "ledger_entry"):
        with pytest.raises((IntegrityError, OperationalError), match="not changed"):
            await _script(f"UPDATE {table} SET currency = 'EUR'")


@pytest.mark.skipif(not ON_POSTGRES, reason="SQLite has no deferred triggers; verify finds it")
async def test_postgresql_refuses_an_entry_that_does_not_balance_at_the_commit(story: Story):
    await sold(story)
    (row,) = await fetch("SELECT * FROM ledger_posting LIMIT 1")
    with pytest.raises((IntegrityError, OperationalError), match="not balanced"):
        await LedgerPosting.create(**{**dict(row), "id": uuid4()})


FAULTS: dict[str, tuple[Any, str, Callable[..., Any]]] = {
    "sides are exchanged": (
        writing, "_postings",
        lambda entry, draft, right=writing._postings: [_exchanged(row) for row in right(entry, draft)],
    ),
    "payments are not posted": (posting, "kind_of_payment", lambda row: None),
    "stock is not posted": (posting, "drafts_of_stock", lambda rows, currency: []),
    "shipments are not posted": (posting, "RECOGNIZING", ()),
    "stored value is not posted": (posting, "drafts_of_stored_value", lambda rows, accounts: []),
    "nothing is booked": (uow.UnitOfWork, "book", lambda self, rows: None),
}  # fmt: skip


def _twice(drafts: Any) -> Any:
    """Drafts whose amounts are twice what they should be, and balance."""
    return [replace(each, amounts={a: 2 * minor for a, minor in each.amounts.items()}) for each in drafts]


def _on_another_rate(*given: Any) -> dict[Account, int]:
    return {
        Account(AccountKind.TAX, "US/0.2") if account.kind is AccountKind.TAX else account: minor
        for account, minor in recognized(*given).items()
    }


async def _write_twice(uow: Any, drafts: Any, lines: Any, right: Any = writing.write) -> None:
    await right(uow, drafts, lines)
    await right(uow, drafts)


async def _wrong_amounts(*given: Any, right: Any = settling.drafts_of_payouts) -> Any:
    return _twice(await right(*given))


async def _none(*_given: Any) -> list[Any]:
    return []


MUTATIONS: dict[str, tuple[Any, str, Any, str]] = {
    "a payment has a wrong amount": (
        posting, "draft_of_payment",
        lambda *given, right=posting.draft_of_payment: _twice([right(*given)])[0],
        "2750 paid, but 5500 in the ledger",
    ),
    "revenue has a wrong amount": (
        posting, "recognized",
        lambda *given: {account: 2 * minor for account, minor in recognized(*given).items()},
        "5500 in the ledger as revenue with tax, but 2750 has left",
    ),
    "a payout has a wrong amount": (
        posting, "drafts_of_payouts", _wrong_amounts, "bank has 5400 USD in the ledger, but 2700 by its rows",
    ),
    "payments are missing": (
        posting, "draft_of_payment", lambda *given: None, "2750 paid, but 0 in the ledger",
    ),
    "payouts are missing": (
        posting, "drafts_of_payouts", _none, "fees has 0 USD in the ledger, but 50 by its rows",
    ),
    "disputes are missing": (
        posting, "drafts_of_disputes", _none, "disputes has 0 USD in the ledger, but 1000 by its rows",
    ),
    "entries are written twice": (posting, "write", _write_twice, "2750 paid, but 5500 in the ledger"),
    "tax is posted with the wrong rate": (
        posting, "recognized", _on_another_rate, "tax US/0.1 differs from what has left by -250",
    ),
}  # fmt: skip


@pytest.mark.parametrize("mutation", MUTATIONS)
async def test_what_mutated_code_posts_is_found_at_its_subject(
    story: Story, mutation: str, monkeypatch: pytest.MonkeyPatch
):
    module, name, wrong, expected = MUTATIONS[mutation]
    monkeypatch.setattr(module, name, wrong)
    desk = Desk(story, await story.buy(("MUG", 2)))
    await desk.record("27.50", reference="T-1")
    await ship_all(story, desk.number)
    paid = [line("PAYMENT", "T-1", "27.50", "0.50")]
    assert (await imported(desk, "27.00", *paid, gateway="terminal"))["status"] == "CLOSED"
    payment = (await desk.payments())[0]
    await story.staff.do(
        DISPUTE, i={"paymentId": payment["id"], "amount": desk.money("10.00"), "reference": "C-1"}
    )
    found = await queries.differences()
    assert any(expected in each for each in found), found


def _exchanged(row: LedgerPosting) -> LedgerPosting:
    row.side = LedgerSide.CREDIT if row.side is LedgerSide.DEBIT else LedgerSide.DEBIT
    return row


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_planted_fault_is_found(story: Story, fault: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(*FAULTS[fault])
    await Till(story.staff).card("30.00")
    desk = Desk(story, await story.buy(("MUG", 2)))
    await desk.record("27.50")
    await ship_all(story, desk.number)
    assert await queries.differences()
