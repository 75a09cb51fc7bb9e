"""The derived tables of stock, and the limited capacity of locations."""

from datetime import date, timedelta

import pytest

from app.core import clock
from app.core.actor import SYSTEM
from app.core.database import fetch, insert, uuid_of
from app.core.ids import new_id
from app.inventory.locations.models import LocationLoad
from app.inventory.locations.service.capacity import give_capacity_back
from app.inventory.receiving import service as receiving
from app.inventory.receiving.models import Receipt
from app.inventory.sourcing.decision import DecidedCandidate
from app.inventory.sourcing.plan import Verdict
from app.inventory.stock import queries
from app.inventory.stock.models import IncomingStock, Reservation, StockLevel
from app.inventory.stock.queries import sums
from app.inventory.stock.service import inbound
from tests import make

pytestmark = pytest.mark.usefixtures("clean")


async def test_expired_and_lasting_reservations_are_not_in_the_reservations_for_a_time():
    shop = await make.shop()
    await shop.sell("A", stock=100)
    (level,) = await StockLevel.all()
    at = clock.now()
    units = {at + timedelta(seconds=1): 1, at: 2, at - timedelta(hours=1): 4, None: 8}
    claimants = {quantity: new_id() for quantity in units.values()}
    await insert(
        [
            Reservation(
                id=new_id(),
                level_id=level.id,
                claimant_kind="order",
                claimant_id=claimants[quantity],
                quantity=quantity,
                expires_at=until,
                created_at=at,
            )
            for until, quantity in units.items()
        ]
    )
    rows = await fetch(f"SELECT * FROM {sums.reserved_in_channel('$1', '$2')} held", shop.channel.id, at)
    found = {uuid_of(row["claimant_id"]): (uuid_of(row["variant_id"]), row["quantity"]) for row in rows}
    assert found == {claimants[1]: (level.variant_id, 1)}
    other = await make.shop("eu")
    assert (
        await fetch(f"SELECT * FROM {sums.reserved_in_channel('$1', '$2')} held", other.channel.id, at) == []
    )


@pytest.mark.parametrize("expects_again", [True, False])
async def test_reversing_a_whole_receipt_reopens_its_incoming_stock_if_it_is_expected_again(
    expects_again: bool,
):
    shop = await make.shop()
    await shop.sell("A", stock=0)
    day = clock.today() + timedelta(days=3)
    coming = await inbound.expect(SYSTEM, sku="A", location=shop.location, quantity=5, expected_on=day)
    await receiving.receive_one(SYSTEM, sku="A", location=shop.location, quantity=5, incoming_id=coming.id)
    row, (level,) = await IncomingStock.get(id=coming.id), await StockLevel.all()
    assert (row.received, row.is_open, level.incoming, level.on_hand) == (5, False, 0, 5)
    receipt = await Receipt.get()
    item = receiving.ReversedItem(1, 2)
    await receiving.reverse_receipt(SYSTEM, receipt.id, items=[item], expects_again=expects_again)
    row, (level,) = await IncomingStock.get(id=coming.id), await StockLevel.all()
    assert (row.received, row.is_open) == (3, expects_again)
    assert (level.incoming, level.on_hand) == (2 if expects_again else 0, 3)
    assert await queries.differences() == []


async def test_capacity_is_given_back_for_the_location_and_the_day_of_the_order():
    here, there = (await make.shop()).location, await make.location("there")
    day = date(2026, 5, 4)
    loads = {(place.id, day + timedelta(days=n)): 2 for place in (here, there) for n in range(3)}
    await insert(
        [
            LocationLoad(id=new_id(), location_id=place, day=on, orders=orders)
            for (place, on), orders in loads.items()
        ]
    )

    async def give_back(ships_on: date | None) -> None:
        await give_capacity_back(SYSTEM, [DecidedCandidate(here.id, Verdict.CHOSEN, "", 1, ships_on)])
        counted = {(each.location_id, each.day): each.orders for each in await LocationLoad.all()}
        assert counted == loads

    await give_back(None)
    for orders in (1, 0, 0):  # it never becomes negative
        loads[here.id, day] = orders
        await give_back(day)
