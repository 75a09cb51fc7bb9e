"""Visibility of fulfillment: a hidden field is null and does not affect other fields."""

import pytest

from tests import make
from tests.ask import PLACE, Api, order_input
from tests.journeys.life import Story

STAFF_ONLY = "holds { id } edits { id } payments { id } fulfillmentOrders { id }"
PARCELS = (
    "shipments { location { code } packages { contents { sku quantity } records { text } label { id } } }"
)
SHOW = f"query($id: ID!) {{ node(id: $id) {{ ... on Order {{ number {STAFF_ONLY} {PARCELS} }} }} }}"


@pytest.fixture
async def story(api: Api) -> Story:
    story = await Story.begin(api)
    await story.sell("MUG", east=5)
    return story


async def test_hidden_fields_requested_at_placing_are_null_and_the_order_is_returned(story: Story, api: Api):
    asked = PLACE.replace("number", f"number {STAFF_ONLY}", 1)
    placed = await api.do(asked, input=order_input(("MUG", 1)))
    hidden = [placed[name] for name in ("holds", "edits", "payments", "fulfillmentOrders")]
    assert placed["number"] and hidden == [None, None, None, None]


async def test_a_buyer_sees_the_contents_of_a_parcel_but_no_internal_fields(story: Story):
    buyer = story.staff.as_(await make.account())
    placed = await buyer.do(PLACE, input=order_input(("MUG", 2)))
    (work,) = await story.work(placed["number"])
    await story.send(work["id"], carrier="postal")
    seen = (await buyer.ask(SHOW, id=placed["id"]))["node"]
    assert seen["fulfillmentOrders"] is seen["holds"] is seen["edits"] is None
    (shipment,) = seen["shipments"]
    (package,) = shipment["packages"]
    assert package["contents"] == [{"sku": "MUG", "quantity": 2}]
    assert shipment["location"] is package["records"] is package["label"] is None


REASSIGN = "mutation($i: FulfillmentReassignInput!) { fulfillmentReassign(input: $i) { __typename } }"
WORKS = """{ fulfillmentOrders { nodes { location { code } order { number } shipments { order { number } } } }
  orders { nodes { number } } }"""


async def test_a_reassigned_order_is_not_visible_to_its_previous_location(story: Story):
    await story.shop.stock("MUG", 5, story.west)
    number = await story.buy(("MUG", 2))
    (work,) = await story.work(number)
    at_east, at_west = [
        story.staff.as_(await make.token(locations=[place])) for place in (story.east, story.west)
    ]
    before = await at_east.ask(WORKS)
    assert (
        before["orders"]["nodes"]
        == [before["fulfillmentOrders"]["nodes"][0]["order"]]
        == [{"number": number}]
    )
    await story.staff.do(REASSIGN, i={"id": work["id"]})
    for asking, is_seen in ((at_east, False), (at_west, True)):
        found = await asking.ask(WORKS)
        shown = {"number": number} if is_seen else None
        assert found["orders"]["nodes"] == ([shown] if is_seen else [])
        assert [each["order"] for each in found["fulfillmentOrders"]["nodes"]] == [shown]
