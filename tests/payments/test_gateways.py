"""Payments by a gateway: authorized, captured, voided and refunded, also when answers are lost."""

import random
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from app.core import clock
from app.core.database import fetch
from app.payments import jobs
from app.payments import queries as payments
from app.payments.gateways.protocol import GatewayState, RefundState
from tests import make
from tests.amounts import usual
from tests.ask import PLACE, Api, order_input
from tests.journeys.life import CANCEL, Story, books_add_up
from tests.payments.desk import Desk
from tests.payments.scripted import SET, World, secrets

ORDERS = usual(8, full=50)


@pytest.fixture
def desk(card_desk: Desk) -> Desk:
    return card_desk


def later(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    now = clock.now() + by
    monkeypatch.setattr(clock, "now", lambda: now)


async def sound(desk: Desk) -> None:
    assert await payments.differences() == []
    await books_add_up()


async def reference(desk: Desk) -> str:
    return str((await desk.payments())[-1]["reference"])


def kinds(payment: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(each["kind"], each["status"], each["amount"]["amount"]) for each in payment["transactions"]]


async def test_a_card_is_authorized_captured_in_parts_and_refunded(desk: Desk, world: World):
    paid = await desk.pay("ok")
    assert paid["paymentStatus"] == "AUTHORIZED"
    assert paid["paymentAttempt"] == {
        "status": "SUCCEEDED", "amount": {"amount": "25.00"}, "gateway": "card", "clientAction": None, "problem": None,
    }  # fmt: skip
    part = await desk.capture("10.00")
    assert (part["status"], part["reference"], part["payment"]["status"]) == (
        "SUCCEEDED",
        "cap_1",
        "AUTHORIZED",
    )
    assert (await desk.capture())["amount"]["amount"] == "15.00"
    back = await desk.refund("5.00")
    assert (back["kind"], back["status"], back["reference"]) == ("REFUND", "SUCCEEDED", "ref_1")
    order = await desk.seen()
    assert (order["paymentStatus"], order["amountPaid"]["amount"]) == ("PARTIALLY_REFUNDED", "20.00")
    told = [name for name in await desk.story.events(desk.number) if name.startswith("payment")]
    assert told == ["payment_authorized", "payment_recorded", "payment_recorded", "payment_refunded"]
    await sound(desk)


async def test_a_void_releases_the_rest_at_the_gateway(desk: Desk, world: World):
    await desk.pay("ok")
    done = await desk.void()
    assert (done["kind"], done["status"], done["payment"]["status"]) == ("VOID", "SUCCEEDED", "VOIDED")
    assert world.done == {"authorize": 1, "void": 1}
    assert (await desk.seen())["paymentStatus"] == "VOIDED"
    await sound(desk)


async def test_p2_a_capture_that_the_gateway_made_by_itself_is_noted_and_not_refunded(
    desk: Desk, world: World
):
    await desk.pay("ok")
    world.capture(await reference(desk), 2500)
    captured = await desk.capture()
    assert (captured["status"], captured["amount"]["amount"]) == ("SUCCEEDED", "25.00")
    order = await desk.seen()
    assert (order["paymentStatus"], order["amountDue"]["amount"]) == ("PAID", "0.00")
    assert (world.done["capture"], world.done["refund"]) == (1, 0)
    await sound(desk)


async def test_p13_a_refund_whose_end_is_never_reported_is_found_by_the_job(
    desk: Desk, world: World, monkeypatch: pytest.MonkeyPatch
):
    await desk.pay("ok")
    await desk.capture()
    world.refunds_later = True
    asked = await desk.refund("5.00")
    assert (asked["status"], asked["reference"]) == ("PENDING", "ref_1")
    (payment,) = await desk.payments()
    assert (payment["refundedAmount"]["amount"], payment["refundable"]["amount"]) == ("0.00", "20.00")
    world.settle_refund(payment["reference"], "ref_1", RefundState.SUCCEEDED)
    assert await jobs.call_gateways() == 0  # it is not due yet
    later(monkeypatch, timedelta(seconds=11))
    assert await jobs.call_gateways() == 1
    (payment,) = await desk.payments()
    assert kinds(payment)[-1] == ("REFUND", "SUCCEEDED", "5.00")
    assert (await desk.seen())["amountRefunded"] == {"amount": "5.00"}
    await sound(desk)


async def test_p14_the_amount_of_a_refund_that_the_gateway_refuses_can_be_refunded_again(
    desk: Desk, world: World
):
    await desk.pay("ok")
    await desk.capture()
    world.refuses_refunds = True
    refused = await desk.refund("5.00")
    assert (refused["status"], refused["problem"]) == (
        "FAILED",
        {"code": "refund_refused", "message": "The account has no funds.", "canRetry": False},
    )
    assert (await desk.payments())[0]["refundable"] == {"amount": "25.00"}
    world.refuses_refunds = False
    assert (await desk.refund("25.00"))["status"] == "SUCCEEDED"
    await sound(desk)


async def test_p25_a_declined_card_is_followed_by_another_transaction_with_another_key(
    desk: Desk, world: World
):
    declined = await desk.pay("declined")
    assert declined["paymentAttempt"]["status"] == "FAILED"
    assert declined["paymentAttempt"]["problem"] == {"code": "card_declined", "canRetry": True}
    assert (await desk.pay("ok"))["paymentStatus"] == "AUTHORIZED"
    keys = [key for verb, key in world.calls if verb == "confirm"]
    assert len(set(keys)) == 2
    (payment,) = await desk.payments()
    assert kinds(payment) == [("AUTHORIZE", "FAILED", "25.00"), ("AUTHORIZE", "SUCCEEDED", "25.00")]
    await sound(desk)


async def test_p25_after_silence_a_capture_is_sent_again_with_the_same_key(
    desk: Desk, world: World, monkeypatch: pytest.MonkeyPatch
):
    await desk.pay("ok")
    world.silent = {"capture"}
    assert (await desk.capture())["status"] == "PENDING"
    refused = await desk.capture()
    assert refused["message"] == "A capture waits for the answer of the gateway."
    world.silent = set()
    later(monkeypatch, timedelta(seconds=11))
    await jobs.call_gateways()
    assert len({key for verb, key in world.calls if verb == "capture"}) == 1
    assert (await desk.seen())["paymentStatus"] == "PAID"
    await sound(desk)


async def test_an_authorization_is_not_sent_twice_after_silence(
    desk: Desk, world: World, monkeypatch: pytest.MonkeyPatch
):
    world.lost = ["confirm"]
    waits = await desk.pay("ok")
    assert (waits["paymentAttempt"]["status"], waits["paymentAttempt"]["problem"]["code"]) == (
        "PENDING",
        "no_answer",
    )
    later(monkeypatch, timedelta(seconds=11))
    await jobs.call_gateways()
    assert (await desk.seen())["paymentStatus"] == "AUTHORIZED"
    assert [verb for verb, _ in world.calls].count("confirm") == 1
    await sound(desk)


async def test_an_authorization_that_never_arrived_is_ruled_out_before_the_buyer_may_try_again(
    desk: Desk, world: World, monkeypatch: pytest.MonkeyPatch
):
    world.silent = {"confirm"}
    await desk.pay("ok")
    world.silent = set()
    later(monkeypatch, timedelta(seconds=11))
    await jobs.call_gateways()
    assert (await desk.payments())[0]["status"] == "PENDING"
    later(monkeypatch, timedelta(seconds=70))
    await jobs.call_gateways()
    assert kinds((await desk.payments())[0]) == [("AUTHORIZE", "FAILED", "25.00")]
    assert world.done == {"void": 1}
    assert (await desk.pay("ok"))["paymentStatus"] == "AUTHORIZED"
    assert [each["status"] for each in await desk.payments()] == ["VOIDED", "AUTHORIZED"]
    await sound(desk)


@pytest.mark.parametrize("verb", ["prepare", "confirm", "capture", "void", "refund"])
async def test_a_lost_answer_leads_to_the_same_end(
    desk: Desk, world: World, monkeypatch: pytest.MonkeyPatch, verb: str
):
    world.lost = [verb]
    await desk.pay("ok")
    later(monkeypatch, timedelta(seconds=11))
    await jobs.call_gateways()
    await (desk.void() if verb == "void" else desk.capture("10.00"))
    later(monkeypatch, timedelta(seconds=11))
    await jobs.call_gateways()
    if verb != "void":
        await desk.refund("10.00")
        later(monkeypatch, timedelta(seconds=11))
        await jobs.call_gateways()
    assert max(world.done.values()) == 1
    rows = await fetch("SELECT COUNT(*) AS n FROM payment_transaction WHERE status <> 'succeeded'")
    assert rows[0]["n"] == 0
    await sound(desk)


async def test_p29_a_payment_that_waits_for_the_buyer_is_not_captured_and_says_so(desk: Desk, world: World):
    waits = await desk.pay("3ds")
    assert waits["paymentAttempt"]["clientAction"] == {
        "kind": "SDK",
        "url": None,
        "token": "secret-of-the-buyer",
    }
    refused = await desk.capture()
    assert refused["message"] == (
        "The payment waits for the buyer, who has to continue it (clientAction). Nothing is authorized yet."
    )
    steps = {step["step"]: step for step in (await desk.payments())[0]["nextSteps"]}
    assert (steps["CAPTURE"]["isPossible"], steps["CAPTURE"]["reasonCode"]) == (False, "NOT_READY")
    again = await desk.pay("ok")
    assert again["message"] == (
        "Payment 1 waits for the buyer. Continue it (paymentContinue) or cancel it (paymentCancel)."
    )
    world.authorize(await reference(desk))
    assert (await desk.pay())["paymentStatus"] == "AUTHORIZED"
    assert (await desk.payments())[0]["clientAction"] is None
    await sound(desk)


async def test_a_payment_that_waits_for_the_buyer_can_be_cancelled(desk: Desk, world: World):
    await desk.pay(returnUrl="https://shop.example/back")
    (payment,) = await desk.payments()
    assert (payment["status"], payment["clientAction"]["url"]) == ("PENDING", "https://pay.example/1")
    done = await desk.void()
    assert (done["kind"], done["status"], done["problem"]["code"]) == ("AUTHORIZE", "FAILED", "cancelled")
    assert (await desk.payments())[0]["status"] == "VOIDED"
    await sound(desk)


async def test_p26_a_refund_made_at_the_gateway_is_recorded_once(desk: Desk, world: World):
    await desk.pay("ok")
    await desk.capture()
    world.refund(await reference(desk), 700)
    for _ in range(2):
        assert (await desk.sync())["status"] == "CAPTURED"
    (payment,) = await desk.payments()
    assert kinds(payment)[-1] == ("REFUND", "SUCCEEDED", "7.00")
    assert len(payment["transactions"]) == 3
    await sound(desk)


async def test_p12_a_refund_that_the_bank_sends_back_is_due_again(desk: Desk, world: World):
    await desk.pay("ok")
    await desk.capture()
    await desk.refund("25.00")
    world.settle_refund(await reference(desk), "ref_1", RefundState.FAILED, "account_closed")
    await desk.sync()
    order = await desk.seen()
    assert kinds(order["payments"][0])[-1] == ("REFUND", "REVERSED", "25.00")
    assert order["payments"][0]["refundable"] == {"amount": "25.00"}
    assert (order["amountPaid"]["amount"], order["amountDue"]["amount"]) == ("25.00", "-25.00")
    assert (await desk.story.events(desk.number))[-1] == "payment_refund_reversed"
    await sound(desk)


async def test_p6_money_that_arrives_for_a_cancelled_order_goes_back(desk: Desk, world: World):
    await desk.pay("slow")
    order = await desk.seen()
    world.silent = {"void"}  # the gateway authorizes before it hears of the cancellation
    await desk.story.staff.do(CANCEL, input={"id": order["id"], "reason": "CUSTOMER"})
    world.captures_itself, world.silent = True, set()
    world.authorize(await reference(desk))
    await desk.sync()
    await jobs.call_gateways()
    order = await desk.seen()
    assert (order["status"], order["paymentStatus"], order["amountPaid"]["amount"]) == (
        "CANCELLED",
        "REFUNDED",
        "0.00",
    )
    assert world.done == {"authorize": 1, "capture": 1, "refund": 1}
    assert "payment_refunded" in await desk.story.events(desk.number)
    await sound(desk)


async def test_p6_the_authorization_of_a_cancelled_order_is_voided(desk: Desk, world: World):
    await desk.pay("ok")
    order = await desk.seen()
    await desk.story.staff.do(CANCEL, input={"id": order["id"], "reason": "CUSTOMER"})
    await jobs.call_gateways()
    assert (await desk.payments())[0]["status"] == "VOIDED"
    assert world.done == {"authorize": 1, "void": 1}
    await sound(desk)


async def test_p8_a_first_payment_that_expires_does_not_touch_the_order_or_the_second(
    desk: Desk, world: World
):
    await desk.pay("declined")
    first = await reference(desk)
    world.change(first, "expired", state=GatewayState.CLOSED)
    await desk.sync()
    await desk.pay("ok")
    await desk.capture(at=1)
    world.message(first, "expired")
    await desk.sync(at=0)
    order = await desk.seen()
    assert (order["status"], order["paymentStatus"]) == ("CONFIRMED", "PAID")
    assert [each["status"] for each in order["payments"]] == ["VOIDED", "CAPTURED"]
    await sound(desk)


async def test_p15_an_authorization_that_was_made_anew_at_the_gateway_is_known_and_captured(
    desk: Desk, world: World
):
    await desk.pay("ok")
    known = await reference(desk)
    world.change(known, "expired", state=GatewayState.CLOSED, authorized_minor=0)
    await desk.sync()
    assert (await desk.seen())["paymentStatus"] == "VOIDED"
    world.authorize(known, "authorized anew")
    await desk.sync()
    assert (await desk.capture())["status"] == "SUCCEEDED"
    assert kinds((await desk.payments())[0]) == [
        ("AUTHORIZE", "SUCCEEDED", "25.00"), ("VOID", "SUCCEEDED", "25.00"), ("AUTHORIZE", "SUCCEEDED", "25.00"),
        ("CAPTURE", "SUCCEEDED", "25.00"),
    ]  # fmt: skip
    await sound(desk)


async def test_after_a_week_without_an_answer_the_order_is_held_until_there_is_one(
    desk: Desk, world: World, monkeypatch: pytest.MonkeyPatch
):
    await desk.pay("ok")
    world.silent = {"capture", "look"}
    await desk.capture()
    for by in (timedelta(seconds=11), timedelta(minutes=2), timedelta(days=7), timedelta(hours=2)):
        later(monkeypatch, by)
        await jobs.call_gateways()
    order = await desk.seen()
    assert order["isOnHold"] and order["payments"][0]["transactions"][-1]["status"] == "PENDING"
    world.silent = set()
    assert (await desk.sync())["status"] == "CAPTURED"
    assert not (await desk.seen())["isOnHold"]
    assert world.done["capture"] == 1
    await sound(desk)


async def test_a_gateway_that_does_not_answer_is_named_by_a_typed_error(desk: Desk, world: World):
    await desk.pay("ok")
    world.silent = {"look"}
    refused = await desk.sync()
    assert (refused["__typename"], refused["path"]) == ("GatewayUnavailable", ["paymentId"])
    assert (await desk.payments())[0]["status"] == "AUTHORIZED"


EDIT = "mutation($i: OrderEditInput!) { orderEdit(input: $i) { __typename } }"


async def edit(desk: Desk, quantity: int) -> None:
    order = await desk.story.order(desk.number)
    line = order["lines"]["nodes"][0]["id"]
    await desk.story.staff.do(EDIT, i={"id": order["id"], "lines": [{"lineId": line, "quantity": quantity}]})


@pytest.mark.parametrize("lost", [[], ["increase"]])
async def test_p19_what_an_edit_adds_raises_an_authorization_that_permits_it(
    desk: Desk, world: World, monkeypatch: pytest.MonkeyPatch, lost: list[str]
):
    world.can_increase, world.lost = True, lost
    await desk.pay("ok")
    await edit(desk, 3)
    await desk.pay()
    later(monkeypatch, timedelta(seconds=11))
    await jobs.call_gateways()
    (payment,) = await desk.payments()
    assert (payment["authorizedAmount"]["amount"], (await desk.seen())["paymentStatus"]) == (
        "35.00",
        "AUTHORIZED",
    )
    assert (await desk.capture())["amount"]["amount"] == "35.00"
    await sound(desk)


async def test_p19_what_an_edit_adds_is_asked_for_apart_where_the_authorization_cannot_be_raised(
    desk: Desk, world: World
):
    await desk.pay("ok")
    await edit(desk, 3)
    await desk.pay("ok")
    assert [each["authorizedAmount"]["amount"] for each in await desk.payments()] == ["25.00", "10.00"]
    await sound(desk)


@pytest.mark.divided
async def test_whatever_answers_are_lost_nothing_is_done_twice_and_nothing_stays_open(
    desk: Desk, world: World, monkeypatch: pytest.MonkeyPatch
):
    chance = random.Random(11)
    for _ in range(ORDERS):
        one = Desk(desk.story, await desk.story.buy(("MUG", 2)))
        before = world.done.copy()
        for step in (
            partial(one.pay, "ok"),
            partial(one.capture, "10.00"),
            partial(one.refund, "4.00"),
            one.void,
        ):
            world.lost = chance.sample(
                ["prepare", "confirm", "capture", "refund", "void"], chance.randint(0, 5)
            )
            await step()
            for by in (timedelta(seconds=11), timedelta(seconds=61)):
                later(monkeypatch, by)
                await jobs.call_gateways()
        done = {verb: world.done[verb] - before[verb] for verb in ("authorize", "capture", "refund", "void")}
        assert done == {"authorize": 1, "capture": 1, "refund": 1, "void": 1}
        (payment,) = await one.payments()
        assert [status for _, status, _ in kinds(payment)] == ["SUCCEEDED"] * 4
    await sound(desk)


@pytest.mark.parametrize(
    ("currency", "price", "total"), [("JPY", 2500, "5500"), ("KWD", 2500, "5.500")]
)  # with 500 minor units of shipping
async def test_p24_an_order_in_yen_or_dinars_has_the_gateways_amounts_in_its_own_decimals(
    api: Api, world: World, currency: str, price: int, total: str
):
    shop = await make.shop(currency=currency, confirms_at_once=True)
    await shop.sell("CUP", stock=9, price=price)
    staff = api.as_(await make.token())
    await staff.do(SET, i={"code": "card", "name": "Cards", "kind": "STRIPE", "secrets": secrets()})
    placed = await staff.do(PLACE, input=order_input(("CUP", 2)))
    desk = Desk(Story(staff, shop, shop.location, shop.location), placed["number"], currency)
    paid = await desk.pay("ok")
    amount = paid["paymentAttempt"]["amount"]["amount"]
    (standing,) = world.intents.values()
    assert (standing.currency, standing.amount_minor) == (currency, int(amount.replace(".", "")))
    await desk.capture()
    assert (await desk.refund(amount))["amount"] == {"amount": amount, "currency": currency}
    assert (await desk.seen())["paymentStatus"] == "REFUNDED"
    await sound(desk)
    assert amount == total


async def test_an_expired_authorization_is_voided_at_the_gateway_and_the_order_held(
    desk: Desk, world: World, monkeypatch: pytest.MonkeyPatch
):
    world.capture_before = clock.now() + timedelta(days=7)
    await desk.pay("ok")
    assert (await desk.payments())[0]["captureBefore"] is not None
    later(monkeypatch, timedelta(days=7, seconds=1))
    for _ in range(2):
        await jobs.end_expired_authorizations()
    await jobs.call_gateways()
    order = await desk.seen()
    assert (order["paymentStatus"], order["isOnHold"]) == ("VOIDED", True)
    assert kinds(order["payments"][0]) == [
        ("AUTHORIZE", "SUCCEEDED", "25.00"),
        ("VOID", "SUCCEEDED", "25.00"),
    ]
    assert world.done == {"authorize": 1, "void": 1}
    world.capture_before = clock.now() + timedelta(days=7)
    await desk.pay("ok")
    assert not (await desk.seen())["isOnHold"]
    await sound(desk)


async def test_a_wrong_access_token_is_refused_with_the_order(desk: Desk, world: World):
    refused = await desk.pay("ok", accessToken="wrong")
    assert (refused["__typename"], refused["path"]) == ("NotFound", ["input", "orderId"])
    assert await desk.payments() == []
