"""Neither the text nor the time of a response reveals whether an address has an account: 200 tries per call."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from app.access import secrets
from app.access.models import AttemptCount, KnownNetwork, Session
from app.core import clock
from app.core.ids import new_id, to_global
from app.customers import accounts
from app.customers.models import Customer
from tests import make
from tests.ask import Api
from tests.conftest import PRODUCTION_HASHER

TRIES = 100  # of each kind
# The share of pairs in which the known address took longer is 0.5 without a difference. With 100 tries of each
# kind its standard deviation is 0.041, so a test without a difference fails once in a million runs.
ALLOWED = 0.2

pytestmark = pytest.mark.divided

REGISTER = 'mutation($e: String!) { customerRegister(input: {email: $e, name: "Ada"}) { __typename } }'
RESET = "mutation($e: String!) { passwordResetRequest(email: $e) { __typename } }"
SIGN_IN = """mutation($e: String!) { signIn(input: {email: $e, password: "not the password"}) {
  __typename ... on UserError { message path } } }"""
CHANGE = "mutation($e: String!) { emailChangeRequest(input: {email: $e}) { __typename } }"
CALLS = {"register": REGISTER, "reset": RESET, "sign in": SIGN_IN, "change": CHANGE}


@pytest.fixture(autouse=True)
def hashing_as_in_production(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(secrets, "_hasher", PRODUCTION_HASHER)
    secrets._dummy_hash.cache_clear()
    yield
    secrets._dummy_hash.cache_clear()


def longer(known: list[float], unknown: list[float]) -> float:
    """The share of pairs in which the known address took longer."""
    pairs = list(product(known, unknown))
    return sum(1.0 if one > other else 0.5 if one == other else 0.0 for one, other in pairs) / len(pairs)


async def _compared(ask: Callable[[str], Awaitable[Any]]) -> float:
    """Ask for known and unknown addresses in turn, so that a busy machine slows both alike."""
    hashed = await secrets.password_hash("long enough pw")
    now = clock.now()
    await Customer.bulk_create(
        Customer(
            id=new_id(),
            email=f"known-{number}@example.com",
            password_hash=hashed,
            created_at=now,
            updated_at=now,
        )
        for number in range(TRIES)
    )
    times: dict[str, list[float]] = {"known": [], "unknown": []}
    answers = set()
    await ask("warm@example.com")
    for number in range(TRIES):
        for kind in times if number % 2 else reversed(times):
            await AttemptCount.all().delete()
            await KnownNetwork.all().delete()
            began = time.perf_counter()
            answer = await ask(f"{kind}-{number}@example.com")
            times[kind].append(time.perf_counter() - began)
            answers.add(repr(answer))
    assert len(answers) == 1
    return longer(times["known"], times["unknown"])


@pytest.mark.parametrize("name", CALLS)
async def test_neither_text_nor_time_reveals_an_account(api: Api, clean: None, name: str):
    caller = api.as_(await make.account("ada@example.com")) if name == "change" else api
    await Session.all().update(created_at=clock.now() - timedelta(minutes=1))

    async def ask(email: str) -> Any:
        return await caller.do(CALLS[name], e=email)

    share = await _compared(ask)
    assert abs(share - 0.5) <= ALLOWED, f"in {share:.0%} of the pairs the known address took longer"


async def test_an_invitation_by_an_outsider_reveals_no_customer(api: Api, clean: None):
    """The same for customers who invite, by the ID of a customer or by one that does not exist."""
    eve = api.as_(await make.account("eve@example.com"))
    invite = "mutation($id: ID!) { customerInvite(id: $id) { __typename ... on UserError { message } } }"
    ids: dict[str, str] = {}

    async def ask(email: str) -> Any:
        if not ids:
            ids.update({each.email: to_global("Customer", each.id) for each in await Customer.all()})
        id = ids.get(email) or to_global("Customer", new_id())
        return (await eve.post(invite, {"id": id})).json()["errors"][0]

    share = await _compared(ask)
    assert abs(share - 0.5) <= ALLOWED, f"in {share:.0%} of the pairs the known customer took longer"


async def test_a_difference_of_time_is_noticed(api: Api, clean: None, monkeypatch: pytest.MonkeyPatch):
    requested = accounts._requested

    async def slower_if_known(by: Any, email: str, *rest: Any) -> None:
        if email.startswith("known"):
            await asyncio.sleep(0.02)
        await requested(by, email, *rest)

    monkeypatch.setattr(accounts, "_requested", slower_if_known)

    async def ask(email: str) -> Any:
        return await api.do(RESET, e=email)

    assert await _compared(ask) > 0.5 + ALLOWED
