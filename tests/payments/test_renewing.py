"""Authorizations that expire are renewed without the buyer, or the order is held; an expired one ships nothing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.channels import service as channels
from app.core import clock
from app.core.actor import SYSTEM
from app.core.database import fetch
from app.payments import jobs
from app.payments import queries as payments
from tests.journeys.life import books_add_up
from tests.payments.desk import Desk
from tests.payments.scripted import World

HOLDS = "query($n: String!) { order(number: $n) { holds { kind rule reason releasedAt } } }"
HELD = "{ orders(filter: {holdKind: [PAYMENT]}) { nodes { number } } }"


@pytest.fixture
def desk(card_desk: Desk) -> Desk:
    return card_desk


def later(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    now = clock.now() + by
    monkeypatch.setattr(clock, "now", lambda: now)


async def holds(desk: Desk) -> list[dict[str, Any]]:
    found = (await desk.story.staff.ask(HOLDS, n=desk.number))["order"]["holds"]
    return [each for each in found if each["releasedAt"] is None]


async def sound(desk: Desk) -> None:
    assert await payments.differences() == []
    await books_add_up()


async def round_of_jobs() -> None:
    await jobs.end_expired_authorizations()
    for _ in range(3):
        await jobs.call_gateways()


async def test_p16_an_authorization_that_expires_tomorrow_is_renewed_and_the_old_one_is_voided(
    desk: Desk, world: World
):
    world.can_renew, world.capture_before = True, clock.now() + timedelta(hours=20)
    await desk.pay("ok")
    world.capture_before = clock.now() + timedelta(days=7)
    await round_of_jobs()
    old, new = await desk.payments()
    assert (old["status"], new["status"]) == ("VOIDED", "AUTHORIZED")
    assert new["authorizedAmount"]["amount"] == "25.00"
    assert await holds(desk) == []
    assert world.done == {"authorize": 2, "void": 1}
    await round_of_jobs()
    assert world.done == {"authorize": 2, "void": 1}  # once
    assert (await desk.capture(at=1))["amount"]["amount"] == "25.00"
    assert (await desk.seen())["paymentStatus"] == "PAID"
    await sound(desk)


async def test_p16_a_part_that_was_captured_is_not_authorized_again(desk: Desk, world: World):
    world.can_renew, world.capture_before = True, clock.now() + timedelta(hours=20)
    await desk.pay("ok")
    await desk.capture("10.00")
    await round_of_jobs()
    old, new = await desk.payments()
    assert (old["status"], old["capturedAmount"]["amount"]) == ("CAPTURED", "10.00")
    assert new["authorizedAmount"]["amount"] == "15.00"
    await sound(desk)


@pytest.mark.parametrize("fails", [False, True])
async def test_an_authorization_that_is_renewed_during_a_capture_is_ended_if_the_capture_succeeds(
    desk: Desk, world: World, fails: bool
):
    world.can_renew, world.capture_before = True, clock.now() + timedelta(hours=20)
    await desk.pay("ok")
    world.silent.add("capture")
    await desk.capture("10.00")
    world.capture_before = clock.now() + timedelta(days=7)
    await round_of_jobs()
    old, new = await desk.payments()
    assert (old["authorizedAmount"]["amount"], new["authorizedAmount"]["amount"]) == ("25.00", "15.00")
    world.silent.clear()
    world.refuses_captures = fails
    await desk.sync()
    await round_of_jobs()
    old, new = await desk.payments()
    assert new["authorizedAmount"]["amount"] == "15.00"
    if fails:  # the old authorization is needed: the new one is for less than is due
        assert (old["authorizedAmount"]["amount"], old["capturedAmount"]["amount"]) == ("25.00", "0.00")
    else:
        assert (old["authorizedAmount"]["amount"], old["capturedAmount"]["amount"]) == ("10.00", "10.00")
        assert (await desk.seen())["amountAuthorized"]["amount"] == "15.00"
    await sound(desk)


@pytest.mark.parametrize("why", ["no renewal", "declined", "the buyer has to act"])
async def test_p16_without_renewal_the_order_is_held_with_the_date_of_the_channel(
    desk: Desk, world: World, why: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(clock, "now", lambda: datetime(2031, 3, 1, 12, 0, tzinfo=UTC))
    await channels.update(SYSTEM, desk.story.shop.channel.id, {"time_zone": "Asia/Tokyo"})
    world.can_renew, world.capture_before = why != "no renewal", clock.now() + timedelta(hours=20)
    world.renewals = {"declined": "declined", "the buyer has to act": "3ds"}.get(why, "ok")
    await desk.pay("ok")
    await round_of_jobs()
    await round_of_jobs()
    (hold,) = await holds(desk)
    assert (hold["kind"], hold["rule"]) == ("PAYMENT", "authorization_expiring")
    assert "expires on 2031-03-02 17:00 (Asia/Tokyo)" in hold["reason"]
    listed = await desk.story.staff.ask(HELD)
    assert [each["number"] for each in listed["orders"]["nodes"]] == [desk.number]
    assert (await desk.payments())[0]["status"] == "AUTHORIZED"  # it can still be captured
    await desk.capture()
    assert await holds(desk) == []
    await sound(desk)


async def test_a_renewal_that_the_buyer_completes_replaces_the_old_authorization(desk: Desk, world: World):
    world.can_renew, world.capture_before = True, clock.now() + timedelta(hours=20)
    world.renewals = "3ds"
    await desk.pay("ok")
    await round_of_jobs()
    assert [each["rule"] for each in await holds(desk)] == ["authorization_expiring"]
    world.capture_before = clock.now() + timedelta(days=7)
    world.authorize((await desk.payments())[1]["reference"])
    await desk.pay()
    assert [each["status"] for each in await desk.payments()] == ["VOIDED", "AUTHORIZED"]
    assert await holds(desk) == []
    await sound(desk)


async def test_a_renewal_whose_answer_is_lost_is_made_once(
    desk: Desk, world: World, monkeypatch: pytest.MonkeyPatch
):
    world.can_renew, world.capture_before = True, clock.now() + timedelta(hours=20)
    await desk.pay("ok")
    world.lost = ["confirm"]
    await round_of_jobs()
    later(monkeypatch, timedelta(minutes=2))
    await round_of_jobs()
    assert [each["status"] for each in await desk.payments()] == ["VOIDED", "AUTHORIZED"]
    assert world.done == {"authorize": 2, "void": 1}
    await sound(desk)


async def test_p17_nothing_is_shipped_after_the_expiry_also_before_the_gateway_has_answered(
    desk: Desk, world: World, monkeypatch: pytest.MonkeyPatch
):
    world.capture_before = clock.now() + timedelta(hours=20)
    await desk.pay("ok")
    (work,) = await desk.story.work(desk.number)
    for step in (desk.story.release, desk.story.pick, desk.story.pack):
        assert (await step(work["id"]))["__typename"] == "FulfillmentOrder"
    later(monkeypatch, timedelta(hours=21))
    world.silent.add("void")
    await round_of_jobs()
    assert [each["rule"] for each in await holds(desk)] == ["authorization_expired"]
    assert (await desk.story.ship(work["id"]))["__typename"] == "NotReleasable"
    world.silent.clear()
    world.capture_before = clock.now() + timedelta(days=7)
    later(monkeypatch, timedelta(minutes=1))
    await round_of_jobs()
    assert [each["rule"] for each in await holds(desk)] == ["authorization_expired"]
    assert (await desk.pay("ok"))["paymentStatus"] == "AUTHORIZED"
    assert await holds(desk) == []
    assert (await desk.story.ship(work["id"]))["status"] == "SHIPPED"
    await sound(desk)


async def test_an_expired_authorization_does_not_keep_the_buyer_from_paying_again(
    desk: Desk, world: World, monkeypatch: pytest.MonkeyPatch
):
    world.capture_before = clock.now() + timedelta(hours=20)
    await desk.pay("ok")
    later(monkeypatch, timedelta(hours=21))
    world.silent.add("void")
    await round_of_jobs()
    world.capture_before = clock.now() + timedelta(days=7)
    await desk.pay("ok")
    assert [each["status"] for each in await desk.payments()] == ["AUTHORIZED", "AUTHORIZED"]
    assert await holds(desk) == []
    world.silent.clear()
    later(monkeypatch, timedelta(minutes=2))
    await round_of_jobs()
    assert [each["status"] for each in await desk.payments()] == ["VOIDED", "AUTHORIZED"]
    assert await holds(desk) == []
    await sound(desk)


async def test_an_authorization_that_the_gateway_extends_ends_the_warning(
    desk: Desk, world: World, monkeypatch: pytest.MonkeyPatch
):
    world.capture_before = clock.now() + timedelta(hours=20)
    await desk.pay("ok")
    await round_of_jobs()
    assert len(await holds(desk)) == 1
    world.change(
        (await desk.payments())[0]["reference"], "extended", capture_before=clock.now() + timedelta(days=3)
    )
    await desk.sync()
    assert await holds(desk) == []
    later(monkeypatch, timedelta(days=2, hours=12))
    await round_of_jobs()
    assert [each["rule"] for each in await holds(desk)] == ["authorization_expiring"]
    await sound(desk)


async def test_the_hold_names_its_payment(desk: Desk, world: World):
    world.capture_before = clock.now() + timedelta(hours=20)
    await desk.pay("ok")
    await round_of_jobs()
    (row,) = await fetch("SELECT h.payment_id, p.id FROM order_hold h JOIN payment p ON p.id = h.payment_id")
    assert row["payment_id"] == row["id"]


async def test_the_buyer_is_told_of_a_missing_payment_and_not_of_what_only_staff_can_do(
    desk: Desk, world: World, monkeypatch: pytest.MonkeyPatch
):
    world.capture_before = clock.now() + timedelta(hours=20)
    await desk.pay("ok")
    await round_of_jobs()
    assert [each["rule"] for each in await holds(desk)] == ["authorization_expiring"]
    kinds = "query($n: String!) { order(number: $n) { messages { kind } } }"
    told = (await desk.story.staff.ask(kinds, n=desk.number))["order"]["messages"]
    assert [each["kind"] for each in told] == ["ORDER_PLACED"]
    later(monkeypatch, timedelta(hours=21))
    await round_of_jobs()
    told = (await desk.story.staff.ask(kinds, n=desk.number))["order"]["messages"]
    assert sorted(each["kind"] for each in told) == ["ORDER_HELD", "ORDER_PLACED"]
