"""Messages of payment gateways: proven, stored once, and processed in any order and number."""

import asyncio
import random
from datetime import timedelta
from typing import Any

import pytest

from app.core import clock
from app.core.database import fetch
from app.payments import jobs
from app.payments import queries as payments
from app.payments.gateways.protocol import GatewayState, Standing
from app.payments.service import messages
from tests.journeys.life import books_add_up
from tests.payments.desk import Desk
from tests.payments.scripted import SECRET, SET, Scripted, World, secrets, send, send_all, signature

MESSAGES = (
    "{ gatewayMessages { nodes { outcome note kind reference gateway { code } payment { position } } } }"
)


@pytest.fixture
def desk(card_desk: Desk) -> Desk:
    return card_desk


def later(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    now = clock.now() + by
    monkeypatch.setattr(clock, "now", lambda: now)


async def reference(desk: Desk) -> str:
    return str((await desk.payments())[-1]["reference"])


async def listed(desk: Desk) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await desk.story.staff.ask(MESSAGES))["gatewayMessages"]["nodes"]
    return found


async def told(desk: Desk) -> list[str]:
    return [name for name in await desk.story.events(desk.number) if name.startswith("payment")]


async def test_p1_fifty_copies_of_six_messages_and_the_buyers_return_make_one_capture(
    desk: Desk, world: World
):
    await desk.pay("slow")
    world.pause = 0.002
    world.captures_itself = True
    known = await reference(desk)
    world.authorize(known)
    for kind in ("created", "processing", "succeeded", "settled"):
        world.message(known, kind)
    copies = world.messages[-6:] * 50
    random.Random(7).shuffle(copies)
    client = desk.story.staff.client
    statuses, *_ = await asyncio.gather(send_all(client, copies), desk.pay(), desk.sync())
    assert set(statuses) == {200}
    await jobs.call_gateways()
    assert (await desk.seen())["paymentStatus"] == "PAID"
    assert await told(desk) == ["payment_authorized", "payment_recorded"]
    rows = await fetch("SELECT kind, status FROM payment_transaction ORDER BY created_at, id")
    assert [(row["kind"], row["status"]) for row in rows] == [
        ("authorize", "succeeded"),
        ("capture", "succeeded"),
    ]
    assert world.done == {"authorize": 1, "capture": 1}
    assert {each["outcome"] for each in await listed(desk)} == {"DONE"}
    assert len(await listed(desk)) == 6
    assert await payments.differences() == []
    await books_add_up()


async def test_p1_a_capture_by_staff_and_a_message_about_it_at_the_same_moment(desk: Desk, world: World):
    await desk.pay("ok")
    world.pause = 0.01
    news = world.message(await reference(desk), "captured")
    captured, *_ = await asyncio.gather(
        desk.capture(), *(send(desk.story.staff.client, news) for _ in range(5))
    )
    assert captured["status"] == "SUCCEEDED"
    assert await told(desk) == ["payment_authorized", "payment_recorded"]
    assert (world.done["capture"], world.done["refund"]) == (1, 0)
    assert await payments.differences() == []


async def test_p3_a_message_that_arrives_three_times_at_once_is_one(desk: Desk, world: World):
    await desk.pay("slow")
    world.authorize(await reference(desk))
    assert await send_all(desk.story.staff.client, [world.messages[-1]] * 3) == [200, 200, 200]
    assert len(await listed(desk)) == 1
    assert await told(desk) == ["payment_authorized"]
    mails = await fetch("SELECT COUNT(*) AS n FROM message WHERE kind LIKE '%paid%' OR kind LIKE '%payment%'")
    assert mails[0]["n"] <= 1


async def test_p5_a_message_about_an_unknown_payment_is_kept_and_applied_once_the_payment_is_there(
    desk: Desk, world: World, monkeypatch: pytest.MonkeyPatch
):
    world.silent = {"confirm"}
    early = Standing("pay_early", GatewayState.AUTHORIZED, 2500, "USD", authorized_minor=2500)
    world.intents["pay_early"] = early
    news = world.message("pay_early", "authorized")
    assert (await send(desk.story.staff.client, news)).status_code == 200
    (found,) = await listed(desk)
    assert (found["outcome"], found["payment"]) == ("UNKNOWN", None)
    await desk.pay("ok")
    (payment,) = await desk.payments()
    await fetch("SELECT 1")
    from app.payments.models import Payment

    await Payment.filter().update(reference="pay_early")
    later(monkeypatch, timedelta(seconds=11))
    await jobs.call_gateways()
    (found,) = await listed(desk)
    assert (found["outcome"], found["payment"]) == ("DONE", {"position": payment["position"]})
    assert (await desk.seen())["paymentStatus"] == "AUTHORIZED"


async def test_p5_an_unknown_reference_is_tried_for_two_days_and_stays_listed(
    desk: Desk, world: World, monkeypatch: pytest.MonkeyPatch
):
    await send(desk.story.staff.client, world.message("pay_nobody", "authorized"))
    tries = 0
    for _ in range(60):
        later(monkeypatch, timedelta(hours=1))
        tries += await jobs.call_gateways()
    assert 40 <= tries <= 50
    (found,) = await listed(desk)
    assert (found["outcome"], found["note"]) == ("UNKNOWN", "No payment has this reference.")


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
async def test_p9_the_state_is_what_the_gateway_says_now_whatever_the_order_of_messages(
    desk: Desk, world: World, order: tuple[int, ...]
):
    await desk.pay("declined")
    known = await reference(desk)
    created, failed = world.message(known, "created"), world.message(known, "failed")
    world.authorize(known, "succeeded")
    sent = [created, failed, world.messages[-1]]
    for at in order:
        await send(desk.story.staff.client, sent[at])
    assert (await desk.seen())["paymentStatus"] == "AUTHORIZED"
    assert await told(desk) == ["payment_failed", "payment_authorized"]
    assert await payments.differences() == []


async def test_p26_a_refund_at_the_gateways_desk_is_recorded_once_by_its_messages(desk: Desk, world: World):
    await desk.pay("ok")
    await desk.capture()
    world.refund(await reference(desk), 700)
    await send_all(desk.story.staff.client, world.messages * 2)
    assert (await desk.seen())["amountRefunded"] == {"amount": "7.00"}
    assert (await told(desk)).count("payment_refunded") == 1


async def test_p27_after_a_capture_that_arrives_by_message_nothing_is_due(desk: Desk, world: World):
    await desk.pay("ok")
    world.capture(await reference(desk), 2500)
    await send(desk.story.staff.client, world.messages[-1])
    order = await desk.seen()
    assert (order["paymentStatus"], order["amountDue"]) == ("PAID", {"amount": "0.00"})


async def test_p44_a_message_with_another_amount_is_a_conflict_and_no_second_transaction(
    desk: Desk, world: World
):
    await desk.pay("ok")
    known = await reference(desk)
    await send(desk.story.staff.client, world.message(known, "authorized", amount=9900))
    (found,) = await listed(desk)
    assert found["outcome"] == "CONFLICT"
    assert found["note"] == (
        "The message is about 9900 USD (in minor units), another amount than that of the payment."
    )
    world.capture(known, 2500)
    refund = world.refund(known, 700)
    await send(desk.story.staff.client, world.messages[-1])
    before = await desk.payments()
    refunds = [type(each)(refund, 800, each.state) for each in world.intents[known].refunds]
    world.change(known, "refund.updated", refunds=refunds)
    await send(desk.story.staff.client, world.messages[-1])
    assert await desk.payments() == before
    assert (await listed(desk))[0]["outcome"] == "CONFLICT"
    refused = await desk.sync()
    assert refused["message"].startswith("The gateway has the refund ref_1 over 800")


async def test_p45_a_message_whose_handler_fails_is_tried_again(
    desk: Desk, world: World, monkeypatch: pytest.MonkeyPatch
):
    await desk.pay("ok")
    world.capture(await reference(desk), 2500)
    world.fails = "a bug"
    assert (await send(desk.story.staff.client, world.messages[-1])).status_code == 200
    assert (await listed(desk))[0]["outcome"] == "WAITING"
    assert (await desk.seen())["paymentStatus"] == "AUTHORIZED"
    later(monkeypatch, timedelta(seconds=11))
    await jobs.call_gateways()
    assert (await listed(desk))[0]["outcome"] == "DONE"
    assert (await desk.seen())["paymentStatus"] == "PAID"


async def test_p45_a_message_of_a_process_that_ended_is_processed_by_another(
    desk: Desk, world: World, monkeypatch: pytest.MonkeyPatch
):
    await desk.pay("ok")
    world.capture(await reference(desk), 2500)
    body = world.messages[-1]
    stored = await messages.receive("card", {"x-signature": signature(body)}, body)
    assert stored is not None  # and the process ends here
    await jobs.call_gateways()
    assert (await desk.seen())["paymentStatus"] == "PAID"


async def test_only_messages_with_a_valid_signature_are_stored(desk: Desk, world: World):
    client = desk.story.staff.client
    body = world.message("pay_x", "authorized")
    assert (await send(client, body, "another secret")).status_code == 401
    assert (await client.post("/gateways/card/events", content=body)).status_code == 401
    assert (await send(client, b"{}" * 200_000)).status_code == 413
    assert (await send(client, body, code="nobody")).status_code == 404
    assert await listed(desk) == []
    answered = await send(client, body)
    assert (answered.status_code, answered.json()) == (200, {"received": True, "new": True})
    assert (await send(client, body)).json() == {"received": True, "new": False}


async def test_two_secrets_are_accepted_while_they_are_replaced(
    desk: Desk, world: World, monkeypatch: pytest.MonkeyPatch
):
    client = desk.story.staff.client
    changed = await desk.story.staff.do(SET, i={"code": "card", "secrets": secrets("a new secret")})
    assert changed["version"] == 2
    assert (await send(client, world.message("a", "x"))).status_code == 200
    assert (await send(client, world.message("b", "x"), "a new secret")).status_code == 200
    later(monkeypatch, timedelta(days=3, seconds=1))
    assert (await send(client, world.message("c", "x"))).status_code == 401
    assert (await send(client, world.message("d", "x"), "a new secret")).status_code == 200


async def test_a_body_with_a_card_number_is_not_stored(
    desk: Desk, world: World, capfd: pytest.CaptureFixture[str]
):
    number = "4111111111111111"
    body = world.message(f"card {number}", number)
    assert (await send(desk.story.staff.client, body)).status_code == 200
    rows = await fetch("SELECT * FROM gateway_message")
    assert len(rows) == 1 and number not in str([dict(row) for row in rows])
    assert number not in str(await listed(desk))
    out, err = capfd.readouterr()
    assert number not in out + err


async def test_a_message_that_cannot_be_stored_is_answered_so_that_it_is_sent_again(
    desk: Desk, world: World, monkeypatch: pytest.MonkeyPatch
):
    from app.core.refusals import ServiceBusy

    async def busy(*_: object) -> None:
        raise ServiceBusy

    body = world.message("pay_x", "authorized")
    with monkeypatch.context() as patched:
        patched.setattr(messages, "_store", busy)
        assert (await send(desk.story.staff.client, body)).status_code == 503
    assert (await send(desk.story.staff.client, body, SECRET)).json()["new"]


async def test_a_gateway_whose_package_is_not_installed_is_refused_and_its_messages_are_sent_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    kind = {"kind": "STRIPE", "secrets": secrets()}
    monkeypatch.setattr(Scripted, "PACKAGE", "no_such_package_of_a_gateway")
    refused = await desk.story.staff.do(SET, i={"code": "other", "name": "Other", **kind})
    assert refused["path"] == ["input", "kind"] and "pip install 'ordergraph[stripe]'" in refused["message"]
    # It was installed when the gateway `card` was set up.
    answer = await desk.story.staff.client.post("/gateways/card/events", content=b"{}")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
    paid = await desk.pay("ok")
    assert paid["paymentAttempt"]["status"] == "PENDING"
    monkeypatch.setattr(Scripted, "PACKAGE", None)
    assert (await desk.story.staff.client.post("/gateways/card/events", content=b"{}")).status_code == 401
