"""Password attempts are counted before they are checked, and attempts by others do not lock out the
owner of the account.
"""

import asyncio
import contextlib
import re
import statistics
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.access import attempts, jobs, secrets, service, signing_in
from app.access.models import AttemptCount, KnownNetwork, Staff
from app.access.refusals import TooManyAttempts
from app.core import clock
from app.core.actor import SYSTEM
from app.core.networks import TOGETHER, networks_of
from app.customers import service as customers
from app.customers.models import Customer
from app.customers.service import CustomerData
from app.notifications.jobs import send_messages
from tests import make
from tests.ask import Api
from tests.letterbox import Letterbox
from tests.statements import statements

PASSWORD = "a long password"
SIGN_IN = """
mutation($e: String!, $p: String!, $d: String) { signIn(input: {email: $e, password: $p, deviceToken: $d}) {
  __typename ... on SessionTokens { accessToken refreshToken deviceToken }
  ... on UserError { errorCode message } ... on TooManyAttempts { retryAfter } } }
"""
HOME, CAFE = "198.51.100.7", "203.0.113.9"


async def _staff(email: str = "sam@example.com") -> None:
    await service.ensure_roles(SYSTEM)
    await service.add_staff(SYSTEM, email=email, name="Sam", role_code="administrator", password=PASSWORD)


@pytest.fixture
def from_(api: Api, application: httpx.ASGITransport) -> Callable[[str], Api]:
    """An API client with a network address."""

    def at(address: str) -> Api:
        transport = httpx.ASGITransport(app=application.app, client=(address, 1234))
        return Api(httpx.AsyncClient(transport=transport, base_url="http://test"))

    return at


async def _guess(api: Api, password: str = "wrong", email: str = "sam@example.com", **more: Any) -> str:
    return (await api.do(SIGN_IN, e=email, p=password, **more))["__typename"]  # type: ignore[no-any-return]


async def _exhaust(api: Api, email: str = "sam@example.com") -> None:
    """Attempt sign-ins until the account is delayed for this network."""
    while await _guess(api, email=email) != "TooManyAttempts":
        pass


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The passwords that are compared with a hash."""
    tried: list[str] = []
    original = secrets._fits

    def recorded(password: str, stored: str) -> bool:
        tried.append(password)
        return original(password, stored)

    monkeypatch.setattr(secrets, "_fits", recorded)
    return tried


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock stands still except where a test advances it."""
    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment + clock._shift)


async def test_of_200_concurrent_attempts_only_the_allowed_number_are_checked(api: Api, checks: list[str]):
    await _staff()
    guesses = [PASSWORD if n == 180 else f"wrong {n}" for n in range(200)]
    answers = await asyncio.gather(*(api.do(SIGN_IN, e="sam@example.com", p=each) for each in guesses))
    assert len(checks) == attempts.OF_ACCOUNT_AND_NETWORK.free
    kinds = [answer["__typename"] for answer in answers]
    assert kinds.count("TooManyAttempts") == 200 - len(checks)
    assert all(1 <= a["retryAfter"] <= 2 for a in answers if a["__typename"] == "TooManyAttempts")


@pytest.mark.parametrize("email", ["sam@example.com", "nobody@example.com"])
async def test_each_failed_attempt_doubles_the_delay_up_to_15_minutes(
    api: Api, checks: list[str], email: str
):
    await _staff()
    await _exhaust(api, email)
    passed, waits = timedelta(0), []
    for _ in range(12):
        with clock.shifted(passed):
            answer = await api.do(SIGN_IN, e=email, p=PASSWORD)
            assert answer["__typename"] == "TooManyAttempts"
            assert answer["errorCode"] == "TOO_MANY_ATTEMPTS"
        waits.append(answer["retryAfter"])
        passed += timedelta(seconds=answer["retryAfter"])
        with clock.shifted(passed):
            assert await _guess(api, email=email) == "SignInFailed"
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]
    assert len(checks) == attempts.OF_ACCOUNT_AND_NETWORK.free + 12


async def test_signing_in_after_the_delay_resets_the_count(api: Api):
    await _staff()
    await _exhaust(api)
    with clock.shifted(timedelta(seconds=2)):
        assert await _guess(api, PASSWORD) == "SessionTokens"
        for _ in range(attempts.OF_ACCOUNT_AND_NETWORK.free):
            assert await _guess(api) == "SignInFailed"


async def test_failed_attempts_from_one_network_delay_neither_other_networks_nor_other_accounts(
    from_: Callable[[str], Api],
):
    await _staff()
    await _staff("kim@example.com")
    await _exhaust(from_(CAFE))
    assert await _guess(from_(HOME), PASSWORD) == "SessionTokens"
    assert await _guess(from_(CAFE), PASSWORD, "kim@example.com") == "SessionTokens"


async def test_attempts_from_many_networks_share_a_limit_except_known_networks_and_devices(
    from_: Callable[[str], Api], checks: list[str]
):
    await _staff()
    device = (await from_(HOME).do(SIGN_IN, e="sam@example.com", p=PASSWORD))["deviceToken"]
    checks.clear()
    answers = await asyncio.gather(*(_guess(from_(f"192.0.2.{n}")) for n in range(100)))
    assert len(checks) == answers.count("SignInFailed") == attempts.OF_ACCOUNT.free
    # nobody has signed in to this account from here
    assert await _guess(from_(CAFE), PASSWORD) == "TooManyAttempts"
    assert await _guess(from_(HOME), PASSWORD) == "SessionTokens"
    assert await _guess(from_(CAFE), PASSWORD, d=device) == "SessionTokens"
    assert await _guess(from_(CAFE), PASSWORD) == "SessionTokens"  # now somebody has


async def test_a_known_device_signs_in_from_a_network_that_is_delayed(
    from_: Callable[[str], Api],
):
    await _staff()
    device = (await from_(CAFE).do(SIGN_IN, e="sam@example.com", p=PASSWORD))["deviceToken"]
    await _exhaust(from_(CAFE))
    assert await _guess(from_(CAFE), PASSWORD) == "TooManyAttempts"
    assert await _guess(from_(CAFE), PASSWORD, d=device) == "SessionTokens"


async def test_a_device_token_has_its_own_limit_and_applies_to_its_account_only(
    from_: Callable[[str], Api], checks: list[str]
):
    await _staff()
    await _staff("kim@example.com")
    cafe = from_(CAFE)
    mine = (await cafe.do(SIGN_IN, e="kim@example.com", p=PASSWORD))["deviceToken"]
    checks.clear()
    forged = mine.replace("og_device_", "og_device_x")
    for device in (mine, forged, "og_device_.", "", "é", "x" * 5_000):
        for _ in range(10):
            await _guess(cafe, d=device)
    assert len(checks) == attempts.OF_ACCOUNT_AND_NETWORK.free
    checks.clear()
    for _ in range(20):
        await _guess(cafe, email="kim@example.com", d=mine)
    assert len(checks) == attempts.OF_DEVICE.free


@pytest.mark.parametrize("way", ["mailed link", "passwordChange"])
async def test_a_new_password_makes_earlier_devices_and_networks_unknown(
    from_: Callable[[str], Api], post: Letterbox, checks: list[str], way: str
):
    await make.account("sam@example.com", PASSWORD)
    there = [from_(f"203.0.113.{number}") for number in range(1, 9)]
    known = [await api.do(SIGN_IN, e="sam@example.com", p=PASSWORD) for api in there]
    home = from_(HOME)
    if way == "passwordChange":
        tokens = await home.do(SIGN_IN, e="sam@example.com", p=PASSWORD)
        await home.as_(tokens["accessToken"]).do(
            "mutation($c: String!, $n: String!) { passwordChange(input: {currentPassword: $c, newPassword: $n}) "
            "{ __typename } }",
            c=PASSWORD,
            n="another long one",
        )
    else:
        await home.do(
            "mutation($e: String!) { passwordResetRequest(email: $e) { __typename } }", e="sam@example.com"
        )
        await send_messages()
        link = re.search(r"token=(\S+)", post.mails[-1].get_content())
        assert link
        await home.do(
            "mutation($t: String!, $p: String!) { passwordReset(token: $t, password: $p) { __typename } }",
            t=link[1],
            p="another long one",
        )
    checks.clear()
    for api, before in zip(there, known, strict=True):
        for device in (before["deviceToken"], None):
            for _ in range(6):
                await _guess(api, d=device)
    assert len(checks) == attempts.OF_ACCOUNT.free
    assert await _guess(home, "another long one") == "SessionTokens"


async def test_a_device_keeps_its_token_over_many_sign_ins(api: Api):
    await _staff()
    first = await api.do(SIGN_IN, e="sam@example.com", p=PASSWORD)
    again = await api.do(SIGN_IN, e="Sam@Example.com ", p=PASSWORD, d=first["deviceToken"])
    assert again["deviceToken"] == first["deviceToken"]
    assert (await api.do(SIGN_IN, e="sam@example.com", p=PASSWORD))["deviceToken"] != first["deviceToken"]


@pytest.mark.parametrize("one_network", ["198.51.100.7", "2001:db8:1:2::{}"])
async def test_attempts_on_many_accounts_from_one_network_are_limited(
    from_: Callable[[str], Api], checks: list[str], one_network: str
):
    for n in range(60):
        await _guess(from_(one_network.format(n + 1)), email=f"user{n}@example.com")
    assert len(checks) == attempts.OF_NETWORK.free


async def test_the_64_networks_of_one_ipv6_48_share_a_limit(clean: None):
    # Each attempt is for another account and from another /64.
    counted = 0
    for n in range(TOGETHER * attempts.OF_NETWORK.free + 20):
        guess = signing_in.Guess(f"u{n}@example.com", "x", networks_of(f"2001:db8:1:{n:x}::1"))
        with contextlib.suppress(TooManyAttempts):
            await signing_in.count(guess)
            counted += 1
    assert counted == TOGETHER * attempts.OF_NETWORK.free


async def test_successful_sign_ins_do_not_count_towards_the_limit_of_a_network(api: Api):
    await _staff()
    for _ in range(attempts.OF_NETWORK.free + 5):
        assert await _guess(api, PASSWORD) == "SessionTokens"


async def test_an_attempt_refused_by_the_limit_is_not_counted(api: Api):
    await _staff()
    await _exhaust(api)
    before = await AttemptCount.all().order_by("id").values_list("tries", "next_at")
    for _ in range(20):
        await _guess(api)
    assert await AttemptCount.all().order_by("id").values_list("tries", "next_at") == before


async def test_expired_counts_and_known_networks_are_deleted(api: Api):
    await _staff()
    await _guess(api, PASSWORD)
    await _exhaust(api)
    with clock.shifted(timedelta(hours=23)):
        await jobs.forget_attempts()
        assert await AttemptCount.all().count() > 0
    with clock.shifted(timedelta(days=2)):
        for _ in range(attempts.OF_ACCOUNT_AND_NETWORK.free):
            assert await _guess(api) == "SignInFailed"
    with clock.shifted(timedelta(days=4)):
        await jobs.forget_attempts()
        assert (await AttemptCount.all().count(), await KnownNetwork.all().count()) == (0, 1)
    with clock.shifted(signing_in.NETWORKS_KNOWN_FOR):
        await jobs.forget_attempts()
        assert await KnownNetwork.all().count() == 0


NOBODY, STAFF, INVITED, LEFT = (f"{name}@example.com" for name in ("nobody", "staff", "invited", "left"))
BUYER, DESK, GONE = (f"{name}@example.com" for name in ("buyer", "desk", "gone"))
EVERY_KIND = (NOBODY, STAFF, INVITED, LEFT, BUYER, DESK, GONE)


async def _everybody() -> None:
    """One account of each kind: staff and customers, without a password or deactivated."""
    for email in (STAFF, INVITED, LEFT):
        await _staff(email)
    await Staff.filter(email=INVITED).update(password_hash=None)
    await Staff.filter(email=LEFT).update(is_active=False)
    await make.account(BUYER, PASSWORD)
    await customers.create(SYSTEM, CustomerData(email=DESK))
    await make.account(GONE, PASSWORD)
    await Customer.filter(email=GONE).update(is_active=False)


async def test_a_failed_attempt_runs_the_same_statements_for_every_kind_of_account(
    api: Api, checks: list[str]
):
    await _everybody()
    await _guess(api, email="warm@example.com")
    work = {}
    for tries in range(attempts.OF_ACCOUNT_AND_NETWORK.free + 2):
        for email in EVERY_KIND:
            await AttemptCount.filter(id=attempts.by(attempts.OF_NETWORK, "127.0.0.1").id).delete()
            checks.clear()
            with statements() as ran:
                answer = await api.do(SIGN_IN, e=email, p="wrong")
            work[tries, email] = (len(checks), [re.sub(r"\s+", " ", str(each)) for each in ran], answer)
        assert all(work[tries, email] == work[tries, NOBODY] for email in EVERY_KIND)
    assert [work[tries, NOBODY][0] for tries in range(7)] == [1, 1, 1, 1, 1, 0, 0]


def test_the_hash_used_for_unknown_accounts_has_the_parameters_of_a_new_hash():
    assert not secrets._hasher.check_needs_rehash(secrets._dummy_hash())
    assert len(secrets._dummy_hash()) == len(secrets._hasher.hash("x"))
    assert not secrets._fits("x", secrets._dummy_hash())


@pytest.mark.usefixtures("no_garbage_collection")
async def test_a_failed_attempt_takes_as_long_for_every_kind_of_account(api: Api):
    """Measured in CPU time of this process, in turns, so that load affects all kinds alike."""
    await _everybody()
    await _guess(api, email="warm@example.com")
    took: dict[str, list[float]] = {email: [] for email in (NOBODY, STAFF, BUYER, DESK)}
    for _ in range(9):
        await AttemptCount.all().delete()
        for email in took:
            start = time.process_time()
            await _guess(api, email=email)
            took[email].append(time.process_time() - start)
    usual = {email: statistics.median(times) for email, times in took.items()}
    assert max(usual.values()) < 2 * min(usual.values()), usual
