"""Costs recorded after the receipt: all values become as if the costs had been known at the receipt."""

from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from app.catalog import queries as catalog
from app.catalog.lifecycle import Composition
from app.catalog.service import composing
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
from app.inventory.stock import queries
from app.inventory.stock.lifecycle import StockReason
from app.inventory.stock.service import adjusting, reserving, returns, shipping, valuing
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
    await reserving.reserve(SYSTEM, channel_id=shop.channel.id, demand=demand, claimant=claimant)
    await shipping.ship(SYSTEM, claimant=claimant, **how)
    return claimant


async def give_back(shop: make.Shop, units: int, claimant: UUID, **how: Any) -> None:
    variant = await catalog.variant_by_sku("A")
    place = how.pop("location", shop.location)
    await returns.take_back(SYSTEM, variant=variant, location=place, quantity=units, claimant=claimant, **how)


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


# --- correction of a wrong cost ---


@pytest.mark.parametrize("method", ["average"], indirect=True)
async def test_average_cost_after_a_correction_is_as_if_the_receipt_had_been_correct(
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
async def test_average_cost_divides_a_late_cost_between_remaining_and_sold_units(
    shop: make.Shop, method: str
):
    await receive(shop, 10, 100)
    second = await receive(shop, 10, 300)
    await sell(shop, 12)
    await land(second, 400)
    assert (await worth(), await account("cost_of_sales")) == (1_760, 2_640)


@pytest.mark.parametrize("method", ["average"], indirect=True)
async def test_average_cost_does_not_charge_later_receipts_for_units_that_were_sold_before(
    shop: make.Shop, method: str
):
    first = await receive(shop, 10, 100)
    await sell(shop, 5)
    await receive(shop, 15, 100)
    await sell(shop, 10)
    await land(
        first, 800
    )  # half of it belongs to the first five sold, and half of the rest to the next ten of twenty
    assert (await worth(), await account("cost_of_sales")) == (1_000 + 200, 1_500 + 600)


async def test_a_correction_for_sold_out_units_goes_to_the_cost_of_sales_alone(shop: make.Shop, method: str):
    first = await receive(shop, 10, 100)
    await sell(shop, 10)
    await receive(shop, 10, 100)
    await correct(first, 250)
    assert (await worth(), await account("cost_of_sales")) == (1_000, 2_500)


async def test_a_correction_for_lost_units_goes_to_write_offs(shop: make.Shop, method: str):
    receipt = await receive(shop, 10, 100)
    await adjusting.adjust(SYSTEM, sku="A", location=shop.location, change=-2, reason=StockReason.LOSS)
    await correct(receipt, 150)
    assert (await worth(), await account("write_off"), await account("cost_of_sales")) == (1_200, 300, 0)


# --- returned units, units in kits and in transfers ---


async def test_a_late_cost_of_returned_units_goes_to_stock_and_not_to_the_cost_of_sales(
    shop: make.Shop, method: str
):
    receipt = await receive(shop, 10, 100)
    await give_back(shop, 4, await sell(shop, 4))
    await land(receipt, 500)
    assert (await worth(), await account("cost_of_sales")) == (1_500, 0)
    await correct(receipt, 200)
    assert (await worth(), await account("cost_of_sales")) == (2_500, 0)


async def test_a_late_cost_of_components_goes_to_kits_and_after_disassembly_to_the_components(
    shop: make.Shop, method: str
):
    kit = await catalog.variant_by_sku("SET")
    await composing.set_components(SYSTEM, kit.id, Composition.KIT, {"A": 2, "B": 1}, is_stocked=False)
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


@pytest.mark.parametrize(
    "step", ["in transit", "arrived", "lost", "sold at the destination and returned to the source"]
)
async def test_a_late_cost_of_transferred_units_follows_them(shop: make.Shop, method: str, step: str):
    second = await make.location("second")
    await location_service.set_channel_locations(SYSTEM, shop.channel, [second, shop.location])
    receipt = await receive(shop, 10, 100)
    made = await transfers.create_transfer(
        SYSTEM, TransferData(shop.location, second, [TransferItem("A", 4)])
    )
    await transfers.ship_transfer(SYSTEM, made.id)
    if step != "in transit":
        units = 1 if step == "lost" else 4
        await transfers.receive_transfer(SYSTEM, made.id, arrived=[Arrived("A", received=units)])
    if step == "sold at the destination and returned to the source":
        await give_back(shop, 3, await sell(shop, 4, location_id=second.id))
    await land(receipt, 500)
    wanted = {
        "in transit": (900, 0, 600, 0, 0),
        "arrived": (900, 600, 0, 0, 0),
        "lost": (900, 150, 0, 450, 0),
        "sold at the destination and returned to the source": (900 + 450, 0, 0, 0, 150),
    }
    seen = (await worth(), await worth(place="second"), *[
        await account(name) for name in ("in_transit", "write_off", "cost_of_sales")
    ])  # fmt: skip
    assert seen == wanted[step]
    locations = [shop.location.id, second.id]
    _, transit = await reports.value_of(locations, clock.now())
    assert transit.value_minor == seen[2]


async def test_units_returned_after_a_correction_have_the_corrected_cost(shop: make.Shop, method: str):
    receipt = await receive(shop, 10, 100)
    buyer = await sell(shop, 4)
    await correct(receipt, 300)
    await give_back(shop, 1, buyer)
    assert (await worth(), await account("cost_of_sales")) == (1_800 + 300, 900)


# --- returned units have the cost of their shipment ---


@pytest.mark.parametrize("method", ["fifo"], indirect=True)
async def test_units_of_different_shipments_of_an_order_are_returned_at_their_own_cost(
    shop: make.Shop, method: str
):
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
async def test_a_return_without_a_shipment_has_the_cost_of_the_units_shipped_first(
    shop: make.Shop, method: str
):
    await receive(shop, 1, 200)
    await receive(shop, 1, 1_800)
    buyer = await sell(shop, 1)
    await sell(shop, 1, buyer)
    await give_back(shop, 1, buyer)
    assert await worth() == 200


async def test_drop_shipped_units_returned_to_an_own_location_become_own_stock(shop: make.Shop, method: str):
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
