"""What callers see of fulfillment: a hidden field is null and removes nothing else."""

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


async def test_a_visitor_that_asks_for_too_much_on_placing_still_has_the_order(story: Story, api: Api):
    asked = PLACE.replace("number", f"number {STAFF_ONLY}", 1)
    placed = await api.do(asked, input=order_input(("MUG", 1)))
    hidden = [placed[name] for name in ("holds", "edits", "payments", "fulfillmentOrders")]
    assert placed["number"] and hidden == [None, None, None, None]


async def test_a_buyer_sees_what_is_in_a_parcel_and_not_how_it_was_worked_on(story: Story):
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


async def test_an_order_that_goes_to_another_location_is_not_shown_where_its_work_was(story: Story):
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
