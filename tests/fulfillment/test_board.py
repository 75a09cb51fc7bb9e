"""The queue subscription of a location delivers all changes of its fulfillment orders."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.access import service as access
from app.core.graphql.context import Context
from app.schema import schema
from app.settings import settings
from tests import make
from tests.ask import Api
from tests.database import feed_has_read_all
from tests.fulfillment.test_splitting import LINES, MERGE, SPLIT
from tests.journeys.life import Story
from tests.watching import until_waiting

BOARD = """
subscription($location: ID!) { fulfillmentQueueUpdated(locationId: $location) {
  number status priority promisedOn isHeld } }
"""
URGENT = "mutation($input: OrderUpdateInput!) { orderUpdate(input: $input) { __typename } }"
LATER = "mutation($input: OrderRescheduleInput!) { orderReschedule(input: $input) { __typename } }"


class Board:
    """The messages of a subscription to the queue of a location."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    async def watch(self, stream: Any) -> None:
        async for result in stream:
            assert not result.errors, result.errors
            self.messages.append(result.data["fulfillmentQueueUpdated"])

    async def receives(self, number: str, **facts: Any) -> None:
        """Wait for a message about a fulfillment order with some values, and discard the messages until then."""
        for _ in range(1_500):
            for row in self.messages:
                if row["number"] == number and all(row[name] == value for name, value in facts.items()):
                    self.messages.clear()
                    return
            await asyncio.sleep(0.02)
        raise AssertionError(f"nothing of {number} with {facts}: {self.messages}")


@pytest.fixture
async def story(api: Api) -> Story:
    story = await Story.begin(api)
    await story.sell("MUG", east=20)
    return story


@pytest.fixture
async def board(story: Story) -> AsyncIterator[Board]:
    credential = await make.token()
    actor = await access.identify(credential)
    place = (await story.staff.ask('{ location(code: "web-main") { id } }'))["location"]["id"]
    context = Context(actor=actor, settings=settings(), identify=access.identify, credential=credential)
    await feed_has_read_all()
    stream = await schema.subscribe(BOARD, variable_values={"location": place}, context_value=context)
    made = Board()
    watching = asyncio.create_task(made.watch(stream))
    await until_waiting()
    yield made
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)


async def test_the_queue_subscription_delivers_new_changed_and_cancelled_fulfillment_orders(
    story: Story, board: Board
):
    number = await story.buy(("MUG", 2))
    (work,) = await story.work(number)
    await board.receives(work["number"], status="OPEN")
    await story.release(work["id"])
    await board.receives(work["number"], status="RELEASED")
    order = await story.order(number)
    await story.staff.do(URGENT, input={"id": order["id"], "priority": 9})
    await board.receives(work["number"], priority=9)
    await story.staff.do(
        LATER, input={"id": order["id"], "promisedOn": "2031-05-05", "reason": "The truck broke down."}
    )
    await board.receives(work["number"], promisedOn="2031-05-05")
    await story.cancel(number)
    await board.receives(work["number"], status="CANCELLED")


async def test_the_queue_subscription_delivers_splits_and_merges(story: Story, board: Board):
    number = await story.buy(("MUG", 3))
    (work,) = await story.work(number)
    found = (await story.staff.ask(LINES, n=work["number"]))["fulfillmentOrder"]
    one = {"id": work["id"], "lines": [{"lineId": found["lines"][0]["id"], "quantity": 1}]}
    await story.staff.do(SPLIT, input=one)
    await board.receives(f"{number}-1", status="OPEN")
    await story.staff.do(SPLIT, input=one)
    await board.receives(f"{number}-3", status="OPEN")
    others = [each["id"] for each in await story.work(number) if each["id"] != work["id"]]
    await story.staff.do(MERGE, input={"id": work["id"], "otherIds": others})
    await board.receives(f"{number}-2", status="CANCELLED")
