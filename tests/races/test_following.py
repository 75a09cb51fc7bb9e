"""Subscribers that are cut off and come back with their cursor see each event once, in order."""

import asyncio
import json
from pathlib import Path

import httpx
import pytest
import websockets

from tests import services
from tests.conftest import ON_POSTGRES
from tests.pausing import pauses
from tests.races.shop import at, buy, client, set_up
from tests.servers import Server, serving

CLIENTS = Path(__file__).parent.parent / "clients"
UPDATES, DROPS = 1000, 20
NOTE = "mutation($id: ID!, $text: String!) { orderNoteAdd(id: $id, text: $text) { __typename } }"


async def _follow(transport: str, server: Server, token: str, order_id: str) -> dict:
    process = await asyncio.create_subprocess_exec(
        "node", "follow.mjs", transport, server.url + "/graphql", token, order_id, str(UPDATES + 1), str(DROPS),
        cwd=CLIENTS, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return json.loads(out)


@pytest.mark.parametrize("transport", ["ws", "sse"])
async def test_20_drops_during_1000_updates_lose_and_repeat_nothing(
    database_url: str, staff_token: str, transport: str
):
    async with serving(database_url) as (server,), client() as http:
        staff = at(server, http, staff_token)
        await set_up(staff, {"A": 10})
        order = await buy(staff, ("A", 1))
        following = asyncio.create_task(_follow(transport, server, staff_token, order["id"]))

        async def write(start: int) -> None:
            for index in range(start, UPDATES, 4):
                await staff.do(NOTE, id=order["id"], text=f"update {index}")

        await asyncio.gather(*(write(start) for start in range(4)))
        seen = await asyncio.wait_for(following, 130)
    assert seen["dropped"] == DROPS
    assert seen["numbers"] == list(range(1, UPDATES + 2))


async def test_400_dropped_connections_leave_no_transaction_open(database_url: str, staff_token: str):
    async with serving(database_url) as (server,), client() as http:
        staff = at(server, http, staff_token)
        await set_up(staff, {"A": 10})
        order = await buy(staff, ("A", 1))
        query = "subscription($t: String!) { orderTracking(token: $t) { cursor tracking { stage } } }"
        variables = {"t": order["trackingToken"]}

        async def by_socket(polite: bool) -> None:
            url = server.url.replace("http", "ws") + "/graphql"
            socket = await websockets.connect(url, subprotocols=["graphql-transport-ws"])
            await socket.send(json.dumps({"type": "connection_init"}))
            await socket.recv()
            body = {"id": "1", "type": "subscribe", "payload": {"query": query, "variables": variables}}
            await socket.send(json.dumps(body))
            assert json.loads(await socket.recv())["type"] == "next"
            await socket.close() if polite else socket.transport.abort()

        async def by_events() -> None:
            body = {"query": query, "variables": variables}
            headers = {"accept": "text/event-stream"}
            async with http.stream("POST", server.url + "/graphql", json=body, headers=headers) as answer:
                assert answer.status_code == 200
                async for line in answer.aiter_lines():
                    if line.startswith("data: {"):
                        return

        for _ in range(10):
            work = [by_socket(polite=index % 2 == 0) for index in range(20)] + [
                by_events() for _ in range(20)
            ]
            await asyncio.gather(*work)
        async with asyncio.timeout(30):  # a connection that is never released is waited for without end
            answer = await staff.ask("{ orders(first: 1) { nodes { number } } }")
            assert answer["orders"]["nodes"]
            placed = await buy(staff, ("A", 1))
            assert placed["__typename"] == "Order"
            await asyncio.sleep(0.7)
            while await _idle_in_transaction(
                database_url
            ):  # the feed's own come and go; a leaked one would stay
                await asyncio.sleep(0.2)


async def _idle_in_transaction(database_url: str) -> int:
    if database_url.startswith("sqlite"):
        return 0  # the order placed after the drops has shown that the one connection is free
    import asyncpg

    connection = await asyncpg.connect(database_url)
    found = await connection.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND state LIKE 'idle in transaction%' AND state_change < now() - interval '0.5 second'"
    )
    await connection.close()
    return int(found)


QUIET = 'subscription { ordersUpdated(filter: {number: {eq: "NONE"}}) { cursor } }'
ME = "{ me { kind } }"
LOSING = {
    "revoked": "mutation($id: ID!) { apiTokenRevoke(id: $id) { __typename } }",
    "signed out": "mutation { signOut { __typename } }",
}


class Connections:
    """The connections of a token: an idle socket, a subscribed one, one that keeps querying, and an event stream."""

    def __init__(self, server: Server, http: httpx.AsyncClient, credential: str) -> None:
        self._server, self._http, self._credential = server, http, credential
        self._loop = asyncio.get_running_loop()
        self.opened: list[asyncio.Future[None]] = [self._loop.create_future() for _ in range(4)]
        self.ended: list[float] = []
        self.codes: set[str | int] = set()
        self.last_answer = 0.0
        self._works = [
            asyncio.ensure_future(work)
            for work in (
                self._socket(0, []), self._socket(1, [QUIET]), self._socket(2, [ME], again=True), self._stream(3)
            )
        ]  # fmt: skip

    async def all_ended(self) -> None:
        await asyncio.gather(*self._works)

    async def _socket(self, number: int, documents: list[str], again: bool = False) -> None:
        url = self._server.url.replace("http", "ws") + "/graphql"
        async with websockets.connect(url, subprotocols=["graphql-transport-ws"]) as socket:
            await socket.send(json.dumps({"type": "connection_init", "payload": {"token": self._credential}}))
            await socket.recv()
            for document in documents:
                asked = {"id": "1", "type": "subscribe", "payload": {"query": document}}
                await socket.send(json.dumps(asked))
            self.opened[number].set_result(None)
            try:
                while True:
                    message = json.loads(await socket.recv())
                    assert again, message
                    if message["type"] == "next":
                        assert "errors" not in message["payload"]
                        self.last_answer = self._loop.time()
                    else:
                        await asyncio.sleep(0.05)
                        await socket.send(json.dumps(asked))
            except websockets.ConnectionClosed as closed:
                self._over(closed.rcvd.code if closed.rcvd else 0)

    async def _stream(self, number: int) -> None:
        headers = {"accept": "text/event-stream", "authorization": f"Bearer {self._credential}"}
        url, heard = self._server.url + "/graphql", ""
        async with self._http.stream("POST", url, json={"query": QUIET}, headers=headers) as answer:
            async for part in answer.aiter_text():
                heard += part
                if not self.opened[number].done():
                    self.opened[number].set_result(None)
        assert heard.endswith("event: complete\ndata:\n\n")
        self._over(
            json.loads(heard.partition("data: ")[2].partition("\n")[0])["errors"][0]["extensions"]["code"]
        )

    def _over(self, code: str | int) -> None:
        self.codes.add(code)
        self.ended.append(self._loop.time())


@pytest.mark.parametrize("way", LOSING)
async def test_connections_end_within_two_seconds_after_their_token_ends_in_another_process(
    database_url: str, staff_token: str, way: str
):
    more = {"count": 2, "ORDERGRAPH_BUS_URL": services.redis_url()} if ON_POSTGRES else {}
    async with serving(database_url, **more) as servers, client() as http:
        near, far = servers[0], servers[-1]
        staff = at(far, http, staff_token)
        variables = {}
        if way == "revoked":
            made = await staff.do(
                'mutation { apiTokenCreate(input: {name: "watcher", permissions: [ORDERS_VIEW]}) '
                "{ ... on ApiTokenWithSecret { secret apiToken { id } } } }"
            )
            credential, variables = made["secret"], {"id": made["apiToken"]["id"]}
        else:
            await asyncio.to_thread(far.kill)
            added = far.run("staff", "sam@example.com", "--name", "Sam", "--password", "a long password")
            assert added.returncode == 0, added.stderr
            await far.start()
            signed_in = await at(far, http).do(
                'mutation { signIn(input: {email: "sam@example.com", password: "a long password"}) '
                "{ ... on SessionTokens { accessToken } } }"
            )
            credential = signed_in["accessToken"]
            staff = at(far, http, credential)
        held = Connections(near, http, credential)
        await asyncio.gather(*held.opened)
        await asyncio.sleep(0.3)
        async with pauses(near.url) as measured, asyncio.timeout(60):
            await staff.do(LOSING[way], **variables)
            ended = asyncio.get_running_loop().time()
            await held.all_ended()
        pause = measured.longest
        assert held.codes == {4403, "UNAUTHENTICATED"}
        took, answered = max(held.ended) - ended, held.last_answer - ended
        print(f"{way}: ended after {took:.2f} s, last answer after {answered:.2f} s, pause {pause:.2f} s")
        assert max(took, answered) < 2 + 3 * pause


async def test_a_stopping_server_ends_its_streams_without_complete_and_exits(
    database_url: str, staff_token: str
):
    async with serving(database_url) as (server,), client() as http:
        staff = at(server, http, staff_token)
        await set_up(staff, {"A": 10})
        order = await buy(staff, ("A", 1))
        query = "subscription($t: String!) { orderTracking(token: $t) { cursor } }"
        body = {"query": query, "variables": {"t": order["trackingToken"]}}
        async with httpx.AsyncClient(timeout=30) as streaming:
            headers = {"accept": "text/event-stream"}
            async with streaming.stream(
                "POST", server.url + "/graphql", json=body, headers=headers
            ) as answer:
                lines = answer.aiter_lines()
                while not (await anext(lines)).startswith("data: {"):
                    pass
                started = asyncio.get_running_loop().time()
                code = await asyncio.to_thread(server.stop)
                assert asyncio.get_running_loop().time() - started < 30
                assert code in (0, -15)
                rest = [line async for line in lines]
                assert not any(line.startswith("event: complete") for line in rest)
