"""Orders are picked up at a shop: settings, stock by shop, carts, placing and sourcing."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import clock
from app.core.actor import SYSTEM
from app.inventory.locations import service as locations
from app.inventory.sourcing import Hours, ready_at
from tests import make
from tests.ask import ADDRESS, Api, order_input
from tests.orders.picking_up import PLACE, SET, Counter, items, pickup_shop
from tests.statements import statements

LOCATIONS = """{ pickupLocations(channel: "web") { code name address { line1 } timeZone instructions
  price { amount currency } preparationMinutes daysKept hours { timeZone } isActive } }"""
OPTIONS = """query($lines: [ShippingOptionsLineInput!]!) { pickupOptions(channel: "web", lines: $lines) {
  location { code } isAvailable isSelected readyBy reasonCode reason lines { sku quantity available } } }"""
SETTINGS = '{ channel(code: "web") { pickupSettings { code isActive } } }'
PLAN = """query($id: ID!) { sourcingPlan(orderId: $id) { shipments { location { code } lines { sku quantity } } } }"""


@pytest.fixture
async def counter(api: Api) -> Counter:
    return await Counter.open(api)


# --- settings ---


async def test_pickup_is_offered_at_a_location_with_its_terms(counter: Counter):
    terms = {
        "instructions": "Use the side door.", "price": {"amount": "2.00", "currency": "USD"},
        "preparationMinutes": 90, "daysKept": 3,
    }  # fmt: skip
    done = await counter.offer(**terms)
    assert done == {
        "__typename": "PickupLocation",
        "code": "berlin",
        "name": "Berlin shop",
        "isActive": True,
        **terms,
    }
    [shown] = (await counter.api.ask(LOCATIONS))["pickupLocations"]
    assert shown == {
        "code": "berlin", "name": "Berlin shop", "address": {"line1": "Lindenstraße 5"}, "timeZone": "UTC",
        "hours": None, "isActive": True, **terms,
    }  # fmt: skip
    assert (await counter.offer(daysKept=5))["instructions"] == "Use the side door."


@pytest.mark.parametrize(
    ("terms", "problem"),
    [
        ({"price": {"amount": "-1", "currency": "USD"}}, ("TOO_SMALL", ["input", "price"])),
        ({"price": {"amount": "1", "currency": "EUR"}}, ("WRONG_CURRENCY", ["input", "price", "currency"])),
        ({"preparationMinutes": -1}, ("NOT_IN_RANGE", ["input", "preparationMinutes"])),
        ({"daysKept": 0}, ("NOT_IN_RANGE", ["input", "daysKept"])),
        ({"instructions": "x" * 1001}, ("TOO_LONG", ["input", "instructions"])),
        ({"location": "side"}, ("NOT_POSSIBLE_NOW", ["input", "location"])),
        ({"location": "web-main"}, ("NOT_POSSIBLE_NOW", ["input", "location"])),
    ],
)
async def test_wrong_terms_of_a_pickup_are_refused(
    counter: Counter, terms: dict[str, Any], problem: tuple[str, list[str]]
):
    await make.location("side")  # not one of the channel's; web-main has no address
    refused = await counter.offer(**terms)
    assert [(each["code"], each["path"]) for each in refused["problems"]] == [problem]


async def test_buyers_see_pickup_locations_only_while_they_are_offered(counter: Counter):
    async def shown() -> list[str]:
        return [each["code"] for each in (await counter.api.ask(LOCATIONS))["pickupLocations"]]

    await counter.offer(isActive=False)
    assert await shown() == []
    assert (await counter.staff.ask(SETTINGS))["channel"]["pickupSettings"] == [
        {"code": "berlin", "isActive": False}
    ]
    assert (await counter.api.ask(SETTINGS))["channel"]["pickupSettings"] is None
    await counter.offer(isActive=True)
    assert await shown() == ["berlin"]
    await locations.update_location(SYSTEM, counter.place.id, {"is_active": False})
    assert await shown() == []
    await locations.update_location(SYSTEM, counter.place.id, {"is_active": True})
    await locations.set_channel_locations(SYSTEM, counter.shop.channel, [counter.shop.location])
    assert await shown() == []


async def test_pickup_is_set_by_callers_who_manage_the_channel_and_the_location(counter: Counter):
    other = await make.shop("eu")
    foreign = counter.api.as_(await make.token(channels=[other.channel]))
    given = {"channel": "web", "location": "berlin", "daysKept": 2}
    assert (await foreign.do(SET, i=given))["__typename"] == "NotFound"
    elsewhere = counter.api.as_(await make.token(locations=[counter.shop.location]))
    assert (await elsewhere.do(SET, i=given))["__typename"] == "NotFound"


# --- stock by shop ---


async def test_buyers_see_which_items_a_shop_has_and_when_they_are_ready(counter: Counter):
    await counter.sell("A", here=2)
    await counter.sell("B", here=5)
    [option] = (await counter.api.ask(OPTIONS, lines=items(("A", 2), ("B", 1))))["pickupOptions"]
    assert (option["isAvailable"], option["reasonCode"], option["isSelected"]) == (True, None, False)
    ready = datetime.fromisoformat(option["readyBy"])
    assert timedelta(minutes=119) < ready - clock.now() <= timedelta(minutes=121)
    assert option["lines"] == [
        {"sku": "A", "quantity": 2, "available": 2},
        {"sku": "B", "quantity": 1, "available": 1},
    ]
    [short] = (await counter.api.ask(OPTIONS, lines=items(("A", 2), ("A", 2), ("B", 9))))["pickupOptions"]
    assert (short["isAvailable"], short["reasonCode"], short["readyBy"]) == (False, "NO_STOCK", None)
    assert [line["available"] for line in short["lines"]] == [2, 0, 5]
    assert "A, B" in short["reason"]


async def test_a_bundle_is_available_as_far_as_its_components_are(counter: Counter):
    await counter.sell("A", here=5)
    await counter.shop.sell("SET", stock=None)
    await make.bundle("SET", A=2)
    [option] = (await counter.api.ask(OPTIONS, lines=items(("SET", 3), ("A", 1))))["pickupOptions"]
    assert [line["available"] for line in option["lines"]] == [2, 1]
    assert option["reasonCode"] == "NO_STOCK"


async def test_stock_on_backorder_or_elsewhere_cannot_be_picked_up(counter: Counter):
    await counter.sell("A", here=0)
    await counter.shop.stock("A", 0, counter.place, backorder_limit=9)
    [option] = (await counter.api.ask(OPTIONS, lines=items(("A", 1))))["pickupOptions"]
    assert (option["reasonCode"], option["lines"][0]["available"]) == ("NO_STOCK", 0)
    refused = await counter.place_order(("A", 1))
    assert (refused["__typename"], refused["shortages"]) == (
        "InsufficientStock",
        [{"sku": "A", "requested": 1}],
    )


async def test_more_shops_take_no_more_statements(counter: Counter):
    await counter.sell("A", here=2)
    with statements() as few:
        await counter.api.ask(OPTIONS, lines=items(("A", 1)))
    places = [counter.shop.location, counter.place]
    for number in range(5):
        places.append(await pickup_shop(f"shop-{number}"))
    await locations.set_channel_locations(SYSTEM, counter.shop.channel, places)
    for place in places[2:]:
        await counter.staff.do(SET, i={"channel": "web", "location": place.code})
    with statements() as many:
        shown = await counter.api.ask(OPTIONS, lines=items(("A", 1)))
    assert len(shown["pickupOptions"]) == 6
    assert len(many) == len(few)


# --- carts ---


async def test_a_cart_with_a_pickup_location_knows_its_price_tax_and_day(counter: Counter):
    await make.tax("DE", rate="0.2")
    await make.tax("US", region="IL", rate="0.1")
    await counter.offer(price={"amount": "2.00", "currency": "USD"})
    await counter.sell("A", here=2)
    cart = await counter.begin(("A", 1), pickupLocation="berlin")
    assert cart["pickup"]["code"] == "berlin" and cart["pickup"]["address"] == {"line1": "Lindenstraße 5"}
    assert (cart["shipping"]["amount"], cart["tax"]["amount"], cart["total"]["amount"]) == (
        "2.00", "2.40", "14.40",
    )  # fmt: skip
    assert not cart["isTaxEstimated"] and not cart["isTotalEstimated"]
    assert cart["shippingMethod"] is None and cart["shippingAddress"] is None
    assert cart["promisedOn"] == (clock.now() + timedelta(minutes=120)).date().isoformat()
    [option] = cart["pickupOptions"]
    assert option["isSelected"] and option["isAvailable"]


async def test_the_stock_that_a_cart_has_reserved_at_the_shop_counts_for_itself_only(counter: Counter):
    await counter.sell("A", here=2)
    cart = await counter.begin(("A", 2), pickupLocation="berlin")
    assert cart["pickupOptions"][0]["isAvailable"]
    [for_others] = (await counter.api.ask(OPTIONS, lines=items(("A", 1))))["pickupOptions"]
    assert for_others["reasonCode"] == "NO_STOCK"


async def test_a_buyer_changes_between_shipping_and_pickup_and_keeps_the_address(counter: Counter):
    await make.tax("DE", rate="0.2")
    await make.tax("US", region="IL", rate="0.1")
    await counter.sell("A", here=2)
    cart = await counter.begin(("A", 1), shippingAddress=ADDRESS, shippingMethod="standard")
    assert cart["tax"]["amount"] == "1.50" and cart["pickup"] is None
    there = await counter.change(cart, pickupLocation="berlin")
    assert (there["pickup"]["code"], there["shippingMethod"], there["shipping"]["amount"]) == (
        "berlin", None, "0.00",
    )  # fmt: skip
    [option] = there["shippingOptions"]
    assert option == {"code": "standard", "isAvailable": True, "isSelected": False}
    assert there["tax"]["amount"] == "2.00" and there["shippingAddress"] == {"line1": ADDRESS["line1"]}
    back = await counter.change(cart, shippingMethod="standard")
    assert (back["pickup"], back["shippingMethod"], back["tax"]) == (
        None,
        {"code": "standard"},
        {"amount": "1.50"},
    )
    neither = await counter.change(cart, shippingMethod=None)
    assert neither["shippingMethod"] is None and neither["pickup"] is None


async def test_a_shipping_method_together_with_a_pickup_location_is_refused(counter: Counter):
    await counter.sell("A", here=2)
    refused = await counter.begin(("A", 1), pickupLocation="berlin", shippingMethod="standard")
    assert refused["problems"] == [{"code": "CONTRADICTION", "path": ["input", "pickupLocation"]}]
    unknown = await counter.begin(("A", 1), pickupLocation="web-main")
    assert unknown["problems"] == [{"code": "UNKNOWN_CHOICE", "path": ["input", "pickupLocation"]}]


async def test_a_cart_keeps_a_location_that_is_offered_no_longer_as_a_warning(counter: Counter):
    await counter.sell("A", here=2)
    cart = await counter.begin(("A", 1), pickupLocation="berlin")
    await counter.offer(isActive=False)
    changed = await counter.change(cart, email="ada@example.com")
    assert changed["pickup"] is None
    assert changed["warnings"] == [{"code": "PICKUP_NOT_OFFERED", "path": ["pickupLocation"]}]
    given = {"draftId": cart["id"], "draftToken": cart["accessToken"], "billingAddress": ADDRESS}
    refused = await counter.api.do(PLACE, i=given)
    assert {(each["code"], each["path"][-1]) for each in refused["problems"]} == {
        ("REQUIRED", "shippingMethod")
    }
    await counter.offer(isActive=True)
    again = await counter.change(cart, phone="+12175550123")
    assert again["pickup"]["code"] == "berlin" and again["warnings"] == []


async def test_pickup_switched_off_between_cart_and_order_is_refused_by_name(counter: Counter):
    await counter.sell("A", here=2)
    cart = await counter.begin(("A", 1), pickupLocation="berlin", email="ada@example.com")
    await counter.offer(isActive=False)
    given = {"draftId": cart["id"], "draftToken": cart["accessToken"], "billingAddress": ADDRESS}
    refused = await counter.api.do(PLACE, i=given)
    assert refused["problems"] == [{"code": "UNKNOWN_CHOICE", "path": ["input", "pickupLocation"]}]


# --- placing ---


async def test_an_order_is_sourced_from_the_shop_at_which_it_is_picked_up(counter: Counter):
    await make.tax("DE", rate="0.2")
    await counter.sell("A", here=2)
    placed = await counter.place_order(("A", 2))
    assert (placed["__typename"], placed["status"]) == ("Order", "CONFIRMED"), placed
    assert placed["shippingAddress"] == {
        "name": "Ada Lovelace", "company": "Berlin shop", "line1": "Lindenstraße 5",
    }  # fmt: skip
    assert placed["billingAddress"] == {"line1": "9 Oak Street"}
    assert (placed["tax"]["amount"], placed["shippingMethod"]) == ("4.00", None)
    plan = (await counter.staff.ask(PLAN, id=placed["id"]))["sourcingPlan"]
    assert plan["shipments"] == [
        {"location": {"code": "berlin"}, "lines": [{"sku": "A", "quantity": 2}]},
    ]
    ready = datetime.fromisoformat(placed["pickup"]["readyBy"])
    assert placed["promisedOn"] == ready.date().isoformat()


async def test_a_pickup_needs_a_billing_address_and_no_shipping_address(counter: Counter):
    await counter.sell("A", here=2)
    refused = await counter.place_order(("A", 1), billingAddress=None)
    assert refused["problems"] == [{"code": "REQUIRED", "path": ["input", "billingAddress"]}]
    placed = await counter.place_order(("A", 1), billingAddress=None, shippingAddress=ADDRESS)
    assert placed["billingAddress"] == {"line1": ADDRESS["line1"]}


async def test_rules_for_addresses_do_not_hold_a_pickup(counter: Counter):
    await counter.sell("A", here=2)
    rule = "mutation($i: OrderRuleSetInput!) { orderRuleSet(input: $i) { __typename } }"
    for name in ("po_box", "country_mismatch", "address_incomplete"):
        await counter.staff.do(rule, i={"channel": "web", "rule": name, "outcome": "HOLD"})
    await locations.update_location(
        SYSTEM,
        counter.place.id,
        {"address": make.AddressData("S", "P.O. Box 5", "Berlin", "DE", postal_code="10969")},
    )
    assert (await counter.place_order(("A", 1)))["status"] == "CONFIRMED"


async def test_an_order_that_is_picked_up_cannot_be_edited_into_one_that_is_shipped(counter: Counter):
    await counter.sell("A", here=3)
    placed = await counter.place_order(("A", 1))
    edit = """mutation($i: OrderEditInput!) { orderEdit(input: $i) { __typename
      ... on ValidationFailed { problems { code path } } ... on InsufficientStock { shortages { sku } } } }"""
    for field, value in (("shippingAddress", ADDRESS), ("shippingMethod", "standard")):
        refused = await counter.staff.do(edit, i={"id": placed["id"], field: value})
        assert refused["problems"] == [{"code": "NOT_APPLICABLE", "path": ["input", field]}]
    lines = await counter.staff.ask(
        "query($id: ID!) { order(id: $id) { lines { nodes { id } } } }", id=placed["id"]
    )
    line = lines["order"]["lines"]["nodes"][0]["id"]
    assert (await counter.staff.do(edit, i={"id": placed["id"], "lines": [{"lineId": line, "quantity": 3}]}))[
        "__typename"
    ] == "OrderEdit"
    short = await counter.staff.do(edit, i={"id": placed["id"], "lines": [{"lineId": line, "quantity": 4}]})
    assert short["shortages"] == [{"sku": "A"}]


async def test_an_order_is_repeated_with_its_pickup_location(counter: Counter):
    await counter.sell("A", here=3)
    placed = await counter.place_order(("A", 1))
    again = "mutation($i: OrderReorderInput!) { orderReorder(input: $i) { __typename ... on Order { pickup { code } shippingAddress { line1 } } } }"
    done = await counter.staff.do(again, i={"id": placed["id"]})
    assert (done["pickup"], done["shippingAddress"]) == ({"code": "berlin"}, None)


async def test_missing_stock_of_a_pickup_waits_for_the_shop_and_is_not_taken_elsewhere(counter: Counter):
    await counter.sell("A", here=2)
    placed = await counter.place_order(("A", 2))
    adjust = """mutation($i: StockAdjustInput!) { stockAdjust(input: $i) { __typename ... on UserError { message } } }"""
    gone = await counter.staff.do(
        adjust, i={"sku": "A", "location": "berlin", "change": -1, "reason": "LOSS"}
    )
    assert gone["__typename"] == "StockLevel", gone
    shown = "query($id: ID!) { order(id: $id) { promisedOn fulfillmentOrders { location { code } units status } } }"
    order = (await counter.staff.ask(shown, id=placed["id"]))["order"]
    assert [(each["location"]["code"], each["units"]) for each in order["fulfillmentOrders"]] == [
        ("berlin", 1)
    ]
    await counter.staff.do(adjust, i={"sku": "A", "location": "berlin", "change": 1, "reason": "FOUND"})
    order = (await counter.staff.ask(shown, id=placed["id"]))["order"]
    assert sum(each["units"] for each in order["fulfillmentOrders"]) == 2
    assert {each["location"]["code"] for each in order["fulfillmentOrders"]} == {"berlin"}


async def test_an_order_that_is_shipped_takes_no_more_statements_than_before(counter: Counter):
    await counter.sell("A", here=2)
    for _ in range(2):
        await counter.api.do(PLACE, i=order_input(("A", 1)))
    with statements() as taken:
        placed = await counter.api.do(PLACE, i=order_input(("A", 1)))
    assert placed["__typename"] == "Order" and placed["pickup"] is None
    assert not any("pickup_setting" in each for each in taken)


# --- ready times ---

WEEK = {day: (time(9), time(17)) for day in range(5)}
BERLIN = Hours("Europe/Berlin", WEEK)
YEAR = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "minutes", "ready"),
    [
        ("2026-11-30T08:00:00+00:00", 60, "2026-11-30T09:00:00+00:00"),  # Monday, the shop opens at 8:00 UTC
        ("2026-11-30T03:00:00+00:00", 60, "2026-11-30T09:00:00+00:00"),  # before it opens
        ("2026-11-30T15:30:00+00:00", 60, "2026-12-01T08:30:00+00:00"),  # half of it on the next day
        ("2026-11-27T15:30:00+00:00", 60, "2026-11-30T08:30:00+00:00"),  # the weekend lies between
        ("2026-11-30T08:00:00+00:00", 9 * 60, "2026-12-01T09:00:00+00:00"),  # longer than a day
        ("2026-11-30T15:59:00+00:00", 0, "2026-11-30T15:59:00+00:00"),
        ("2026-11-30T16:00:00+00:00", 0, "2026-12-01T08:00:00+00:00"),  # it has closed
        ("2026-03-27T15:00:00+00:00", 120, "2026-03-30T08:00:00+00:00"),  # clocks go forward on Sunday
    ],
)
def test_preparation_counts_the_opening_hours_in_the_time_zone_of_the_location(
    at: str, minutes: int, ready: str
):
    assert ready_at(BERLIN, datetime.fromisoformat(at), minutes) == datetime.fromisoformat(ready)


def test_a_location_that_does_not_open_prepares_nothing():
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(800)]
    closed = Hours("Europe/Berlin", WEEK, holidays=frozenset(days))
    assert ready_at(closed, datetime(2026, 2, 1, tzinfo=UTC), 5) is None
    assert ready_at(None, datetime(2026, 2, 1, tzinfo=UTC), 5) == datetime(2026, 2, 1, 0, 5, tzinfo=UTC)


@given(
    st.integers(0, 330 * 24 * 60).map(lambda minutes: YEAR + timedelta(minutes=minutes)),
    st.integers(0, 5000),
    st.integers(0, 5000),
)
def test_more_work_and_later_orders_are_never_ready_earlier(at: datetime, minutes: int, more: int):
    first, later = ready_at(BERLIN, at, minutes), ready_at(BERLIN, at, minutes + more)
    assert first is not None and later is not None and at <= first <= later
    after = ready_at(BERLIN, at + timedelta(minutes=more), minutes)
    assert after is not None and after >= first
    again = ready_at(BERLIN, first, more)
    assert again is not None and (more == 0 or again == later)
