"""A real shop's history, replayed as receipts and sales, compared with an independent calculation."""

import csv
import gzip
import zlib
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

import pytest

from app.catalog.models import Product, Variant
from app.core import clock
from app.core.actor import SYSTEM
from app.core.database import fetch, insert, uuid_of
from app.core.ids import new_id
from app.inventory.receiving import service as receiving_service
from app.inventory.receiving.service.receipt_costs import Cost
from app.inventory.receiving.service.received_lines import ReceivedLine
from app.inventory.stock import queries
from app.inventory.stock.service import shipping, valuing
from app.inventory.stock.service.ledger import Reference
from app.inventory.stock.service.shipping import Sold
from tests import make
from tests.amounts import is_done_here, usual

FILE = Path(__file__).parent.parent / "data" / "online-retail-daily.csv.gz"


def weeks() -> Iterator[tuple[date, dict[str, tuple[int, int]]]]:
    """Units and revenue of each SKU by week."""
    found: dict[date, dict[str, tuple[int, int]]] = defaultdict(dict)
    with gzip.open(FILE, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            day = date.fromisoformat(row["day"])
            week = found[day - timedelta(days=day.weekday())]
            units, amount = week.get(row["sku"], (0, 0))
            week[row["sku"]] = (units + int(row["units"]), amount + int(row["amount_pence"]))
    yield from sorted(found.items())


def cost_of(week: date, sku: str, units: int, amount: int) -> int:
    """A pseudo-random unit cost for a week: about half of the selling price."""
    variation = zlib.crc32(f"{week}{sku}".encode()) % 41 - 20
    return max(1, round(amount / units * (0.5 + variation / 100)))


def bought(week: date, sku: str, units: int) -> int:
    """The quantity bought: slightly more than is sold, in multiples of ten."""
    return (units + 9 + zlib.crc32(f"{sku}{week}".encode()) % 7) // 10 * 10


async def _variants(skus: list[str]) -> dict[str, UUID]:
    at = clock.now()
    product = Product(id=new_id(), slug="everything", name="Everything", created_at=at, updated_at=at)
    variants = [
        Variant(id=new_id(), product_id=product.id, sku=sku, created_at=at, updated_at=at) for sku in skus
    ]
    await insert([product])
    await insert(variants)
    return {variant.sku: variant.id for variant in variants}


def chunks(items: list, size: int = 1_000) -> Iterator[list]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize("method", ["fifo", "average"])
async def test_closing_stock_and_value_equal_an_independent_calculation(
    method: str, monkeypatch: pytest.MonkeyPatch
):
    share = {"fifo": usual(7, full=4), "average": usual(8, full=6)}[
        method
    ]  # one of so many SKUs, which limits the duration
    monkeypatch.setattr(valuing, "settings", lambda: SimpleNamespace(cost_method=method))
    skus = {sku for _, week in weeks() for sku in week if zlib.crc32(sku.encode()) % share == 0}
    chosen = {sku for sku in skus if is_done_here(f"SKU {sku}")}
    ids = await _variants(sorted(chosen))
    location = await make.location("shop")
    receipts: dict[str, list[tuple[int, int]]] = defaultdict(list)
    sold: dict[str, int] = defaultdict(int)
    average: dict[str, tuple[int, int]] = {}
    for week, sales in weeks():
        lines, items = [], []
        for sku, (units, amount) in sorted(sales.items()):
            if sku not in chosen:
                continue
            have = sum(n for n, _ in receipts[sku]) - sold[sku]
            more, each = max(bought(week, sku, units), units - have), cost_of(week, sku, units, amount)
            lines.append(ReceivedLine(sku, more, Cost(each, "USD")))
            items.append(Sold(ids[sku], units))
            receipts[sku].append((more, each))
            sold[sku] += units
            there, worth = average.get(sku, (0, 0))
            there, worth = there + more, worth + more * each
            average[sku] = (there - units, worth - int(worth * units / there + 0.5 + 1e-9))
        for part in chunks(lines):
            await receiving_service.receive(SYSTEM, location=location, lines=part)
        for part in chunks(items):
            await shipping.sell(SYSTEM, location=location, items=part, reference=Reference("replay"))
    levels = await fetch("SELECT id, variant_id, on_hand FROM stock_level")
    values = await queries.level_values([uuid_of(row["id"]) for row in levels])
    by_variant = {id: sku for sku, id in ids.items()}
    for row in levels:
        sku = by_variant[uuid_of(row["variant_id"])]
        left = sum(n for n, _ in receipts[sku]) - sold[sku]
        # Under FIFO, the remaining units belong to the latest receipts.
        expected, rest = 0, left
        for units, each in reversed(receipts[sku]):
            expected += min(rest, units) * each
            rest -= min(rest, units)
        if method == "average":
            left, expected = average[sku]
        assert (row["on_hand"], values[uuid_of(row["id"])]) == (left, (left, expected)), sku
    assert len(levels) == len(chosen) > 200
    assert await queries.differences() == []
