"""Concurrent counts, and lots whose kind changes."""

import asyncio

import pytest

from app.catalog import queries as catalog
from app.catalog.lifecycle import Tracking
from app.core.actor import SYSTEM
from app.core.database import fetch
from app.core.refusals import Invalid
from app.inventory.receiving import service as receiving
from app.inventory.stock import queries
from app.inventory.stock.lifecycle import StockReason
from app.inventory.stock.service import adjusting, lot_tracking
from app.inventory.stock.service.lot_numbers import LotData
from tests import make
from tests.ask import Api


@pytest.fixture
async def staff(api: Api) -> Api:
    return api.as_(await make.token())


async def test_of_concurrent_counts_of_a_location_only_one_is_started(staff: Api):
    shop = await make.shop()
    await shop.sell("A", stock=100)
    start = 'mutation { stockCountStart(input: {location: "web-main"}) { __typename } }'
    answers = await asyncio.gather(*(staff.do(start) for _ in range(5)))
    assert sorted(answer["__typename"] for answer in answers) == ["InvalidInput"] * 4 + ["StockCount"]


async def test_an_existing_lot_number_follows_the_changed_tracking_of_its_variant(clean: None):
    shop = await make.shop()
    west = await make.location("west")
    await shop.sell("A", stock=0)
    variant = await catalog.variant_by_sku("A")
    assert variant is not None
    await lot_tracking.set_tracking(SYSTEM, variant.id, Tracking.LOT, tracks_expiry=False)
    await receiving.receive_one(SYSTEM, sku="A", location=west, quantity=1, lots=[LotData("N1")])
    await adjusting.adjust(
        SYSTEM, sku="A", location=west, change=-1, reason=StockReason.LOSS, lots=[LotData("N1")]
    )
    await lot_tracking.set_tracking(SYSTEM, variant.id, Tracking.SERIAL, tracks_expiry=False)
    await receiving.receive_one(SYSTEM, sku="A", location=west, quantity=1, lots=[LotData("N1")])
    with pytest.raises(Invalid, match="already on hand"):
        await receiving.receive_one(SYSTEM, sku="A", location=shop.location, quantity=1, lots=[LotData("N1")])
    assert await queries.differences() == []
    assert len(await fetch("SELECT id FROM lot")) == 1
