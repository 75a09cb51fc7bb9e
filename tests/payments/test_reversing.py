"""Payments that the bank takes back."""

import asyncio
from typing import Any

import orjson
import pytest

from app.core.database import fetch
from app.payments import queries as payments
from tests.journeys.life import books_add_up
from tests.payments.desk import Desk
from tests.payments.scripted import World, send

REVERSE = """mutation($i: PaymentReverseInput!) { paymentReverse(input: $i) { __typename
  ... on PaymentTransaction { status problem { code message } } ... on UserError { errorCode message path } } }"""
SEEN = """query($n: String!) { order(number: $n) { paymentStatus isOnHold amountDue { amount }
  holds { rule releasedAt } payments { status capturedAmount { amount } transactions { id kind status } } } }"""


async def shown(desk: Desk) -> dict[str, Any]:
    found: dict[str, Any] = (await desk.story.staff.ask(SEEN, n=desk.number))["order"]
    return found


async def taken_back(desk: Desk, at: int = 0, reason: str = "Returned for lack of funds") -> dict[str, Any]:
    id = (await shown(desk))["payments"][0]["transactions"][at]["id"]
    return await desk.story.staff.do(REVERSE, i={"transactionId": id, "reason": reason})


async def sound() -> None:
    assert await payments.differences() == []
    await books_add_up()


async def test_a_payment_that_the_bank_takes_back_is_due_again(card_desk: Desk):
    await card_desk.record("25.00", reference="DD-1")
    reversed = await taken_back(card_desk)
    assert reversed == {
        "__typename": "PaymentTransaction", "status": "REVERSED",
        "problem": {"code": "taken_back", "message": "Returned for lack of funds"},
    }  # fmt: skip
    order = await shown(card_desk)
    assert (order["paymentStatus"], order["amountDue"]) == ("UNPAID", {"amount": "25.00"})
    assert [(each["rule"], each["releasedAt"]) for each in order["holds"]] == [("payment_reversed", None)]
    assert order["payments"][0]["capturedAmount"] == {"amount": "0.00"}
    (row,) = await fetch("SELECT payload FROM journal_entry WHERE name = 'payment_reversed'")
    facts = orjson.loads(row["payload"]) if isinstance(row["payload"], str) else row["payload"]
    assert (facts["amount_minor"], facts["currency"], facts["gateway"]) == (2500, "USD", "manual")
    assert facts["reason"] == "Returned for lack of funds"
    await sound()
    await card_desk.record("25.00", reference="DD-2")
    order = await shown(card_desk)
    assert (order["paymentStatus"], order["isOnHold"]) == ("PAID", False)
    await sound()


async def test_one_of_two_payments_is_taken_back(card_desk: Desk):
    await card_desk.record("10.00", reference="A")
    await card_desk.record("15.00", reference="B")
    await taken_back(card_desk, 1)
    assert (await shown(card_desk))["amountDue"] == {"amount": "15.00"}
    twice = await taken_back(card_desk, 1)
    assert twice["path"] == ["input", "transactionId"] and "reversed" in twice["message"]
    await sound()


async def test_a_capture_of_an_authorization_is_taken_back(card_desk: Desk):
    await card_desk.authorize("25.00")
    await card_desk.capture("10.00")
    await taken_back(card_desk, 1)
    (payment,) = (await shown(card_desk))["payments"]
    assert (payment["status"], payment["capturedAmount"]) == ("AUTHORIZED", {"amount": "0.00"})
    await sound()


async def test_a_payment_that_was_refunded_in_part_is_not_taken_back(card_desk: Desk):
    await card_desk.record("25.00")
    await card_desk.refund("5.00")
    refused = await taken_back(card_desk)
    assert refused["path"] == ["input", "transactionId"] and "disputeRecord" in refused["message"]
    refund = await taken_back(card_desk, 1)
    assert refund["path"] == ["input", "transactionId"]
    await sound()


async def test_a_reason_is_needed(card_desk: Desk):
    await card_desk.record("25.00")
    assert (await taken_back(card_desk, reason=" "))["path"] == ["input", "reason"]


async def test_two_clerks_take_a_payment_back_once(card_desk: Desk):
    await card_desk.record("25.00")
    answers = await asyncio.gather(*(taken_back(card_desk) for _ in range(5)))
    assert sorted(each["__typename"] for each in answers) == [*["InvalidInput"] * 4, "PaymentTransaction"]
    assert (await shown(card_desk))["amountDue"] == {"amount": "25.00"}
    await sound()


async def test_a_gateway_reports_that_a_capture_was_taken_back(card_desk: Desk, world: World):
    await card_desk.pay("ok")
    await card_desk.capture()
    known = (await card_desk.payments())[0]["reference"]
    refused = await taken_back(card_desk, 1)
    assert "paymentSync" in refused["message"]
    world.change(known, "returned", captured_minor=0, authorized_minor=0)
    for _ in range(2):
        await send(card_desk.story.staff.client, world.messages[-1])
        await card_desk.sync()
    order = await shown(card_desk)
    assert (order["paymentStatus"], order["isOnHold"]) == ("UNPAID", True)
    assert [each["status"] for each in order["payments"][0]["transactions"]] == ["SUCCEEDED", "REVERSED"]
    names = await card_desk.story.events(card_desk.number)
    assert names.count("payment_reversed") == 1
    await sound()


@pytest.mark.parametrize("captured", [1, 2499])
async def test_another_amount_at_the_gateway_is_a_conflict(card_desk: Desk, world: World, captured: int):
    await card_desk.pay("ok")
    await card_desk.capture()
    known = (await card_desk.payments())[0]["reference"]
    world.change(known, "changed", captured_minor=captured, authorized_minor=captured)
    refused = await card_desk.sync()
    assert "is recorded" in refused["message"]
    assert (await shown(card_desk))["paymentStatus"] == "PAID"
