"""The gift note of an order can be changed until all of it has shipped."""

import pytest

from tests.ask import Api
from tests.journeys.life import Story

UPDATE = """
mutation($input: OrderUpdateInput!) { orderUpdate(input: $input) {
  __typename ... on Order { giftNote note } ... on OrderAlreadyShipped { errorCode message path } } }
"""


@pytest.fixture
async def story(api: Api) -> Story:
    story = await Story.begin(api)
    await story.sell("MUG", east=20)
    return story


async def test_a_gift_note_is_changed_until_everything_has_shipped(story: Story):
    number = await story.buy(("MUG", 1), giftNote="For you")
    id = (await story.order(number))["id"]
    done = await story.staff.do(UPDATE, input={"id": id, "giftNote": "For Ada"})
    assert done == {"__typename": "Order", "giftNote": "For Ada", "note": None}
    (work,) = await story.work(number)
    await story.release(work["id"])
    await story.pick(work["id"])
    await story.pack(work["id"], packages=[{"weightGrams": 900}])
    await story.ship(work["id"])
    refused = await story.staff.do(UPDATE, input={"id": id, "giftNote": "Too late"})
    assert refused["__typename"] == "OrderAlreadyShipped"
    assert refused["path"] == ["input", "giftNote"] and number in refused["message"]
    # The same note, and other fields, are no change of it.
    done = await story.staff.do(UPDATE, input={"id": id, "giftNote": "For Ada", "note": "Rang"})
    assert done == {"__typename": "Order", "giftNote": "For Ada", "note": "Rang"}
