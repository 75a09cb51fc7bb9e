"""Processes that are killed while they call a gateway that loses answers: nothing is done twice, nothing stays open.

ORDERS and KILLS are small by default; FAULTS=full pays for 200 orders with 20 kills, and `pytest -rP` prints the numbers.
"""

import asyncio
import os
import random
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from app.payments import queries as payments
from app.payments.lifecycle import TransactionStatus
from app.payments.models import PaymentTransaction
from app.payments.service import calling, noting
from tests.ask import Api
from tests.conftest import _DATABASE, ON_POSTGRES
from tests.journeys.life import Story, books_add_up
from tests.payments import caller, stripe_server
from tests.payments.desk import Desk, desk_for
from tests.payments.scripted import SET
from tests.payments.stripe_server import KEY, LocalStripe
from tests.payments.unreliable import Unreliable, losing

ROOT = Path(__file__).parent.parent.parent
IS_FULL = os.environ.get("FAULTS") == "full"
ORDERS, KILLS = (200, 20) if IS_FULL else (3, 2)
PATIENCE = 3_600 if IS_FULL else 200  # seconds
GOOD = "4242424242424242"


@pytest.fixture(scope="module")
async def local(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LocalStripe]:
    async with stripe_server.running(tmp_path_factory.mktemp("stripe")) as server:
        yield server


@pytest.fixture
async def between(local: LocalStripe) -> AsyncIterator[Unreliable]:
    async with losing(local.url) as unreliable:
        yield unreliable


@pytest.fixture(autouse=True)
def short_delays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the callers, in the server too."""
    monkeypatch.setattr(calling, "CLAIMED_FOR", caller.CLAIMED_FOR)
    monkeypatch.setattr(calling, "PATIENCE", caller.PATIENCE)
    monkeypatch.setattr(noting, "DELAYS", caller.DELAYS)


class Callers:
    """Processes that call gateways, killed at random moments."""

    def __init__(self) -> None:
        self.kills, self._chance = 0, random.Random(3)
        self._running = [self._begin() for _ in range(2 if ON_POSTGRES else 1)]

    def _begin(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [sys.executable, "-m", "tests.payments.caller"],
            cwd=ROOT, env=os.environ | {"ORDERGRAPH_DATABASE_URL": _DATABASE},
        )  # fmt: skip

    def kill_one(self) -> None:
        number = self._chance.randrange(len(self._running))
        self._running[number].kill()  # like a power failure, wherever it is
        self._running[number].wait()
        self._running[number] = self._begin()
        self.kills += 1

    def end(self) -> None:
        for each in self._running:
            each.kill()
            each.wait()


@pytest.fixture
async def callers() -> AsyncIterator[Callers]:
    running = Callers()
    yield running
    running.end()


async def _all_settled(callers: Callers, kills: int) -> None:
    """Wait until no transaction is pending, while callers are killed so many times."""
    chance = random.Random(kills)
    async with asyncio.timeout(PATIENCE):
        while (
            await PaymentTransaction.filter(status=TransactionStatus.PENDING).exists()
            or callers.kills < kills
        ):
            if callers.kills < kills:
                await asyncio.sleep(chance.uniform(0.5, 2.5))
                callers.kill_one()
            await asyncio.sleep(0.1)


async def _each(desks: list[Desk], step: Callable[[Desk], Awaitable[Any]]) -> None:
    for start in range(0, len(desks), 4):
        await asyncio.gather(*(step(each) for each in desks[start : start + 4]))


def _is_authorized(order: dict[str, Any]) -> bool:
    return any(payment["status"] == "AUTHORIZED" for payment in order["payments"])


@pytest.mark.divided
@pytest.mark.timeout(PATIENCE * 4)
async def test_killed_callers_and_lost_answers_do_nothing_twice_and_leave_nothing_open(
    api: Api, local: LocalStripe, between: Unreliable, callers: Callers
):
    story = await Story.begin(api)
    secrets = [
        {"name": "secret_key", "value": KEY},
        {"name": "webhook_secret", "value": "whsec_of_the_tests"},
    ]
    given = {"code": "card", "name": "Cards", "kind": "STRIPE", "apiUrl": between.url, "secrets": secrets}
    made = await story.staff.do(SET, i=given)
    assert made["__typename"] == "PaymentGateway", made
    first = await desk_for(story)
    await story.sell("CUP", east=2 * ORDERS, price=1000)
    desks = [first, *[Desk(story, await story.buy(("CUP", 2))) for _ in range(ORDERS - 1)]]

    async def pay(desk: Desk) -> None:
        if not _is_authorized(await desk.seen()):
            await desk.pay(await local.card(GOOD))

    for _ in range(20):  # a confirmation that did not arrive is ruled out, and the buyer tries again
        await _each(desks, pay)
        await _all_settled(callers, KILLS // 3)
        if all([_is_authorized(await desk.seen()) for desk in desks]):
            break

    async def capture(desk: Desk) -> None:
        if not any(each["kind"] == "CAPTURE" for each in await _transactions(desk)):
            at = [payment["status"] for payment in await desk.payments()].index("AUTHORIZED")
            await desk.capture("25.00", at=at)

    async def refund(desk: Desk) -> None:
        await desk.refund("4.00")

    await _each(desks, capture)
    await _all_settled(callers, 2 * KILLS // 3)
    await _each(desks, refund)
    await _all_settled(callers, KILLS)
    print(
        f"{ORDERS} orders, {callers.kills} kills, {between.losses} losses, {between.repeats} repeated keys, "
        f"{dict(between.done)}"
    )
    for desk in desks:
        moved = [each for each in await _transactions(desk) if each["status"] == "SUCCEEDED"]
        amounts = [(each["kind"], each["amount"]["amount"]) for each in moved if each["kind"] != "VOID"]
        assert amounts == [("AUTHORIZE", "25.00"), ("CAPTURE", "25.00"), ("REFUND", "4.00")]
        await _is_so_at_stripe(desk, local)
    assert between.losses > ORDERS / 2 and callers.kills >= KILLS
    assert await payments.differences() == []
    await books_add_up()


async def _transactions(desk: Desk) -> list[dict[str, Any]]:
    return [each for payment in await desk.payments() for each in payment["transactions"]]


async def _is_so_at_stripe(desk: Desk, local: LocalStripe) -> None:
    """One payment of the order was captured, and one refund made; the others were cancelled."""
    captured, refunded = [], []
    for payment in await desk.payments():
        if payment["reference"] is None:
            continue
        intent = await local.do("GET", f"/v1/payment_intents/{payment['reference']}")
        if intent["status"] == "canceled":
            continue
        charge = intent["latest_charge"]
        captured.append(charge["amount"] if charge["captured"] else 0)
        refunded.append(charge["amount_refunded"])
    assert (captured, refunded) == ([2500], [400])
