"""The ledger as a state machine over all that moves orders, money and stock.

After each step every entry balances, and the balances are those that are computed again from the rows of
orders, payments, disputes, payouts, stored value and stock (`recomputed`). At the end `verify` finds nothing
and bean-check accepts the export.
"""

from collections import Counter
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis.stateful import invariant

from app.accounting import queries as accounting
from app.accounting.exporting.formats import ExportFormat
from app.accounting.exporting.making import ExportRequest, make
from app.accounting.service.writing import day_of
from app.core import clock
from app.core.database import fetch
from app.orders.models import Order, OrderLine
from app.payments.gateways.kinds import GatewayKind
from app.payments.models import PurchasedGiftCard
from tests.accounting import recomputed
from tests.accounting.ledger_till import Till
from tests.accounting.test_exports import bean_check
from tests.amounts import usual
from tests.journeys.life import books_add_up
from tests.machines import play
from tests.payments import scripted

CHECKED = (
    "clearing", "disputes", "dispute_losses", "bank", "fees", "payout_differences", "exchange", "gift_cards",
    "store_credit", "breakage", "inventory", "in_transit", "goods_received", "cost_of_sales", "write_offs",
    "stock_gains", "revaluation", "assembly",
)  # fmt: skip
_TOLERANCE = 2  # minor units: a credit is distributed in whole units


class Ledger(Till):
    folder: Path

    @invariant()
    def the_ledger_agrees_with_the_rows(self) -> None:
        if hasattr(self, "account"):
            self.run(self._agree())

    async def _agree(self) -> None:
        assert await recomputed.unbalanced() == []
        posted, demanded = await recomputed.posted(), Counter[tuple[str, str, str]]()
        for part in (
            await recomputed.of_money(),
            await recomputed.of_stored_value(),
            await recomputed.of_stock("USD"),
        ):
            for key, minor in part.items():
                demanded[key] += minor
        for key in {*posted, *demanded}:
            if key[0] in CHECKED:
                assert posted[key] == demanded[key], key
        await self._orders_agree()
        if hasattr(self, "closed"):
            through, balances = self.closed
            assert await accounting.balances(through) == balances, "a closed period has changed"

    async def _orders_agree(self) -> None:
        lines: dict[Any, list[OrderLine]] = {}
        for line in await OrderLine.all():
            lines.setdefault(line.order_id, []).append(line)
        cards: Counter[Any] = Counter()
        for card in await PurchasedGiftCard.all():
            cards[card.order_id] += card.refunded_minor
        posted: dict[Any, Counter[tuple[str, str]]] = {}
        for row in await fetch(
            "SELECT order_id, account, detail, side, amount_minor FROM ledger_posting WHERE order_id IS NOT NULL"
        ):
            sign = 1 if row["side"] == "debit" else -1
            own = posted.setdefault(str(row["order_id"]), Counter())
            own[row["account"], row["detail"]] += sign * row["amount_minor"]
        for order in await Order.all():
            own = posted.get(str(order.id), Counter())
            _agrees(order, recomputed.Revenue(order, lines[order.id], cards[order.id]), own)

    def teardown(self) -> None:
        if hasattr(self, "account"):
            try:
                self.run(self._finish())
            finally:
                self.time.close()

    async def _finish(self) -> None:
        await books_add_up()
        today = day_of(clock.now())
        request = ExportRequest(
            ExportFormat.BEANCOUNT, today - timedelta(days=365), today + timedelta(days=1)
        )
        file = self.folder / "ledger.beancount"
        file.write_bytes(b"".join([part async for part in (await make(request)).parts]))
        assert bean_check(file) == ""


def _agrees(order: Any, revenue: recomputed.Revenue, own: Counter[tuple[str, str]]) -> None:
    worth = -sum(minor for (account, _), minor in own.items() if account in recomputed.REVENUE)
    assert worth == revenue.worth, (order.number, "worth")
    owed = revenue.worth - order.paid_minor
    assert own["receivable", ""] == max(0, owed), (order.number, "receivable")
    assert own["deposits", ""] == min(0, owed), (order.number, "deposits")
    if not revenue.has_left:
        return
    taxes: Counter[Fraction] = Counter()
    for (account, detail), minor in own.items():
        if account == "tax":
            taxes[Fraction(detail.partition("/")[2])] -= minor
    for rate in {*taxes, *revenue.taxes}:
        assert abs(taxes[rate] - revenue.tax_after_credits(rate)) <= _TOLERANCE, (order.number, rate)
    assert own["goodwill", ""] == -revenue.cards
    assert abs(own["rounding", ""]) <= 4, (order.number, "rounding")


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    scripted.installed(monkeypatch)
    monkeypatch.setattr(Ledger, "folder", tmp_path, raising=False)
    assert GatewayKind.STRIPE.adapter is not None


@pytest.mark.usefixtures("clean", "gateway")
@pytest.mark.timeout(3600)
async def test_the_ledger_agrees_with_orders_payments_and_stock_after_random_commands():
    await play(Ledger, usual(12, full=100))
