"""Late costs that are recorded concurrently with sales, returns, transfers and receipts of the same goods."""

import asyncio
import contextlib
from collections.abc import Awaitable
from datetime import timedelta

import pytest

from app.catalog import queries as catalog
from app.core import clock
from app.core.actor import SYSTEM
from app.core.database import fetch
from app.core.ids import new_id
from app.core.refusals import Refusal
from app.inventory.receiving import service as receiving_service
from app.inventory.receiving.service.receipt_costs import Cost
from app.inventory.receiving.service.receipts import LandedCost
from app.inventory.receiving.service.received_lines import ReceivedLine
from app.inventory.stock import queries
from app.inventory.stock.models import CostFlow
from app.inventory.stock.revaluing import revalue
from app.inventory.stock.service import returns
from app.inventory.stock.service.cost_propagation import plain
from app.inventory.transfers import service as transfers
from app.inventory.transfers.service.drafts import TransferData, TransferItem
from tests import make
from tests.inventory.test_late_costs import account, sell

pytestmark = pytest.mark.usefixtures("clean")


async def _try(work: Awaitable[object]) -> None:
    with contextlib.suppress(Refusal):  # there may not be enough stock at that moment
        await work


async def _move(shop: make.Shop, second: object) -> None:
    made = await transfers.create_transfer(
        SYSTEM, TransferData(shop.location, second, [TransferItem("A", 2)])
    )
    await transfers.ship_transfer(SYSTEM, made.id)
    await transfers.receive_transfer(SYSTEM, made.id)


async def test_late_costs_concurrent_with_sales_returns_and_transfers_give_consistent_values():
    shop = await make.shop()
    await shop.sell("A", stock=0)
    second = await make.location("second")
    variant = await catalog.variant_by_sku("A")
    line = [ReceivedLine("A", 40, Cost(101, "USD"))]
    receipts = [await receiving_service.receive(SYSTEM, location=shop.location, lines=line) for _ in range(2)]
    buyers = [await sell(shop, 3) for _ in range(4)]
    earlier = clock.now() - timedelta(hours=1)
    work: list[Awaitable[object]] = []
    for n, buyer in enumerate(buyers):
        receipt = receipts[n % 2].id
        place = second if n % 2 else shop.location
        back = {"variant": variant, "location": place, "quantity": 2, "claimant": buyer}
        work += [
            receiving_service.add_landed_cost(SYSTEM, receipt, LandedCost("freight", 77)),
            returns.take_back(SYSTEM, **back),
            receiving_service.correct_cost(SYSTEM, receipt, position=1, cost=Cost(120 + n, "USD")),
            sell(shop, 1, new_id()),
            _move(shop, second),
            receiving_service.receive(SYSTEM, location=shop.location, lines=line, received_at=earlier),
        ]
    await asyncio.gather(*map(_try, work))
    assert await queries.differences() == []
    lines = await fetch("SELECT SUM(cost_minor + landed_minor) AS n FROM receipt_line")
    paid = -await account("suppliers") - await account("revaluation")
    assert paid == int(lines[0]["n"])
    assert paid == await account("asset") + await account("cost_of_sales")
    flows = await CostFlow.all()
    assert revalue([plain(flow) for flow in flows], {}, {}).values == {f.id: f.value_minor for f in flows}
