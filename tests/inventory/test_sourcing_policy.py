"""Sourcing by the channel's policy, and its explanation."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.core import clock
from app.core.actor import SYSTEM
from app.inventory.locations import queries as locations
from app.inventory.receiving import service as receiving
from tests import make
from tests.ask import ADDRESS, PLACE, Api, order_input

pytestmark = pytest.mark.usefixtures("clean")

POLICY = """mutation($input: SourcingPolicySetInput!) { sourcingPolicySet(input: $input) { __typename
  ... on Channel { sourcingPolicy { strategy split maxParcels shipsComplete } } ... on UserError { message path } } }"""
CREATE = """mutation($input: LocationCreateInput!) { locationCreate(input: $input) { __typename
  ... on Location { code countries pickCapacity hours { timeZone cutOff week { day opens closes } holidays } parcelCost { amount } }
  ... on UserError { message path } ... on ValidationFailed { problems { path } } } }"""
PLAN = """query($id: ID!) { sourcingPlan(orderId: $id) { strategy isPreview isExact
  shipments { location { code } shipsOn lines { sku quantity } }
  candidates { location { code } verdict explanation score units } shortages { sku requested available } } }"""
LINK = (
    'mutation($l: [String!]!) { channelLocationsSet(input: {channel: "web", locations: $l}) { __typename } }'
)


def place_at(code: str, latitude: float, longitude: float, **more: Any) -> dict[str, Any]:
    address = {**ADDRESS, "latitude": latitude, "longitude": longitude}
    return {"code": code, "name": code.title(), "address": address, **more}


@pytest.fixture
async def shop(api: Api) -> make.Shop:
    return await make.shop()


@pytest.fixture
async def staff(api: Api, shop: make.Shop) -> Api:
    """Reno, Columbus and New York have 10, 10 and 2 of A; only New York has B."""
    staff = api.as_(await make.token())
    for code, at in (("reno", (39.53, -119.81)), ("columbus", (39.96, -83.0)), ("newyork", (40.71, -74.01))):
        done = await staff.do(CREATE, input=place_at(code, *at))
        assert done["__typename"] == "Location", done
    await staff.do(LINK, l=["reno", "columbus", "newyork"])
    for sku in ("A", "B"):
        await shop.sell(sku, stock=0)
    for code, a, b in (("reno", 10, 0), ("columbus", 10, 0), ("newyork", 2, 5)):
        location = await locations.location(SYSTEM, code=code)
        await shop.stock("A", a, location)
        await shop.stock("B", b, location)
    return staff


async def _placed(api: Api, *lines: tuple[str, int], **address: Any) -> str:
    given = order_input(*lines)
    given["shippingAddress"] = {**ADDRESS, **address}
    done = await api.do(PLACE, input=given)
    assert done["__typename"] == "Order", done
    return done["id"]


async def _sent(staff: Api, order_id: str) -> dict[str, int]:
    plan = (await staff.ask(PLAN, id=order_id))["sourcingPlan"]
    return {s["location"]["code"]: sum(x["quantity"] for x in s["lines"]) for s in plan["shipments"]}


async def test_orders_are_sourced_by_the_strategy_of_the_channel(staff: Api):
    boston = {"latitude": 42.36, "longitude": -71.06}
    assert await _sent(staff, await _placed(staff, ("A", 3), **boston)) == {"reno": 3}
    assert (await staff.do(POLICY, input={"channel": "web", "strategy": "NEAREST"}))["sourcingPolicy"][
        "strategy"
    ] == "NEAREST"
    assert await _sent(staff, await _placed(staff, ("A", 2), **boston)) == {"newyork": 2}
    assert await _sent(staff, await _placed(staff, ("A", 3), **boston)) == {"columbus": 3}
    await staff.do(POLICY, input={"channel": "web", "strategy": "FEWEST_SHIPMENTS"})
    assert await _sent(staff, await _placed(staff, ("A", 3), ("B", 1), **boston)) == {"reno": 3, "newyork": 1}


async def test_a_stored_plan_explains_the_verdict_of_every_location(staff: Api):
    order = await _placed(staff, ("A", 2), ("B", 1))
    plan = (await staff.ask(PLAN, id=order))["sourcingPlan"]
    assert plan["isPreview"] is False and plan["isExact"] is True and plan["strategy"] == "PRIORITY"
    assert [s["location"]["code"] for s in plan["shipments"]] == ["newyork"]
    found = {c["location"]["code"]: c for c in plan["candidates"]}
    assert found["newyork"]["verdict"] == "CHOSEN" and found["newyork"]["units"] == 3
    assert found["reno"]["verdict"] == "NOT_ENOUGH" and found["reno"]["score"] == "place 1"
    assert found["reno"]["explanation"] == "Cannot ship everything; a location that can was chosen."
    # The stored plan does not change with the stock.
    await _placed(staff, ("A", 10))
    assert (await staff.ask(PLAN, id=order))["sourcingPlan"] == plan


async def test_the_plan_of_a_draft_is_a_preview_with_shortages(staff: Api):
    draft = (
        "mutation($input: OrderDraftCreateInput!) { orderDraftCreate(input: $input) { ... on Order { id } } }"
    )
    lines = [{"sku": "A", "quantity": 30}]
    made = await staff.do(draft, input={"channel": "web", "lines": lines, "reserveStock": False})
    plan = (await staff.ask(PLAN, id=made["id"]))["sourcingPlan"]
    assert plan["isPreview"] is True and plan["shipments"] == []
    assert plan["shortages"] == [{"sku": "A", "requested": 30, "available": 22}]
    assert {c["verdict"] for c in plan["candidates"]} == {"NO_PLAN"}


async def test_single_location_policy_refuses_an_order_that_no_location_can_ship_alone(staff: Api):
    await staff.do(POLICY, input={"channel": "web", "split": "SINGLE_LOCATION"})
    refused = await staff.do(PLACE, input=order_input(("A", 12)))
    assert refused["__typename"] == "InsufficientStock"
    assert refused["shortages"] == [{"sku": "A", "requested": 12, "available": 10}]
    assert await _sent(staff, await _placed(staff, ("A", 2), ("B", 2))) == {"newyork": 4}


async def test_orders_above_the_daily_capacity_go_to_the_next_location(staff: Api):
    update = "mutation($i: LocationUpdateInput!) { locationUpdate(input: $i) { __typename ... on UserError { message path } } }"
    reno = (await staff.ask('{ location(code: "reno") { id } }'))["location"]["id"]
    assert (await staff.do(update, i={"id": reno, "pickCapacity": 2}))["__typename"] == "Location"
    draft = "mutation($i: OrderDraftCreateInput!) { orderDraftCreate(input: $i) { __typename } }"
    await staff.do(
        draft, i={"channel": "web", "lines": [{"sku": "A", "quantity": 1}]}
    )  # a cart uses no capacity
    orders = [await _placed(staff, ("A", 1)) for _ in range(3)]
    assert [await _sent(staff, each) for each in orders] == [{"reno": 1}, {"reno": 1}, {"columbus": 1}]
    cancel = "mutation($id: ID!) { orderCancel(input: {id: $id, reason: CUSTOMER}) { __typename } }"
    assert (await staff.do(cancel, id=orders[0]))["__typename"] == "Order"
    assert await _sent(staff, await _placed(staff, ("A", 1))) == {"reno": 1}
    assert await _sent(staff, await _placed(staff, ("A", 1))) == {"columbus": 1}
    with clock.shifted(timedelta(days=1)):
        assert await _sent(staff, await _placed(staff, ("A", 1))) == {"reno": 1}


async def test_an_order_to_a_country_that_a_location_does_not_serve_ships_from_another(staff: Api):
    update = "mutation($i: LocationUpdateInput!) { locationUpdate(input: $i) { __typename } }"
    reno = (await staff.ask('{ location(code: "reno") { id } }'))["location"]["id"]
    await staff.do(update, i={"id": reno, "countries": ["de", "AT"]})
    assert await _sent(staff, await _placed(staff, ("A", 1))) == {"columbus": 1}


async def test_an_order_after_the_cut_off_is_promised_from_the_next_open_day(staff: Api, api: Api):
    week = [{"day": day, "opens": "08:00", "closes": "17:00"} for day in ("MONDAY", "TUESDAY")]
    hours = {"timeZone": "America/New_York", "week": week, "cutOff": "12:00", "holidays": ["2026-05-05"]}
    made = await staff.do(
        CREATE,
        input=place_at("boston", 42.3, -71.0, hours=hours, parcelCost={"amount": "4.50", "currency": "USD"}),
    )
    assert made["hours"]["cutOff"] == "12:00:00" and made["hours"]["holidays"] == ["2026-05-05"]
    assert made["parcelCost"] == {"amount": "4.50"}
    await staff.do(LINK, l=["boston"])
    await receiving.receive_one(
        SYSTEM, sku="A", location=await locations.location(SYSTEM, code="boston"), quantity=5
    )
    # Monday, 4 May 2026, 13:00 in New York; Tuesday is a holiday, so it leaves on Monday the 11th.
    with clock.shifted(datetime(2026, 5, 4, 17, tzinfo=UTC) - datetime.now(UTC)):
        order = await _placed(staff, ("A", 1))
        plan = (await staff.ask(PLAN, id=order))["sourcingPlan"]
        assert plan["shipments"][0]["shipsOn"] == "2026-05-11"
        seen = await staff.ask("query($id: ID!) { order(id: $id) { promisedOn } }", id=order)
        assert seen["order"]["promisedOn"] == "2026-05-14"  # one day of handling and two days of transit


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"hours": {"timeZone": "Mars/Olympus", "week": [{"day": "MONDAY", "opens": "08:00", "closes": "17:00"}]}}, ["hours", "timeZone"]),
        ({"hours": {"timeZone": "UTC", "week": [{"day": "MONDAY", "opens": "18:00", "closes": "17:00"}]}}, ["hours", "week", "0", "closes"]),
        ({"hours": {"timeZone": "UTC", "week": []}}, ["hours", "week"]),
        ({"pickCapacity": -1}, ["pickCapacity"]),
        ({"countries": ["DEU"]}, ["countries", "0"]),
        ({"address": {**ADDRESS, "latitude": 91.0, "longitude": 0.0}}, ["address", "latitude"]),
        ({"address": {**ADDRESS, "latitude": 1.0}}, ["address", "longitude"]),
    ],
)  # fmt: skip
async def test_an_invalid_location_is_refused_with_the_path_of_the_field(
    staff: Api, more: dict, path: list[str]
):
    refused = await staff.do(CREATE, input={"code": "x", "name": "X", **more})
    assert refused["path"] == ["input", *path]


async def test_an_invalid_sourcing_policy_is_refused(staff: Api):
    assert (await staff.do(POLICY, input={"channel": "web", "maxParcels": 0}))["path"] == [
        "input",
        "maxParcels",
    ]
    assert (await staff.do(POLICY, input={"channel": "web", "minParcelUnits": 0}))["path"] == [
        "input",
        "minParcelUnits",
    ]
    assert (await staff.do(POLICY, input={"channel": "nowhere"}))["__typename"] == "NotFound"
