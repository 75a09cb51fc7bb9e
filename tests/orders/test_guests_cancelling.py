"""Guests cancel their order, or request it, with the access token and by the rules for customers."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from app.core import clock
from app.inventory.stock import queries as stock
from tests import make
from tests.ask import PLACE, Api, order_input
from tests.journeys.life import Story

FAILED = "__typename ... on UserError { errorCode message path }"
CANCEL = f"""mutation($i: OrderCancelInput!, $key: String) {{ orderCancel(input: $i, idempotencyKey: $key) {{
  {FAILED} ... on Order {{ id status cancelReason amountDue {{ amount }} accessToken
    lines {{ nodes {{ quantityCancelled }} }} }} }} }}"""
ASK = f"""mutation($i: OrderCancelRequestInput!) {{ orderCancelRequest(input: $i) {{ {FAILED}
  ... on OrderCancelRequest {{ id status note requestedBy order {{ isOnHold }} }} }} }}"""
STEPS = """query($i: ID, $t: String) { order(id: $i, token: $t) {
  status isOnHold nextSteps { step isPossible reasonCode } cancelRequests { status requestedBy } } }"""
UPDATE = "mutation($i: ChannelUpdateInput!) { channelUpdate(input: $i) { __typename } }"


@pytest.fixture
async def story(api: Api) -> Story:
    story = await Story.begin(api)
    await story.sell("MUG", east=5)
    return story


async def place(api: Api, units: int = 2) -> dict[str, Any]:
    """An order of a guest: the proof for its buyer."""
    query = PLACE.replace("id number", "id accessToken number")
    placed = await api.do(query, input=order_input(("MUG", units)))
    assert placed["__typename"] == "Order", placed
    return {"id": placed["id"], "accessToken": placed["accessToken"]}


async def steps(api: Api, order: dict[str, Any]) -> dict[str, str | None]:
    found = await api.ask(STEPS, i=order["id"], t=order["accessToken"])
    return {each["step"]: each["reasonCode"] for each in found["order"]["nextSteps"]}


async def start_work(story: Story, order: dict[str, Any]) -> None:
    asked = "query($i: ID) { order(id: $i) { fulfillmentOrders { id } } }"
    found = await story.staff.ask(asked, i=order["id"])
    work = found["order"]["fulfillmentOrders"][0]["id"]
    await story.release(work)
    await story.pick(work)


async def test_a_guest_cancels_an_order_and_its_stock_is_free_again(api: Api, story: Story):
    order = await place(api)
    assert await steps(api, order) == {"CANCEL": None, "REQUEST_CANCEL": None}
    done = await api.do(CANCEL, i=order | {"reason": "CUSTOMER"})
    assert (done["status"], done["cancelReason"]) == ("CANCELLED", "CUSTOMER")
    found = await api.ask('{ variant(sku: "MUG", channel: "web") { available } }')
    assert found["variant"]["available"] == 5 and await stock.differences() == []
    again = await api.do(CANCEL, i=order)
    assert again["errorCode"] == "ILLEGAL_TRANSITION"


async def test_a_guest_cancels_single_units(api: Api, story: Story):
    order = await place(api)
    asked = "query($i: ID, $t: String) { order(id: $i, token: $t) { lines { nodes { id } } } }"
    found = await api.ask(asked, i=order["id"], t=order["accessToken"])
    line = found["order"]["lines"]["nodes"][0]["id"]
    done = await api.do(CANCEL, i=order | {"lines": [{"lineId": line, "quantity": 1}]})
    assert done["status"] == "CONFIRMED" and done["lines"]["nodes"] == [{"quantityCancelled": 1}]


async def test_only_the_access_token_cancels(api: Api, story: Story):
    order, other = await place(api, 1), await place(api, 1)
    tracking = "query($i: ID) { order(id: $i) { trackingToken } }"
    link = (await story.staff.ask(tracking, i=order["id"]))["order"]["trackingToken"]
    eve = api.as_(await make.account("eve@example.com"))
    for caller in (api, eve):
        for token in ("wrong", "", link, other["accessToken"]):
            for mutation in (CANCEL, ASK):
                refused = await caller.do(mutation, i={"id": order["id"], "accessToken": token})
                assert refused["errorCode"] == "NOT_FOUND" and refused["path"] == ["input", "id"]
    for mutation in (CANCEL, ASK):
        error = await api.error(mutation, i={"id": order["id"]})
        assert error["extensions"]["code"] == "UNAUTHENTICATED"
        refused = await eve.do(mutation, i={"id": order["id"]})
        assert refused["errorCode"] == "NOT_FOUND"
    assert (await steps(api, order))["CANCEL"] is None


async def test_the_channels_time_limit_holds_for_guests_and_then_they_request(
    api: Api, story: Story, monkeypatch: pytest.MonkeyPatch
):
    channel = (await story.staff.ask('{ channel(code: "web") { id } }'))["channel"]["id"]
    await story.staff.do(UPDATE, i={"id": channel, "cancelMinutes": 10})
    order, now = await place(api), clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(minutes=11))
    assert await steps(api, order) == {"CANCEL": "TOO_LATE", "REQUEST_CANCEL": None}
    refused = await api.do(CANCEL, i=order)
    assert refused["__typename"] == "TooLateToCancel"
    asked = await api.do(ASK, i=order | {"note": "Too\nbig"})
    assert (asked["status"], asked["note"], asked["order"]) == ("OPEN", "Too\nbig", {"isOnHold": True})
    assert asked["requestedBy"] == "ada@example.com"
    assert await steps(api, order) == {"CANCEL": "TOO_LATE", "REQUEST_CANCEL": "ALREADY_REQUESTED"}
    grant = f"mutation($i: OrderCancelRequestAnswerInput!) {{ orderCancelRequestGrant(input: $i) {{ {FAILED} }} }}"
    await story.staff.do(grant, i={"id": asked["id"]})
    found = (await api.ask(STEPS, i=order["id"], t=order["accessToken"]))["order"]
    assert found["status"] == "CANCELLED"
    assert found["cancelRequests"] == [{"status": "GRANTED", "requestedBy": "ada@example.com"}]


async def test_a_guest_cannot_cancel_once_the_warehouse_works(api: Api, story: Story):
    order = await place(api)
    await start_work(story, order)
    assert (await steps(api, order))["CANCEL"] == "TOO_LATE"
    assert (await api.do(CANCEL, i=order))["__typename"] == "TooLateToCancel"
    as_staff = await story.staff.do(CANCEL, i=order)
    assert as_staff["__typename"] == "TooLateToCancel", "with the token, the rules for buyers apply"
    assert (await story.staff.do(CANCEL, i={"id": order["id"]}))["status"] == "CANCELLED"


async def test_the_token_is_not_valid_after_the_days_for_guests(
    api: Api, story: Story, monkeypatch: pytest.MonkeyPatch
):
    order, now = await place(api), clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=31))
    for mutation in (CANCEL, ASK):
        assert (await api.do(mutation, i=order))["errorCode"] == "NOT_FOUND"


async def test_a_repeated_request_and_two_at_once_cancel_once(api: Api, story: Story):
    order = await place(api)
    done = await asyncio.gather(*(api.do(CANCEL, i=order, key="once") for _ in range(3)))
    assert {each["status"] for each in done} == {"CANCELLED"}
    other = await place(api)
    found = await asyncio.gather(*(api.do(CANCEL, i=other) for _ in range(3)))
    assert sorted(each["__typename"] for each in found) == ["IllegalTransition", "IllegalTransition", "Order"]
    assert await stock.differences() == []


async def test_a_bulk_request_of_staff_with_a_token_follows_the_rules_for_buyers(api: Api, story: Story):
    order = await place(api)
    await start_work(story, order)
    bulk = """mutation($i: [OrderCancelInput!]!) { orderBulkCancel(input: $i) {
      ... on BulkResult { rows { error { message } } } } }"""
    done = await story.staff.do(bulk, i=[order])
    assert done["rows"][0]["error"] is not None
    done = await story.staff.do(bulk, i=[{"id": order["id"]}])
    assert done["rows"][0]["error"] is None
