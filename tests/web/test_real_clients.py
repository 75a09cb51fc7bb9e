"""The published clients that storefronts use, against a server in production mode.

Apollo, urql and the browser's own EventSource run in Chromium, in a page of another origin; graphql-ws runs in
Node, where a socket can be left unread.
"""

import asyncio
import functools
import http.server
import json
import os
import re
import subprocess
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from tests import services
from tests.gate import gate
from tests.races.conftest import database_url, staff_token, template  # noqa: F401  # fixtures
from tests.races.shop import at, buy, client, set_up
from tests.servers import Server, serving

pytestmark = pytest.mark.divided

CLIENTS = Path(__file__).parent.parent / "clients"
STOREFRONT = Path(__file__).parents[2] / "docs" / "storefront.md"
CANCEL = "mutation($id: ID!) { orderCancel(input: {id: $id, reason: CUSTOMER}) { __typename } }"
NOTE = "mutation($id: ID!, $text: String!) { orderNoteAdd(id: $id, text: $text) { __typename } }"
WIDE = (
    "mutation($i: OrderUpdateInput!) { orderUpdate(input: $i) { __typename ... on UserError { message } } }"
)
SECOND_CHANNEL = """mutation {
  channelCreate(input: {code: "eu", name: "Europe", currency: "EUR", isPublic: true, numberPrefix: "EU-"}) { __typename }
  priceListCreate(input: {channel: "eu", code: "europe", name: "Europe"}) { __typename }
  priceBulkSet(input: {priceList: "europe", rows: [{sku: "A", amount: "7.50"}]}) { ... on BulkResult { failed } }
}"""
EVENTS = 40


class Shop:
    """A running server that sells one thing, its staff, and the origin of a shop's page."""

    def __init__(self, server: Server, staff: Any, token: str, origin: str) -> None:
        self.server, self.staff, self.token, self.origin = server, staff, token, origin
        self.url = server.url + "/graphql"


@pytest.fixture(scope="module")
def page_of_the_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The origin at which the bundled page is served."""
    folder = tmp_path_factory.mktemp("shop")
    caches = folder / "caches.mjs"
    blocks = re.findall(r"```js\n(.*?)```", STOREFRONT.read_text(), flags=re.DOTALL)
    snippets = [block for block in blocks if "Cache = " in block]
    caches.write_text("\n".join([*snippets, "export { apolloCache, urqlCache };"]))
    bundle = [
        "node_modules/.bin/esbuild",
        "shop.mjs",
        "--bundle",
        "--format=iife",
        f"--outfile={folder}/shop.js",
        f"--alias:docs-caches={caches}",
    ]
    environment = {**os.environ, "NODE_PATH": str(CLIENTS / "node_modules")}
    subprocess.run([*bundle, "--log-level=warning"], cwd=CLIENTS, env=environment, check=True)
    (folder / "index.html").write_text("<!doctype html><title>Shop</title><script src=shop.js></script>")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_arguments: object) -> None:
            pass

    port = services.free_port()
    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", port), handler) as served:
        threading.Thread(target=served.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{port}"
        served.shutdown()


@pytest.fixture
async def shop(database_url: str, staff_token: str, page_of_the_shop: str) -> AsyncIterator[Shop]:  # noqa: F811
    settings = {
        "ORDERGRAPH_ENV": "production",
        "ORDERGRAPH_ALLOWED_ORIGINS": page_of_the_shop,
        "ORDERGRAPH_LOG_LEVEL": "INFO",
    }
    async with serving(database_url, **settings) as (server,), client() as http:
        staff = at(server, http, staff_token)
        await set_up(staff, {"A": 10})
        yield Shop(server, staff, staff_token, page_of_the_shop)


@pytest.fixture
async def page(browser: Browser, shop: Shop) -> AsyncIterator[Page]:
    async with await browser.new_context() as context:
        opened = await context.new_page()
        await opened.goto(shop.origin)
        yield opened


async def test_apollo_urql_and_event_source_work_from_a_page_of_another_origin(shop: Shop, page: Page):
    apollo = await page.evaluate("([url, token]) => shop.apollo(url, token)", [shop.url, shop.token])
    assert apollo["answers"] == ["10.00", "10.00", "10.00"]
    by_hash, with_text = {"method": "GET", "hasText": False}, {"method": "POST", "hasText": True}
    assert apollo["requests"][:3] == [by_hash, with_text, by_hash], "the text is sent once"
    assert apollo["refused"] == "UNAUTHENTICATED", "an error of GraphQL, not of the transport"

    urql = await page.evaluate("url => shop.urql(url)", shop.url)
    assert urql["answers"] == ["10.00", "10.00"]
    assert all(not request["hasText"] for request in urql["requests"][-1:])

    assert set(urql["types"]) == {"application/graphql-response+json"}, "urql accepts streams too"

    tagged = await page.evaluate("url => shop.tagged(url)", shop.url)
    assert tagged["tag"] and tagged["requestId"] and tagged["status"] == 304

    await shop.staff.ask(SECOND_CHANNEL)
    cached = await page.evaluate("url => shop.channels(url)", shop.url)
    assert cached == {
        "apollo": ["10.00", "7.50", "10.00"],
        "urql": ["10.00", "7.50", "10.00"],
        "warnings": [],
    }

    order = await buy(shop.staff, ("A", 1))
    streamed = await page.evaluate(
        "([url, token]) => shop.urqlStream(url, token)", [shop.url, order["trackingToken"]]
    )
    assert streamed == {"status": "CONFIRMED", "types": ["text/event-stream"]}
    async with gate(shop.server.url) as network:
        url = network.url + "/graphql"
        await page.evaluate("([url, token]) => shop.watch(url, token)", [url, order["trackingToken"]])
        await page.wait_for_function("() => window.seen.length === 1", timeout=20_000)
        network.shut()
        await shop.staff.do(CANCEL, id=order["id"])
        network.open()
        await page.wait_for_function("() => window.seen.length > 1", timeout=30_000)
        first, *missed = await page.evaluate("() => window.seen")
        assert first[0] is None and first[2]
        assert missed == [["order_cancelled", "CANCELLED", True]], "what happened meanwhile, once"
        assert await page.evaluate("() => window.opened") == 2


async def test_graphql_ws_reconnects_after_a_slow_reader_is_disconnected_and_misses_nothing(shop: Shop):
    order = await buy(shop.staff, ("A", 1))
    wide = {"id": order["id"], "metadata": {"text": "x" * 16_000}}
    assert await shop.staff.do(WIDE, i=wide) == {"__typename": "Order"}
    query = "query($id: ID!) { order(id: $id) { events { number } } }"
    before = len((await shop.staff.ask(query, id=order["id"]))["order"]["events"])
    total = before + EVENTS
    process = await asyncio.create_subprocess_exec(
        "node", "slow.mjs", shop.url, shop.token, order["id"], str(total),
        cwd=CLIENTS, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None and process.stdin is not None and process.stderr is not None
    try:
        assert await asyncio.wait_for(process.stdout.readline(), 30) == b"paused\n"
        for number in range(EVENTS):
            await shop.staff.do(NOTE, id=order["id"], text=f"note {number}")
        await _until_disconnected(shop)
        process.stdin.write(b"reading\n")
        line = await asyncio.wait_for(process.stdout.readline(), 60)
        assert line, await process.stderr.read()
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
    done = json.loads(line)
    assert done["codes"] == [1013]
    assert done["numbers"] == list(range(1, total + 1))


async def _until_disconnected(shop: Shop) -> None:
    """Wait until the server has logged that it disconnected a slow reader."""
    async with asyncio.timeout(30):
        while "slow_reader_closed" not in shop.server.output():
            await asyncio.sleep(0.1)


SIGN_IN = """mutation { signIn(input: {email: "sam@example.com", password: "a long password"}) {
  ... on SessionTokens { accessToken } } }"""


async def _lines_until(process: asyncio.subprocess.Process, text: bytes) -> bytes:
    assert process.stdout is not None and process.stderr is not None
    line = await asyncio.wait_for(process.stdout.readline(), 30)
    assert text in line, (line, await process.stderr.read() if not line else b"")
    return line


@pytest.fixture
async def sam(database_url: str) -> None:  # noqa: F811
    """A staff member; added before the server starts, because SQLite serves one process."""
    added = Server(database_url).run(
        "staff", "sam@example.com", "--name", "Sam", "--password", "a long password"
    )
    assert added.returncode == 0, added.stderr


async def test_graphql_ws_sends_a_new_token_and_keeps_its_socket(sam: None, shop: Shop):
    async with client() as http:
        first, second = [(await at(shop.server, http).do(SIGN_IN))["accessToken"] for _ in range(2)]
        order = await buy(shop.staff, ("A", 1))
        query = "query($id: ID!) { order(id: $id) { events { number } } }"
        before = len((await shop.staff.ask(query, id=order["id"]))["order"]["events"])
        process = await asyncio.create_subprocess_exec(
            "node", "renew.mjs", shop.url, first, order["id"], str(before + 1),
            cwd=CLIENTS, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        assert process.stdin is not None
        try:
            await _lines_until(process, b"watching")
            for token, answer in (("nonsense", b'"isAccepted":false'), (second, b'"isAccepted":true')):
                process.stdin.write(token.encode() + b"\n")
                await _lines_until(process, answer)
            await at(shop.server, http, first).do("mutation { signOut { __typename } }")
            await asyncio.sleep(2.5)  # within two seconds a socket without a valid token is closed
            await shop.staff.do(NOTE, id=order["id"], text="still there")
            done = json.loads(await _lines_until(process, b"numbers"))
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
    assert done == {"numbers": list(range(1, before + 2)), "sockets": 1}
