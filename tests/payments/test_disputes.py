"""Disputes: reported by gateways or recorded by staff, and what follows from them."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from app.core import clock
from app.core.database import fetch
from app.payments import jobs
from app.payments import queries as payments
from app.payments.gateways.protocol import RefundState
from app.payments.lifecycle import DisputeStatus as D
from tests.journeys.life import books_add_up
from tests.payments.desk import Desk
from tests.payments.scripted import World, send, send_all

DUE = datetime(2030, 5, 4, 12, tzinfo=UTC)
SEEN = """query($n: String!) { order(number: $n) { paymentStatus hasOpenDispute isOnHold
  amountDue { amount } amountPaid { amount } holds { rule reason releasedAt }
  payments { status refundable { amount } chargedBackAmount { amount } disputedAmount { amount }
    disputes { id status } nextSteps { step isPossible reason } transactions { kind status amount { amount } reference } } } }"""
LIST = """query($f: DisputeFilter, $o: DisputeOrder) { disputes(filter: $f, orderBy: $o) { nodes {
  reference gateway status reason isInquiry isReported amount { amount currency } fee { amount currency }
  evidenceDueAt closedAt order { number } payment { position } chargeback { amount { amount } }
  nextSteps { step isPossible } } } }"""
_ANSWER = """{ __typename ... on Dispute { id version status note closedAt } ... on UserError { errorCode message path } } }"""
RECORD = "mutation($i: DisputeRecordInput!) { disputeRecord(input: $i) " + _ANSWER
RESPOND = "mutation($i: DisputeRespondInput!) { disputeRespond(input: $i) " + _ANSWER
CLOSE = "mutation($i: DisputeCloseInput!, $v: Int) { disputeClose(input: $i, expectedVersion: $v) " + _ANSWER


@pytest.fixture
async def desk(card_desk: Desk) -> Desk:
    """An order of 25.00 that is paid by the gateway `card`."""
    await card_desk.pay("ok")
    await card_desk.capture()
    return card_desk


async def reference(desk: Desk) -> str:
    return str((await desk.payments())[-1]["reference"])


async def shown(desk: Desk) -> dict[str, Any]:
    found: dict[str, Any] = (await desk.story.staff.ask(SEEN, n=desk.number))["order"]
    return found


async def listed(desk: Desk, **given: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await desk.story.staff.ask(LIST, **given))["disputes"]["nodes"]
    return found


async def tell(desk: Desk, *bodies: bytes) -> None:
    assert set(await send_all(desk.story.staff.client, bodies)) == {200}


async def told(desk: Desk) -> list[str]:
    return [name for name in await desk.story.events(desk.number) if name.startswith("dispute")]


async def sound() -> None:
    assert await payments.differences() == []
    await books_add_up()


async def test_p30_a_dispute_blocks_refunds_and_holds_the_order_until_it_is_won(desk: Desk, world: World):
    await tell(desk, world.dispute(await reference(desk), 2500, evidence_due_at=DUE))
    order = await shown(desk)
    (payment,) = order["payments"]
    assert (order["hasOpenDispute"], order["isOnHold"], order["paymentStatus"]) == (True, True, "PAID")
    assert [(each["rule"], each["releasedAt"]) for each in order["holds"]] == [("payment_disputed", None)]
    assert "2030-05-04 12:00 UTC" in order["holds"][0]["reason"]
    assert (payment["refundable"], payment["disputedAmount"]) == ({"amount": "0.00"}, {"amount": "25.00"})
    refused = await desk.refund("5.00")
    assert refused["__typename"] == "AmountTooLarge" and refused["path"] == ["input", "amount"]
    assert "dp_1, evidence due by 2030-05-04 12:00 UTC" in refused["message"]
    refused = await desk.refund("5.00", paymentId=(await desk.payments())[0]["id"])
    assert refused["message"].startswith("Disputed: $25.00 (dp_1")
    (step,) = [each for each in payment["nextSteps"] if each["step"] == "REFUND"]
    assert not step["isPossible"] and "dp_1" in step["reason"]
    await tell(desk, world.decide("dp_1", D.UNDER_REVIEW), world.decide("dp_1", D.WON))
    order = await shown(desk)
    assert (order["hasOpenDispute"], order["isOnHold"]) == (False, False)
    assert (await desk.refund("5.00"))["status"] == "SUCCEEDED"
    assert await told(desk) in (
        ["dispute_opened", "dispute_responded", "dispute_won"],
        ["dispute_opened", "dispute_won"],  # both messages came when it was decided
    )
    await sound()


async def test_p30_a_lost_dispute_charges_back_and_the_amount_is_due_again(desk: Desk, world: World):
    await tell(desk, world.dispute(await reference(desk), 2500, fee_minor=1500, fee_currency="EUR"))
    assert [each["reference"] for each in await listed(desk, f={"status": ["NEEDS_RESPONSE"]})] == ["dp_1"]
    await tell(desk, world.decide("dp_1", D.LOST))
    order = await shown(desk)
    (payment,) = order["payments"]
    assert (order["amountDue"], order["amountPaid"]) == ({"amount": "25.00"}, {"amount": "0.00"})
    assert (payment["status"], payment["chargedBackAmount"]) == ("CHARGED_BACK", {"amount": "25.00"})
    assert payment["transactions"][-1] == {
        "kind": "CHARGEBACK", "status": "SUCCEEDED", "amount": {"amount": "25.00"}, "reference": "dp_1",
    }  # fmt: skip
    assert order["isOnHold"]
    (dispute,) = await listed(desk)
    assert (dispute["status"], dispute["chargeback"]) == ("LOST", {"amount": {"amount": "25.00"}})
    assert dispute["fee"] == {"amount": "15.00", "currency": "EUR"} and dispute["closedAt"]
    assert await listed(desk, f={"status": ["NEEDS_RESPONSE", "UNDER_REVIEW"]}) == []
    assert await told(desk) == ["dispute_opened", "dispute_lost"]
    assert (await desk.refund("1.00"))["__typename"] == "AmountTooLarge"
    await sound()


@pytest.mark.parametrize("is_won_first", [False, True])
async def test_p30_a_chargeback_without_an_open_dispute_holds_the_order_until_it_is_paid(
    desk: Desk, world: World, is_won_first: bool
):
    opened = world.dispute(await reference(desk), 2500)
    if is_won_first:
        await tell(desk, opened)
        await tell(desk, world.decide("dp_1", D.WON))
        assert (await shown(desk))["isOnHold"] is False
    await tell(desk, world.decide("dp_1", D.LOST))
    order = await shown(desk)
    (hold,) = [each for each in order["holds"] if each["releasedAt"] is None]
    assert hold["rule"] == "payment_disputed"
    assert hold["reason"].endswith("was charged back (card, dp_1). Ask for another payment.")
    await desk.pay("ok")
    assert (await shown(desk))["isOnHold"] is False
    await sound()


async def test_p30_the_event_of_a_lost_dispute_has_the_amounts(desk: Desk, world: World):
    await desk.refund("10.00")
    await tell(desk, world.dispute(await reference(desk), 2500, fee_minor=1500, fee_currency="EUR"))
    await tell(desk, world.decide("dp_1", D.LOST))
    (row,) = await fetch("SELECT payload FROM journal_entry WHERE name = 'dispute_lost'")
    facts = orjson.loads(row["payload"]) if isinstance(row["payload"], str) else row["payload"]
    (payment,) = await fetch("SELECT id, charged_back_minor FROM payment")
    assert payment["charged_back_minor"] == 1500  # what was refunded before cannot be charged back
    assert facts["charged_back_minor"] == 1500 and facts["transaction_id"]
    assert (facts["amount_minor"], facts["currency"], facts["gateway"]) == (2500, "USD", "card")
    assert (facts["fee_minor"], facts["fee_currency"]) == (1500, "EUR")
    assert facts["payment_id"] == str(payment["id"])
    await sound()


async def test_p31_a_dispute_that_is_lost_and_then_won_can_be_refunded(desk: Desk, world: World):
    await tell(desk, world.dispute(await reference(desk), 2500))
    await tell(desk, world.decide("dp_1", D.LOST))
    await tell(desk, world.decide("dp_1", D.WON))
    order = await shown(desk)
    (payment,) = order["payments"]
    assert (order["paymentStatus"], order["amountDue"]) == ("PAID", {"amount": "0.00"})
    assert (payment["status"], payment["refundable"]) == ("CAPTURED", {"amount": "25.00"})
    assert payment["transactions"][-1]["status"] == "REVERSED"
    assert not order["isOnHold"]
    (row,) = await fetch("SELECT payload FROM journal_entry WHERE name = 'dispute_won'")
    facts = orjson.loads(row["payload"]) if isinstance(row["payload"], str) else row["payload"]
    assert facts["charged_back_minor"] == 2500 and facts["transaction_id"]
    await tell(desk, world.decide("dp_1", D.LOST))
    assert (await shown(desk))["payments"][0]["chargedBackAmount"] == {"amount": "25.00"}
    await tell(desk, world.decide("dp_1", D.WON))
    assert (await desk.refund("25.00"))["status"] == "SUCCEEDED"
    assert await told(desk) == ["dispute_opened", *["dispute_lost", "dispute_won"] * 2]
    await sound()


async def test_p32_a_late_message_that_it_is_paid_does_not_pay_the_order_again(desk: Desk, world: World):
    known = await reference(desk)
    await tell(desk, world.dispute(known, 2500))
    await tell(desk, world.decide("dp_1", D.LOST))
    before = await shown(desk)
    await tell(desk, world.message(known, "succeeded"), world.message(known, "captured"))
    await desk.sync()
    assert await shown(desk) == before
    assert before["paymentStatus"] == "UNPAID"
    await sound()


async def test_a_part_that_is_disputed_leaves_the_rest_refundable(desk: Desk, world: World):
    await tell(desk, world.dispute(await reference(desk), 1000))
    refused = await desk.refund("15.01")
    assert refused["message"].startswith("At most $15.00 can be refunded now. Disputed: $10.00")
    assert (await desk.refund("15.00"))["status"] == "SUCCEEDED"
    await tell(desk, world.decide("dp_1", D.LOST))
    (payment,) = (await shown(desk))["payments"]
    assert (payment["status"], payment["chargedBackAmount"]) == ("CHARGED_BACK", {"amount": "10.00"})
    await sound()


EXCESS = """query { disputes(orderBy: {field: OPENED_AT, direction: ASC}) { nodes { reference excessAmount { amount }
  chargeback { amount { amount } status } } } }"""


async def charged(desk: Desk) -> dict[str, tuple[str | None, str]]:
    """What is charged back for each dispute, and what exceeds it."""
    found = (await desk.story.staff.ask(EXCESS))["disputes"]["nodes"]
    return {
        each["reference"]: (
            each["chargeback"]["amount"]["amount"] if each["chargeback"] else None,
            each["excessAmount"]["amount"],
        )
        for each in found
    }


async def test_a_second_dispute_of_the_same_money_shows_what_exceeds_the_payment(desk: Desk, world: World):
    known = await reference(desk)
    await tell(desk, world.dispute(known, 1000), world.dispute(known, 2500))
    await tell(desk, world.decide("dp_1", D.LOST))
    assert await charged(desk) == {"dp_1": ("10.00", "0.00"), "dp_2": (None, "0.00")}
    await tell(desk, world.decide("dp_2", D.LOST))
    assert await charged(desk) == {"dp_1": ("10.00", "0.00"), "dp_2": ("15.00", "10.00")}
    (payment,) = (await shown(desk))["payments"]
    assert payment["chargedBackAmount"] == {"amount": "25.00"}
    rows = await fetch("SELECT payload FROM journal_entry WHERE name = 'dispute_lost' ORDER BY number")
    facts = [
        orjson.loads(row["payload"]) if isinstance(row["payload"], str) else row["payload"] for row in rows
    ]
    assert [(each["charged_back_minor"], each["excess_minor"]) for each in facts] == [(1000, 0), (1500, 1000)]
    await tell(desk, world.decide("dp_1", D.WON))
    assert await charged(desk) == {"dp_1": (None, "0.00"), "dp_2": ("25.00", "0.00")}
    order = await shown(desk)
    (payment,) = order["payments"]
    assert order["isOnHold"] and order["amountDue"] == {"amount": "25.00"}
    assert (payment["status"], payment["chargedBackAmount"]) == ("CHARGED_BACK", {"amount": "25.00"})
    await tell(desk, world.decide("dp_2", D.WON))
    assert await charged(desk) == {"dp_1": (None, "0.00"), "dp_2": (None, "0.00")}
    assert (await shown(desk))["paymentStatus"] == "PAID"
    await sound()


async def test_the_excess_of_a_dispute_is_charged_back_when_a_refund_fails(desk: Desk, world: World):
    world.refunds_later = True
    assert (await desk.refund("25.00"))["status"] == "PENDING"
    await tell(desk, world.dispute(await reference(desk), 2500))
    await tell(desk, world.decide("dp_1", D.LOST))
    assert await charged(desk) == {"dp_1": (None, "25.00")}
    world.settle_refund(await reference(desk), "ref_1", RefundState.FAILED)
    await desk.sync()
    assert await charged(desk) == {"dp_1": ("25.00", "0.00")}
    order = await shown(desk)
    assert (order["amountDue"], order["isOnHold"]) == ({"amount": "25.00"}, True)
    await sound()


async def test_the_excess_of_a_dispute_is_charged_back_when_the_gateway_refuses_a_refund(
    desk: Desk, world: World, monkeypatch: pytest.MonkeyPatch
):
    world.silent.add("refund")
    assert (await desk.refund("25.00"))["status"] == "PENDING"
    await tell(desk, world.dispute(await reference(desk), 2500))
    await tell(desk, world.decide("dp_1", D.LOST))
    assert await charged(desk) == {"dp_1": (None, "25.00")}
    world.silent.clear()
    world.refuses_refunds = True
    later = clock.now() + timedelta(hours=2)
    monkeypatch.setattr(clock, "now", lambda: later)
    await jobs.call_gateways()
    assert await charged(desk) == {"dp_1": ("25.00", "0.00")}
    assert (await shown(desk))["amountDue"] == {"amount": "25.00"}
    await sound()


async def test_an_inquiry_blocks_nothing_until_it_becomes_a_dispute(desk: Desk, world: World):
    await tell(desk, world.dispute(await reference(desk), 2500, is_inquiry=True))
    order = await shown(desk)
    assert (order["hasOpenDispute"], order["isOnHold"]) == (True, False)
    assert (await desk.refund("5.00"))["status"] == "SUCCEEDED"
    await tell(desk, world.decide("dp_1", D.NEEDS_RESPONSE, is_inquiry=False))
    assert (await shown(desk))["isOnHold"]
    assert (await desk.refund("5.00"))["__typename"] == "AmountTooLarge"
    assert await told(desk) == ["dispute_opened", "dispute_opened"]
    await sound()


async def test_twenty_copies_of_the_messages_of_a_dispute_are_one_chargeback(desk: Desk, world: World):
    opened = world.dispute(await reference(desk), 2500)
    world.decide("dp_1", D.LOST)
    world.pause = 0.002
    await tell(desk, *[opened, *[world.dispute_message("dp_1") for _ in range(3)]] * 5)
    await jobs.call_gateways()
    rows = await fetch("SELECT amount_minor FROM payment_transaction WHERE kind = 'chargeback'")
    assert [row["amount_minor"] for row in rows] == [2500]
    assert await told(desk) == ["dispute_opened", "dispute_lost"]
    await sound()


async def test_an_outdated_answer_does_not_open_a_decided_dispute_again(desk: Desk, world: World):
    await tell(desk, world.dispute(await reference(desk), 2500))
    world.pause = 0.05
    slow = asyncio.create_task(send(desk.story.staff.client, world.dispute_message("dp_1")))
    while ("dispute", "dp_1") not in world.calls[-1:]:
        await asyncio.sleep(0)
    world.pause = 0
    await tell(desk, world.decide("dp_1", D.LOST))
    await slow
    assert [each["status"] for each in await listed(desk)] == ["LOST"]
    assert await told(desk) == ["dispute_opened", "dispute_lost"]
    await sound()


async def test_a_dispute_of_an_unknown_payment_is_kept_and_linked_when_the_payment_is_known(
    card_desk: Desk, world: World, monkeypatch: pytest.MonkeyPatch
):
    await tell(card_desk, world.dispute("pay_early", 700))
    (dispute,) = await listed(card_desk)
    assert (dispute["order"], dispute["payment"], dispute["status"]) == (None, None, "NEEDS_RESPONSE")
    messages = "{ gatewayMessages { nodes { outcome } } }"
    seen = await card_desk.story.staff.ask(messages)
    assert seen["gatewayMessages"]["nodes"] == [{"outcome": "UNKNOWN"}]
    await card_desk.pay("ok")
    await card_desk.capture()
    known = await reference(card_desk)
    world.decide("dp_1", D.NEEDS_RESPONSE, payment_reference=known)
    now = clock.now() + timedelta(seconds=11)
    monkeypatch.setattr(clock, "now", lambda: now)
    await jobs.call_gateways()
    (dispute,) = await listed(card_desk)
    assert dispute["order"] == {"number": card_desk.number}
    assert await told(card_desk) == ["dispute_opened"]
    assert (await shown(card_desk))["payments"][0]["disputedAmount"] == {"amount": "7.00"}


async def test_a_dispute_in_another_currency_is_a_conflict_that_staff_compare(desk: Desk, world: World):
    await tell(desk, world.dispute(await reference(desk), 2500, currency="JPY"))
    (dispute,) = await listed(desk)
    assert (dispute["payment"], dispute["amount"]) == (None, {"amount": "2500", "currency": "JPY"})
    seen = await desk.story.staff.ask("{ gatewayMessages(first: 1) { nodes { outcome note } } }")
    assert seen["gatewayMessages"]["nodes"][0]["outcome"] == "CONFLICT"
    assert (await desk.refund("1.00"))["status"] == "SUCCEEDED"


async def test_a_gateway_that_does_not_answer_about_a_dispute_is_asked_again(
    desk: Desk, world: World, monkeypatch: pytest.MonkeyPatch
):
    world.silent = {"dispute"}
    await tell(desk, world.dispute(await reference(desk), 2500))
    assert await listed(desk) == []
    world.silent = set()
    now = clock.now() + timedelta(seconds=11)
    monkeypatch.setattr(clock, "now", lambda: now)
    await jobs.call_gateways()
    assert [each["status"] for each in await listed(desk)] == ["NEEDS_RESPONSE"]


async def test_a_sync_takes_over_the_result_whose_message_was_lost(desk: Desk, world: World):
    await tell(desk, world.dispute(await reference(desk), 2500))
    world.decide("dp_1", D.WON)
    await desk.sync()
    assert [each["status"] for each in await listed(desk)] == ["WON"]


async def test_money_of_a_cancelled_order_goes_back_when_its_dispute_is_won(desk: Desk, world: World):
    await tell(desk, world.dispute(await reference(desk), 2500))
    await desk.story.cancel(desk.number)
    assert (await desk.seen())["amountRefunded"] == {"amount": "0.00"}
    await tell(desk, world.decide("dp_1", D.WON))
    await jobs.call_gateways()
    assert (await desk.seen())["amountRefunded"] == {"amount": "25.00"}
    await sound()


async def test_an_order_that_was_charged_back_is_not_cancelled_as_unpaid(desk: Desk, world: World):
    await tell(desk, world.dispute(await reference(desk), 2500))
    await tell(desk, world.decide("dp_1", D.LOST))
    (channel,) = await fetch("SELECT channel_id FROM sales_order")
    from app.core.database import uuid_of

    assert await payments.unpaid_since(uuid_of(channel["channel_id"]), clock.now(), 10) == []


# Disputes that staff record.


async def recorded(
    desk: Desk, amount: str = "25.00", reference: str = "CASE-1", **more: Any
) -> dict[str, Any]:
    payment = (await desk.payments())[0]["id"]
    given = {"paymentId": payment, "amount": desk.money(amount), "reference": reference} | more
    return await desk.story.staff.do(RECORD, i=given)


async def test_staff_record_a_dispute_its_evidence_and_its_result(card_desk: Desk):
    await card_desk.record("25.00")
    made = await recorded(card_desk, evidenceDueAt=DUE.isoformat(), reason="not received")
    assert (made["status"], made["version"]) == ("NEEDS_RESPONSE", 1)
    (dispute,) = await listed(card_desk)
    steps = {each["step"]: each["isPossible"] for each in dispute["nextSteps"]}
    assert (steps, dispute["isReported"], dispute["gateway"]) == (
        {"RESPOND": True, "CLOSE": True}, False, "manual",
    )  # fmt: skip
    sent = await card_desk.story.staff.do(RESPOND, i={"id": made["id"], "note": "Proof of delivery sent"})
    assert (sent["status"], sent["note"]) == ("UNDER_REVIEW", "Proof of delivery sent")
    again = await card_desk.story.staff.do(RESPOND, i={"id": made["id"]})
    assert again["__typename"] == "IllegalTransition"
    stale = await card_desk.story.staff.do(CLOSE, i={"id": made["id"], "outcome": "LOST"}, v=1)
    assert stale["__typename"] == "StaleVersion"
    lost = await card_desk.story.staff.do(CLOSE, i={"id": made["id"], "outcome": "LOST"}, v=2)
    assert (lost["status"], lost["note"]) == ("LOST", "Proof of delivery sent")
    assert (await shown(card_desk))["amountDue"] == {"amount": "25.00"}
    won = await card_desk.story.staff.do(CLOSE, i={"id": made["id"], "outcome": "WON"})
    assert won["status"] == "WON" and (await shown(card_desk))["amountDue"] == {"amount": "0.00"}
    twice = await card_desk.story.staff.do(CLOSE, i={"id": made["id"], "outcome": "WON"})
    assert (twice["__typename"], twice["path"]) == ("InvalidInput", ["input", "outcome"])
    await sound()


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"amount": "25.01"}, ["input", "amount", "amount"]),
        ({"amount": "0.00"}, ["input", "amount", "amount"]),
        ({"reference": " "}, ["input", "reference"]),
        ({"reason": "x" * 121}, ["input", "reason"]),
        ({"note": "x" * 501}, ["input", "note"]),
        ({"openedAt": "2999-01-01T00:00:00Z"}, ["input", "openedAt"]),
    ],
)
async def test_a_dispute_that_cannot_be_is_refused_with_its_field(
    card_desk: Desk, given: dict[str, Any], path: list[str]
):
    await card_desk.record("25.00")
    refused = await recorded(card_desk, **given)
    assert refused["path"] == path, refused
    assert await listed(card_desk) == []


async def test_a_reference_is_recorded_once(card_desk: Desk):
    await card_desk.record("25.00")
    await recorded(card_desk, "5.00")
    assert (await recorded(card_desk, "5.00"))["__typename"] == "AlreadyExists"
    assert (await recorded(card_desk, "5.00", "CASE-2"))["__typename"] == "Dispute"
    assert (await shown(card_desk))["payments"][0]["refundable"] == {"amount": "15.00"}
    await sound()


async def test_a_dispute_that_the_gateway_reports_is_answered_there(desk: Desk, world: World):
    await tell(desk, world.dispute(await reference(desk), 2500))
    id = (await shown(desk))["payments"][0]["disputes"][0]["id"]
    refused = await desk.story.staff.do(CLOSE, i={"id": id, "outcome": "WON"})
    assert refused["path"] == ["input", "id"] and "reports this dispute" in refused["message"]
    steps = (await listed(desk))[0]["nextSteps"]
    assert [(each["step"], each["isPossible"]) for each in steps] == [("RESPOND", False), ("CLOSE", False)]


async def test_a_dispute_that_staff_recorded_is_taken_over_when_the_gateway_reports_it(
    desk: Desk, world: World
):
    await recorded(desk, reference="dp_1")
    await tell(desk, world.dispute(await reference(desk), 2500))
    (dispute,) = await listed(desk)
    assert dispute["isReported"] and await told(desk) == ["dispute_opened"]
    await sound()


async def test_disputes_are_sorted_by_the_time_for_evidence(card_desk: Desk):
    await card_desk.record("25.00")
    for number, day in ((1, 20), (2, 10), (3, None)):
        due = {"evidenceDueAt": f"2030-01-{day}T00:00:00Z"} if day else {}
        await recorded(card_desk, "1.00", f"CASE-{number}", **due)
    by_evidence = {"field": "EVIDENCE_DUE_AT", "direction": "ASC"}
    assert [each["reference"] for each in await listed(card_desk, o=by_evidence)] == ["CASE-2", "CASE-1"]
    assert len(await listed(card_desk, f={"channel": ["web"]})) == 3
    assert await listed(card_desk, f={"channel": ["other"]}) == []


async def test_open_disputes_that_nobody_answers_are_stuck(card_desk: Desk, monkeypatch: pytest.MonkeyPatch):
    await card_desk.record("25.00")
    await recorded(card_desk)
    now = clock.now() + timedelta(hours=25)
    monkeypatch.setattr(clock, "now", lambda: now)
    stuck = (
        await card_desk.story.staff.ask("{ reports { stuck { stage count oldest { order { number } } } } }")
    )["reports"]["stuck"]
    (disputed,) = [each for each in stuck if each["stage"] == "DISPUTED"]
    assert disputed == {"stage": "DISPUTED", "count": 1, "oldest": [{"order": {"number": card_desk.number}}]}


async def test_two_results_at_once_are_one_chargeback(card_desk: Desk):
    await card_desk.record("25.00")
    made = await recorded(card_desk)
    given = {"id": made["id"], "outcome": "LOST"}
    answers = await asyncio.gather(*(card_desk.story.staff.do(CLOSE, i=given) for _ in range(6)))
    assert sorted(each["__typename"] for each in answers) == ["Dispute", *["InvalidInput"] * 5]
    assert (await shown(card_desk))["payments"][0]["chargedBackAmount"] == {"amount": "25.00"}
    await sound()
