"""Payments by Stripe, against localstripe, and what the adapter reads of messages and amounts."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.payments import queries as payments
from app.payments.gateways import stripe
from app.payments.gateways.minor_units import from_gateway, to_gateway
from app.payments.gateways.protocol import Account, GatewayRefuses, GatewayState, NotFromGateway
from app.payments.gateways.stripe import Stripe
from app.payments.gateways.stripe_currencies import DECIMALS, STEPS
from app.payments.gateways.stripe_messages import KEY as METADATA
from app.payments.lifecycle import DisputeStatus
from tests.ask import Api
from tests.journeys.life import Story, books_add_up
from tests.listening import listening
from tests.payments import stripe_server
from tests.payments.desk import Desk, desk_for
from tests.payments.scripted import SET
from tests.payments.stripe_server import KEY, LocalStripe

SECRET = "whsec_of_the_tests"
GOOD, DECLINED, ASKS = "4242424242424242", "4000000000000341", "4000002500003155"


@pytest.fixture(scope="module")
async def local(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LocalStripe]:
    async with stripe_server.running(tmp_path_factory.mktemp("stripe")) as server:
        yield server


@pytest.fixture
async def desk(api: Api, local: LocalStripe) -> Desk:
    story = await Story.begin(api)
    secrets = [{"name": "secret_key", "value": KEY}, {"name": "webhook_secret", "value": SECRET}]
    made = await story.staff.do(
        SET, i={"code": "card", "name": "Cards", "kind": "STRIPE", "apiUrl": local.url, "secrets": secrets}
    )
    assert made["__typename"] == "PaymentGateway", made
    return await desk_for(story)


async def sound() -> None:
    assert await payments.differences() == []
    await books_add_up()


async def test_a_card_is_authorized_captured_and_refunded(desk: Desk, local: LocalStripe):
    paid = await desk.pay(await local.card(GOOD))
    assert (paid["paymentStatus"], paid["paymentAttempt"]["status"]) == ("AUTHORIZED", "SUCCEEDED")
    (payment,) = await desk.payments()
    intent = await local.do("GET", f"/v1/payment_intents/{payment['reference']}")
    assert (intent["status"], intent["amount"], intent["currency"]) == ("requires_capture", 2500, "usd")
    captured = await desk.capture()
    assert captured["status"] == "SUCCEEDED" and captured["reference"].startswith("ch_")
    back = await desk.refund("5.00")
    assert back["status"] == "SUCCEEDED" and back["reference"].startswith("re_")
    assert (await desk.refund("20.00"))["status"] == "SUCCEEDED"
    assert (await desk.seen())["paymentStatus"] == "REFUNDED"
    await sound()


async def test_a_declined_card_has_stripes_reason(desk: Desk, local: LocalStripe):
    declined = await desk.pay(await local.card(DECLINED))
    assert declined["paymentAttempt"]["status"] == "FAILED"
    assert declined["paymentAttempt"]["problem"] == {"code": "card_declined", "canRetry": True}
    assert (await desk.seen())["paymentStatus"] == "UNPAID"
    await sound()


async def test_a_card_that_asks_the_buyer_waits_until_the_buyer_has_answered(desk: Desk, local: LocalStripe):
    waits = await desk.pay(await local.card(ASKS))
    action = waits["paymentAttempt"]["clientAction"]
    assert (waits["paymentAttempt"]["status"], action["kind"], action["url"]) == ("PENDING", "SDK", None)
    assert "clientAction" in (await desk.capture())["message"]
    reference = (await desk.payments())[0]["reference"]
    await local.do(
        "POST",
        f"/v1/payment_intents/{reference}/_authenticate",
        client_secret=action["token"],
        success="true",
    )
    assert (await desk.pay())["paymentStatus"] == "AUTHORIZED"
    await sound()


async def test_an_authorization_is_voided_at_stripe(desk: Desk, local: LocalStripe):
    await desk.pay(await local.card(GOOD))
    assert (await desk.void())["status"] == "SUCCEEDED"
    reference = (await desk.payments())[0]["reference"]
    assert (await local.do("GET", f"/v1/payment_intents/{reference}"))["status"] == "canceled"
    await sound()


async def test_p27_a_capture_at_stripes_desk_is_recorded_by_its_signed_message(
    desk: Desk, local: LocalStripe
):
    arrived = asyncio.Event()

    async def forward(request: Request) -> Response:
        headers = {"stripe-signature": request.headers["stripe-signature"]}
        answer = await desk.story.staff.client.post(
            "/gateways/card/events", content=await request.body(), headers=headers
        )
        arrived.set()
        return Response(answer.content, answer.status_code)

    async with listening(Starlette(routes=[Route("/hook", forward, methods=["POST"])])) as url:
        await local.do("POST", "/_config/webhooks/ours", url=f"{url}/hook", secret=SECRET)
        await desk.pay(await local.card(GOOD))
        reference = (await desk.payments())[0]["reference"]
        await local.do("POST", f"/v1/payment_intents/{reference}/capture")
        await asyncio.wait_for(arrived.wait(), 20)
        for _ in range(100):
            if (await desk.seen())["paymentStatus"] == "PAID":
                break
            await asyncio.sleep(0.1)
    order = await desk.seen()
    assert (order["paymentStatus"], order["amountDue"]) == ("PAID", {"amount": "0.00"})
    await sound()


async def test_p26_a_refund_at_stripes_desk_is_recorded_once(desk: Desk, local: LocalStripe):
    await desk.pay(await local.card(GOOD))
    await desk.capture()
    reference = (await desk.payments())[0]["reference"]
    await local.do("POST", "/v1/refunds", payment_intent=reference, amount="700")
    for _ in range(2):
        await desk.sync()
    assert (await desk.seen())["amountRefunded"] == {"amount": "7.00"}
    await sound()


async def test_a_server_that_is_not_there_leaves_the_payment_pending(desk: Desk, local: LocalStripe):
    token = await local.card(GOOD)
    await desk.pay(token)
    secrets = [{"name": "secret_key", "value": KEY}, {"name": "webhook_secret", "value": SECRET}]
    await desk.story.staff.do(SET, i={"code": "card", "apiUrl": "http://127.0.0.1:9", "secrets": secrets})
    captured = await desk.capture()
    assert (captured["status"], captured["problem"]["code"]) == ("PENDING", "no_answer")
    await desk.story.staff.do(SET, i={"code": "card", "apiUrl": local.url, "secrets": secrets})
    assert (await desk.sync())["status"] == "CAPTURED"
    await sound()


@pytest.mark.parametrize(
    ("currency", "minor", "theirs"),
    [
        ("USD", 2500, 2500), ("JPY", 2500, 2500), ("KWD", 2500, 2500), ("ISK", 25, 2500), ("UGX", 25, 2500),
        ("MGA", 2500, 25),
    ],
)  # fmt: skip
def test_p24_an_amount_has_the_minor_units_of_the_gateway(currency: str, minor: int, theirs: int):
    assert to_gateway(minor, currency, DECIMALS, STEPS.get(currency, 1)) == theirs
    assert from_gateway(theirs, currency, DECIMALS) == minor


@pytest.mark.parametrize(("currency", "minor"), [("KWD", 2501), ("MGA", 2501)])
def test_p24_an_amount_that_the_gateway_does_not_have_is_refused_and_not_rounded(currency: str, minor: int):
    with pytest.raises(GatewayRefuses):
        to_gateway(minor, currency, DECIMALS, STEPS.get(currency, 1))


def signed(body: bytes, secret: str = SECRET, at: float | None = None) -> dict[str, str]:
    moment = int(time.time() if at is None else at)
    mac = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return {"stripe-signature": f"t={moment},v1={mac}"}


def event(kind: str, **thing: Any) -> bytes:
    return json.dumps({"id": "evt_1", "object": "event", "type": kind, "data": {"object": thing}}).encode()


def test_messages_say_which_payment_they_are_about():
    adapter = Stripe(
        Account("card", secrets={"webhook_secret": SECRET}, earlier_secrets={"webhook_secret": "old"})
    )
    intent = event("payment_intent.succeeded", id="pi_1", amount=25, currency="isk", metadata={METADATA: "k"})
    intent = intent.replace(b"25", b"2500")
    found = adapter.read(signed(intent), intent)
    assert found is not None
    assert (found.external_id, found.reference, found.amount_minor, found.currency, found.key) == (
        "evt_1", "pi_1", 25, "ISK", "k",
    )  # fmt: skip
    refund = event("charge.refunded", id="ch_1", payment_intent="pi_1", amount=700, currency="usd")
    seen = adapter.read(signed(refund, "old"), refund)
    assert seen is not None and (seen.reference, seen.amount_minor) == ("pi_1", None)
    page = event("checkout.session.completed", id="cs_1", metadata={})
    seen = adapter.read(signed(page), page)
    assert seen is not None and seen.reference == "cs_1"
    other = event("customer.created", id="cus_1")
    assert adapter.read(signed(other), other) is None


@pytest.mark.parametrize(
    "headers",
    [{}, {"stripe-signature": "t=1,v1=00"}, signed(b"other"), signed(b"{}", "another"), signed(b"{}", at=0)],
)
def test_messages_without_a_valid_and_recent_signature_are_refused(headers: dict[str, str]):
    adapter = Stripe(Account("card", secrets={"webhook_secret": SECRET}))
    with pytest.raises(NotFromGateway):
        adapter.read(headers, b"{}")


def test_the_facts_of_an_authorization_are_stripes():
    card = {
        "capture_before": 1_900_000_000, "multicapture": {"status": "available"},
        "overcapture": {"maximum_amount_capturable": 2600}, "incremental_authorization": {"status": "available"},
    }  # fmt: skip
    intent = {"id": "pi_1", "status": "requires_capture", "amount": 2500, "currency": "usd"}
    charge = {"id": "ch_1", "captured": False, "payment_method_details": {"card": card}}
    found = stripe._of_intent(intent, charge, [])
    assert (found.state, found.authorized_minor, found.captured_minor) == (GatewayState.AUTHORIZED, 2500, 0)
    assert (found.max_captures, found.overcapture_minor, found.can_increase) == (None, 100, True)
    assert found.capture_before is not None and found.capture_before.year == 2030


def test_the_release_that_a_partial_capture_leaves_is_no_refund():
    intent = {"id": "pi_1", "status": "succeeded", "amount": 2500, "amount_received": 1000, "currency": "usd"}
    charge = {"id": "ch_1", "captured": True, "amount": 2500, "amount_captured": 1000}
    refunds = [
        {"id": "re_1", "amount": 1500, "status": "succeeded"},
        {
            "id": "re_2",
            "amount": 400,
            "status": "failed",
            "failure_reason": "lost",
            "metadata": {METADATA: "k"},
        },
    ]
    found = stripe._of_intent(intent, charge, refunds)
    assert (found.state, found.authorized_minor, found.captured_minor) == (GatewayState.CLOSED, 1000, 1000)
    assert [(each.reference, each.key, each.message) for each in found.refunds] == [("re_2", "k", "lost")]


def stripe_dispute(**more: Any) -> dict[str, Any]:
    return {
        "id": "dp_1", "object": "dispute", "amount": 2500, "currency": "isk", "status": "needs_response",
        "reason": "fraudulent", "created": 1_800_000_000, "payment_intent": "pi_1",
        "evidence_details": {"due_by": 1_900_000_000},
        "balance_transactions": [{"fee": 1500, "currency": "usd"}, {"fee": -500, "currency": "usd"}],
    } | more  # fmt: skip


def test_a_message_about_a_dispute_names_it_and_its_payment():
    adapter = Stripe(Account("card", secrets={"webhook_secret": SECRET}))
    body = event("charge.dispute.created", **stripe_dispute())
    found = adapter.read(signed(body), body)
    assert found is not None
    assert (found.dispute, found.reference, found.amount_minor) == ("dp_1", "pi_1", None)
    body = event("charge.dispute.closed", **stripe_dispute(payment_intent=None))
    found = adapter.read(signed(body), body)
    assert found is not None and (found.dispute, found.reference) == ("dp_1", "")


@pytest.mark.parametrize(
    ("status", "meaning", "is_inquiry"),
    [
        ("warning_needs_response", DisputeStatus.NEEDS_RESPONSE, True),
        ("warning_closed", DisputeStatus.WON, True),
        ("needs_response", DisputeStatus.NEEDS_RESPONSE, False),
        ("under_review", DisputeStatus.UNDER_REVIEW, False),
        ("lost", DisputeStatus.LOST, False),
        ("a status of the future", DisputeStatus.UNDER_REVIEW, False),
    ],
)
async def test_a_dispute_has_the_amounts_and_dates_of_stripe(
    status: str, meaning: DisputeStatus, is_inquiry: bool
):
    async def answer(request: Request) -> Response:
        assert request.url.path == "/v1/disputes/dp_1"
        return Response(json.dumps(stripe_dispute(status=status)), media_type="application/json")

    routes = [Route("/v1/disputes/{id}", answer)]
    async with listening(Starlette(routes=routes)) as url:
        found = await Stripe(Account("card", url, {"secret_key": KEY})).dispute("dp_1")
    assert (found.status, found.is_inquiry, found.payment_reference) == (meaning, is_inquiry, "pi_1")
    assert (found.amount_minor, found.currency, found.reason) == (25, "ISK", "fraudulent")
    assert (found.fee_minor, found.fee_currency) == (1000, "USD")
    assert found.evidence_due_at is not None and found.evidence_due_at.year == 2030


@pytest.mark.parametrize("is_last", [True, False])
async def test_a_capture_that_others_follow_keeps_the_rest_authorized_at_stripe(is_last: bool):
    asked: list[str] = []

    async def answer(request: Request) -> Response:
        asked.append((await request.body()).decode())
        intent = {
            "id": "pi_1", "object": "payment_intent", "status": "requires_capture", "amount": 2500,
            "amount_received": 1000, "currency": "usd",
        }  # fmt: skip
        found = {"object": "list", "data": [], "has_more": False, "url": "/v1/refunds"}
        return Response(
            json.dumps(found if "refunds" in request.url.path else intent), media_type="application/json"
        )

    async with listening(Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])) as url:
        adapter = Stripe(Account("card", api_url=url, secrets={"secret_key": KEY}))
        found = await adapter.capture("pi_1", 1000, "USD", "key", is_last=is_last)
    assert ("final_capture=false" in asked[0].lower()) is not is_last
    assert (found.state, found.captured_minor) == (GatewayState.AUTHORIZED, 1000)


async def test_a_payout_has_all_pages_of_its_balance_transactions():
    pages = {
        None: [
            {"id": "txn_0", "type": "payout", "amount": -2291, "fee": 0, "source": {"id": "po_1"}},
            {
                "id": "txn_1", "type": "charge", "reporting_category": "charge", "amount": 2500, "fee": 59,
                "source": {"id": "ch_1", "amount": 2500, "currency": "usd"},
            },
        ],
        "txn_1": [
            {
                "id": "txn_2", "type": "adjustment", "reporting_category": "dispute", "amount": -1000,
                "fee": 1500, "source": {"id": "dp_1", "amount": 900, "currency": "eur"},
            },
            {"id": "txn_3", "type": "stripe_fee", "amount": -150, "source": None},
            {"id": "txn_4", "type": "something new", "amount": 3000, "fee": 0, "source": "tu_1"},
        ],
    }  # fmt: skip

    async def answer(request: Request) -> Response:
        if request.url.path == "/v1/payouts/po_1":
            found: Any = {"id": "po_1", "amount": 2291, "currency": "usd", "arrival_date": 1_800_000_000}
        else:
            assert request.url.path == "/v1/balance_transactions"
            assert request.query_params["payout"] == "po_1"
            after = request.query_params.get("starting_after")
            found = {"object": "list", "data": pages[after], "has_more": after is None}
        return Response(json.dumps(found), media_type="application/json")

    async with listening(Starlette(routes=[Route("/{path:path}", answer)])) as url:
        found = await Stripe(Account("card", url, {"secret_key": KEY})).payout("po_1")
    assert (found.reference, found.total_minor, found.currency) == ("po_1", 2291, "USD")
    assert found.arrival_on.isoformat() == "2027-01-15"
    assert [(each.kind.name, each.reference, each.amount_minor, each.fee_minor) for each in found.lines] == [
        ("PAYMENT", "ch_1", 2500, 59), ("DISPUTE", "dp_1", -1000, 1500), ("FEE", "txn_3", -150, 0),
        ("ADJUSTMENT", "tu_1", 3000, 0),
    ]  # fmt: skip
    assert [(each.own_minor, each.own_currency) for each in found.lines[:2]] == [(None, ""), (900, "EUR")]
    adapter = Stripe(Account("card", secrets={"webhook_secret": SECRET}))
    body = event("payout.paid", id="po_1")
    seen = adapter.read(signed(body), body)
    assert seen is not None and (seen.payout, seen.reference) == ("po_1", "")
    body = event("payout.created", id="po_1")
    assert adapter.read(signed(body), body) is None
