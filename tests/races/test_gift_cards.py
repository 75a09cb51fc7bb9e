"""One gift card, many buyers and many clerks in two server processes: no amount is spent or returned twice."""

import asyncio
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from tests.ask import PLACE, Api, order_input
from tests.races.shop import at, client, set_up
from tests.servers import serving
from tests.stored_value.till import ISSUE, Till, usd

pytestmark = pytest.mark.postgres
REFUND = "mutation($i: PaymentRefundInput!) { paymentRefund(input: $i) { __typename } }"
PAID = """query($n: String!) { order(number: $n) { id payments { storedValue { id }
  capturedAmount { amount } refundedAmount { amount } } } }"""


async def test_64_buyers_and_32_clerks_share_one_gift_card(database_url: str, staff_token: str):
    async with serving(database_url, count=2) as servers, client() as http:
        staff = [at(server, http, staff_token) for server in servers]
        await set_up(staff[0], {"MUG": 1_000})
        given = {"channel": "web", "amount": usd("50.00")}
        made = await staff[0].do(ISSUE, i=given)
        card, code, till = made["giftCard"]["id"], made["code"], Till(staff[0])
        answers = await asyncio.gather(*(_buy(at(servers[n % 2], http), code) for n in range(64)))
        done = Counter(each["__typename"] for each in answers)
        assert done == {"Order": 4, "InvalidInput": 60}, done
        numbers = [each["number"] for each in answers if each["__typename"] == "Order"]
        taken = [await _amounts(staff[0], number) for number in numbers]
        assert sorted(captured for captured, _ in taken) == [Decimal(5), *[Decimal(15)] * 3]
        assert await till.balance(card) == "0.00"

        found = (await staff[0].ask(PAID, n=numbers[0]))["order"]
        refund = {"orderId": found["id"], "amount": usd("1.00")}
        clerks = await asyncio.gather(*(staff[n % 2].do(REFUND, i=refund) for n in range(32)))
        captured, refunded = await _amounts(staff[0], numbers[0])
        assert refunded == captured
        assert Counter(each["__typename"] for each in clerks)["PaymentTransaction"] == captured
        assert Decimal(await till.balance(card)) == captured
        verified = servers[0].run("verify")
        assert verified.returncode == 0, verified.stdout


async def _buy(api: Api, code: str) -> dict[str, Any]:
    return await api.do(PLACE, input=order_input(("MUG", 1), giftCardCodes=[code]))


async def _amounts(api: Api, number: str) -> tuple[Decimal, Decimal]:
    """What the gift card paid for an order, and what it got back."""
    (payment,) = (await api.ask(PAID, n=number))["order"]["payments"]
    return Decimal(payment["capturedAmount"]["amount"]), Decimal(payment["refundedAmount"]["amount"])
