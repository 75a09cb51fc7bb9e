"""Orders and fulfillment orders that have been in a stage for longer than its limit."""

from datetime import timedelta
from typing import Any

import pytest

from app.access.permissions import Permission
from app.core import clock
from app.core.actor import SYSTEM
from app.orders.service import holding
from tests import make
from tests.ask import Api
from tests.journeys.life import RECORD, Story

STUCK = """
query($limits: [StuckLimitInput!], $first: Int! = 20) {
  reports { stuck(limits: $limits, first: $first) {
    stage limitHours count advice
    oldest { hours order { number } fulfillmentOrder { number } shipment { number } }
  } }
}
"""


@pytest.fixture
async def story(api: Api) -> Story:
    story = await Story.begin(api)
    await story.sell("MUG", east=50)
    return story


async def _stuck(api: Api, hours: float, **more: Any) -> dict[str, list[str]]:
    """The numbers of the stuck orders and fulfillment orders after some hours, by stage."""
    with clock.shifted(timedelta(hours=hours)):
        found = (await api.ask(STUCK, **more))["reports"]["stuck"]
    return {
        group["stage"]: [
            (each["shipment"] or each["fulfillmentOrder"] or each["order"])["number"]
            for each in group["oldest"]
        ]
        for group in found
    }


async def test_each_stage_of_fulfillment_has_its_own_limit(story: Story):
    number = await story.buy(("MUG", 1))
    (work,) = await story.work(number)
    assert await _stuck(story.staff, 23) == {}
    assert await _stuck(story.staff, 25) == {"OPEN": [work["number"]]}
    await story.release(work["id"])
    assert await _stuck(story.staff, 9) == {"RELEASED": [work["number"]]}
    await story.pick(work["id"])
    assert await _stuck(story.staff, 5) == {"PICKED": [work["number"]]}
    await story.pack(work["id"])
    assert await _stuck(story.staff, 11) == {}
    assert await _stuck(story.staff, 13) == {"PACKED": [work["number"]]}
    shipped = await story.ship(work["id"])
    assert await _stuck(story.staff, 49) == {"NOT_COLLECTED": [work["number"]]}
    shipment = shipped["shipments"][0]["id"]
    await story.staff.do(RECORD, input={"shipmentId": shipment, "stage": "FAILED_ATTEMPT"})
    assert await _stuck(story.staff, 49) == {"FAILED_ATTEMPT": [work["number"]]}
    await story.staff.do(RECORD, input={"shipmentId": shipment, "stage": "RETURNED_TO_SENDER"})
    assert await _stuck(story.staff, 73) == {"COMING_BACK": [work["number"]]}
    back = "mutation($id: ID!) { shipmentReceiveBack(input: {shipmentId: $id, resolution: CANCEL}) { __typename } }"
    await story.staff.do(back, id=shipment)
    assert await _stuck(story.staff, 1_000) == {}


async def test_held_and_unconfirmed_orders_are_listed_and_cancelled_ones_are_not(story: Story):
    number = await story.buy(("MUG", 1))
    order = await story.order(number)
    hold = 'mutation($id: ID!) { orderHold(input: {id: $id, reason: "Wait."}) { __typename } }'
    await story.staff.do(hold, id=order["id"])
    assert await _stuck(story.staff, 49) == {"HELD": [number]}, (
        "a held order is not listed as late in the warehouse"
    )
    await story.cancel(number)
    assert await _stuck(story.staff, 49) == {}
    shop = await make.shop("slow")
    await shop.sell("VASE")
    placed = await make.order(("VASE", 1), channel="slow")
    assert await _stuck(story.staff, 25) == {"UNCONFIRMED": [placed.number]}
    await holding.confirm(SYSTEM, placed.id)
    assert "UNCONFIRMED" not in await _stuck(story.staff, 25)


async def test_limits_can_be_overridden_and_the_oldest_come_first(story: Story):
    numbers = []
    for hours in (3, 2, 1):
        with clock.shifted(-timedelta(hours=hours)):
            numbers.append(f"{await story.buy(('MUG', 1))}-1")
    limits = [{"stage": "OPEN", "hours": 0}]
    assert await _stuck(story.staff, 0, limits=limits) == {"OPEN": numbers}
    assert await _stuck(story.staff, 0, limits=limits, first=2) == {"OPEN": numbers[:2]}
    found = (await story.staff.ask(STUCK, limits=limits, first=1))["reports"]["stuck"][0]
    assert found["count"] == 3 and found["limitHours"] == 0 and 2.99 < found["oldest"][0]["hours"] < 3.1
    assert "fulfillmentRelease" in found["advice"]


async def test_invalid_limits_are_refused(story: Story):
    for bad in ({"first": 0}, {"first": 101}, {"limits": [{"stage": "OPEN", "hours": -1}]}):
        assert (await story.staff.error(STUCK, **bad))["extensions"]["code"] == "INVALID"


async def test_the_report_is_limited_to_the_callers_scope(story: Story):
    await story.buy(("MUG", 1))
    other = await make.shop("other")
    theirs = story.staff.as_(await make.token(channels=[other.channel]))
    assert await _stuck(theirs, 100) == {}
    blind = story.staff.as_(await make.token(Permission.CATALOG_MANAGE))
    assert (await blind.ask(STUCK))["reports"]["stuck"] is None
