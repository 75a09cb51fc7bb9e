"""Quantities of a purchase order agree after random receipts, reversals, returns and changes of its days."""

import random
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from app.core import clock
from app.core.actor import SYSTEM
from app.core.refusals import Refusal
from app.inventory.receiving import queries as receiving_queries
from app.inventory.receiving import service as receiving_service
from app.inventory.stock import queries as stock
from app.suppliers import queries
from app.suppliers.lifecycle import PurchaseOrderStatus as S
from app.suppliers.service import confirming, ordering, receiving, returning, reversing, suppliers
from app.suppliers.service import lines as lines_commands
from tests import make

pytestmark = pytest.mark.usefixtures("clean")

ORDERED = {"A": 12, "B": 5}
COST = {"A": 700, "B": 330}
STEPS = 14


@dataclass
class Expected:
    """The expected quantities."""

    received: dict[str, int] = field(default_factory=lambda: dict.fromkeys(ORDERED, 0))
    sent_back: dict[str, int] = field(default_factory=lambda: dict.fromkeys(ORDERED, 0))
    days: dict[str, Any] = field(default_factory=dict)
    kept: list[tuple[Any, dict[str, int]]] = field(default_factory=list)  # receipts: the units left of each
    is_confirmed: bool = False
    is_closed: bool = False

    @property
    def status(self) -> S:
        if self.is_closed:
            return S.CLOSED
        if all(self.received[sku] >= ORDERED[sku] for sku in ORDERED):
            return S.RECEIVED
        if any(self.received.values()):
            return S.PARTIALLY_RECEIVED
        return S.CONFIRMED if self.is_confirmed else S.SENT

    def incoming(self, sku: str) -> int:
        return 0 if self.is_closed else max(0, ORDERED[sku] - self.received[sku])


@pytest.mark.parametrize("seed", range(10))
async def test_purchase_order_receipts_stock_and_incoming_quantities_agree(seed: int):
    chance = random.Random(seed)
    shop = await make.shop()
    for sku in ORDERED:
        await shop.sell(sku, stock=0)
    supplier = await suppliers.create_supplier(SYSTEM, suppliers.SupplierData("acme", "Acme", "USD"))
    lines = [lines_commands.PurchaseItem(sku, ORDERED[sku], COST[sku]) for sku in ORDERED]
    order = await ordering.create_purchase_order(
        SYSTEM, ordering.PurchaseOrderData(supplier, shop.location, lines)
    )
    first = clock.today() + timedelta(days=5)
    await ordering.send_purchase_order(SYSTEM, order.id, expected_on=first)
    expected = Expected(days=dict.fromkeys(ORDERED, first))
    done = 0
    for _ in range(STEPS):
        kind = chance.choice([_receive, _receive, _take_back, _take_back, _send_back, _give_days, _close])
        done += await kind(chance, shop, order.id, supplier, expected)
        await _agree(shop, order.id, expected)
    assert done >= STEPS / 4  # the other steps were refused as expected


async def _receive(chance: random.Random, shop: Any, id: Any, supplier: Any, expected: Expected) -> bool:
    came = {sku: chance.randint(1, ORDERED[sku]) for sku in ORDERED if chance.random() < 0.7}
    over = chance.random() < 0.3
    items = [receiving.ArrivedItem(sku, units) for sku, units in came.items()]
    too_many = any(expected.received[sku] + n > ORDERED[sku] * 110 // 100 for sku, n in came.items())
    may = bool(came) and expected.status in (S.SENT, S.CONFIRMED, S.PARTIALLY_RECEIVED)
    if not (may and (over or not too_many)):
        with pytest.raises(Refusal):
            await receiving.receive_purchase_order(SYSTEM, id, arrived=items, accepts_more=over)
        return False
    await receiving.receive_purchase_order(SYSTEM, id, arrived=items, accepts_more=over)
    for sku, units in came.items():
        expected.received[sku] += units
    (receipts,) = await receiving_queries.receipts_by_source([id])
    expected.kept.append((receipts[-1].id, came))
    return True


async def _take_back(chance: random.Random, shop: Any, id: Any, supplier: Any, expected: Expected) -> bool:
    there = [(receipt, kept) for receipt, kept in expected.kept if any(kept.values())]
    if not there:
        return False
    receipt, kept = chance.choice(there)
    skus = list(kept)
    taken = {sku: chance.randint(1, kept[sku]) for sku in skus if kept[sku]}
    items = [receiving_service.ReversedItem(skus.index(sku) + 1, units) for sku, units in taken.items()]
    try:
        await reversing.reverse_purchase_receipt(SYSTEM, receipt, items=items)
    except Refusal:
        # By first in, first out the goods of this receipt went back to the supplier.
        assert any(expected.sent_back[sku] for sku in taken)
        return False
    for sku, units in taken.items():
        kept[sku] -= units
        expected.received[sku] -= units
    return True


async def _send_back(chance: random.Random, shop: Any, id: Any, supplier: Any, expected: Expected) -> bool:
    sku = chance.choice(list(ORDERED))
    units, can = chance.randint(1, 4), expected.received[sku] - expected.sent_back[sku]
    data = returning.SupplierReturnData(
        supplier, shop.location, [returning.ReturnedItem(sku, units)], purchase_order_id=id
    )
    if units > can:
        with pytest.raises(Refusal):
            await returning.create_supplier_return(SYSTEM, data)
        return False
    await returning.create_supplier_return(SYSTEM, data)
    expected.sent_back[sku] += units
    return True


async def _give_days(chance: random.Random, shop: Any, id: Any, supplier: Any, expected: Expected) -> bool:
    day = clock.today() + timedelta(days=chance.randint(1, 90))
    sku = chance.choice([None, *ORDERED])
    said: dict[str, Any] = {"expected_on": day} if sku is None else {"days": [(sku, day)]}
    open_skus = [each for each in ORDERED if expected.received[each] < ORDERED[each]]
    may = expected.status in (S.SENT, S.CONFIRMED, S.PARTIALLY_RECEIVED)
    if not may or (sku is not None and sku not in open_skus):
        with pytest.raises(Refusal):
            await confirming.confirm_purchase_order(SYSTEM, id, **said)
        return False
    await confirming.confirm_purchase_order(SYSTEM, id, **said)
    expected.days |= dict.fromkeys(open_skus if sku is None else [sku], day)
    expected.is_confirmed = True
    return True


async def _close(chance: random.Random, shop: Any, id: Any, supplier: Any, expected: Expected) -> bool:
    if chance.random() < 0.7 or expected.status not in (S.PARTIALLY_RECEIVED, S.RECEIVED):
        return False
    await ordering.close_purchase_order(SYSTEM, id)
    expected.is_closed = True
    return True


async def _agree(shop: Any, id: Any, expected: Expected) -> None:
    (order,) = await queries.orders_by_id([id])
    assert order is not None and order.status is expected.status
    lines = await queries.lines_of(id)
    skus = await stock.skus_of(line.variant_id for line in lines)
    coming = {row.level_id: row for row in await stock.open_incoming_of(id)}
    for line in lines:
        sku = skus[line.variant_id]
        assert line.received == expected.received[sku]
        level = await stock.level_of(line.variant_id, shop.location.id)
        assert level is not None
        there = expected.received[sku] - expected.sent_back[sku]
        assert (level.on_hand, level.incoming) == (there, expected.incoming(sku))
        assert (await stock.level_values([level.id]))[level.id] == (there, there * COST[sku])
        if expected.incoming(sku):
            assert coming[level.id].expected_on == expected.days[sku]
    assert await stock.differences() == []
