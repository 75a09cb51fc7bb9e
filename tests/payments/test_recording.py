"""Recorded payments and refunds, and their effect on amounts due, completion and holds."""

import asyncio
from typing import Any

import pytest

from app.access.permissions import Permission
from app.core.database import fetch
from app.orders import derived_statuses
from app.orders.lifecycle import FulfillmentStatus, PaymentStatus, ReturnStatus
from app.payments import queries as payments
from tests import make
from tests.ask import Api
from tests.journeys.life import Story, books_add_up

_ANSWER = """{
  __typename
  ... on PaymentTransaction { id kind amount { amount } reference recordedBy
    order { status paymentStatus amountPaid { amount } amountRefunded { amount } amountDue { amount } } }
  ... on UserError { errorCode message path }
} }"""
RECORD = (
    "mutation($input: PaymentRecordInput!, $k: String) { paymentRecord(input: $input, idempotencyKey: $k) "
    + _ANSWER
)
REFUND = "mutation($input: PaymentRefundInput!) { paymentRefund(input: $input) " + _ANSWER


@pytest.fixture
async def story(api: Api) -> Story:
    return await Story.begin(api)


async def _pay(story: Story, number: str, amount: str, **more: Any) -> dict[str, Any]:
    key = more.pop("k", None)
    return await story.staff.do(RECORD, input=await _of(story, number, amount, **more), k=key)


async def _refund(story: Story, number: str, amount: str, **more: Any) -> dict[str, Any]:
    return await story.staff.do(REFUND, input=await _of(story, number, amount, **more))


async def _of(story: Story, number: str, amount: str, **more: Any) -> dict[str, Any]:
    order = await story.order(number)
    return {"orderId": order["id"], "amount": {"amount": amount, "currency": "USD"}, **more}


async def test_a_delivered_order_is_completed_when_it_is_fully_paid(story: Story):
    await story.sell("MUG", east=5, price=1000)
    number = await story.buy(("MUG", 2))
    (work,) = await story.work(number)
    await story.deliver(await story.send(work["id"]))
    assert (await story.order(number))["status"] == "CONFIRMED"  # payment is still due
    first = await _pay(story, number, "10.00", reference="bank-1")
    assert first["order"]["paymentStatus"] == "PARTIALLY_PAID"
    assert first["order"]["amountDue"] == {"amount": "15.00"} and first["recordedBy"] == "test"
    rest = await _pay(story, number, "15.00")
    assert (rest["order"]["paymentStatus"], rest["order"]["status"]) == ("PAID", "COMPLETED")
    assert "order_completed" in await story.events(number)
    assert "Payment received" in [each["title"] for each in (await story.page(number))["timeline"]]
    assert await payments.differences() == []
    await books_add_up()


async def test_payments_of_a_cancelled_order_are_refunded(story: Story):
    await story.sell("MUG", east=5, price=1000)
    number = await story.buy(("MUG", 2))
    await _pay(story, number, "25.00")
    await story.cancel(number, MUG=1)
    order = await story.order(number)
    assert (order["paymentStatus"], order["amountDue"]) == ("PAID", {"amount": "-10.00"})
    part = await _refund(story, number, "10.00")
    assert part["order"]["paymentStatus"] == "PARTIALLY_REFUNDED"
    assert part["order"]["amountDue"] == {"amount": "0.00"}
    await story.cancel(number)
    whole = await _refund(story, number, "15.00")
    assert (whole["order"]["paymentStatus"], whole["order"]["status"]) == ("REFUNDED", "CANCELLED")
    assert whole["order"]["amountRefunded"] == {"amount": "25.00"}
    assert await payments.differences() == []


async def test_editing_a_paid_order_leaves_an_amount_to_pay_or_to_refund(story: Story):
    await story.sell("MUG", east=5, price=1000)
    number = await story.buy(("MUG", 2))
    await _pay(story, number, "25.00")
    order = await story.order(number)
    edit = "mutation($i: OrderEditInput!) { orderEdit(input: $i) { __typename } }"
    line = order["lines"]["nodes"][0]["id"]
    await story.staff.do(edit, i={"id": order["id"], "lines": [{"lineId": line, "quantity": 3}]})
    order = await story.order(number)
    assert (order["paymentStatus"], order["amountDue"]) == ("PARTIALLY_PAID", {"amount": "10.00"})
    await story.staff.do(edit, i={"id": order["id"], "lines": [{"lineId": line, "quantity": 1}]})
    order = await story.order(number)
    assert (order["paymentStatus"], order["amountDue"]) == ("PAID", {"amount": "-10.00"})


async def test_full_payment_releases_the_unpaid_hold(story: Story):
    set_rule = "mutation($i: OrderRuleSetInput!) { orderRuleSet(input: $i) { __typename } }"
    await story.staff.do(set_rule, i={"channel": "web", "rule": "unpaid", "outcome": "HOLD"})
    await story.sell("MUG", east=5, price=1000)
    number = await story.buy(("MUG", 2))
    order = await story.order(number)
    assert (order["status"], order["isOnHold"]) == ("PLACED", True)
    await _pay(story, number, "10.00")
    await _refund(story, number, "10.00")
    await _pay(story, number, "24.99")
    assert (await story.order(number))["isOnHold"] is True
    await _pay(story, number, "0.01")
    order = await story.order(number)
    assert (order["status"], order["isOnHold"], order["fulfillmentStatus"]) == (
        "CONFIRMED",
        False,
        "ALLOCATED",
    )
    await books_add_up()


@pytest.mark.parametrize(
    ("more", "code", "path"),
    [
        ({"amount": {"amount": "26.00", "currency": "USD"}}, "INVALID", ["amount"]),
        ({"amount": {"amount": "0", "currency": "USD"}}, "INVALID", ["amount", "amount"]),
        ({"amount": {"amount": "-5", "currency": "USD"}}, "INVALID", ["amount", "amount"]),
        ({"amount": {"amount": "1.001", "currency": "USD"}}, "INVALID", ["amount", "amount"]),
        ({"amount": {"amount": "5", "currency": "EUR"}}, "INVALID", ["amount", "currency"]),
        ({"receivedAt": "2199-01-01T00:00:00Z"}, "INVALID", ["receivedAt"]),
        ({"reference": "x" * 121}, "INVALID", ["reference"]),
        ({"note": "x" * 501}, "INVALID", ["note"]),
        ({"orderId": "T3JkZXI6AaIK5Se5dE-1Jh2fXiQmLQ"}, "NOT_FOUND", ["orderId"]),
    ],
)
async def test_an_invalid_payment_is_refused_with_its_path(
    story: Story, more: Any, code: str, path: list[str]
):
    await story.sell("MUG", east=5, price=1000)
    number = await story.buy(("MUG", 2))
    refused = (
        await _pay(story, number, **({"amount": "5.00"} | more))
        if "amount" not in more
        else (await story.staff.do(RECORD, input=await _of(story, number, "1") | more))
    )
    assert refused["path"] == ["input", *path], refused
    assert refused["errorCode"].startswith(code), refused
    assert await fetch("SELECT id FROM payment_transaction") == []


async def test_concurrent_refunds_never_exceed_the_payments(story: Story):
    await story.sell("MUG", east=5, price=1000)
    number = await story.buy(("MUG", 2))
    nothing = await _refund(story, number, "1.00")
    assert nothing["__typename"] == "AmountTooLarge" and nothing["message"] == "No payment has been received."
    await _pay(story, number, "25.00")
    done = await asyncio.gather(*(_refund(story, number, "10.00") for _ in range(8)))
    assert sorted(each["__typename"] for each in done) == ["AmountTooLarge"] * 6 + ["PaymentTransaction"] * 2
    assert (await story.order(number))["amountPaid"] == {"amount": "5.00"}
    assert await payments.differences() == []


async def test_a_payment_with_the_same_key_or_reference_is_recorded_once(story: Story):
    await story.sell("MUG", east=5, price=1000)
    number = await story.buy(("MUG", 2))
    first, again = [await _pay(story, number, "5.00", k="pay-1") for _ in range(2)]
    assert first["id"] == again["id"]
    await _pay(story, number, "5.00", reference="bank-7")
    twice = await _pay(story, number, "5.00", reference=" bank-7 ")
    assert twice["errorCode"] == "ALREADY_EXISTS" and twice["path"] == ["input", "reference"]
    more = await _pay(story, number, "20.00", acceptOverpayment=True)
    assert more["order"]["amountDue"] == {"amount": "-5.00"}
    assert (await story.order(number))["amountPaid"] == {"amount": "30.00"}


async def test_recording_payments_needs_its_permission(story: Story):
    await story.sell("MUG", east=5)
    number = await story.buy(("MUG", 1))
    desk = story.staff.as_(await make.token(Permission.ORDERS_VIEW, Permission.ORDERS_MANAGE))
    asked = await _of(story, number, "1.00")
    assert (await desk.error(RECORD, input=asked))["extensions"]["code"] == "FORBIDDEN"
    await _pay(story, number, "1.00")
    seen = "query($n: String!) { order(number: $n) { payments { gateway transactions { kind gateway } } } }"
    assert (await desk.ask(seen, n=number))["order"]["payments"] == [
        {"gateway": "manual", "transactions": [{"kind": "CAPTURE", "gateway": "manual"}]}
    ]


P = PaymentStatus


@pytest.mark.parametrize(
    ("standing", "wanted", "paid", "refunded", "status", "settled"),
    [
        (P.UNPAID, 100, 0, 0, P.UNPAID, False),
        (P.ON_TERMS, 100, 0, 0, P.ON_TERMS, False),
        (P.AUTHORIZED, 100, 0, 0, P.AUTHORIZED, False),
        (P.UNPAID, 100, 40, 0, P.PARTIALLY_PAID, False),
        (P.PARTIALLY_PAID, 100, 100, 0, P.PAID, True),
        (P.PAID, 100, 120, 0, P.PAID, False),  # overpaid
        (P.PAID, 70, 100, 0, P.PAID, False),
        (P.PAID, 70, 70, 30, P.PARTIALLY_REFUNDED, True),
        (P.PAID, 100, 70, 30, P.PARTIALLY_REFUNDED, True),  # goodwill: it had been fully paid
        (P.PARTIALLY_PAID, 100, 20, 30, P.PARTIALLY_PAID, False),
        (P.PAID, 0, 0, 100, P.REFUNDED, True),
        (P.UNPAID, 0, 0, 0, P.UNPAID, True),  # nothing to pay
    ],
)
def test_the_payment_status_follows_from_the_amounts(
    standing: P, wanted: int, paid: int, refunded: int, status: P, settled: bool
):
    money = {"wanted_minor": wanted, "paid_minor": paid, "refunded_minor": refunded}
    assert derived_statuses.payment_status(standing, **money) is status
    assert derived_statuses.is_settled(**money) is settled


@pytest.mark.parametrize("fulfillment", FulfillmentStatus)
@pytest.mark.parametrize("returns", ReturnStatus)
@pytest.mark.parametrize("settled", [True, False])
def test_completion_requires_delivery_settlement_and_no_open_return(
    fulfillment: FulfillmentStatus, returns: ReturnStatus, settled: bool
):
    ends = returns in (ReturnStatus.NONE, ReturnStatus.PARTIALLY_RETURNED, ReturnStatus.RETURNED)
    wanted = fulfillment is FulfillmentStatus.DELIVERED and ends and settled
    assert derived_statuses.is_complete(fulfillment, returns, is_settled=settled) is wanted
