"""Calls that send mail and attempts with tokens are limited by network; successful attempts are not counted."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.access import attempts
from app.access.models import AttemptCount
from app.core import clock
from app.customers import requests
from app.customers.models import AccountRequest
from tests import make
from tests.ask import Api

FREE = 3
ANSWER = (
    "{ __typename ... on SessionTokens { refreshToken } ... on TooManyAttempts { errorCode retryAfter } }"
)
PASSWORD = "long enough pw"
MAILED = "{ __typename ... on TooManyAttempts { errorCode retryAfter } }"
REGISTER = "mutation($e: String!) { customerRegister(input: {email: $e}) " + MAILED + " }"
ASK = "mutation($e: String!) { passwordResetRequest(email: $e) " + MAILED + " }"
CONFIRM = (
    'mutation($t: String!) { customerRegisterConfirm(token: $t, password: "long enough pw") ' + ANSWER + " }"
)
RESET = 'mutation($t: String!) { passwordReset(token: $t, password: "long enough pw") ' + ANSWER + " }"
REFRESH = "mutation($t: String!) { tokenRefresh(refreshToken: $t) " + ANSWER + " }"
SIGN_IN = 'mutation($e: String!) { signIn(input: {email: $e, password: "long enough pw"}) ' + ANSWER + " }"
WRONG = {REGISTER: "e", ASK: "e", CONFIRM: "t", RESET: "t", REFRESH: "t"}
IDS = ["register", "ask for a password", "confirm", "reset", "refresh"]


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few free attempts, and a clock that stands still except where a test advances it."""
    for name in ("OF_MAILS", "OF_LINKS", "OF_REFRESH"):
        monkeypatch.setattr(attempts, name, replace(getattr(attempts, name), free=FREE))
    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment + clock._shift)


def _elsewhere(application: httpx.ASGITransport) -> Api:
    transport = httpx.ASGITransport(app=application.app, client=("203.0.113.77", 1234))
    return Api(httpx.AsyncClient(transport=transport, base_url="http://test"))


def _variables(name: str, n: int) -> dict[str, Any]:
    return {name: f"user{n}@example.com" if name == "e" else f"og_refresh_{n}"}


@pytest.mark.parametrize(("call", "name"), WRONG.items(), ids=IDS)
async def test_of_20_concurrent_calls_the_allowed_number_are_executed_and_the_others_delayed(
    api: Api, application: httpx.ASGITransport, call: str, name: str
):
    answers = await asyncio.gather(*(api.do(call, **_variables(name, n)) for n in range(20)))
    waiting = [each for each in answers if each["__typename"] == "TooManyAttempts"]
    assert len(waiting) == 20 - FREE
    assert len({each["retryAfter"] for each in waiting}) == 1
    assert await AccountRequest.all().count() == (FREE if name == "e" else 0)
    assert (await _elsewhere(application).do(call, **_variables(name, 99)))["__typename"] != "TooManyAttempts"
    with clock.shifted(timedelta(seconds=waiting[0]["retryAfter"])):
        assert (await api.do(call, **_variables(name, 30)))["__typename"] != "TooManyAttempts"
        again = await api.do(call, **_variables(name, 31))
        assert again["retryAfter"] == 2 * waiting[0]["retryAfter"]
    with clock.shifted(timedelta(hours=2)):
        assert (await api.do(call, **_variables(name, 32)))["__typename"] != "TooManyAttempts"


async def test_calls_with_valid_tokens_are_not_counted(api: Api):
    await make.account("ada@example.com", PASSWORD)
    token = (await api.do(SIGN_IN, e="ada@example.com"))["refreshToken"]
    for _ in range(FREE + 2):
        token = (await api.do(REFRESH, t=token))["refreshToken"]
    made: dict[str, Callable[[int], Awaitable[Any]]] = {
        CONFIRM: lambda n: api.do(REGISTER, e=f"user{n}@example.com"),
        RESET: lambda n: api.do(ASK, e="ada@example.com"),
    }
    for call, ask in made.items():
        for n in range(FREE + 2):
            await AttemptCount.filter(id=attempts.by(attempts.OF_MAILS, "127.0.0.1").id).delete()
            await AccountRequest.all().delete()
            await ask(n)
            request = await AccountRequest.get()
            opened = await api.do(call, t=requests.token_of(request.id))
            assert opened["__typename"] == "SessionTokens", (call, n)


async def test_a_call_refused_for_a_weak_password_is_not_counted(api: Api):
    weak = 'mutation($t: String!) { passwordReset(token: $t, password: "short") ' + ANSWER + " }"
    for _ in range(FREE + 2):
        assert (await api.do(weak, t="x"))["__typename"] == "InvalidInput"
    assert await AttemptCount.all().count() == 0
