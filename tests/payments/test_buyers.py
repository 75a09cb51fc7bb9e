"""What a guest sees and does of the payment of an order: options, leaving, cancelling, and live updates."""

import asyncio
from contextlib import aclosing
from typing import Any

import pytest

from app.access import service as access
from app.access.service import PUBLIC
from app.core.graphql.context import Context
from app.payments import jobs
from app.payments import queries as payments
from app.payments.gateways.protocol import ActionKind, ClientAction, Declined, GatewayState
from app.schema import schema
from app.settings import settings
from tests import make
from tests.ask import PLACE, Api, order_input
from tests.database import feed_has_read_all
from tests.journeys.life import CANCEL, books_add_up
from tests.payments.desk import Desk
from tests.payments.scripted import SET, World

_ATTEMPT = """{ __typename
  ... on Order { status paymentStatus paymentAttempt { status gateway clientAction { kind url } problem { code canRetry } } }
  ... on UserError { errorCode message path } } }"""
CONTINUE = f"mutation($i: PaymentContinueInput!) {{ paymentContinue(input: $i) {_ATTEMPT}"
STOP = f"mutation($i: PaymentCancelInput!) {{ paymentCancel(input: $i) {_ATTEMPT}"
OPTIONS = '{ channel(code: "web") { paymentOptions { gateway name kind } } }'
BACK = "https://shop.example/back"


class Guest:
    """The buyer of an order, without an account."""

    def __init__(self, api: Api, order: dict[str, Any]) -> None:
        self.api, self.tracking = api, order["trackingToken"]
        self.proof = {"orderId": order["id"], "accessToken": order["accessToken"]}

    async def pay(self, token: str | None = None, **more: Any) -> dict[str, Any]:
        given = {**self.proof, "gateway": "card", "token": token, "returnUrl": BACK} | more
        return await self.api.do(CONTINUE, i=given)

    async def back(self) -> dict[str, Any]:
        return await self.api.do(CONTINUE, i={**self.proof, "beginNew": False})

    async def stop(self, **more: Any) -> dict[str, Any]:
        return await self.api.do(STOP, i=self.proof | more)


@pytest.fixture
async def guest(api: Api, card_desk: Desk) -> Guest:
    seen = "query($n: String!) { order(number: $n) { id accessToken trackingToken } }"
    order = (await card_desk.story.staff.ask(seen, n=card_desk.number))["order"]
    return Guest(api.as_(None), order)


async def reference(desk: Desk) -> str:
    return str((await desk.payments())[-1]["reference"])


async def sound() -> None:
    assert await payments.differences() == []
    await books_add_up()


async def test_a_guest_sees_the_gateways_that_take_new_payments(guest: Guest, card_desk: Desk):
    seen = (await guest.api.ask(OPTIONS))["channel"]["paymentOptions"]
    assert seen == [{"gateway": "card", "name": "Cards", "kind": "STRIPE"}]
    await card_desk.story.staff.do(SET, i={"code": "card", "isActive": False})
    assert (await guest.api.ask(OPTIONS))["channel"]["paymentOptions"] == []


async def test_a_guest_who_left_the_page_continues_on_the_same_page(
    guest: Guest, card_desk: Desk, world: World
):
    await guest.pay()
    for _ in range(2):
        left = await guest.back()
        assert left["paymentAttempt"]["status"] == "PENDING"
        assert left["paymentAttempt"]["clientAction"] == {"kind": "REDIRECT", "url": "https://pay.example/1"}
    world.authorize(await reference(card_desk))
    assert (await guest.back())["paymentStatus"] == "AUTHORIZED"
    assert (await guest.back())["paymentStatus"] == "AUTHORIZED"
    assert (world.done["authorize"], len(await card_desk.payments())) == (1, 1)
    await sound()


async def test_the_page_is_kept_if_the_gateway_states_it_only_once(
    guest: Guest, card_desk: Desk, world: World
):
    await guest.pay()
    world.change(await reference(card_desk), "opened", action=None)
    assert (await guest.back())["paymentAttempt"]["clientAction"]["url"] == "https://pay.example/1"


async def test_being_back_begins_no_payment(guest: Guest, card_desk: Desk, world: World):
    assert (await guest.back())["paymentAttempt"] is None
    await guest.pay("declined")
    assert (await guest.back())["paymentAttempt"]["status"] == "FAILED"
    assert [verb for verb, _ in world.calls].count("prepare") == 1
    refused = await guest.pay("ok", beginNew=False)
    assert (refused["errorCode"], refused["path"]) == ("INVALID", ["input", "beginNew"])


async def test_a_try_that_fails_on_the_page_is_told_and_can_be_repeated_there(
    guest: Guest, card_desk: Desk, world: World
):
    await guest.pay()
    page = ClientAction(ActionKind.REDIRECT, url="https://pay.example/1")
    why = Declined("card_declined", "No.", True)
    own = await reference(card_desk)
    world.change(own, "declined", state=GatewayState.ACTION, action=page, declined=why)
    tried = (await guest.back())["paymentAttempt"]
    assert (tried["status"], tried["problem"]) == ("PENDING", {"code": "card_declined", "canRetry": True})
    assert tried["clientAction"]["url"] == "https://pay.example/1"
    world.change(own, "processing", state=GatewayState.PROCESSING, action=None, declined=None)
    assert (await guest.back())["paymentAttempt"]["problem"] is None
    world.authorize(own)
    paid = await guest.back()
    assert (paid["paymentStatus"], paid["paymentAttempt"]["problem"]) == ("AUTHORIZED", None)
    await sound()


async def test_after_a_declined_token_the_buyer_can_pay_on_a_page(
    guest: Guest, card_desk: Desk, world: World
):
    await guest.pay("declined")
    page = await guest.pay()
    assert page["paymentAttempt"]["clientAction"]["kind"] == "REDIRECT"
    world.authorize(await reference(card_desk))
    assert (await guest.back())["paymentStatus"] == "AUTHORIZED"
    await sound()


async def test_a_guest_cancels_a_waiting_payment_and_pays_in_another_way(
    guest: Guest, card_desk: Desk, world: World
):
    await guest.pay()
    assert "paymentCancel" in (await guest.pay("ok"))["message"]
    ended = (await guest.stop())["paymentAttempt"]
    assert (ended["status"], ended["problem"]) == ("FAILED", {"code": "cancelled", "canRetry": True})
    assert (await guest.stop())["paymentAttempt"]["status"] == "FAILED"
    assert (await guest.pay("ok"))["paymentStatus"] == "AUTHORIZED"
    assert (await guest.stop())["paymentStatus"] == "AUTHORIZED"
    assert world.done == {"void": 1, "authorize": 1}
    await sound()


async def test_what_is_authorized_although_it_was_cancelled_is_voided(
    guest: Guest, card_desk: Desk, world: World
):
    await guest.pay()
    world.silent = {"void"}
    assert (await guest.stop())["paymentAttempt"]["status"] == "PENDING"
    world.silent = set()
    world.authorize(await reference(card_desk))
    await card_desk.sync()
    await jobs.call_gateways()
    assert [each["status"] for each in await card_desk.payments()] == ["VOIDED"]
    assert world.done == {"authorize": 1, "void": 1}
    assert (await guest.pay("ok"))["paymentStatus"] == "AUTHORIZED"
    await sound()


async def test_two_tabs_that_cancel_and_pay_at_once_leave_one_payment(
    guest: Guest, card_desk: Desk, world: World
):
    await guest.pay()
    world.pause = 0.01
    await asyncio.gather(guest.stop(), guest.back(), guest.stop(), guest.pay("ok"))
    await guest.pay("ok")
    order = await card_desk.seen()
    assert order["amountAuthorized"] == {"amount": "25.00"}
    assert world.done["authorize"] == 1
    await sound()


async def test_a_payment_is_cancelled_only_with_the_access_token_of_its_order(
    guest: Guest, card_desk: Desk, world: World
):
    await guest.pay()
    refused = await guest.stop(accessToken="wrong")
    assert (refused["errorCode"], refused["path"]) == ("NOT_FOUND", ["input", "orderId"])
    assert (await guest.back())["paymentAttempt"]["status"] == "PENDING"


async def test_customers_pay_and_cancel_only_their_own_orders_without_an_access_token(
    api: Api, card_desk: Desk, world: World
):
    ada, eve = api.as_(await make.account()), api.as_(await make.account("eve@example.com"))
    placed = await ada.do(PLACE, input=order_input(("MUG", 1), payment={"gateway": "card"}))
    own = {"orderId": placed["id"]}
    paying = own | {"returnUrl": BACK}
    for operation in (CONTINUE, STOP):
        assert (await eve.do(operation, i=own))["errorCode"] == "NOT_FOUND"
    assert (await ada.do(CONTINUE, i=paying))["paymentAttempt"]["clientAction"]["kind"] == "REDIRECT"
    assert (await ada.do(STOP, i=own))["paymentAttempt"]["status"] == "FAILED"
    assert (await ada.do(CONTINUE, i=paying))["paymentAttempt"]["status"] == "PENDING"
    world.authorize(list(world.intents)[-1])
    assert (await ada.do(CONTINUE, i=own | {"beginNew": False}))["paymentStatus"] == "AUTHORIZED"
    refused = await api.as_(None).error(STOP, i=own)
    assert refused["extensions"]["code"] == "UNAUTHENTICATED"
    await sound()


async def test_cancelling_the_order_ends_the_payment_that_waits(guest: Guest, card_desk: Desk, world: World):
    await guest.pay()
    order = (await card_desk.seen())["id"]
    await card_desk.story.staff.do(CANCEL, input={"id": order, "reason": "CUSTOMER"})
    ended = await guest.back()
    assert (ended["status"], ended["paymentAttempt"]["status"]) == ("CANCELLED", "FAILED")
    assert (await guest.pay())["__typename"] == "AmountTooLarge"
    await sound()


async def test_the_tracking_stream_sends_an_update_without_an_event_when_a_payment_changes(
    guest: Guest, card_desk: Desk, world: World
):
    document = "subscription($t: String!) { orderTracking(token: $t) { event { name } tracking { status } } }"
    await feed_has_read_all()
    context = Context(actor=PUBLIC, settings=settings(), identify=access.identify)
    stream = await schema.subscribe(document, {"t": guest.tracking}, context_value=context)
    assert not hasattr(stream, "errors"), stream
    async with asyncio.timeout(20), aclosing(stream) as updates:
        await anext(updates)
        await guest.pay("declined")
        result = await anext(updates)
    assert result.data == {"orderTracking": {"event": None, "tracking": {"status": "CONFIRMED"}}}
