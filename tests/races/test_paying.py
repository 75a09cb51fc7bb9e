"""A gateway's message and the buyer's return reach two server processes at once: the payment is told once."""

import asyncio
import hashlib
import hmac
import json
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.ask import PLACE, order_input
from tests.payments import stripe_server
from tests.payments.scripted import SET
from tests.payments.stripe_server import KEY, LocalStripe
from tests.races.shop import at, client, set_up
from tests.servers import Server, serving

pytestmark = pytest.mark.postgres
SECRET = "whsec_of_the_races"
ASKS = "4000002500003155"  # a card whose bank asks the buyer
CHANNEL = '{ channel(code: "web") { id } }'
CAPTURE = "mutation($i: ChannelUpdateInput!) { channelUpdate(input: $i) { __typename } }"
RULE = "mutation($i: OrderRuleSetInput!) { orderRuleSet(input: $i) { __typename } }"
PAY = """mutation($i: PaymentContinueInput!) { paymentContinue(input: $i) { __typename
  ... on Order { paymentStatus paymentAttempt { clientAction { token } } } } }"""
SEEN = """query($n: String!) { order(number: $n) { id accessToken status paymentStatus isOnHold
  events { name } messages { kind } payments { reference transactions { kind status } } } }"""


@pytest.fixture
async def local(tmp_path: Path) -> AsyncIterator[LocalStripe]:
    async with stripe_server.running(tmp_path) as server:
        yield server


async def message(http: httpx.AsyncClient, server: Server, reference: str, number: int) -> int:
    """A signed message about a payment."""
    about = {"id": reference, "amount": 1500, "currency": "usd", "metadata": {}}
    event = {
        "id": f"evt_{number}", "object": "event", "type": "payment_intent.amount_capturable_updated",
        "data": {"object": about},
    }  # fmt: skip
    body, stamp = json.dumps(event).encode(), int(time.time())
    signature = hmac.new(SECRET.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    headers = {"stripe-signature": f"t={stamp},v1={signature}"}
    return (await http.post(f"{server.url}/gateways/card/events", content=body, headers=headers)).status_code


async def test_p4_a_message_and_the_buyers_return_tell_of_the_payment_once(
    database_url: str, staff_token: str, local: LocalStripe
):
    async with serving(database_url, count=2) as servers, client() as http:
        staff = [at(server, http, staff_token) for server in servers]
        await set_up(staff[0], {"MUG": 10})
        secrets = [{"name": "secret_key", "value": KEY}, {"name": "webhook_secret", "value": SECRET}]
        gateway = {"code": "card", "name": "Cards", "kind": "STRIPE", "apiUrl": local.url, "secrets": secrets}
        assert (await staff[0].do(SET, i=gateway))["__typename"] == "PaymentGateway"
        channel = (await staff[0].ask(CHANNEL))["channel"]["id"]
        await staff[0].do(CAPTURE, i={"id": channel, "capture": "AT_PLACING"})
        await staff[0].do(RULE, i={"channel": "web", "rule": "unpaid", "outcome": "HOLD"})
        placed = await staff[0].do(PLACE, input=order_input(("MUG", 1), payment={"gateway": "card"}))
        seen = (await staff[0].ask(SEEN, n=placed["number"]))["order"]
        assert (seen["status"], seen["isOnHold"]) == ("PLACED", True)
        pay = {"orderId": seen["id"], "accessToken": seen["accessToken"], "gateway": "card"}
        begun = await at(servers[0], http).do(PAY, i=pay | {"token": await local.card(ASKS)})
        secret = begun["paymentAttempt"]["clientAction"]["token"]
        reference = (await staff[0].ask(SEEN, n=placed["number"]))["order"]["payments"][0]["reference"]
        await local.do(
            "POST", f"/v1/payment_intents/{reference}/_authenticate", client_secret=secret, success="true"
        )

        buyers = [at(server, http) for server in servers]
        messages = (message(http, servers[n % 2], reference, n // 4) for n in range(24))
        returns = (buyers[n % 2].do(PAY, i=pay) for n in range(6))
        statuses, answers = await asyncio.gather(asyncio.gather(*messages), asyncio.gather(*returns))
        assert set(statuses) == {200}
        assert {each["__typename"] for each in answers} <= {"Order", "AmountTooLarge"}

        for _ in range(300):
            order = (await staff[1].ask(SEEN, n=placed["number"]))["order"]
            if order["paymentStatus"] == "PAID":
                break
            await asyncio.sleep(0.1)
        assert (order["status"], order["paymentStatus"], order["isOnHold"]) == ("CONFIRMED", "PAID", False)
        events = Counter(each["name"] for each in order["events"])
        for once in ("payment_authorized", "payment_recorded", "order_released", "order_confirmed"):
            assert events[once] == 1, events
        told = Counter(each["kind"] for each in order["messages"])
        assert max(told.values()) == 1, told
        (payment,) = order["payments"]
        done = [(each["kind"], each["status"]) for each in payment["transactions"]]
        assert done == [("AUTHORIZE", "SUCCEEDED"), ("CAPTURE", "SUCCEEDED")]
        intent = await local.do("GET", f"/v1/payment_intents/{reference}")
        assert intent["status"] == "succeeded"
        verified = servers[0].run("verify")
        assert verified.returncode == 0, verified.stdout
