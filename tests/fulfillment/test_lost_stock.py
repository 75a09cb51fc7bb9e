"""Damaged, recalled or lost stock can always be recorded; it displaces reservations, those of picked units last."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from app.catalog import queries as catalog
from app.catalog.lifecycle import Tracking
from app.core import clock
from app.core.actor import SYSTEM
from app.core.database import execute
from app.fulfillment import queries as fulfillment
from app.inventory.location_kinds import LocationKind
from app.inventory.locations import service as locations
from app.inventory.receiving import service as receiving_service
from app.inventory.receiving.service.receipt_costs import Cost
from app.inventory.receiving.service.received_lines import ReceivedLine
from app.inventory.stock.lifecycle import StockReason
from app.inventory.stock.service import adjusting, lot_tracking
from app.inventory.stock.service.lot_numbers import LotData
from tests.ask import Api
from tests.inventory.test_counts import START, SUBMIT
from tests.journeys.life import Story, books_add_up

ADJUST = """
mutation($input: StockAdjustInput!) { stockAdjust(input: $input) {
  __typename ... on StockLevel { onHand reserved } ... on UserError { message path } } }
"""
SET_ASIDE = """
mutation($input: StockSetAsideInput!) { stockSetAside(input: $input) {
  __typename ... on StockLevel { onHand reserved quarantined } ... on UserError { message path } } }
"""
SET = """
mutation($input: [StockRowInput!]!) { stockBulkSet(input: $input) {
  __typename ... on BulkResult { rows { status } } ... on UserError { message path } } }
"""
Loss = Callable[[Story, int], Awaitable[None]]


@pytest.fixture
async def story(api: Api) -> Story:
    return await Story.begin(api)


async def _count(story: Story, left: int) -> None:
    count = await story.staff.do(START, input={"location": "web-main", "skus": ["MUG"]})
    lines = [{"sku": "MUG", "quantity": left}]
    done = await story.staff.do(SUBMIT, input={"countId": count["id"], "lines": lines})
    assert done["status"] == "COMPLETED", done


async def _adjust(story: Story, left: int) -> None:
    change = left - (await story.stock("MUG"))["web-main"][0]
    given = {"sku": "MUG", "location": "web-main", "change": change, "reason": "LOSS"}
    done = await story.staff.do(ADJUST, input=given)
    assert done["__typename"] == "StockLevel", done


async def _set(story: Story, left: int) -> None:
    done = await story.staff.do(SET, input=[{"sku": "MUG", "location": "web-main", "onHand": left}])
    assert done["rows"][0]["status"] == "UPDATED", done


async def _set_aside(story: Story, left: int) -> None:
    units = (await story.stock("MUG"))["web-main"][0] - left
    given = {"sku": "MUG", "location": "web-main", "quantity": units, "to": "QUARANTINED"}
    done = await story.staff.do(SET_ASIDE, input=given)
    assert done["__typename"] == "StockLevel", done


WAYS: dict[str, Loss] = {
    "counted": _count,
    "adjusted": _adjust,
    "set by another system": _set,
    "set aside": _set_aside,
}


async def _work(story: Story, number: str, *steps: str) -> str:
    """Take the first steps of an order's only fulfillment order; returns its id."""
    (work,) = await story.work(number)
    for step in steps:
        done = await getattr(story, step)(work["id"])
        assert done["__typename"] == "FulfillmentOrder", done
    return str(work["id"])


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "steps", [("release", "pick"), ("release", "pick", "pack")], ids=["picked", "packed"]
)
async def test_lost_stock_backorders_an_earlier_unpicked_order_before_a_later_picked_one(
    story: Story, way: str, steps: tuple[str, ...]
):
    await story.sell("MUG", east=10)
    earlier = await story.buy(("MUG", 3))
    later = await story.buy(("MUG", 4))
    id = await _work(story, later, *steps)
    await WAYS[way](story, 4)
    assert await story.work(earlier) == [] or (await story.work(earlier))[0]["status"] == "CANCELLED"
    assert (await story.order(earlier))["fulfillmentStatus"] == "BACKORDERED"
    assert (await story.page(earlier))["isDelayed"] is True
    shipped = await story.ship(id)
    assert shipped["status"] == "SHIPPED", shipped
    await books_add_up()


@pytest.mark.parametrize("way", WAYS)
async def test_lost_reserved_units_are_allocated_at_another_location(story: Story, way: str):
    await story.sell("MUG", east=6, west=6)
    number = await story.buy(("MUG", 5))
    await WAYS[way](story, 2)
    work = [each for each in await story.work(number) if each["status"] == "OPEN"]
    assert {each["location"]["code"]: each["units"] for each in work} == {"web-main": 2, "west": 3}
    assert (await story.order(number))["isDelayed"] is False
    await books_add_up()


@pytest.mark.parametrize("left", [3, 0])
@pytest.mark.parametrize(
    "steps", [("release", "pick"), ("release", "pick", "pack")], ids=["picked", "packed"]
)
async def test_lost_picked_units_are_removed_and_the_remaining_units_can_be_shipped(
    story: Story, left: int, steps: tuple[str, ...]
):
    await story.sell("MUG", east=4)
    number = await story.buy(("MUG", 4))
    id = await _work(story, number, *steps)
    await _adjust(story, left)
    (work,) = await story.work(number)
    if left:
        assert (work["status"], work["units"], work["lines"][0]["picked"]) == ("PICKED", 3, 3)
        assert (await story.ship(id))["status"] == "SHIPPED"
    else:
        assert work["status"] == "CANCELLED"
    await books_add_up()
    await adjusting.adjust(SYSTEM, sku="MUG", location=story.east, change=4, reason=StockReason.FOUND)
    again = [work for work in await story.work(number) if work["status"] == "OPEN"]
    assert [work["units"] for work in again] == [4 - left], (
        "backordered units are allocated when they are found again"
    )
    await books_add_up()


async def test_setting_a_level_below_its_damaged_units_removes_damaged_units(story: Story):
    await story.sell("MUG", east=5)
    given = {"sku": "MUG", "location": "web-main", "quantity": 2, "to": "DAMAGED"}
    await story.staff.do(SET_ASIDE, input=given)
    await _set(story, 1)
    level = (await story.stock("MUG"))["web-main"]
    assert level == (1, 0)
    await books_add_up()


# --- lots ---


async def _milk(story: Story, **lots: int) -> None:
    await story.sell("MUG", east=0)
    variant = await catalog.variant_by_sku("MUG")
    assert variant is not None
    await lot_tracking.set_tracking(SYSTEM, variant.id, Tracking.LOT)
    lines = [
        ReceivedLine("MUG", units, Cost(100, "USD"), lots=[LotData(number, units)])
        for number, units in lots.items()
    ]
    await receiving_service.receive(SYSTEM, location=story.east, lines=lines)


async def _recall(story: Story, number: str, units: int) -> None:
    given = {
        "sku": "MUG", "location": "web-main", "quantity": units, "to": "QUARANTINED",
        "lots": [{"number": number, "quantity": units}],
    }  # fmt: skip
    done = await story.staff.do(SET_ASIDE, input=given)
    assert done["__typename"] == "StockLevel", done


async def test_quarantining_an_allocated_lot_backorders_its_order(story: Story):
    await _milk(story, BAD=6)
    number = await story.buy(("MUG", 4))
    await _recall(story, "BAD", 6)
    assert (await story.order(number))["fulfillmentStatus"] == "BACKORDERED"
    assert (await story.stock("MUG"))["web-main"] == (6, 0)
    await books_add_up()


@pytest.mark.parametrize("scanned", [True, False], ids=["scanned", "not scanned"])
async def test_a_recalled_picked_lot_is_unpicked_and_another_lot_is_picked(story: Story, scanned: bool):
    await _milk(story, BAD=4, GOOD=4)
    number = await story.buy(("MUG", 3))
    id = await _work(story, number, "release")
    lines = [{"code": "MUG", "quantity": 3, "lots": [{"number": "BAD", "quantity": 3}]}] if scanned else []
    assert (await story.pick(id, lines=lines))["status"] == "PICKED"
    await _recall(story, "BAD", 4)
    (work,) = await story.work(number)
    assert (work["status"], work["lines"][0]["picked"]) == ("RELEASED", 0)
    assert "fulfillment_changed" in await story.events(number)
    assert (await story.pick(id))["status"] == "PICKED"
    assert (await story.ship(id))["status"] == "SHIPPED"
    assert (await story.stock("MUG"))["web-main"] == (5, 0)
    await books_add_up()


async def test_a_picked_recalled_lot_has_no_priority_over_an_earlier_order(story: Story):
    await _milk(story, BAD=4, GOOD=4)
    earlier, later = await story.buy(("MUG", 4)), await story.buy(("MUG", 4))
    await _work(story, later, "release", "pick")
    await _recall(story, "GOOD", 4)  # BAD was received first, and is allocated to the earlier order
    assert (await story.order(later))["fulfillmentStatus"] == "BACKORDERED"
    assert [work["units"] for work in await story.work(earlier)] == [4]
    await books_add_up()


# --- suppliers ---


async def test_a_supplier_feed_of_zero_does_not_affect_submitted_requests(story: Story):
    data = locations.LocationData(code="maker", name="Maker", kind=LocationKind.DROP_SHIP)
    maker = await locations.create_location(SYSTEM, data)
    await locations.set_channel_locations(SYSTEM, story.shop.channel, [story.east, maker])
    await story.sell("MUG", east=0)
    await story.shop.stock("MUG", 9, maker)
    asked, open_ = await story.buy(("MUG", 2)), await story.buy(("MUG", 3))
    id = await _work(story, asked, "release")
    done = await story.staff.do(SET, input=[{"sku": "MUG", "location": "maker", "onHand": 0}])
    assert done["rows"][0]["status"] == "UPDATED", done
    assert (await story.stock("MUG"))["maker"] == (2, 2)
    assert (await story.work(asked))[0]["status"] == "SUBMITTED"
    assert (await story.order(open_))["fulfillmentStatus"] == "BACKORDERED"
    accept = "mutation($id: ID!) { dropShipAccept(input: {id: $id}) { __typename } }"
    assert (await story.staff.do(accept, id=id))["__typename"] == "FulfillmentOrder"
    ship = 'mutation($id: ID!) { dropShipShip(input: {id: $id, carrier: "postal"}) { __typename } }'
    assert (await story.staff.do(ship, id=id))["__typename"] == "FulfillmentOrder"
    assert (await story.stock("MUG"))["maker"] == (0, 0)
    await books_add_up()


# --- verify ---


async def test_verify_reports_units_picked_for_another_order(story: Story):
    await story.sell("MUG", east=10)
    await story.shop.stock("MUG", 10, backorder_limit=10)
    await story.buy(("MUG", 3))
    later = await story.buy(("MUG", 4))
    await _work(story, later, "release", "pick")
    await _count(story, 4)
    assert await fulfillment.differences() == []
    # As if units picked for the later order had been reserved for the earlier one.
    await execute("UPDATE reservation SET waiting = 0")
    (found,) = [each for each in await fulfillment.differences() if "picked or reserved" in each]
    assert "MUG" in found


@pytest.mark.parametrize("moved", [False, True])
async def test_picked_units_stay_with_their_order_also_at_a_level_with_a_backorder_limit(
    story: Story, moved: bool
):
    await story.sell("MUG", east=10)
    await story.shop.stock("MUG", 10, backorder_limit=10)
    earlier, later = await story.buy(("MUG", 3)), await story.buy(("MUG", 4))
    id = await _work(story, later, "release", "pick")
    if moved:
        await adjusting.set_policy(
            SYSTEM,
            sku="MUG",
            location=story.east,
            changes={"preorder_until": clock.today() + timedelta(days=9)},
        )
    await _count(story, 4)
    assert (await story.order(earlier))["fulfillmentStatus"] == "BACKORDERED"
    assert (await story.ship(id))["status"] == "SHIPPED"
    await books_add_up()


async def test_a_concurrent_adjustment_and_pick_stay_consistent(story: Story):
    await story.sell("MUG", east=20)
    await story.buy(("MUG", 10))
    number = await story.buy(("MUG", 4))
    id = await _work(story, number, "release")
    # The adjustment leaves nothing for the later order, unless it was picked before.
    picked, _ = await asyncio.gather(story.pick(id), _adjust(story, 10))
    (work, *_) = await story.work(number)
    if picked["__typename"] == "FulfillmentOrder":
        assert (work["status"], work["units"]) in (("PICKED", 4), ("CANCELLED", 4))
    else:
        assert (
            "reserved for this order now" in picked["message"] or picked["__typename"] == "IllegalTransition"
        )
    if work["status"] == "PICKED":
        assert (await story.ship(id))["status"] == "SHIPPED"
    await books_add_up()
