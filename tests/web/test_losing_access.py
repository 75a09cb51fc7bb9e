"""Connections end when their caller loses access, which is checked for as long as they are open."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from app.access import queries, staffing, tokens
from app.access import service as access
from app.access.models import ApiToken, Role, Session, Staff
from app.access.permissions import Permission
from app.core import clock
from app.core.actor import SYSTEM, Actor, ActorKind
from app.core.graphql import callers, event_stream
from app.core.ids import new_id
from app.core.refusals import ServiceBusy
from app.customers.models import Customer
from app.orders.lifecycle import CancelReason
from app.orders.service import cancelling
from tests import make
from tests.ask import Api
from tests.database import feed_has_read_all
from tests.web.asgi import Client, Socket
from tests.web.test_streams_end import watches

Lose = Callable[[str], Awaitable[None]]
ME = "{ me { kind } }"
ALL = "subscription { ordersUpdated { name } }"
STOCK = "subscription { stockLevelUpdated { onHand } }"
NOT_ACCEPTED, CHANGED = "UNAUTHENTICATED", "ACCESS_CHANGED"


async def _app() -> str:
    return await make.token(Permission.ORDERS_VIEW, Permission.STOCK_VIEW)


async def _staff() -> str:
    await access.ensure_roles(SYSTEM)
    staff = await access.add_staff(
        SYSTEM, email="sam@example.com", name="Sam", role_code="administrator", password="a long password"
    )
    session = await access.open_session(Actor(ActorKind.STAFF, staff.id, staff.name))
    return session.access_token


async def _revoked(credential: str) -> None:
    await tokens.revoke_api_token(SYSTEM, (await ApiToken.get(name="test")).id)


async def _made_with_a_token() -> str:
    _, maker = await tokens.create_api_token(SYSTEM, name="maker", permissions=[*Permission])
    _, secret = await tokens.create_api_token(
        await access.identify(maker), name="test", permissions=[Permission.ORDERS_VIEW, Permission.STOCK_VIEW]
    )
    return secret


async def _its_maker_revoked(credential: str) -> None:
    await tokens.revoke_api_token(SYSTEM, (await ApiToken.get(name="maker")).id)


async def _made_by_staff() -> str:
    staff = await access.identify(await _staff())
    _, secret = await tokens.create_api_token(
        staff, name="test", permissions=[Permission.ORDERS_VIEW, Permission.STOCK_VIEW]
    )
    return secret


async def _its_maker_deactivated(credential: str) -> None:
    await access.add_staff(
        SYSTEM, email="left@example.com", name="Left", role_code="administrator", password="a long password"
    )
    await staffing.deactivate(SYSTEM, (await Staff.get(email="sam@example.com")).id)


async def _token_expired(credential: str) -> None:
    await ApiToken.all().update(expires_at=clock.now())


async def _token_narrowed(credential: str) -> None:
    await ApiToken.all().update(permissions=[Permission.ORDERS_VIEW.value])


async def _token_limited_to_a_channel(credential: str) -> None:
    await ApiToken.all().update(channel_ids=[str(new_id())])


async def _token_limited_to_a_location(credential: str) -> None:
    await ApiToken.all().update(location_ids=[str(new_id())])


async def _signed_out(credential: str) -> None:
    await access.sign_out(await access.identify(credential))


async def _all_sessions_ended(credential: str) -> None:
    actor = await access.identify(credential)
    assert isinstance(actor.id, UUID)
    await access.end_sessions(SYSTEM, actor.id)


async def _session_over(credential: str) -> None:
    await Session.all().update(expires_at=clock.now())


async def _staff_limited_to_a_location(credential: str) -> None:
    await Staff.all().update(location_ids=[str(new_id())])


async def _deactivated(credential: str) -> None:
    await Staff.all().update(is_active=False)
    await Customer.all().update(is_active=False)


async def _role_narrowed(credential: str) -> None:
    await Role.all().update(permissions=[Permission.ORDERS_VIEW.value])


async def _staff_limited_to_a_channel(credential: str) -> None:
    await Staff.all().update(channel_ids=[str(new_id())])


async def _staff_of_another_role(credential: str) -> None:
    await Staff.all().update(role_id=(await Role.get(code="warehouse")).id)


WAYS: dict[str, tuple[Callable[[], Awaitable[str]], Lose, str]] = {
    "a token is revoked": (_app, _revoked, NOT_ACCEPTED),
    "the token is revoked with which a token was made": (
        _made_with_a_token,
        _its_maker_revoked,
        NOT_ACCEPTED,
    ),
    "who made a token is deactivated": (_made_by_staff, _its_maker_deactivated, NOT_ACCEPTED),
    "a token expires": (_app, _token_expired, NOT_ACCEPTED),
    "a token loses a permission": (_app, _token_narrowed, CHANGED),
    "a token is limited to a channel": (_app, _token_limited_to_a_channel, CHANGED),
    "a token is limited to a location": (_app, _token_limited_to_a_location, CHANGED),
    "staff sign out": (_staff, _signed_out, NOT_ACCEPTED),
    "all sessions of staff end": (_staff, _all_sessions_ended, NOT_ACCEPTED),
    "a session is over": (_staff, _session_over, NOT_ACCEPTED),
    "staff are deactivated": (_staff, _deactivated, NOT_ACCEPTED),
    "a role loses permissions": (_staff, _role_narrowed, CHANGED),
    "staff are limited to a channel": (_staff, _staff_limited_to_a_channel, CHANGED),
    "staff are limited to a location": (_staff, _staff_limited_to_a_location, CHANGED),
    "staff get another role": (_staff, _staff_of_another_role, CHANGED),
    "a customer signs out": (make.account, _signed_out, NOT_ACCEPTED),
    "a customer is deactivated": (make.account, _deactivated, NOT_ACCEPTED),
}


@pytest.fixture
async def frequent_checks(api: Api, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    monkeypatch.setattr(callers, "LOOK_EVERY", 0.02)
    yield
    assert watches() == 0


def _is_answered(socket: Socket, id: str) -> bool:
    return any(each["type"] in ("complete", "error") for each in socket.of(id))


def test_lost_access_is_noticed_within_two_seconds():
    assert callers.LOOK_EVERY <= 1
    assert access.REMEMBER_FOR < 2


@pytest.mark.usefixtures("frequent_checks")
@pytest.mark.parametrize("way", WAYS)
async def test_quiet_sockets_and_streams_end_with_the_reason(application: httpx.ASGITransport, way: str):
    sign_in, lose, code = WAYS[way]
    credential = await sign_in()
    stream = Client(application, credential).ask(ALL)
    socket = await Socket(application, credential).begin()
    idle = await Socket(application, credential).begin()  # nothing runs on it
    socket.ask("1", ALL)
    await socket.until(lambda: watches() == 2)
    idle.ask("q", ME)
    await idle.until(lambda: _is_answered(idle, "q"))
    await lose(credential)
    for each in (stream, socket, idle):
        await each.ends()
    why = callers.NOT_ACCEPTED if code == NOT_ACCEPTED else callers.CHANGED
    assert idle.closed == socket.closed == (4403, why.message)
    assert socket.of("1") == []
    assert json.loads(stream.received.partition(b"data: ")[2].partition(b"\n")[0]) == {
        "errors": [{"message": why.message, "extensions": {"code": code}}]
    }
    # A browser reconnects unless the stream ends with `complete`.
    assert stream.received.endswith(b"event: complete\ndata:\n\n") is (code == NOT_ACCEPTED)
    assert stream.is_answered


@pytest.mark.usefixtures("frequent_checks")
@pytest.mark.parametrize("way", WAYS)
async def test_nothing_is_executed_or_delivered_after_access_is_lost(
    application: httpx.ASGITransport, way: str
):
    sign_in, lose, code = WAYS[way]
    credential = await sign_in()
    shop = await make.shop()
    await shop.sell("A")
    socket = await Socket(application, credential).begin()
    stream = Client(application, credential).ask(ALL)
    socket.ask("1", ALL)
    await socket.until(lambda: watches() == 2)
    await lose(credential)
    await socket.until(lambda: socket.closed is not None)
    await stream.ends()
    received = len(socket.received), stream.received
    order = await make.order(("A", 1))
    await cancelling.cancel(SYSTEM, order.id, reason=CancelReason.CUSTOMER)
    await feed_has_read_all()
    socket.ask("2", ME)
    await socket.ends()
    assert (len(socket.received), stream.received) == received
    # A new connection has the caller's present access, or none.
    access._remembered.clear()
    again = await Socket(application, credential).begin()
    if code == NOT_ACCEPTED:
        assert again.closed is not None and again.closed[0] == 4403
        refused = Client(application, credential).ask(ALL)
        await refused.ends()
        assert refused.sent[0]["status"] == 401
    else:
        again.ask("1", STOCK)
        await again.until(lambda: bool(again.of("1")) or watches() == 1)
        actor = await access.identify(credential)
        if not actor.may(Permission.STOCK_VIEW):
            [answer] = [each for each in again.of("1") if each["type"] != "complete"]
            errors = answer["payload"]["errors"] if answer["type"] == "next" else answer["payload"]
            assert errors[0]["extensions"]["code"] == "FORBIDDEN"
        again.leave()
    await again.ends()


@pytest.mark.usefixtures("frequent_checks")
@pytest.mark.parametrize("sign_in", [_staff, make.account])
async def test_sockets_and_streams_end_when_their_access_token_expires(
    application: httpx.ASGITransport, sign_in: Callable[[], Awaitable[str]]
):
    credential = await sign_in()
    socket = await Socket(application, credential).begin()
    stream = Client(application, credential).ask(ALL)
    socket.ask("1", ALL)
    await socket.until(lambda: watches() == 2)
    with clock.shifted(timedelta(minutes=14, seconds=30)):
        await asyncio.sleep(0.1)  # five checks
        assert socket.closed is None
    with clock.shifted(timedelta(minutes=15, seconds=2)):
        await socket.ends()
        await stream.ends()
    assert socket.closed == (4403, callers.NOT_ACCEPTED.message)
    assert stream.received.endswith(b"event: complete\ndata:\n\n")


@pytest.mark.usefixtures("frequent_checks")
@pytest.mark.parametrize("way", ["a token is revoked", "staff are limited to a channel"])
async def test_a_running_mutation_is_answered_before_the_socket_closes(
    application: httpx.ASGITransport, monkeypatch: pytest.MonkeyPatch, way: str
):
    sign_in, lose, _ = WAYS[way]
    credential = await sign_in()
    begun, may_end = asyncio.Event(), asyncio.Event()
    original = access.sign_out

    async def slow(*args: object) -> None:
        begun.set()
        await may_end.wait()
        await original(*args)  # type: ignore[arg-type]

    monkeypatch.setattr("app.access.schema.service.sign_out", slow)
    socket = await Socket(application, credential).begin()
    socket.ask("s", ALL)
    await socket.until(lambda: watches() == 1)
    socket.ask("m", "mutation { signOut { __typename } }")
    await begun.wait()
    await lose(credential)
    await socket.until(lambda: watches() == 0)
    socket.ask("late", ME)
    may_end.set()
    await socket.ends()
    assert [each["type"] for each in socket.of("m")] == ["next", "complete"]
    assert socket.of("late") == socket.of("s") == [] and socket.closed is not None


@pytest.mark.usefixtures("frequent_checks")
async def test_an_unread_stream_ends_when_access_is_lost(
    application: httpx.ASGITransport, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(event_stream, "STOP_WITHIN", 0.1)
    credential = await _app()
    stream = Client(application, credential).ask(ALL)
    await stream.until(lambda: watches() == 1)
    stream.reads.clear()
    await _revoked(credential)
    await stream.ends()
    assert not stream.is_answered


@pytest.mark.usefixtures("frequent_checks")
async def test_a_running_operation_over_an_event_stream_is_answered_in_full(
    application: httpx.ASGITransport, monkeypatch: pytest.MonkeyPatch
):
    credential = await _app()
    begun, may_end = asyncio.Event(), asyncio.Event()

    async def slow(*args: object) -> None:
        begun.set()
        await may_end.wait()

    monkeypatch.setattr("app.access.schema.service.sign_out", slow)
    stream = Client(application, credential).ask("mutation { signOut { __typename } }")
    await begun.wait()
    await _revoked(credential)
    await asyncio.sleep(0.1)  # five checks
    may_end.set()
    await stream.ends()
    assert b"errors" not in stream.received and stream.received.endswith(b"event: complete\ndata:\n\n")


@pytest.mark.usefixtures("frequent_checks")
async def test_changes_of_other_accounts_or_of_a_name_end_no_connection(application: httpx.ASGITransport):
    credential = await make.account()
    other = await make.account("other@example.com")
    socket = await Socket(application, credential).begin()
    visitor = await Socket(application, None).begin()
    socket.ask("1", ALL)
    await socket.until(lambda: watches() == 1)
    await _signed_out(other)
    await make.token(Permission.ORDERS_VIEW)
    await _revoked("")
    await Customer.all().update(name="Ada Byron")
    await asyncio.sleep(0.1)  # five checks
    for each in (socket, visitor):
        each.ask("q", ME)
        await each.until(lambda each=each: _is_answered(each, "q"))
        assert each.closed is None
        each.leave()
        await each.ends()


async def test_a_caller_who_cannot_be_identified_now_gets_retry_after(
    application: httpx.ASGITransport, api: Api, monkeypatch: pytest.MonkeyPatch
):
    credential = await _app()
    await access.identify(credential)  # cached, for operations that accept a cached caller

    async def away(hashes: object) -> list[object]:
        raise ServiceBusy

    with monkeypatch.context() as patched:
        patched.setattr(queries, "good_tokens", away)
        stream = Client(application, credential).ask(ALL)
        socket = await Socket(application, credential).begin()
        for each in (stream, socket):
            await each.ends()
    assert stream.sent[0]["status"] == 503 and stream.headers["retry-after"]
    assert json.loads(stream.received)["errors"][0]["extensions"]["code"] == "SERVICE_BUSY"
    assert socket.closed is not None and socket.closed[0] == 1013


@pytest.mark.usefixtures("frequent_checks")
async def test_a_brief_outage_of_the_database_ends_no_connection(
    application: httpx.ASGITransport, monkeypatch: pytest.MonkeyPatch
):
    credential = await _app()
    socket = await Socket(application, credential).begin()
    failed = asyncio.Event()

    async def away(hashes: object) -> list[object]:
        failed.set()
        raise OSError("the database is away")

    with monkeypatch.context() as patched:
        patched.setattr(queries, "good_tokens", away)
        await failed.wait()
    socket.ask("q", ME)
    await socket.until(lambda: _is_answered(socket, "q"))
    assert socket.closed is None
    await _revoked(credential)
    await socket.ends()
    assert socket.closed == (4403, callers.NOT_ACCEPTED.message)
