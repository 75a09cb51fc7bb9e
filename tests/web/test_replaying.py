"""Every stream resumes after the last cursor, without a missing or a repeated message."""

import asyncio
from contextlib import aclosing
from typing import Any

import pytest

from app.core.journal import cursors, entry
from app.schema import schema
from tests import make
from tests.ask import Api
from tests.context import context_of
from tests.database import feed_has_read_all
from tests.journeys.life import Story

BEGINNING = cursors.place_cursor(0)
OF_KINDS = {
    "ordersUpdated": "subscription($after: String) { ordersUpdated(after: $after) { cursor number name } }",
    "stockLevelUpdated": "subscription($after: String) { stockLevelUpdated(after: $after) { cursor id onHand } }",
    "fulfillmentQueueUpdated": """subscription($after: String, $location: ID!) {
      fulfillmentQueueUpdated(locationId: $location, after: $after) { cursor id status } }""",
}
SPLIT = "mutation($input: FulfillmentSplitInput!) { fulfillmentSplit(input: $input) { __typename } }"
LINES = "query($n: String!) { fulfillmentOrder(number: $n) { id lines { id } } }"
LOCATION = '{ location(code: "web-main") { id } }'


class Follower:
    """Follows one stream, from the beginning or after a cursor."""

    def __init__(self, name: str, staff: Api, credential: str) -> None:
        self.name, self._staff, self._credential = name, staff, credential

    async def messages(
        self, after: str | None, count: int, last_event_id: str | None = None
    ) -> list[dict[str, Any]]:
        """The next messages, with the cursors of a frame beside those of its payload."""
        location = (await self._staff.ask(LOCATION))["location"]["id"]
        context = await context_of(self._credential)
        context.last_event_id = last_event_id
        variables = {"after": after, "location": location}
        variables = {name: value for name, value in variables.items() if f"${name}:" in OF_KINDS[self.name]}
        stream = await schema.stream(OF_KINDS[self.name], variable_values=variables, context_value=context)
        found: list[dict[str, Any]] = []
        async with asyncio.timeout(30), aclosing(stream):
            while len(found) < count:
                result = await anext(stream)
                assert not result.errors, result.errors
                message = result.data[self.name]
                assert context.event_id == message["cursor"]
                found.append(message)
        return found


@pytest.fixture
async def story(api: Api) -> Story:
    """An order of two SKUs with a split fulfillment order: events of several stock levels and fulfillment orders."""
    story = await Story.begin(api)
    await story.sell("A", east=20)
    await story.sell("B", east=20)
    number = await story.buy(("A", 2), ("B", 3))
    (work,) = await story.work(number)
    lines = (await story.staff.ask(LINES, n=work["number"]))["fulfillmentOrder"]["lines"]
    for line in lines:
        given = {"id": work["id"], "lines": [{"lineId": line["id"], "quantity": 1}]}
        await story.staff.do(SPLIT, input=given)
    await story.cancel(number)
    await feed_has_read_all()
    return story


@pytest.mark.parametrize("name", OF_KINDS)
async def test_a_stream_resumed_after_any_message_continues_with_the_next(story: Story, name: str):
    follower = Follower(name, story.staff, await make.token())
    everything: list[dict[str, Any]] = []
    while True:  # until there are no more messages
        try:
            async with asyncio.timeout(0.3 if len(everything) >= 5 else 20):
                everything = await follower.messages(BEGINNING, len(everything) + 1)
        except TimeoutError:
            break
    assert len(everything) >= 5
    assert len({each["cursor"] for each in everything}) == len(everything)
    for cut in range(len(everything) - 1):
        left = len(everything) - 1 - cut
        assert await follower.messages(everything[cut]["cursor"], left) == everything[cut + 1 :], cut
    (last,) = await follower.messages(BEGINNING, 1, last_event_id=everything[-2]["cursor"])
    assert last == everything[-1]  # Last-Event-ID overrides `after`


@pytest.mark.parametrize("name", OF_KINDS)
async def test_live_and_replayed_messages_have_the_same_cursors(story: Story, name: str):
    follower = Follower(name, story.staff, await make.token())
    now = cursors.place_cursor(await entry.last_position())
    await story.buy(("A", 1))
    (first,) = await follower.messages(now, 1)
    live = asyncio.create_task(follower.messages(first["cursor"], 4))
    await asyncio.sleep(0.1)
    for _ in range(4):
        await story.buy(("A", 1))
    replayed = await follower.messages(first["cursor"], 4)
    assert [each["cursor"] for each in await live] == [each["cursor"] for each in replayed]


@pytest.mark.parametrize("name", OF_KINDS)
@pytest.mark.parametrize(
    "wrong", ["nonsense", "Lg", "MS4yLjMuNA", cursors.start_cursor(3), cursors.place_cursor(10**9)]
)
async def test_an_invalid_cursor_of_a_stream_is_refused_with_its_path(story: Story, name: str, wrong: str):
    context = await context_of(await make.token())
    location = (await story.staff.ask(LOCATION))["location"]["id"]
    variables = {"after": wrong, **({"location": location} if "$location" in OF_KINDS[name] else {})}
    stream = await schema.stream(OF_KINDS[name], variable_values=variables, context_value=context)
    result = await anext(stream)
    assert result.errors[0].extensions["code"] == "INVALID" and result.errors[0].extensions["path"] == [
        "after"
    ]
    await stream.aclose()


def test_every_subscription_has_the_argument_after():
    found = schema._schema.subscription_type
    assert found is not None
    assert [name for name, each in found.fields.items() if "after" not in each.args] == []


async def test_stock_levels_and_fulfillment_orders_have_a_cursor_only_in_streams(story: Story):
    found = await story.staff.ask(
        "{ stockLevels { nodes { cursor onHand } } fulfillmentOrders { nodes { cursor } } }"
    )
    nodes = found["stockLevels"]["nodes"] + found["fulfillmentOrders"]["nodes"]
    assert nodes and {node["cursor"] for node in nodes} == {None}
