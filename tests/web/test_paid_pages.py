"""Pages cost points of the network that requests them, and few of one network are rendered at a time."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from app.core.budgets import BURST_SECONDS, Budgets
from app.core.graphql import http, turns
from app.core.graphql.prices import WRONG_TOKEN
from app.core.graphql.turns import MOST_WAITING
from app.core.refusals import ServiceBusy
from app.main import create_app
from app.settings import settings
from app.web import paying
from app.web.paying import PAGE, Paying
from tests import make
from tests.ask import Api
from tests.statements import statements
from tests.web.asgi import Socket

PAGES = {
    "the tracking page": ("GET", "/track/unknown"),
    "the supplier's page": ("GET", "/supplier/unknown"),
    "a supplier's answer": ("POST", "/supplier/unknown"),
    "a page that is printed": ("GET", "/print/label/00000000-0000-0000-0000-000000000000"),
}
POINTS = 100  # a second
Ask = Callable[..., Any]


@pytest.fixture
def app(api: Api, monkeypatch: pytest.MonkeyPatch) -> Starlette:
    """A server with few points per network and a stopped clock."""
    monkeypatch.setattr(paying, "REFUSE_AFTER", 0)
    moment = 0.0
    monkeypatch.setattr(Budgets.__init__, "__defaults__", (lambda: moment,))
    return create_app(settings().model_copy(update={"visitor_points": POINTS}))


@pytest.fixture
def ask(app: Starlette) -> Ask:
    """Requests a page from an address."""

    async def asked(address: str, method: str, path: str, **headers: str) -> httpx.Response:
        transport = httpx.ASGITransport(app=app, client=(address, 1234))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path, headers=headers)

    return asked


@pytest.mark.parametrize("page", PAGES)
async def test_a_network_that_requests_many_pages_is_rate_limited_and_others_are_not(ask: Ask, page: str):
    method, path = PAGES[page]
    for _ in range(POINTS * BURST_SECONDS // PAGE):
        assert (await ask("192.0.2.1", method, path)).status_code == 404
    refused = await ask("192.0.2.1", method, path)
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "2"
    extensions = refused.json()["errors"][0]["extensions"]
    assert extensions == {"code": "RATE_LIMITED", "retryAfter": 1.5}
    assert (await ask("192.0.2.2", method, path)).status_code == 404
    assert (await ask("192.0.2.1", "GET", "/health/live")).status_code == 200


async def test_events_of_unknown_carriers_cost_points_and_are_rate_limited(ask: Ask):
    for _ in range(POINTS * BURST_SECONDS // PAGE):
        assert (await ask("192.0.2.1", "POST", "/carriers/nobody/events")).status_code == 404
    refused = await ask("192.0.2.1", "POST", "/carriers/nobody/events")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "2")
    assert (await ask("192.0.2.2", "POST", "/carriers/nobody/events")).status_code == 404


async def test_a_network_that_sends_many_unknown_tokens_is_rate_limited_before_the_look_up(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(http, "REFUSE_AFTER", 0)
    path, wrong = "/graphql?query={me{kind}}", {"authorization": "Bearer og_live_nope"}
    for _ in range(POINTS * BURST_SECONDS // WRONG_TOKEN):
        assert (await ask("192.0.2.1", "GET", path, **wrong)).status_code == 401
    with statements() as ran:
        refused = await ask("192.0.2.1", "GET", path, **wrong)
    assert (refused.status_code, refused.headers["Retry-After"], ran) == (429, "1", [])
    extensions = refused.json()["errors"][0]["extensions"]
    assert extensions == {"code": "RATE_LIMITED", "retryAfter": 0.5}
    assert (await ask("192.0.2.2", "GET", path, **wrong)).status_code == 401


async def test_unknown_tokens_sent_over_sockets_are_counted(app: Starlette):
    def opened(address: str) -> Socket:
        return Socket(httpx.ASGITransport(app=app), "og_live_nope", address)

    for _ in range(POINTS * BURST_SECONDS // WRONG_TOKEN):
        socket = await opened("192.0.2.1").begin()
        assert socket.closed == (4403, "Forbidden")
    for address, code in (("192.0.2.1", 1013), ("192.0.2.2", 4403)):
        socket = await opened(address).begin()
        assert socket.closed is not None and socket.closed[0] == code


async def test_a_valid_token_is_served_where_visitors_have_used_up_the_points(ask: Ask):
    for _ in range(POINTS * BURST_SECONDS // PAGE):
        await ask("192.0.2.1", "GET", "/track/unknown")
    good = {"authorization": f"Bearer {await make.token()}"}
    answer = await ask("192.0.2.1", "GET", "/graphql?query={me{kind}}", **good)
    assert answer.json()["data"] == {"me": {"kind": "APP"}}


async def test_pages_and_operations_use_the_same_points(ask: Ask):
    for _ in range(POINTS * BURST_SECONDS // PAGE):
        await ask("192.0.2.1", "GET", "/track/unknown")
    answer = await ask("192.0.2.1", "GET", "/graphql?query={me{kind}}")
    assert answer.json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"


def _from(address: str) -> Request:
    return Request({"type": "http", "client": (address, 1234), "headers": []})


async def test_few_pages_of_one_network_are_rendered_at_a_time_beside_those_of_others():
    running, most, go_on = 0, 0, asyncio.Event()

    async def page(_request: Request) -> Response:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await go_on.wait()
        running -= 1
        return PlainTextResponse("shown")

    paid = Paying(Budgets(), 0)(page)
    at_a_time = turns.OF_A_VISITOR // PAGE
    many = [asyncio.create_task(paid(_from("192.0.2.1"))) for _ in range(at_a_time + MOST_WAITING)]
    await asyncio.sleep(0)
    assert running == at_a_time
    with pytest.raises(ServiceBusy):
        await paid(_from("192.0.2.1"))
    other = asyncio.create_task(paid(_from("192.0.2.2")))
    await asyncio.sleep(0)
    assert running == at_a_time + 1
    go_on.set()
    assert len(await asyncio.gather(*many, other)) == len(many) + 1
    assert most == at_a_time + 1
