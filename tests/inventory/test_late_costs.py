"""Costs that become known later: all values become what they would have been."""

from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from app.catalog import queries as catalog
from app.catalog import service as catalog_service
from app.catalog.lifecycle import Composition
from app.core import clock
from app.core.actor import SYSTEM
from app.core.database import fetch
from app.core.ids import new_id
from app.core.refusals import Invalid
from app.inventory.kits import service as kits
from app.inventory.location_kinds import LocationKind
from app.inventory.locations import service as location_service
from app.inventory.receiving import service as receiving_service
from app.inventory.receiving.service import cost_corrections as costing
from app.inventory.receiving.service.receipt_costs import Cost
from app.inventory.receiving.service.receipts import LandedCost
from app.inventory.receiving.service.received_lines import ReceivedLine
from app.inventory.stock import queries, service
from app.inventory.stock.lifecycle import StockReason
from app.inventory.stock.service import valuing
from app.inventory.transfers import service as transfers
from app.inventory.transfers.service.arrivals import Arrived
from app.inventory.transfers.service.drafts import TransferData, TransferItem
from app.reports import stock as reports
from tests import make

pytestmark = pytest.mark.usefixtures("clean")


@pytest.fixture(params=["fifo", "average"])
def method(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    chosen = SimpleNamespace(cost_method=request.param, cost_currency="USD")
    for module in (valuing, costing):
        monkeypatch.setattr(module, "settings", lambda: chosen)
    return request.param


@pytest.fixture
async def shop(clean: None) -> make.Shop:
    shop = await make.shop()
    for sku in ("A", "B", "SET"):
        await shop.sell(sku, stock=0)
    return shop


async def receive(shop: make.Shop, units: int, each: int, sku: str = "A") -> UUID:
    receipt = await receiving_service.receive(
        SYSTEM, location=shop.location, lines=[ReceivedLine(sku, units, Cost(each, "USD"))]
    )
    return receipt.id


async def sell(shop: make.Shop, units: int, claimant: UUID | None = None, **how: Any) -> UUID:
    claimant = claimant or new_id()
    variant = await catalog.variant_by_sku("A")
    demand = {variant.id: units}
    await service.reserve(SYSTEM, channel_id=shop.channel.id, demand=demand, claimant=claimant)
    await service.ship(SYSTEM, claimant=claimant, **how)
    return claimant


async def give_back(shop: make.Shop, units: int, claimant: UUID, **how: Any) -> None:
    variant = await catalog.variant_by_sku("A")
    place = how.pop("location", shop.location)
    await service.take_back(SYSTEM, variant=variant, location=place, quantity=units, claimant=claimant, **how)


async def correct(receipt: UUID, each: int) -> None:
    await receiving_service.correct_cost(SYSTEM, receipt, position=1, cost=Cost(each, "USD"))


async def land(receipt: UUID, amount: int) -> None:
    await receiving_service.add_landed_cost(SYSTEM, receipt, LandedCost("freight", amount))


async def worth(sku: str = "A", place: str = "web-main") -> int:
    rows = await fetch(
        "SELECT SUM(c.remaining_minor) AS n FROM cost_layer c JOIN stock_level s ON s.id = c.level_id "
        "JOIN variant v ON v.id = s.variant_id JOIN location l ON l.id = s.location_id "
        "WHERE v.sku = $1 AND l.code = $2 AND NOT c.in_transit",
        sku,
        place,
    )
    return int(rows[0]["n"] or 0)


async def account(name: str) -> int:
    rows = await fetch(
        "SELECT SUM(CASE WHEN to_account = $1 THEN amount_minor ELSE 0 END) "
        "- SUM(CASE WHEN from_account = $1 THEN amount_minor ELSE 0 END) AS n FROM value_entry",
        name,
    )
    assert await queries.differences() == []
    return int(rows[0]["n"] or 0)


# --- a wrong cost is put right ---


@pytest.mark.parametrize("method", ["average"], indirect=True)
async def test_under_the_average_a_corrected_slip_leaves_the_shelf_worth_what_it_would_have_been(
    shop: make.Shop, method: str
):
    await receive(shop, 100, 500)
    slip = await receive(shop, 15, 200_000)
    await sell(shop, 10)
    await correct(slip, 500)
    assert (await worth(), await account("cost_of_sales")) == (52_500, 5_000)
    await sell(shop, 5)
    assert (await worth(), await account("cost_of_sales")) == (50_000, 7_500)


@pytest.mark.parametrize("method", ["average"], indirect=True)
async def test_under_the_average_a_pool_bears_the_part_that_is_left_of_it(shop: make.Shop, method: str):
    await receive(shop, 10, 100)
    second = await receive(shop, 10, 300)
    await sell(shop, 12)
    await land(second, 400)
    assert (await worth(), await account("cost_of_sales")) == (1_760, 2_640)


@pytest.mark.parametrize("method", ["average"], indirect=True)
async def test_under_the_average_what_came_later_bears_nothing_of_what_had_left_before(
    shop: make.Shop, method: str
):
    first = await receive(shop, 10, 100)
    await sell(shop, 5)
    await receive(shop, 15, 100)
    await sell(shop, 10)
    await land(
        first, 800
    )  # half of it left with the first five, and half of that with the next ten of twenty
    assert (await worth(), await account("cost_of_sales")) == (1_000 + 200, 1_500 + 600)


async def test_a_pool_that_has_been_sold_out_bears_nothing(shop: make.Shop, method: str):
    first = await receive(shop, 10, 100)
    await sell(shop, 10)
    await receive(shop, 10, 100)
    await correct(first, 250)
    assert (await worth(), await account("cost_of_sales")) == (1_000, 2_500)


async def test_what_was_lost_takes_its_share_to_the_write_offs(shop: make.Shop, method: str):
    receipt = await receive(shop, 10, 100)
    await service.adjust(SYSTEM, sku="A", location=shop.location, change=-2, reason=StockReason.LOSS)
    await correct(receipt, 150)
    assert (await worth(), await account("write_off"), await account("cost_of_sales")) == (1_200, 300, 0)


# --- units that came back, are in kits, or elsewhere ---


async def test_what_came_back_bears_its_share_and_nothing_is_sold(shop: make.Shop, method: str):
    receipt = await receive(shop, 10, 100)
    await give_back(shop, 4, await sell(shop, 4))
    await land(receipt, 500)
    assert (await worth(), await account("cost_of_sales")) == (1_500, 0)
    await correct(receipt, 200)
    assert (await worth(), await account("cost_of_sales")) == (2_500, 0)


async def test_kits_bear_their_share_and_so_do_their_parts_when_they_are_taken_apart(
    shop: make.Shop, method: str
):
    kit = await catalog.variant_by_sku("SET")
    await catalog_service.set_components(SYSTEM, kit.id, Composition.KIT, {"A": 2, "B": 1}, is_stocked=False)
    receipt = await receive(shop, 10, 100)
    await receive(shop, 4, 200, "B")
    await kits.assemble(SYSTEM, sku="SET", location=shop.location, quantity=2)
    assert await worth("SET") == 800
    await land(receipt, 500)
    assert (await worth(), await worth("SET"), await account("cost_of_sales")) == (900, 1_000, 0)
    await kits.disassemble(SYSTEM, sku="SET", location=shop.location, quantity=2)
    await correct(receipt, 200)
    assert await worth() + await worth("B") == 2_000 + 500 + 800 and await worth("SET") == 0
    assert await account("cost_of_sales") == 0


@pytest.mark.parametrize("step", ["on the way", "arrived", "lost", "sold there and back here"])
async def test_transfers_bear_their_share_wherever_they_are(shop: make.Shop, method: str, step: str):
    second = await make.location("second")
    await location_service.set_channel_locations(SYSTEM, shop.channel, [second, shop.location])
    receipt = await receive(shop, 10, 100)
    made = await transfers.create_transfer(
        SYSTEM, TransferData(shop.location, second, [TransferItem("A", 4)])
    )
    await transfers.ship_transfer(SYSTEM, made.id)
    if step != "on the way":
        units = 1 if step == "lost" else 4
        await transfers.receive_transfer(SYSTEM, made.id, arrived=[Arrived("A", received=units)])
    if step == "sold there and back here":
        await give_back(shop, 3, await sell(shop, 4, location_id=second.id))
    await land(receipt, 500)
    wanted = {
        "on the way": (900, 0, 600, 0, 0),
        "arrived": (900, 600, 0, 0, 0),
        "lost": (900, 150, 0, 450, 0),
        "sold there and back here": (900 + 450, 0, 0, 0, 150),
    }
    seen = (await worth(), await worth(place="second"), *[
        await account(name) for name in ("in_transit", "write_off", "cost_of_sales")
    ])  # fmt: skip
    assert seen == wanted[step]
    locations = [shop.location.id, second.id]
    _, transit = await reports.value_of(locations, clock.now())
    assert transit.value_minor == seen[2]


async def test_what_comes_back_after_a_cost_was_put_right_is_worth_the_right_one(
    shop: make.Shop, method: str
):
    receipt = await receive(shop, 10, 100)
    buyer = await sell(shop, 4)
    await correct(receipt, 300)
    await give_back(shop, 1, buyer)
    assert (await worth(), await account("cost_of_sales")) == (1_800 + 300, 900)


# --- what comes back is worth what that part cost ---


@pytest.mark.parametrize("method", ["fifo"], indirect=True)
async def test_of_an_order_in_two_shipments_each_comes_back_at_its_own_cost(shop: make.Shop, method: str):
    await receive(shop, 1, 200)
    await receive(shop, 1, 1_800)
    buyer, first, second = new_id(), new_id(), new_id()
    for part in (first, second):
        await sell(shop, 1, buyer, leaves_with=part)
    await give_back(shop, 1, buyer, left_with=second)
    assert await worth() == 1_800
    await give_back(shop, 1, buyer, left_with=first)
    assert (await worth(), await account("cost_of_sales")) == (2_000, 0)


@pytest.mark.parametrize("method", ["fifo"], indirect=True)
async def test_without_a_shipment_what_left_first_comes_back_first(shop: make.Shop, method: str):
    await receive(shop, 1, 200)
    await receive(shop, 1, 1_800)
    buyer = await sell(shop, 1)
    await sell(shop, 1, buyer)
    await give_back(shop, 1, buyer)
    assert await worth() == 200


async def test_what_a_supplier_had_sent_is_ours_when_it_comes_to_us(shop: make.Shop, method: str):
    await receive(shop, 2, 700)
    maker = await location_service.create_location(
        SYSTEM, location_service.LocationData(code="maker", name="Maker", kind=LocationKind.DROP_SHIP)
    )
    await location_service.set_channel_locations(SYSTEM, shop.channel, [maker])
    await shop.stock("A", 5, location=maker)
    buyer = await sell(shop, 3)
    await give_back(shop, 2, buyer)
    assert (await worth(), await account("cost_of_sales"), await account("suppliers")) == (2_800, 0, -2_800)
    await give_back(shop, 1, buyer, location=maker)
    assert (await worth(), await worth(place="maker")) == (2_800, 0)
    with pytest.raises(Invalid, match="Only 0"):
        await give_back(shop, 1, buyer)
