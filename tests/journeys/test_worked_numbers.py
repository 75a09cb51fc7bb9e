"""The worked examples of docs/valuation.md and docs/sourcing.md, calculated by the code."""

import re
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

import pytest

from app.catalog import queries as catalog
from app.core.actor import SYSTEM
from app.core.database import fetch
from app.core.ids import new_id
from app.inventory.receiving import queries as receiving_queries
from app.inventory.receiving import service as receiving_service
from app.inventory.receiving.service import cost_corrections as costing
from app.inventory.receiving.service.receipt_costs import Cost
from app.inventory.receiving.service.receipts import LandedCost
from app.inventory.sourcing import Offer, Place, Policy, Site, Strategy, choose
from app.inventory.stock import queries
from app.inventory.stock.lifecycle import StockReason
from app.inventory.stock.service import adjusting, reserving, returns, shipping, valuing
from tests import make

DOCS = Path(__file__).parent.parent.parent / "docs"


def tables(name: str, kind: str) -> list[list[list[str]]]:
    """The rows, without the head, of every table that a page marks as worked."""
    text = (DOCS / name).read_text()
    found = re.findall(rf"<!-- worked: {kind} -->\n((?:\|.*\n)+)", text)
    return [
        [[cell.strip() for cell in line.strip("|\n").split("|")] for line in table.splitlines()[2:]]
        for table in found
    ]


WORKED = [(kind, rows) for kind in ("fifo", "average") for rows in tables("valuation.md", kind)]


def cents(text: str) -> int:
    return int(Decimal(text) * 100)


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize(("method", "rows"), WORKED)
async def test_the_worked_examples_of_valuation_are_reproduced(
    method: str, rows: list[list[str]], monkeypatch: pytest.MonkeyPatch
):
    chosen = SimpleNamespace(cost_method=method, cost_currency="USD")
    for module in (valuing, costing):
        monkeypatch.setattr(module, "settings", lambda: chosen)
    shop = await make.shop()
    await shop.sell("A", stock=0)
    book = Book(shop)
    for step, on_hand, worth, sold, lost in rows:
        await book.do(step)
        level = (await queries.levels_by_variant([book.variant.id]))[0][0]
        _, value = (await queries.level_values([level.id]))[level.id]
        seen = (level.on_hand, value, await account("cost_of_sales"), await account("write_off"))
        assert seen == (int(on_hand), cents(worth), cents(sold), cents(lost)), step
    assert await queries.differences() == []


async def account(name: str) -> int:
    rows = await fetch(
        f"SELECT SUM(CASE WHEN to_account = '{name}' THEN amount_minor ELSE 0 END) "
        f"- SUM(CASE WHEN from_account = '{name}' THEN amount_minor ELSE 0 END) AS n FROM value_entry"
    )
    return int(rows[0]["n"] or 0)


class Book:
    """Executes the steps of a worked example."""

    def __init__(self, shop: make.Shop) -> None:
        self.shop, self.buyer = shop, new_id()

    async def do(self, step: str) -> None:
        self.variant = await catalog.variant_by_sku("A")
        place, sku = self.shop.location, "A"
        if match := re.fullmatch(r"receive (\d+) (at|for) ([\d.]+)", step):
            cost = Cost(cents(match[3]), "USD", is_total=match[2] == "for")
            await receiving_service.receive_one(
                SYSTEM, sku=sku, location=place, quantity=int(match[1]), cost=cost
            )
            self.receipt = (await receiving_queries.receipts_visible_to(SYSTEM).order_by("-id"))[0]
        elif match := re.fullmatch(r"sell (\d+)", step):
            demand = {self.variant.id: int(match[1])}
            await reserving.reserve(
                SYSTEM, channel_id=self.shop.channel.id, demand=demand, claimant=self.buyer
            )
            await shipping.ship(SYSTEM, claimant=self.buyer)
        elif match := re.fullmatch(r"return (\d+)", step):
            await returns.take_back(
                SYSTEM, variant=self.variant, location=place, quantity=int(match[1]), claimant=self.buyer
            )
        elif match := re.fullmatch(r"(lose|find) (\d+)", step):
            sign, reason = (-1, StockReason.LOSS) if match[1] == "lose" else (1, StockReason.FOUND)
            await adjusting.adjust(
                SYSTEM, sku=sku, location=place, change=sign * int(match[2]), reason=reason
            )
        elif match := re.fullmatch(r"landed ([\d.]+)", step):
            await receiving_service.add_landed_cost(
                SYSTEM, self.receipt.id, LandedCost("freight", cents(match[1]))
            )
        elif match := re.fullmatch(r"correct to ([\d.]+)", step):
            await receiving_service.correct_cost(
                SYSTEM, self.receipt.id, position=1, cost=Cost(cents(match[1]), "USD")
            )
        else:
            raise AssertionError(f"no such step: {step}")


def test_the_worked_examples_of_sourcing_are_reproduced():
    (stock,), (choices,) = tables("sourcing.md", "stock"), tables("sourcing.md", "choices")
    mug, bowl = UUID(int=1), UUID(int=2)
    sites, offers = [], []
    for rank, (code, mugs, bowls, km, parcel, unit) in enumerate(stock):
        id = UUID(int=10 + rank)
        # North of the origin by the distance that the page gives.
        place = Place("US", "", "", int(km) / 111.19508, 0.0)
        sites.append(
            Site(id, code, rank, place=place, parcel_cost_minor=int(parcel), unit_cost_minor=int(unit))
        )
        offers += [Offer(new_id(), mug, id, int(mugs)), Offer(new_id(), bowl, id, int(bowls))]
    names = {site.id: site.code for site in sites}
    for mugs, bowls, *expected in choices:
        demand = {id: n for id, n in ((mug, int(mugs)), (bowl, int(bowls))) if n}
        for strategy, wanted in zip(Strategy, expected, strict=True):
            plan = choose(demand, offers, sites, Policy(strategy=strategy), Place("US", "", "", 0.0, 0.0))
            sent: dict[str, int] = {}
            for pick in plan.picks:
                sent[names[pick.location_id]] = sent.get(names[pick.location_id], 0) + pick.quantity
            expected_units = {part.split()[0]: int(part.split()[1]) for part in wanted.split(", ")}
            assert sent == expected_units, (strategy, mugs, bowls)
