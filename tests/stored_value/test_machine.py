"""Gift cards as a state machine: random payments, refunds, cancellations and expiries against a model that
knows only amounts.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from app.accounting import queries as accounting
from app.core import clock
from app.core.actor import SYSTEM
from app.core.money import Money
from app.core.refusals import Refusal
from app.orders.lifecycle import CancelReason
from app.orders.models import Order
from app.orders.service import cancelling, placing
from app.payments import queries as payments
from app.payments import service as payment_service
from app.stored_value import codes, ending, issuing, jobs, queries, spending
from app.stored_value.models import StoredValue
from app.stored_value.rules import VALID_AFTER_RETURN
from tests import make
from tests.database import empty_all_tables
from tests.machines import Machine, play, play_until_it_fails

TOTAL = 1_500  # of each order: a mug and its shipping
AMOUNTS = st.integers(1, 2_000)
PICK = st.integers(0, 9)


@dataclass
class Card:
    id: UUID
    balance: int
    expires_at: datetime | None
    is_disabled: bool = False


@dataclass
class Sale:
    id: UUID
    received: list[list[Any]] = field(
        default_factory=list
    )  # the card or None, and what is left of the amount
    is_open: bool = True

    @property
    def paid(self) -> int:
        return sum(left for _, left in self.received)


class Cards(Machine):
    @initialize()
    def begin(self) -> None:
        self.cards: list[Card] = []
        self.sales: list[Sale] = []
        self.passed = timedelta(0)
        self.run(self._begin())

    async def _begin(self) -> None:
        await empty_all_tables()
        self.shop = await make.shop()
        await self.shop.sell("MUG", stock=1_000)

    @property
    def now(self) -> datetime:
        return clock.now()

    @rule(amount=AMOUNTS, days=st.sampled_from([None, 2, 30]))
    def issue(self, amount: int, days: int | None) -> None:
        expiry = None if days is None else self.now + timedelta(days=days)
        card = self.run(issuing.issue_gift_card(SYSTEM, self.shop.channel, amount, expires_at=expiry))
        self.cards.append(Card(card.id, amount, expiry))

    @precondition(lambda self: self.cards)
    @rule(first=PICK, second=PICK)
    def place(self, first: int, second: int) -> None:
        chosen = {at % len(self.cards): None for at in (first, second)}
        cards = [self.cards[at] for at in chosen]
        given = make.order_data(("MUG", 1), gift_card_codes=[codes.code_of(each.id) for each in cards])
        try:
            order = self.run(placing.place(SYSTEM, given))
        except Refusal:
            assert not all(self._can_pay(each) for each in cards)
            return
        assert all(self._can_pay(each) for each in cards)
        sale, due = Sale(order.id), TOTAL
        for card in cards:
            part = min(due, card.balance)
            if part:
                card.balance -= part
                due -= part
                sale.received.append([card, part])
        self.sales.append(sale)

    def _can_pay(self, card: Card) -> bool:
        is_over = card.expires_at is not None and self.now >= card.expires_at
        return card.balance > 0 and not card.is_disabled and not is_over

    @precondition(lambda self: self.sales)
    @rule(which=PICK, amount=AMOUNTS)
    def pay_the_rest(self, which: int, amount: int) -> None:
        sale = self.sales[which % len(self.sales)]
        try:
            self.run(payment_service.record(SYSTEM, sale.id, Money(amount, "USD")))
        except Refusal:
            return
        sale.received.append([None, amount])

    @precondition(lambda self: self.sales)
    @rule(which=PICK, amount=AMOUNTS)
    def refund(self, which: int, amount: int) -> None:
        sale = self.sales[which % len(self.sales)]
        try:
            self.run(payment_service.refund(SYSTEM, sale.id, Money(amount, "USD")))
        except Refusal:
            assert amount > sale.paid
            return
        assert amount <= sale.paid
        for received in reversed(sale.received):
            part = min(amount, received[1])
            amount -= part
            self._return(received, part)

    @precondition(lambda self: self.sales)
    @rule(which=PICK)
    def cancel(self, which: int) -> None:
        sale = self.sales[which % len(self.sales)]
        try:
            self.run(cancelling.cancel(SYSTEM, sale.id, reason=CancelReason.OTHER))
        except Refusal:
            assert not sale.is_open
            return
        assert sale.is_open
        sale.is_open = False
        for received in sale.received:
            if received[0] is not None:
                self._return(received, received[1])

    def _return(self, received: list[Any], part: int) -> None:
        received[1] -= part
        card = received[0]
        if card is None or not part:
            return
        if card.expires_at is not None:
            if self.now >= card.expires_at:
                card.balance = 0
            card.expires_at = max(card.expires_at, self.now + VALID_AFTER_RETURN)
        card.balance += part

    @precondition(lambda self: self.cards)
    @rule(which=PICK, amount=AMOUNTS)
    def take_back(self, which: int, amount: int) -> None:
        card = self.cards[which % len(self.cards)]
        try:
            self.run(ending.take_back(SYSTEM, card.id, Money(amount, "USD"), reason="A mistake"))
        except Refusal:
            assert amount > card.balance
            return
        card.balance -= amount
        assert card.balance >= 0

    @precondition(lambda self: self.cards)
    @rule(which=PICK)
    def disable(self, which: int) -> None:
        card = self.cards[which % len(self.cards)]
        try:
            self.run(ending.disable(SYSTEM, card.id, reason="Stolen"))
        except Refusal:
            assert card.is_disabled and not card.balance
            return
        card.balance, card.is_disabled = 0, True

    @rule(days=st.sampled_from([1, 20, 100]))
    def wait(self, days: int) -> None:
        self.passed += timedelta(days=days)
        later = self.passed
        clock.now = lambda: _NOW() + later

    @rule()
    def expire(self) -> None:
        self.run(jobs.expire())
        for card in self.cards:
            if card.expires_at is not None and self.now >= card.expires_at:
                card.balance = 0

    @invariant()
    def the_books_agree_with_the_model(self) -> None:
        self.run(self._check())

    async def _check(self) -> None:
        assert await queries.differences() == [] and await payments.differences() == []
        assert await accounting.differences() == []
        balances = {row.id: row.balance_minor for row in await StoredValue.all()}
        assert balances == {card.id: card.balance for card in self.cards}
        paid = {row.id: row.paid_minor for row in await Order.all()}
        assert paid == {sale.id: sale.paid for sale in self.sales}

    def teardown(self) -> None:
        clock.now = _NOW


_NOW = clock.now


@pytest.mark.usefixtures("clean")
async def test_balances_follow_payments_refunds_cancellations_and_expiries():
    await play(Cards, 10)


@pytest.mark.divided
@pytest.mark.usefixtures("clean")
async def test_the_machine_finds_a_refund_that_is_not_returned(monkeypatch: pytest.MonkeyPatch):
    async def nothing(*_: Any) -> None:
        """A planted fault."""

    monkeypatch.setattr(spending, "give_back", nothing)
    with pytest.raises(BaseException) as caught:
        await play_until_it_fails(Cards, 10)
    assert "assert" in str(caught.getrepr())
