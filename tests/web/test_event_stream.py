"""Server-Sent Events as browsers read them: a broken stream is resumed by `Last-Event-ID`."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.races.conftest import database_url, staff_token, template  # noqa: F401  # fixtures
from tests.races.shop import at, buy, client, set_up
from tests.servers import Server, serving

CANCEL = "mutation($id: ID!) { orderCancel(input: {id: $id, reason: CUSTOMER}) { __typename } }"
NOTE = 'mutation($id: ID!) { orderNoteAdd(id: $id, text: "called") { __typename } }'
TRACKING = """subscription($token: String!, $after: String) {
  orderTracking(token: $token, after: $after) { cursor event { name } tracking { status } } }"""
UPDATES = (
    "subscription($id: ID!, $after: String) { orderUpdated(id: $id, after: $after) { number name cursor } }"
)
ALL = "subscription($after: String) { ordersUpdated(after: $after) { name cursor } }"


class Watched:
    """A server with an order that was placed and then cancelled, and its staff."""

    def __init__(self, server: Server, http: httpx.AsyncClient, token: str, order: dict[str, Any]) -> None:
        self.server, self.http, self.token, self.order = server, http, token, order

    async def frames(self, count: int, query: str, last: str | None = None, **variables: Any) -> list[dict]:
        """The first frames of a stream that is requested like by a browser's EventSource."""
        headers = {"accept": "text/event-stream", "authorization": f"Bearer {self.token}"}
        if last is not None:
            headers["last-event-id"] = last
        params = {"query": query, "variables": json.dumps(variables)}
        found: list[dict] = []
        url = self.server.url + "/graphql"
        async with self.http.stream("GET", url, params=params, headers=headers) as answer:
            frame: dict[str, Any] = {}
            async for line in answer.aiter_lines():
                name, _, value = line.partition(": ")
                if line:
                    frame[name] = value
                elif "data" in frame:
                    found.append({"id": frame.get("id"), **json.loads(frame["data"])})
                    frame = {}
                    if len(found) == count:
                        return found
        raise AssertionError(f"the stream ended after {found}")


@pytest.fixture
async def watched(database_url: str, staff_token: str) -> AsyncIterator[Watched]:  # noqa: F811
    async with serving(database_url) as (server,), client() as http:
        staff = at(server, http, staff_token)
        await set_up(staff, {"A": 10})
        order = await buy(staff, ("A", 2))
        yield Watched(server, http, staff_token, order)


async def test_a_stream_resumes_after_the_last_event_that_the_browser_received(watched: Watched):
    staff = at(watched.server, watched.http, watched.token)
    token = watched.order["trackingToken"]
    (first,) = await watched.frames(1, TRACKING, token=token)
    assert first["id"] == first["data"]["orderTracking"]["cursor"]
    await staff.do(CANCEL, id=watched.order["id"])
    (missed,) = await watched.frames(1, TRACKING, last=first["id"], token=token)
    told = missed["data"]["orderTracking"]
    assert told["event"]["name"] == "order_cancelled" and told["tracking"]["status"] == "CANCELLED"

    seen = await watched.frames(3, UPDATES, id=watched.order["id"])
    numbers = [frame["data"]["orderUpdated"]["number"] for frame in seen]
    assert numbers == [1, 2, 3]
    # The browser repeats its first request, in which `after` is older than what it has seen since.
    (next_one,) = await watched.frames(
        1, UPDATES, last=seen[1]["id"], id=watched.order["id"], after=seen[0]["id"]
    )
    assert next_one["data"]["orderUpdated"]["number"] == 3

    (of_all,) = await watched.frames(1, ALL, last=seen[1]["id"])
    assert of_all["data"]["ordersUpdated"]["name"] == seen[2]["data"]["orderUpdated"]["name"]


async def test_an_invalid_last_event_id_is_refused(watched: Watched):
    for nonsense in ("5", "nonsense", "Lg"):
        (answer,) = await watched.frames(1, UPDATES, last=nonsense, id=watched.order["id"])
        assert answer["errors"][0]["extensions"]["code"] == "INVALID", nonsense
