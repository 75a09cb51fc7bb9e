"""Promises from stock on hand and incoming stock, and their changes."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog import queries as catalog
from app.channels import queries as channels
from app.channels.calendar import working_day_after
from app.core import clock
from app.core.actor import SYSTEM
from app.core.database import fetch
from app.core.ids import new_id, to_global
from app.inventory.counts import service as counts
from app.inventory.counts.service import Counted
from app.inventory.locations import service as locations
from app.inventory.receiving import service as receiving
from app.inventory.stock import jobs, queries
from app.inventory.stock.lifecycle import ReservationPriority
from app.inventory.stock.pegging import Promise, Supply, peg, schedule
from app.inventory.stock.refusals import InsufficientStock
from app.inventory.stock.service import inbound, reserving, shipping
from app.orders import queries as orders
from tests import make
from tests.ask import PLACE, Api, order_input

TODAY = date(2026, 5, 4)
DAYS = [TODAY + timedelta(days=n) for n in range(10)]

# --- pure functions ---


@given(
    st.lists(st.integers(1, 9), max_size=6),
    st.integers(0, 20),
    st.lists(st.tuples(st.sampled_from(DAYS), st.integers(1, 9)), max_size=5),
)
def test_promises_are_served_in_order_and_no_supply_is_promised_twice(wanted, shelf, supplies):
    promises = [Promise(new_id(), units) for units in wanted]
    found = peg(promises, shelf, [Supply(on, units) for on, units in supplies], None)
    left = shelf
    for promise in promises:
        here = min(left, promise.quantity)
        left -= here
        got = found[promise.id]
        assert (got.waiting if got else 0) == promise.quantity - here
    # Up to each day, no more is promised than is supplied.
    for day in DAYS:
        due = sum(
            p.waiting for p in found.values() if p is not None and p.due_on is not None and p.due_on <= day
        )
        assert due <= sum(units for on, units in supplies if on <= day)


def test_an_uncovered_promise_is_due_on_the_date_of_the_level_or_has_no_date():
    promise = Promise(new_id(), 5)
    supplies = [Supply(DAYS[2], 2)]
    assert peg([promise], 1, supplies, None)[promise.id].due_on is None
    assert peg([promise], 1, supplies, DAYS[7])[promise.id].due_on == DAYS[7]
    assert peg([promise], 5, supplies, None)[promise.id] is None


def test_available_to_promise_grows_with_supplies_up_to_the_backorder_limit():
    supplies = [Supply(DAYS[3], 4), Supply(DAYS[6], 100)]
    steps = [(step.on, step.quantity) for step in schedule(2, 10, supplies, TODAY)]
    assert steps == [(TODAY, 2), (DAYS[3], 6), (DAYS[6], 12)]
    # Three are already sold ahead: supplies cover these first.
    steps = [(step.on, step.quantity) for step in schedule(-3, 10, supplies, TODAY)]
    assert steps == [(TODAY, 0), (DAYS[3], 1), (DAYS[6], 7)]
    # Without a backorder limit, nothing is sold ahead of incoming stock.
    assert [(s.on, s.quantity) for s in schedule(2, 0, supplies, TODAY)] == [(TODAY, 2)]


# --- through the API ---

EXPECT = """mutation($input: StockIncomingCreateInput!) { stockIncomingCreate(input: $input) { __typename
  ... on StockIncoming { id version quantity expectedOn isOpen level { incoming } } ... on UserError { message path } } }"""
CHANGE = """mutation($input: StockIncomingUpdateInput!, $v: Int) { stockIncomingUpdate(input: $input, expectedVersion: $v) {
  __typename ... on StockIncoming { quantity expectedOn isOpen level { incoming } } ... on UserError { message path } } }"""
RECEIVE = """mutation($q: Int!, $i: ID) { stockReceive(input: {sku: "A", location: "web-main", quantity: $q, incomingId: $i}) {
  __typename ... on StockLevel { onHand incoming available } ... on UserError { message path } } }"""
ATP = """query($on: Date) { variant(sku: "A", channel: "web") { available
  availableToPromise(on: $on) { quantity beyond schedule { on quantity } } } }"""
ORDER = """query($id: ID) { order(id: $id) { fulfillmentStatus isDelayed promisedOn trackingToken
  events { name title } } }"""


@pytest.fixture
async def shop(api: Api) -> make.Shop:
    shop = await make.shop()
    await shop.sell("A", stock=2)
    await shop.stock("A", 2, backorder_limit=10)
    return shop


@pytest.fixture
async def staff(api: Api, shop: make.Shop) -> Api:
    return api.as_(await make.token())


def day(n: int) -> str:
    return (clock.today() + timedelta(days=n)).isoformat()


async def _expect(staff: Api, quantity: int, days: int) -> dict[str, Any]:
    done = await staff.do(
        EXPECT, input={"sku": "A", "location": "web-main", "quantity": quantity, "expectedOn": day(days)}
    )
    assert done["__typename"] == "StockIncoming", done
    return done


async def _order(staff: Api, quantity: int) -> str:
    done = await staff.do(PLACE, input=order_input(("A", quantity)))
    assert done["__typename"] == "Order", done
    return done["id"]


async def _seen(staff: Api, id: str) -> dict[str, Any]:
    return (await staff.ask(ORDER, id=id))["order"]


async def _assert_consistent() -> None:
    assert await queries.differences() == [] and await orders.differences() == []


async def test_available_to_promise_follows_incoming_stock(staff: Api):
    await _expect(staff, 5, 7)
    seen = (await staff.ask(ATP, on=day(8)))["variant"]
    assert seen["availableToPromise"] == {
        "quantity": 7,
        "beyond": 5,
        "schedule": [{"on": day(0), "quantity": 2}, {"on": day(7), "quantity": 7}],
    }
    assert (await staff.ask(ATP, on=day(6)))["variant"]["availableToPromise"]["quantity"] == 2
    await _order(staff, 4)
    seen = (await staff.ask(ATP, on=day(8)))["variant"]["availableToPromise"]
    assert seen["quantity"] == 3 and seen["schedule"][0]["quantity"] == 0


async def test_the_promised_date_of_a_backorder_follows_the_expected_date_of_its_stock(staff: Api):
    await _expect(staff, 5, 10)
    here, waits, unknown = await _order(staff, 2), await _order(staff, 5), await _order(staff, 1)
    assert (await _seen(staff, here))["fulfillmentStatus"] == "UNALLOCATED"
    seen = await _seen(staff, waits)
    channel = await channels.by_code("web", SYSTEM)
    expected = working_day_after(channel, clock.today() + timedelta(days=10), 3)
    assert seen["fulfillmentStatus"] == "BACKORDERED" and seen["promisedOn"] == expected.isoformat()
    assert (await _seen(staff, unknown))["promisedOn"] is None  # no incoming stock covers it
    await _assert_consistent()


async def test_a_later_expected_date_delays_the_order_and_the_buyer_sees_it(staff: Api, api: Api):
    coming = await _expect(staff, 5, 10)
    id = await _order(staff, 6)
    first = (await _seen(staff, id))["promisedOn"]
    done = await staff.do(CHANGE, input={"id": coming["id"], "expectedOn": day(20)}, v=coming["version"])
    assert done["expectedOn"] == day(20)
    seen = await _seen(staff, id)
    assert seen["isDelayed"] is True and seen["promisedOn"] > first
    track = "query($t: String!) { trackOrder(token: $t) { isDelayed promisedOn timeline { title } } }"
    tracked = (await api.ask(track, t=seen["trackingToken"]))["trackOrder"]
    assert tracked["isDelayed"] is True and tracked["promisedOn"] == seen["promisedOn"]
    assert tracked["timeline"][-1]["title"] == "The order is delayed"
    # The committed value has moved to the new date.
    (move,) = await fetch("SELECT * FROM commitment_move")
    assert (str(move["from_on"]), str(move["to_on"])) == (day(10), day(20)) and move["quantity"] == 6
    # An earlier date ends the delay.
    await staff.do(CHANGE, input={"id": coming["id"], "expectedOn": day(5)})
    seen = await _seen(staff, id)
    assert seen["isDelayed"] is False and seen["events"][-1]["name"] == "order_promised"
    await _assert_consistent()


async def test_received_stock_is_allocated_to_the_oldest_backorder_first(staff: Api):
    coming = await _expect(staff, 6, 10)
    first, second = await _order(staff, 5), await _order(staff, 5)
    done = await staff.do(RECEIVE, q=4, i=coming["id"])
    assert done["onHand"] == 6 and done["incoming"] == 2
    assert [(await _seen(staff, id))["fulfillmentStatus"] for id in (first, second)] == [
        "UNALLOCATED",
        "BACKORDERED",
    ]
    done = await staff.do(RECEIVE, q=4, i=coming["id"])  # two more than expected
    assert done["incoming"] == 0
    assert (await _seen(staff, second))["fulfillmentStatus"] == "UNALLOCATED"
    await _assert_consistent()


async def test_incoming_stock_can_be_cancelled_after_a_partial_receipt(staff: Api):
    coming = await _expect(staff, 6, 10)
    id = await _order(staff, 5)
    await staff.do(RECEIVE, q=1, i=coming["id"])
    refused = await staff.do(CHANGE, input={"id": coming["id"], "quantity": 0})
    assert refused["path"] == ["input", "quantity"]
    done = await staff.do(CHANGE, input={"id": coming["id"], "isCancelled": True})
    assert done["isOpen"] is False and done["level"]["incoming"] == 0
    seen = await _seen(staff, id)
    assert seen["isDelayed"] is True and seen["promisedOn"] is None
    again = await staff.do(CHANGE, input={"id": coming["id"], "quantity": 9})
    assert again["path"] == ["input", "id"]
    stale = await staff.do(CHANGE, input={"id": coming["id"], "quantity": 9}, v=1)
    assert stale["__typename"] == "StaleVersion"
    await _assert_consistent()


async def test_cancelled_incoming_stock_can_still_be_received(staff: Api, shop: make.Shop):
    coming = await inbound.expect(
        SYSTEM, sku="A", location=shop.location, quantity=3, expected_on=clock.today()
    )
    await inbound.change_incoming(SYSTEM, coming.id, is_cancelled=True)
    level = await receiving.receive_one(
        SYSTEM, sku="A", location=shop.location, quantity=2, incoming_id=coming.id
    )
    assert level.incoming == 0
    assert await queries.differences() == []


async def test_shipping_without_a_reservation_ships_nothing(shop: make.Shop):
    assert await shipping.ship(SYSTEM, claimant=new_id()) == []


async def test_a_preorder_is_promised_for_its_release_date(staff: Api, shop: make.Shop):
    await shop.stock("A", 2, preorder_until=clock.today() + timedelta(days=30), backorder_limit=50)
    seen = (await staff.ask(ATP, on=day(29)))["variant"]["availableToPromise"]
    assert seen["quantity"] == 0 and seen["schedule"] == [{"on": day(30), "quantity": 2}]
    here, ahead = await _order(staff, 2), await _order(staff, 4)
    for id in (here, ahead):  # units in stock are not shipped before the release date either
        seen = await _seen(staff, id)
        assert seen["promisedOn"] >= day(30) and seen["fulfillmentStatus"] == "BACKORDERED"
    with clock.shifted(timedelta(days=30)):
        assert await jobs.release_preorders() == 1
        assert (await _seen(staff, here))["fulfillmentStatus"] == "UNALLOCATED"
        assert (await _seen(staff, ahead))["fulfillmentStatus"] == "BACKORDERED"
    await _assert_consistent()


async def test_stock_on_hand_elsewhere_is_preferred_to_a_backorder(staff: Api, shop: make.Shop):
    second = await make.location("second")
    await locations.set_channel_locations(SYSTEM, shop.channel, [shop.location, second])
    await shop.stock("A", 5, second)
    id = await _order(staff, 4)  # the first location has 2 and a backorder limit of 10, the second has 4
    assert (await _seen(staff, id))["fulfillmentStatus"] == "UNALLOCATED"


# --- priorities of reservations ---


@pytest.mark.usefixtures("clean")
async def test_a_paid_order_displaces_only_as_many_reserved_cart_units_as_it_needs():
    shop = await make.shop()
    await shop.sell("A", stock=10)
    variant = await catalog.variant_by_sku("A")
    soon = clock.now() + timedelta(minutes=30)
    old, young, paid = new_id(), new_id(), new_id()

    async def claim(who, units, **more):
        await reserving.reserve(
            SYSTEM, channel_id=shop.channel.id, demand={variant.id: units}, claimant=who, **more
        )

    await claim(old, 4, expires_at=soon)
    await claim(young, 4, expires_at=soon)
    with pytest.raises(InsufficientStock):
        await claim(new_id(), 5)  # an unpaid order displaces no reservation
    await claim(paid, 5, priority=ReservationPriority.PAID)
    held = [await queries.reservations_of(who) for who in (old, young, paid)]
    assert [sum(row.quantity for row in rows) for rows in held] == [4, 1, 5]
    with pytest.raises(InsufficientStock):
        await claim(new_id(), 6, priority=ReservationPriority.PAID)  # five are in carts, five are paid
    await _assert_consistent()


async def test_missing_reserved_stock_is_sourced_from_another_location_or_backordered(
    staff: Api, shop: make.Shop
):
    second = await make.location("second")
    await locations.set_channel_locations(SYSTEM, shop.channel, [shop.location, second])
    await shop.stock("A", 9, backorder_limit=0)
    id = await _order(staff, 9)
    await shop.stock("A", 3, second)
    count = await counts.start_count(SYSTEM, shop.location, skus=["A"], approval_units=100)
    await counts.submit_count(SYSTEM, count.id, [Counted("A", 4)])
    seen = await _seen(staff, id)
    assert seen["fulfillmentStatus"] == "BACKORDERED" and seen["isDelayed"] is True
    assert "Reserved stock is missing" in [event["title"] for event in seen["events"]]
    rows = await fetch("SELECT quantity FROM backlog")
    assert [row["quantity"] for row in rows] == [2]  # five were lost, three found in the second location
    await _assert_consistent()
    await receiving.receive_one(SYSTEM, sku="A", location=second, quantity=2)
    seen = await _seen(staff, id)
    assert seen["fulfillmentStatus"] == "UNALLOCATED" and seen["events"][-1]["name"] != "order_stock_missing"
    assert await fetch("SELECT id FROM backlog") == []
    await _assert_consistent()


async def test_cancelling_an_order_removes_its_backlog(staff: Api, shop: make.Shop):
    await shop.stock("A", 5, backorder_limit=0)
    order = await make.order(("A", 5))
    count = await counts.start_count(SYSTEM, shop.location, skus=["A"], approval_units=100)
    await counts.submit_count(SYSTEM, count.id, [Counted("A", 1)])
    assert len(await fetch("SELECT id FROM backlog")) == 1
    cancel = "mutation($id: ID!) { orderCancel(input: {id: $id, reason: OUT_OF_STOCK}) { __typename } }"
    assert (await staff.do(cancel, id=to_global("Order", order.id)))["__typename"] == "Order"
    assert await fetch("SELECT id FROM backlog") == []
    await _assert_consistent()


@pytest.mark.parametrize(
    ("change", "path"),
    [({"quantity": 0}, "quantity"), ({"sku": "NOPE"}, "sku"), ({"location": "nowhere"}, "location")],
)
async def test_invalid_incoming_stock_is_reported_with_its_path(staff: Api, change: dict, path: str):
    given = {"sku": "A", "location": "web-main", "quantity": 1, "expectedOn": day(3)} | change
    refused = await staff.do(EXPECT, input=given)
    assert refused["path"] in (["input", path], [path])
