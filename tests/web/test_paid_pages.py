"""Pages cost points of the network from which they are asked for, and few of one network are made at a time."""

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
    """A server that gives each network few points, while time stands still."""
    monkeypatch.setattr(paying, "REFUSE_AFTER", 0)
    moment = 0.0
    monkeypatch.setattr(Budgets.__init__, "__defaults__", (lambda: moment,))
    return create_app(settings().model_copy(update={"visitor_points": POINTS}))


@pytest.fixture
def ask(app: Starlette) -> Ask:
    """Ask it for a page, as somebody at an address."""

    async def asked(address: str, method: str, path: str, **headers: str) -> httpx.Response:
        transport = httpx.ASGITransport(app=app, client=(address, 1234))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path, headers=headers)

    return asked


@pytest.mark.parametrize("page", PAGES)
async def test_who_asks_for_many_pages_is_told_to_wait_and_others_are_not(ask: Ask, page: str):
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


async def test_calls_of_no_carrier_are_paid_for_and_refused_when_there_are_very_many(ask: Ask):
    for _ in range(POINTS * BURST_SECONDS // PAGE):
        assert (await ask("192.0.2.1", "POST", "/carriers/nobody/events")).status_code == 404
    refused = await ask("192.0.2.1", "POST", "/carriers/nobody/events")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "2")
    assert (await ask("192.0.2.2", "POST", "/carriers/nobody/events")).status_code == 404


async def test_a_network_that_sends_many_unknown_tokens_waits_before_one_is_looked_up(
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


async def test_tokens_that_sockets_send_count_as_well(app: Starlette):
    def opened(address: str) -> Socket:
        return Socket(httpx.ASGITransport(app=app), "og_live_nope", address)

    for _ in range(POINTS * BURST_SECONDS // WRONG_TOKEN):
        socket = await opened("192.0.2.1").begin()
        assert socket.closed == (4403, "Forbidden")
    for address, code in (("192.0.2.1", 1013), ("192.0.2.2", 4403)):
        socket = await opened(address).begin()
        assert socket.closed is not None and socket.closed[0] == code


async def test_who_has_a_token_is_let_in_where_visitors_have_used_up_the_points(ask: Ask):
    for _ in range(POINTS * BURST_SECONDS // PAGE):
        await ask("192.0.2.1", "GET", "/track/unknown")
    good = {"authorization": f"Bearer {await make.token()}"}
    answer = await ask("192.0.2.1", "GET", "/graphql?query={me{kind}}", **good)
    assert answer.json()["data"] == {"me": {"kind": "APP"}}


async def test_pages_and_operations_are_paid_for_from_the_same_points(ask: Ask):
    for _ in range(POINTS * BURST_SECONDS // PAGE):
        await ask("192.0.2.1", "GET", "/track/unknown")
    answer = await ask("192.0.2.1", "GET", "/graphql?query={me{kind}}")
    assert answer.json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"


def _from(address: str) -> Request:
    return Request({"type": "http", "client": (address, 1234), "headers": []})


async def test_of_the_pages_of_one_network_few_are_made_at_a_time_and_those_of_others_beside_them():
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
