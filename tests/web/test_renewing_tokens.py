"""A client sends a new access token over an open WebSocket, which then outlives the first one."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.access import service as access
from app.access.models import Role
from app.access.permissions import Permission
from app.core import clock
from app.core.actor import SYSTEM, Actor
from app.core.graphql import callers, renewing
from app.main import create_app
from app.orders.models import Order
from app.orders.service import updating
from app.settings import settings
from tests import make
from tests.ask import Api
from tests.database import feed_has_read_all
from tests.web.asgi import Socket
from tests.web.test_losing_access import ALL, ME, _staff
from tests.web.test_streams_end import watches

Application = httpx.ASGITransport


@pytest.fixture
async def frequent_checks(api: Api, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    monkeypatch.setattr(callers, "LOOK_EVERY", 0.02)
    yield
    assert watches() == 0


async def _another_token(credential: str) -> str:
    """An access token of another session of the same person."""
    actor = await access.identify(credential)
    return (await access.open_session(Actor(actor.kind, actor.id, actor.label))).access_token


async def _renewed(socket: Socket, token: str) -> Any:
    """The payload of the answer to a new token."""
    before = len([each for each in socket.received if each["type"] == "pong"])
    socket.send(type="ping", payload={"accessToken": token})
    await socket.until(
        lambda: (
            len([each for each in socket.received if each["type"] == "pong"]) > before
            or socket.closed is not None
        )
    )
    return [each.get("payload") for each in socket.received if each["type"] == "pong"][-1]


async def _order_changes(order: Order) -> None:
    await updating.note(SYSTEM, order.id, "Ring twice")
    await feed_has_read_all()


@pytest.fixture
async def order(api: Api) -> Order:
    shop = await make.shop()
    await shop.sell("A")
    return await make.order(("A", 1))


@pytest.mark.usefixtures("frequent_checks")
async def test_a_socket_with_a_new_token_outlives_the_first_one(application: Application, order: Order):
    first = await _staff()
    socket = await Socket(application, first).begin()
    other = await Socket(application, first).begin()  # it keeps the first token
    for each in (socket, other):
        each.ask("1", ALL)
    await socket.until(lambda: watches() == 2)
    with clock.shifted(timedelta(minutes=14)):
        assert await _renewed(socket, await _another_token(first)) == {"isAccepted": True}
    with clock.shifted(timedelta(minutes=16)):
        await other.ends()
        assert other.closed == (4403, callers.NOT_ACCEPTED.message)
        await asyncio.sleep(0.1)  # five checks
        assert socket.closed is None
        await _order_changes(order)
        await socket.until(lambda: bool(socket.of("1")))
        [event] = socket.of("1")
        assert event["type"] == "next" and "errors" not in event["payload"]
        socket.ask("2", ME)
        await socket.until(lambda: len(socket.of("2")) == 2)
        assert socket.of("2")[0]["payload"]["data"] == {"me": {"kind": "STAFF"}}
    with clock.shifted(timedelta(minutes=30)):
        await socket.ends()
    assert socket.closed == (4403, callers.NOT_ACCEPTED.message)


@pytest.mark.usefixtures("frequent_checks")
async def test_a_customers_socket_follows_the_session_of_the_new_token(application: Application):
    first = await make.account()
    socket = await Socket(application, first).begin()
    second = await _another_token(first)
    assert await _renewed(socket, second) == {"isAccepted": True}
    await access.sign_out(await access.identify(first))
    await asyncio.sleep(0.1)  # five checks
    assert socket.closed is None
    await access.sign_out(await access.identify(second))
    await socket.ends()
    assert socket.closed == (4403, callers.NOT_ACCEPTED.message)


@pytest.mark.usefixtures("frequent_checks")
async def test_a_token_that_is_not_accepted_changes_nothing(application: Application):
    first = await make.account()
    socket = await Socket(application, first).begin()
    ended = await _another_token(first)
    await access.sign_out(await access.identify(ended))
    for token in (ended, f"Bearer {ended}", "nonsense", ""):
        answer = await _renewed(socket, token)
        assert (answer["isAccepted"], answer["code"]) == (False, "UNAUTHENTICATED")
    assert await _renewed(socket, f"Bearer {first}") == {"isAccepted": True}
    socket.ask("1", ME)
    await socket.until(lambda: len(socket.of("1")) == 2)
    assert socket.of("1")[0]["payload"]["data"] == {"me": {"kind": "CUSTOMER"}}
    socket.leave()
    await socket.ends()


@pytest.mark.usefixtures("frequent_checks")
async def test_a_token_of_another_account_closes_the_socket(application: Application):
    first, other = await make.account(), await make.account("other@example.com")
    socket = await Socket(application, first).begin()
    visitor = await Socket(application, None).begin()
    for each in (socket, visitor):
        each.ask("1", 'subscription { orderTracking(token: "none") { event { title } } }')
        each.send(type="ping", payload={"accessToken": other})
        await each.ends()
        assert each.closed == (4403, renewing.OTHER_ACCOUNT.message)
    assert len(renewing.OTHER_ACCOUNT.message.encode()) <= 120


async def test_a_new_token_with_other_permissions_closes_the_socket(api: Api, application: Application):
    first = await _staff()
    socket = await Socket(application, first).begin()
    await Role.all().update(permissions=[Permission.ORDERS_VIEW.value])
    assert await _renewed(socket, await _another_token(first)) == {"isAccepted": True}
    await socket.ends()
    assert socket.closed == (4403, callers.CHANGED.message)


async def test_a_ping_without_a_token_is_answered_as_before(api: Api, application: Application):
    early = Socket(application, None)
    early.send(type="ping", payload={"accessToken": "a"})
    await early.until(lambda: bool(early.received))
    assert early.received[0]["payload"]["isAccepted"] is False
    await early.begin()
    for payload in ({}, {"payload": None}, {"payload": {"accessToken": 1}}, {"payload": ["accessToken"]}):
        early.send(type="ping", **payload)
    await early.until(lambda: len(early.received) == 6)
    assert [each for each in early.received if each["type"] == "pong"][1:] == [{"type": "pong"}] * 4
    early.leave()
    await early.ends()


async def test_rejected_tokens_are_limited_as_at_the_start(api: Api):
    app = create_app(settings().model_copy(update={"visitor_points": 1}))
    socket = await Socket(httpx.ASGITransport(app=app), await make.account()).begin()
    codes = [(await _renewed(socket, f"nonsense {number}"))["code"] for number in range(3)]
    assert codes == ["UNAUTHENTICATED", "TOO_MANY_REQUESTS", "TOO_MANY_REQUESTS"]
    assert socket.closed is None
    socket.leave()
    await socket.ends()
