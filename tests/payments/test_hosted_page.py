"""Payments on Stripe's page, against getpaid-simulator: its pages, its states, and its signed messages."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.payments import queries as payments
from tests.ask import Api
from tests.getpaid import simulator
from tests.getpaid.simulator import SECRETS, Simulator
from tests.journeys.life import CANCEL, Story, books_add_up
from tests.listening import listening
from tests.payments.desk import Desk, desk_for
from tests.payments.scripted import SET

BACK = "https://shop.example/back"


class Inbox:
    """The address to which the simulator sends its messages; what arrives is kept, and handed to the desk of a test."""

    def __init__(self) -> None:
        self.api: Api | None = None
        self.answers: list[tuple[int, Any]] = []
        self.messages: list[tuple[bytes, dict[str, str]]] = []

    async def take(self, request: Request) -> Response:
        assert self.api is not None
        message = await request.body(), {"stripe-signature": request.headers["stripe-signature"]}
        self.messages.append(message)
        return Response(status_code=await self.deliver(*message))

    async def deliver(self, body: bytes, headers: dict[str, str]) -> int:
        assert self.api is not None
        answer = await self.api.client.post("/gateways/card/events", content=body, headers=headers)
        self.answers.append((answer.status_code, answer.json()))
        return answer.status_code


@pytest.fixture(scope="module")
async def inbox() -> Inbox:
    return Inbox()


@pytest.fixture(scope="module")
async def pages(inbox: Inbox, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Simulator]:
    app = Starlette(routes=[Route("/hook", inbox.take, methods=["POST"])])
    async with (
        listening(app) as url,
        simulator.running(tmp_path_factory.mktemp("simulator"), f"{url}/hook") as running,
    ):
        yield running


@pytest.fixture
async def desk(api: Api, pages: Simulator, inbox: Inbox) -> Desk:
    story = await Story.begin(api)
    inbox.api = story.staff
    inbox.answers.clear()
    inbox.messages.clear()
    given = {"code": "card", "name": "Cards", "kind": "STRIPE", "apiUrl": pages.url, "secrets": SECRETS}
    made = await story.staff.do(SET, i=given)
    assert made["__typename"] == "PaymentGateway", made
    return await desk_for(story)


async def opened(desk: Desk) -> str:
    """The address of the page for the order."""
    asked = (await desk.pay(returnUrl=BACK))["paymentAttempt"]
    assert (asked["status"], asked["clientAction"]["kind"]) == ("PENDING", "REDIRECT")
    return str(asked["clientAction"]["url"])


async def sound() -> None:
    assert await payments.differences() == []
    await books_add_up()


async def until(desk: Desk, status: str) -> dict[str, Any]:
    async with asyncio.timeout(20):
        while (order := await desk.seen())["paymentStatus"] != status:
            await asyncio.sleep(0.05)
    return order


async def test_a_payment_on_the_page_is_recorded_by_its_signed_messages_and_captured_once(
    desk: Desk, pages: Simulator, inbox: Inbox
):
    page = await opened(desk)
    assert await pages.press(page, "pay") == BACK
    await until(desk, "AUTHORIZED")
    assert {status for status, _ in inbox.answers} == {200}
    assert (await desk.capture())["status"] == "SUCCEEDED"
    assert "NOT_POSSIBLE" not in str(await desk.pay())
    for message in list(inbox.messages):
        await inbox.deliver(*message)
    order = await desk.seen()
    assert (order["paymentStatus"], order["amountPaid"]["amount"]) == ("PAID", "25.00")
    (payment,) = order["payments"]
    assert [(each["kind"], each["status"]) for each in payment["transactions"]] == [
        ("AUTHORIZE", "SUCCEEDED"),
        ("CAPTURE", "SUCCEEDED"),
    ]
    intent = await pages.intent(page)
    assert (intent["status"], intent["amount_received"]) == ("succeeded", 2500)
    await sound()


async def test_a_message_with_another_signature_is_refused(desk: Desk, pages: Simulator, inbox: Inbox):
    page = await opened(desk)
    await pages.press(page, "pay")
    body, headers = inbox.messages[0]
    forged = {"stripe-signature": headers["stripe-signature"][:-1] + "x"}
    assert await inbox.deliver(body, forged) == 401


async def test_a_buyer_who_left_the_page_or_was_declined_pays_on_the_same_page(
    desk: Desk, pages: Simulator, inbox: Inbox
):
    page = await opened(desk)
    for button in ("abandon", "decline"):
        assert await pages.press(page, button) == BACK
        waits = (await desk.pay(beginNew=False))["paymentAttempt"]
        assert (waits["status"], waits["clientAction"]["url"]) == ("PENDING", page)
    await pages.press(page, "pay")
    assert (await desk.pay(beginNew=False))["paymentStatus"] == "AUTHORIZED"
    assert len(await desk.payments()) == 1
    await sound()


async def test_a_payment_that_the_bank_decides_later_waits_until_it_has(
    desk: Desk, pages: Simulator, inbox: Inbox
):
    page = await opened(desk)
    await pages.press(page, "pay_delayed")
    waits = (await desk.pay(beginNew=False))["paymentAttempt"]
    assert (waits["status"], waits["clientAction"]) == ("PENDING", None)
    await pages.operate(page, "settle_delayed")
    assert (await until(desk, "PAID"))["amountPaid"]["amount"] == "25.00"
    await sound()


async def test_a_page_that_expires_leaves_a_failed_attempt_and_another_page_can_be_opened(
    desk: Desk, pages: Simulator, inbox: Inbox
):
    page = await opened(desk)
    await pages.operate(page, "expire_session")
    ended = (await desk.pay(beginNew=False))["paymentAttempt"]
    assert (ended["status"], ended["problem"]) == ("FAILED", {"code": "expired", "canRetry": True})
    assert await opened(desk) != page
    await sound()


async def test_p6_cancelling_the_order_closes_the_page_or_voids_what_was_authorized(
    desk: Desk, pages: Simulator, inbox: Inbox
):
    page = await opened(desk)
    order = (await desk.seen())["id"]
    await pages.press(page, "pay")
    await desk.story.staff.do(CANCEL, input={"id": order, "reason": "CUSTOMER"})
    await desk.sync()
    await until(desk, "VOIDED")
    assert (await pages.intent(page))["status"] == "canceled"
    await sound()


async def test_an_attempt_that_is_cancelled_closes_its_page(desk: Desk, pages: Simulator, inbox: Inbox):
    page = await opened(desk)
    await desk.void()
    ended = (await desk.pay(beginNew=False))["paymentAttempt"]
    assert (ended["status"], ended["problem"]["code"]) == ("FAILED", "cancelled")
    with pytest.raises(AssertionError):
        await pages.press(page, "pay")
    await sound()
