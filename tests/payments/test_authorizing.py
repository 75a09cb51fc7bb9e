"""Authorizations of orders: captured in whole or part, voided, expired, and refunded over several payments."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from app.access.permissions import Permission
from app.core import clock
from app.core.database import fetch
from app.payments import jobs
from app.payments import queries as payments
from tests import make
from tests.ask import Api
from tests.journeys.life import Story, books_add_up
from tests.payments.desk import Desk, desk_for

EDIT = "mutation($i: OrderEditInput!) { orderEdit(input: $i) { __typename } }"


@pytest.fixture
async def story(api: Api) -> Story:
    return await Story.begin(api)


@pytest.fixture
async def desk(story: Story) -> Desk:
    """An order of 25.00."""
    return await desk_for(story)


async def _edit(desk: Desk, quantity: int) -> None:
    order = await desk.story.order(desk.number)
    line = order["lines"]["nodes"][0]["id"]
    await desk.story.staff.do(EDIT, i={"id": order["id"], "lines": [{"lineId": line, "quantity": quantity}]})


def _later(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    now = clock.now() + by
    monkeypatch.setattr(clock, "now", lambda: now)


async def test_an_order_is_authorized_and_its_amount_is_captured_in_parts(desk: Desk):
    made = await desk.authorize("25.00")
    assert (made["kind"], made["status"], made["payment"]["status"]) == (
        "AUTHORIZE",
        "SUCCEEDED",
        "AUTHORIZED",
    )
    order = await desk.seen()
    assert (order["paymentStatus"], order["amountAuthorized"], order["amountDue"]) == (
        "AUTHORIZED",
        {"amount": "25.00"},
        {"amount": "25.00"},
    )
    part = await desk.capture("10.00")
    assert (part["kind"], part["amount"]["amount"], part["payment"]["status"]) == (
        "CAPTURE",
        "10.00",
        "AUTHORIZED",
    )
    order = await desk.seen()
    assert (order["paymentStatus"], order["amountAuthorized"]) == ("PARTIALLY_PAID", {"amount": "15.00"})
    assert order["payments"][0]["capturable"] == {"amount": "15.00"}
    rest = await desk.capture()
    assert (rest["amount"]["amount"], rest["payment"]["status"]) == ("15.00", "CAPTURED")
    order = await desk.seen()
    assert (order["paymentStatus"], order["amountAuthorized"]) == ("PAID", {"amount": "0.00"})
    assert await payments.differences() == []
    await books_add_up()


async def test_an_authorization_of_the_whole_amount_releases_the_payment_hold(story: Story):
    rule = "mutation($i: OrderRuleSetInput!) { orderRuleSet(input: $i) { __typename } }"
    await story.staff.do(rule, i={"channel": "web", "rule": "unpaid", "outcome": "HOLD"})
    desk = await desk_for(story)
    await desk.authorize("10.00")
    order = await desk.seen()
    assert (order["paymentStatus"], order["isOnHold"]) == ("UNPAID", True)
    await desk.authorize("15.00", "terminal-2")
    order = await desk.seen()
    assert (order["paymentStatus"], order["isOnHold"], order["status"]) == ("AUTHORIZED", False, "CONFIRMED")


async def test_voiding_releases_what_is_not_captured(desk: Desk):
    await desk.authorize("25.00")
    await desk.capture("10.00")
    done = await desk.void()
    assert (done["kind"], done["amount"]["amount"], done["payment"]["status"]) == (
        "VOID",
        "15.00",
        "CAPTURED",
    )
    order = await desk.seen()
    assert (order["paymentStatus"], order["amountAuthorized"]) == ("PARTIALLY_PAID", {"amount": "0.00"})
    again = await desk.void()
    assert (again["__typename"], again["errorCode"]) == ("IllegalTransition", "ILLEGAL_TRANSITION")
    await desk.authorize("15.00", "terminal-2")
    assert (await desk.capture(at=1))["amount"]["amount"] == "15.00"
    assert await payments.differences() == []


async def test_an_order_whose_only_authorization_is_voided_is_voided(desk: Desk):
    await desk.authorize("25.00")
    await desk.void()
    order = await desk.seen()
    assert (order["paymentStatus"], order["payments"][0]["status"]) == ("VOIDED", "VOIDED")
    names = await desk.story.events(desk.number)
    assert names[-2:] == ["payment_authorized", "payment_voided"]


async def test_p18_an_authorization_stays_when_an_edit_lowers_the_order_and_less_is_captured(desk: Desk):
    await desk.authorize("25.00")
    await _edit(desk, 1)
    order = await desk.seen()
    assert (order["paymentStatus"], order["amountAuthorized"]) == ("AUTHORIZED", {"amount": "25.00"})
    refused = await desk.capture("25.00")
    assert (refused["__typename"], refused["message"]) == (
        "AmountTooLarge",
        "$15.00 of the order is due. Capture at most that.",
    )
    assert (await desk.capture())["amount"]["amount"] == "15.00"
    order = await desk.seen()
    assert (order["paymentStatus"], order["amountDue"]) == ("PAID", {"amount": "0.00"})
    steps = {step["step"]: step for step in order["payments"][0]["nextSteps"]}
    assert steps["CAPTURE"]["reasonCode"] == "NOT_READY" and steps["VOID"]["isPossible"]


async def test_p19_what_an_edit_adds_is_asked_for_apart(desk: Desk):
    await desk.authorize("25.00")
    await _edit(desk, 3)
    assert (await desk.seen())["paymentStatus"] == "UNPAID"  # the whole amount is not authorized any more
    refused = await desk.capture("35.00")
    assert refused["path"] == ["input", "amount"]
    assert refused["message"] == (
        "$25.00 of this payment can be captured. Capture at most that, and authorize the rest as another "
        "payment (paymentAuthorize)."
    )
    more = await desk.authorize("10.01", "terminal-2")
    assert more["message"] == "$10.00 is due and not authorized. Authorize at most that."
    await desk.authorize("10.00", "terminal-2")
    assert [(await desk.capture(at=at))["amount"]["amount"] for at in (0, 1)] == ["25.00", "10.00"]
    assert (await desk.seen())["paymentStatus"] == "PAID"


async def test_p16_an_order_is_held_with_the_date_when_its_authorization_expires_tomorrow(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    ends = clock.now() + timedelta(days=7)
    await desk.authorize("25.00", captureBefore=ends.isoformat())
    assert await jobs.end_expired_authorizations() == 0
    _later(monkeypatch, timedelta(days=6, minutes=1))
    assert await jobs.end_expired_authorizations() == 1
    assert await jobs.end_expired_authorizations() == 0
    holds = "query($n: String!) { order(number: $n) { holds { kind reason } } }"
    (hold,) = (await desk.story.staff.ask(holds, n=desk.number))["order"]["holds"]
    assert hold["kind"] == "PAYMENT" and f"expires on {ends:%Y-%m-%d %H:%M} (UTC)" in hold["reason"]
    await desk.capture()
    assert (await desk.seen())["isOnHold"] is False


async def test_p17_an_expired_authorization_is_released_and_the_order_is_held_until_it_is_paid(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    await desk.authorize("25.00", captureBefore=(clock.now() + timedelta(days=7)).isoformat())
    _later(monkeypatch, timedelta(days=7, seconds=1))
    (payment,) = await desk.payments()
    assert payment["capturable"] == {"amount": "0.00"}
    refused = await desk.capture()
    assert refused["message"] == "The authorization has expired. Ask the buyer for another payment."
    assert await jobs.end_expired_authorizations() == 1
    order = await desk.seen()
    assert (order["paymentStatus"], order["isOnHold"], order["payments"][0]["status"]) == (
        "VOIDED",
        True,
        "VOIDED",
    )
    assert order["amountAuthorized"] == {"amount": "0.00"}
    await desk.record("25.00")
    assert (await desk.seen())["isOnHold"] is False
    assert await payments.differences() == []


@pytest.mark.parametrize(
    ("currency", "price", "total", "third"), [("JPY", 1500, "3500", "1166"), ("KWD", 1500, "3.500", "1.166")]
)
async def test_p24_amounts_have_the_decimals_of_the_orders_currency(
    api: Api, currency: str, price: int, total: str, third: str
):
    shop = await make.shop(currency=currency, confirms_at_once=True)
    story = Story(api.as_(await make.token()), shop, shop.location, shop.location)
    desk = Desk(story, (await desk_for(story, price=price)).number, currency)
    wrong = await desk.authorize("1.5" if currency == "JPY" else "1.5001")
    assert wrong["errorCode"] == "INVALID" and wrong["path"] == ["input", "amount", "amount"]
    await desk.authorize(total)
    assert (await desk.capture())["amount"] == {"amount": total, "currency": currency}
    assert (await desk.refund(third))["amount"] == {"amount": third, "currency": currency}
    assert await payments.differences() == []


async def test_p28_staff_give_back_a_part_of_a_paid_order_in_goodwill(desk: Desk):
    await desk.authorize("25.00")
    await desk.capture()
    assert (await desk.refund("5.00", note="For the late delivery"))["status"] == "SUCCEEDED"
    order = await desk.seen()
    assert (order["paymentStatus"], order["amountDue"]) == ("PARTIALLY_REFUNDED", {"amount": "0.00"})


async def test_p42_a_refund_in_three_parts_gives_each_payment_back_at_most_what_it_gave(desk: Desk):
    await desk.authorize("10.00", "terminal-1")
    await desk.authorize("15.00", "terminal-2")
    for at in (0, 1):
        await desk.capture(at=at)
    first = await desk.refund("8.00")
    assert first["parts"] == [{"amount": {"amount": "8.00"}, "payment": {"position": 2}}]
    second = await desk.refund("10.00", preview=True)
    expected = [
        {"amount": {"amount": "3.00"}, "payment": {"position": 1}},
        {"amount": {"amount": "7.00"}, "payment": {"position": 2}},
    ]
    assert second["parts"] == expected
    assert (await desk.seen())["amountRefunded"] == {"amount": "8.00"}  # the preview saved nothing
    assert (await desk.refund("10.00"))["parts"] == expected
    too_much = await desk.refund("7.01")
    assert too_much["message"] == "At most $7.00 can be refunded."
    assert (await desk.refund("7.00"))["parts"] == [
        {"amount": {"amount": "7.00"}, "payment": {"position": 1}}
    ]
    order = await desk.seen()
    assert [each["refundedAmount"]["amount"] for each in order["payments"]] == ["10.00", "15.00"]
    assert order["paymentStatus"] == "REFUNDED"
    assert await payments.differences() == []


async def test_p42_the_chosen_order_and_the_chosen_payment_decide_who_gives_back(desk: Desk):
    await desk.authorize("10.00", "terminal-1")
    await desk.authorize("15.00", "terminal-2")
    for at in (0, 1):
        await desk.capture(at=at)
    shared = await desk.refund("5.00", refundOrder="PROPORTIONAL")
    assert [part["amount"]["amount"] for part in shared["parts"]] == ["2.00", "3.00"]
    first, second = await desk.payments()
    one = await desk.refund("8.00", paymentId=first["id"])
    assert one["payment"]["position"] == 1
    done = await desk.refund("1.00", paymentId=first["id"])
    assert done["__typename"] == "IllegalTransition"
    too_much = await desk.refund("12.01", paymentId=second["id"])
    assert too_much["message"] == "At most $12.00 can be refunded."
    assert await payments.differences() == []


async def test_the_money_received_last_is_refunded_first_although_its_payment_began_earlier(api: Api):
    desk = await desk_for(await Story.begin(api), price=3750)  # 80.00
    await desk.record("10.00")
    await desk.authorize("50.00")
    await desk.capture(at=1)
    await desk.record("20.00")
    assert (await desk.refund("15.00"))["parts"] == [
        {"amount": {"amount": "15.00"}, "payment": {"position": 1}}
    ]
    assert (await desk.refund("60.00", preview=True))["parts"] == [
        {"amount": {"amount": "10.00"}, "payment": {"position": 1}},
        {"amount": {"amount": "50.00"}, "payment": {"position": 2}},
    ]
    assert (await desk.refund("45.00"))["parts"] == [
        {"amount": {"amount": "5.00"}, "payment": {"position": 1}},
        {"amount": {"amount": "40.00"}, "payment": {"position": 2}},
    ]
    assert await payments.differences() == []


async def test_nothing_of_a_payment_that_is_only_authorized_can_be_refunded(desk: Desk):
    await desk.authorize("25.00")
    (payment,) = await desk.payments()
    assert {step["step"] for step in payment["nextSteps"]} == {"CAPTURE", "VOID"}
    refused = await desk.refund("1.00", paymentId=payment["id"])
    assert (
        refused["message"]
        == "Nothing of this payment is captured. Void its authorization instead (paymentVoid)."
    )
    assert (await desk.refund("1.00"))["message"] == "No payment has been received."


async def test_a_cancelled_order_is_not_captured_and_its_authorization_can_be_voided(desk: Desk):
    await desk.authorize("25.00")
    await desk.story.cancel(desk.number)
    refused = await desk.capture()
    assert refused["message"] == "Nothing is due for the order. Void the authorization instead (paymentVoid)."
    await desk.void()
    assert (await desk.seen())["amountAuthorized"] == {"amount": "0.00"}


@pytest.mark.parametrize(
    ("more", "code", "path"),
    [
        ({"amount": {"amount": "5", "currency": "EUR"}}, "INVALID", ["amount", "currency"]),
        ({"amount": {"amount": "0", "currency": "USD"}}, "INVALID", ["amount", "amount"]),
        ({"reference": ""}, "INVALID", ["reference"]),
        ({"reference": "x" * 121}, "INVALID", ["reference"]),
        ({"note": "x" * 501}, "INVALID", ["note"]),
        ({"captureBefore": "2020-01-01T00:00:00Z"}, "INVALID", ["captureBefore"]),
        ({"orderId": "T3JkZXI6AaIK5Se5dE-1Jh2fXiQmLQ"}, "NOT_FOUND", ["orderId"]),
    ],
)
async def test_an_invalid_authorization_is_refused_with_its_path(
    desk: Desk, more: Any, code: str, path: list[str]
):
    order = await desk.seen()
    given = {"orderId": order["id"], "amount": desk.money("5.00"), "reference": "t"} | more
    refused = await desk.do("paymentAuthorize", **given)
    assert (refused["errorCode"], refused["path"]) == (code, ["input", *path]), refused
    assert await desk.payments() == []


async def test_the_same_reference_cannot_be_authorized_twice(desk: Desk):
    await desk.authorize("5.00", "terminal-1")
    twice = await desk.authorize("5.00", " terminal-1 ")
    assert (twice["errorCode"], twice["path"]) == ("ALREADY_EXISTS", ["input", "reference"])


async def test_money_received_for_an_order_has_each_reference_once(desk: Desk):
    await desk.record("5.00", reference="bank-1")
    await desk.authorize("10.00", "terminal-1")
    await desk.authorize("10.00", "terminal-2")
    recorded = await desk.capture("5.00", at=1, reference=" bank-1 ")
    assert (recorded["errorCode"], recorded["path"]) == ("ALREADY_EXISTS", ["input", "reference"])
    assert (await desk.capture("5.00", at=1, reference="terminal-1"))["status"] == "SUCCEEDED"
    captured = await desk.capture("5.00", at=2, reference="terminal-1")
    assert (captured["errorCode"], captured["path"]) == ("ALREADY_EXISTS", ["input", "reference"])
    again = await desk.record("5.00", reference="terminal-1")
    assert again["errorCode"] == "ALREADY_EXISTS"
    assert (await desk.refund("1.00", reference="terminal-1"))["status"] == "SUCCEEDED"


async def test_an_authorization_without_a_reference_is_told_what_a_reference_is_like(desk: Desk):
    refused = await desk.authorize("5.00", "  ")
    assert refused["message"] == "The reference must have 1 to 120 characters."
    refused = await desk.record("5.00", reference=" ")
    assert refused["message"] == "The reference must have 1 to 120 characters. Omit it if there is none."


async def test_no_more_is_capturable_than_is_due(desk: Desk):
    await desk.authorize("25.00")
    await _edit(desk, 1)
    assert (await desk.payments())[0]["capturable"] == {"amount": "15.00"}
    await desk.record("10.00")
    assert (await desk.payments())[1]["capturable"] == {"amount": "0.00"}
    assert (await desk.payments())[0]["capturable"] == {"amount": "5.00"}
    assert (await desk.capture("5.00"))["status"] == "SUCCEEDED"
    await desk.refund("1.00")
    assert (await desk.payments())[0]["capturable"] == {"amount": "0.00"}


@pytest.mark.parametrize(
    ("table", "column"), [("payment", "authorized_minor"), ("sales_order", "authorized_minor")]
)
async def test_verify_finds_an_authorized_amount_that_differs(desk: Desk, table: str, column: str):
    await desk.authorize("20.00")
    await desk.record("5.00")
    await desk.capture("10.00")
    await desk.void()
    assert await payments.differences() == []
    await fetch(f"UPDATE {table} SET {column} = {column} + 1")
    found = await payments.differences()
    assert found and all(desk.number in line for line in found)


async def test_verify_finds_a_payment_and_an_order_that_agree_on_a_wrong_amount(desk: Desk):
    await desk.authorize("20.00")
    for table in ("payment", "sales_order"):
        await fetch(f"UPDATE {table} SET authorized_minor = authorized_minor + 100")
    (found,) = await payments.differences()
    assert found.startswith(f"payment 1 of order {desk.number}: 2100 (+0) authorized, ")


async def test_concurrent_captures_never_take_more_than_was_authorized(desk: Desk):
    await desk.authorize("25.00")
    done = await asyncio.gather(*(desk.capture("10.00") for _ in range(6)))
    kinds = sorted(each["__typename"] for each in done)
    assert kinds == ["AmountTooLarge"] * 4 + ["PaymentTransaction"] * 2
    assert (await desk.seen())["amountPaid"] == {"amount": "20.00"}
    assert await payments.differences() == []


async def test_buyers_see_the_authorized_amount_but_not_the_payments(desk: Desk):
    await desk.authorize("25.00")
    viewer = desk.story.staff.as_(await make.token(Permission.ORDERS_VIEW))
    (payment,) = (
        await viewer.ask(
            "query($n: String!) { order(number: $n) { payments { nextSteps { step isPossible reasonCode } } } }",
            n=desk.number,
        )
    )["order"]["payments"]
    assert {(step["isPossible"], step["reasonCode"]) for step in payment["nextSteps"]} == {
        (False, "FORBIDDEN")
    }
    order = await desk.seen()
    token = "query($n: String!) { order(number: $n) { id accessToken } }"
    token = (await desk.story.staff.ask(token, n=desk.number))["order"]["accessToken"]
    asked = "query($id: ID!, $t: String) { order(id: $id, token: $t) { amountAuthorized { amount } payments { id } } }"
    seen = (await Api(desk.story.staff.client).ask(asked, id=order["id"], t=token))["order"]
    assert seen == {"amountAuthorized": {"amount": "25.00"}, "payments": None}
