"""A person with the tracking link of an order pays what is due, on a page of the order's gateway."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import httpx
import pytest

from app.core import clock
from app.core.database import fetch
from app.notifications.jobs import send_messages
from app.payments import jobs
from app.payments import queries as payments
from tests.ask import Api
from tests.journeys.life import books_add_up
from tests.letterbox import Letterbox
from tests.payments.desk import Desk
from tests.payments.scripted import World

TRACK = "query($t: String!) { trackOrder(token: $t) { isPaymentDue } }"
GERMAN = {"accept-language": "de"}


@pytest.fixture
def desk(card_desk: Desk) -> Desk:
    return card_desk


@pytest.fixture
def http(desk: Desk) -> httpx.AsyncClient:
    return desk.story.staff.client


async def link(desk: Desk) -> str:
    order = await desk.story.order(desk.number)
    return f"/track/{order['trackingToken']}"


async def is_due(desk: Desk) -> bool:
    token = (await link(desk)).removeprefix("/track/")
    found: dict[str, Any] = await Api(desk.story.staff.client).ask(TRACK, t=token)
    return bool(found["trackOrder"]["isPaymentDue"])


async def ordered_with_gateway(desk: Desk) -> None:
    """Another order, for which the buyer chose the gateway."""
    desk.number = await desk.story.buy(("MUG", 2), payment={"gateway": "card"})


def later(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    now = clock.now() + by
    monkeypatch.setattr(clock, "now", lambda: now)


async def sound() -> None:
    assert await payments.differences() == []
    await books_add_up()


async def test_the_tracking_page_leads_to_the_payment_and_shows_no_amount(
    desk: Desk, http: httpx.AsyncClient, world: World
):
    await ordered_with_gateway(desk)
    page = await link(desk)
    assert f'href="{page}/pay' in (await http.get(page)).text
    offered = await http.get(f"{page}/pay")
    assert offered.status_code == 200 and "Pay now" in offered.text and "25.00" not in offered.text
    assert "Jetzt bezahlen" in (await http.get(f"{page}/pay", headers=GERMAN)).text
    assert await desk.payments() == []  # a GET begins nothing
    assert await is_due(desk)


async def test_p17_an_order_whose_authorization_expired_is_paid_by_the_link_and_goes_on(
    desk: Desk, http: httpx.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch
):
    world.capture_before = clock.now() + timedelta(hours=20)
    await desk.pay("ok")
    page = await link(desk)
    assert not await is_due(desk)
    later(monkeypatch, timedelta(hours=21))
    await jobs.end_expired_authorizations()
    await jobs.call_gateways()
    assert (await desk.seen())["isOnHold"] and await is_due(desk)
    begun = await http.post(f"{page}/pay")
    assert begun.status_code == 200
    assert unescape(begun.text).count("https://pay.example/1") == 2
    assert re.search(r'<meta http-equiv="refresh" content="0; url=https://pay.example/1">', begun.text)
    world.capture_before = clock.now() + timedelta(days=7)
    world.authorize((await desk.payments())[1]["reference"])
    back = await http.get(f"{page}/pay?back=1")
    assert (back.status_code, back.headers["location"]) == (303, page)
    order = await desk.seen()
    assert (order["isOnHold"], order["amountAuthorized"]["amount"]) == (False, "25.00")
    assert not await is_due(desk)
    assert f"{page}/pay" not in (await http.get(page)).text
    await sound()


async def test_the_gateway_sends_the_buyer_back_to_the_page(
    desk: Desk, http: httpx.AsyncClient, world: World
):
    await ordered_with_gateway(desk)
    page = await link(desk)
    await http.post(f"{page}/pay")
    (row,) = await fetch("SELECT return_url FROM payment_transaction")
    assert row["return_url"] == f"{http.base_url}{page}/pay?back=1".replace("//track", "/track")


async def test_a_payment_that_waits_is_continued_and_not_begun_twice(
    desk: Desk, http: httpx.AsyncClient, world: World
):
    await ordered_with_gateway(desk)
    page = await link(desk)
    for _ in range(3):
        assert "https://pay.example/1" in (await http.post(f"{page}/pay")).text
    assert len(await desk.payments()) == 1
    assert "Pay now" in (await http.get(f"{page}/pay?back=1")).text  # the buyer came back without paying
    await sound()


async def test_a_payment_that_began_in_the_shop_is_continued_there(
    desk: Desk, http: httpx.AsyncClient, world: World
):
    await desk.pay("3ds")
    assert "Continue it there" in (await http.post(f"{await link(desk)}/pay")).text
    assert len(await desk.payments()) == 1


async def test_a_payment_that_the_bank_has_not_decided_is_awaited(
    desk: Desk, http: httpx.AsyncClient, world: World
):
    await desk.pay("slow")
    assert "is being processed" in (await http.post(f"{await link(desk)}/pay")).text
    assert len(await desk.payments()) == 1


async def test_nothing_is_begun_when_nothing_is_due(desk: Desk, http: httpx.AsyncClient, world: World):
    await desk.pay("ok")
    page = await link(desk)
    assert "Nothing has to be paid" in (await http.get(f"{page}/pay")).text
    assert (await http.post(f"{page}/pay")).status_code == 409
    await desk.story.cancel(desk.number)
    assert (await http.post(f"{page}/pay")).status_code == 409
    assert len(await desk.payments()) == 1


async def test_an_order_without_a_gateway_cannot_be_paid_by_the_link(
    desk: Desk, http: httpx.AsyncClient, world: World
):
    page = await link(desk)  # it is paid by hand
    assert not await is_due(desk)
    assert f"{page}/pay" not in (await http.get(page)).text
    assert (await http.post(f"{page}/pay")).status_code == 409
    assert await desk.payments() == []


async def test_a_person_with_the_link_does_not_raise_the_buyers_authorization(
    desk: Desk, http: httpx.AsyncClient, world: World
):
    world.can_increase = True
    await desk.pay("ok")
    order = await desk.story.order(desk.number)
    edit = "mutation($i: OrderEditInput!) { orderEdit(input: $i) { __typename } }"
    line = order["lines"]["nodes"][0]["id"]
    await desk.story.staff.do(edit, i={"id": order["id"], "lines": [{"lineId": line, "quantity": 3}]})
    assert "https://pay.example/1" in (await http.post(f"{await link(desk)}/pay")).text
    first, second = await desk.payments()
    assert (first["authorizedAmount"]["amount"], second["status"]) == ("25.00", "PENDING")
    await sound()


async def test_an_unknown_or_revoked_link_is_not_found(desk: Desk, http: httpx.AsyncClient, world: World):
    await ordered_with_gateway(desk)
    page = await link(desk)
    revoke = "mutation($i: OrderLinkRevokeInput!) { orderLinkRevoke(input: $i) { __typename } }"
    revoked = await desk.story.staff.do(revoke, i={"id": (await desk.seen())["id"]})
    assert revoked["__typename"] == "Order"
    for address in (f"{page}/pay", f"{page}/pay?back=1", "/track/unknown/pay"):
        assert (await http.get(address)).status_code == 404
        assert (await http.post(address)).status_code == 404
    assert await desk.payments() == []


async def test_the_buyer_is_sent_the_pay_link_when_the_payment_is_missing(
    desk: Desk,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    post: Letterbox,
):
    world.capture_before = clock.now() + timedelta(hours=20)
    await desk.pay("ok")
    await send_messages()
    post.mails.clear()
    later(monkeypatch, timedelta(hours=21))
    await jobs.end_expired_authorizations()
    await send_messages()
    (mail,) = post.mails
    assert "is waiting for your payment" in mail["Subject"]
    html, text = (mail.get_body([kind]) for kind in ("html", "plain"))
    address = f"{await link(desk)}/pay"
    assert text is not None and f"Pay now: http://test{address}" in text.get_content()
    assert html is not None and f'{address}"' in html.get_content()
