"""Payouts: reported by gateways or imported by staff, and what their lines are about."""

import asyncio
from datetime import date
from typing import Any

import pytest

from app.access.permissions import Permission
from app.core.database import fetch
from app.payments import jobs
from app.payments import queries as payments
from app.payments.gateways.protocol import PaidOut
from app.payments.lifecycle import DisputeStatus as D
from app.payments.lifecycle import PayoutLineKind as L
from app.payments.payouts import Line
from tests import make
from tests.journeys.life import books_add_up
from tests.payments.desk import Desk
from tests.payments.scripted import World, send, send_all

_ANSWER = """{ __typename ... on Payout { id version status closedBy note }
  ... on UserError { errorCode message path } ... on InvalidInput { problems { code } } } }"""
IMPORT = "mutation($i: PayoutImportInput!) { payoutImport(input: $i) " + _ANSWER
COMPARE = "mutation($id: ID!) { payoutCompare(id: $id) " + _ANSWER
CLOSE = "mutation($i: PayoutCloseInput!) { payoutClose(input: $i) " + _ANSWER
LIST = """query($f: PayoutFilter) { payouts(filter: $f) { nodes { id reference gateway status currency arrivalOn isReported
  total { amount currency } fees { amount } lines { position kind reference problem amount { amount } fee { amount }
    net { amount } transactionAmount { amount currency } transaction { kind amount { amount } } dispute { reference } } } } }"""
DAY = date(2026, 5, 4)


@pytest.fixture
async def desk(card_desk: Desk) -> Desk:
    """An order of 25.00 that is paid by the gateway `card`; its capture has the reference `cap_1`."""
    await card_desk.pay("ok")
    await card_desk.capture()
    return card_desk


def line(kind: str, reference: str, amount: str, fee: str = "0", **more: Any) -> dict[str, Any]:
    return {"kind": kind, "reference": reference, "amount": amount, "fee": fee} | more


async def imported(
    desk: Desk, total: str, *lines: dict[str, Any], currency: str = "USD", **more: Any
) -> dict[str, Any]:
    given = {
        "gateway": "card", "reference": "po_1", "arrivalOn": "2026-05-04",
        "total": {"amount": total, "currency": currency}, "lines": list(lines),
    }  # fmt: skip
    return await desk.story.staff.do(IMPORT, i=given | more)


async def listed(desk: Desk, **given: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await desk.story.staff.ask(LIST, **given))["payouts"]["nodes"]
    return found


async def events() -> list[str]:
    rows = await fetch("SELECT name FROM journal_entry WHERE subject_kind = 'payout' ORDER BY number")
    return [row["name"] for row in rows]


async def sound() -> None:
    assert await payments.differences() == []
    await books_add_up()


async def test_p34_a_fee_is_an_expense_and_the_buyers_payment_stays_whole(desk: Desk):
    made = await imported(desk, "24.41", line("PAYMENT", "cap_1", "25.00", "0.59"))
    assert (made["status"], made["closedBy"]) == ("CLOSED", None)
    (payout,) = await listed(desk)
    assert (payout["total"]["amount"], payout["fees"]) == ("24.41", {"amount": "0.59"})
    assert payout["lines"] == [
        {
            "position": 1, "kind": "PAYMENT", "reference": "cap_1", "problem": None, "amount": {"amount": "25.00"},
            "fee": {"amount": "0.59"}, "net": {"amount": "24.41"}, "transactionAmount": None,
            "transaction": {"kind": "CAPTURE", "amount": {"amount": "25.00"}}, "dispute": None,
        }
    ]  # fmt: skip
    order = await desk.seen()
    assert (order["amountPaid"], order["amountDue"]) == ({"amount": "25.00"}, {"amount": "0.00"})
    assert await events() == ["payout_recorded", "payout_closed"]
    await sound()


async def test_p33_what_the_lines_do_not_explain_is_a_line_and_the_payout_stays_open(desk: Desk):
    made = await imported(desk, "20.00", line("PAYMENT", "cap_1", "25.00", "0.59"))
    assert made["status"] == "OPEN"
    (payout,) = await listed(desk, f={"status": ["OPEN"]})
    rest = payout["lines"][-1]
    assert (rest["kind"], rest["problem"], rest["net"]) == (
        "UNEXPLAINED", "UNEXPLAINED", {"amount": "-4.41"},
    )  # fmt: skip
    assert await events() == ["payout_recorded"]
    empty = await desk.story.staff.do(CLOSE, i={"id": payout["id"], "note": " "})
    assert empty["path"] == ["input", "note"]
    closed = await desk.story.staff.do(CLOSE, i={"id": payout["id"], "note": "Reserve kept by the gateway"})
    assert (closed["status"], closed["note"]) == ("CLOSED", "Reserve kept by the gateway")
    assert closed["closedBy"]
    assert await events() == ["payout_recorded", "payout_closed"]
    again = await desk.story.staff.do(CLOSE, i={"id": payout["id"], "note": "Again"})
    assert again["path"] == ["input", "id"]
    await sound()


async def test_refunds_disputes_and_fees_are_lines_of_their_own(desk: Desk, world: World):
    await desk.refund("5.00")
    reference = (await desk.payments())[0]["reference"]
    await send(desk.story.staff.client, world.dispute(reference, 2000))
    lines = [
        line("PAYMENT", "cap_1", "25.00", "0.59"), line("REFUND", "ref_1", "-5.00"),
        line("DISPUTE", "dp_1", "-20.00", "15.00"), line("FEE", "", "-0.10"),
    ]  # fmt: skip
    assert (await imported(desk, "-15.69", *lines))["status"] == "CLOSED"
    (payout,) = await listed(desk)
    assert [each["problem"] for each in payout["lines"]] == [None] * 4
    assert payout["lines"][2]["dispute"] == {"reference": "dp_1"}
    await send(desk.story.staff.client, world.decide("dp_1", D.WON))
    won = await imported(desk, "20.00", line("DISPUTE_REVERSAL", "dp_1", "20.00"), reference="po_2")
    assert won["status"] == "CLOSED"
    await sound()


async def test_each_line_that_needs_a_look_says_why(desk: Desk):
    lines = [
        line("PAYMENT", "cap_9", "3.00"), line("PAYMENT", "cap_1", "24.00"), line("REFUND", "cap_1", "-1.00"),
        line("ADJUSTMENT", "anything", "1.00"),
    ]  # fmt: skip
    await imported(desk, "27.00", *lines)
    (payout,) = await listed(desk)
    assert [each["problem"] for each in payout["lines"]] == ["NOT_FOUND", "OTHER_AMOUNT", "NOT_FOUND", None]
    assert [each["transaction"] for each in payout["lines"]] == [None] * 4


async def test_a_payment_is_paid_out_once(desk: Desk):
    paid = line("PAYMENT", "cap_1", "25.00")
    assert (await imported(desk, "50.00", paid, paid))["status"] == "OPEN"
    (payout,) = await listed(desk)
    assert [each["problem"] for each in payout["lines"]] == [None, "PAID_OUT_BEFORE"]
    assert (await imported(desk, "25.00", paid, reference="po_2"))["status"] == "OPEN"
    (later, _) = sorted(await listed(desk), key=lambda each: each["reference"], reverse=True)
    assert [each["problem"] for each in later["lines"]] == ["PAID_OUT_BEFORE"]


async def test_a_payout_is_imported_once_also_by_two_at_once(desk: Desk):
    paid = line("PAYMENT", "cap_1", "25.00")
    answers = await asyncio.gather(*(imported(desk, "25.00", paid) for _ in range(4)))
    assert sorted(each["__typename"] for each in answers) == [*["AlreadyExists"] * 3, "Payout"]
    assert {tuple(each["path"]) for each in answers if "path" in each} == {("input", "reference")}
    others = await asyncio.gather(*(imported(desk, "25.00", paid, reference=f"po_{n}") for n in (2, 3)))
    assert [each["status"] for each in others] == ["OPEN", "OPEN"]
    assert (await imported(desk, "25.00", paid, gateway="another"))["__typename"] == "Payout"
    await sound()


async def test_a_payment_in_another_currency_is_compared_in_its_own(desk: Desk):
    own = {"transactionAmount": {"amount": "25.00", "currency": "USD"}}
    paid = ("PAYMENT", "cap_1", "23.00", "0.59")
    await imported(desk, "22.41", line(*paid), currency="EUR")
    await imported(desk, "22.41", line(*paid, **own), reference="po_2", currency="EUR")
    without, stated = sorted(await listed(desk), key=lambda each: each["reference"])
    assert [each["problem"] for each in without["lines"]] == ["OTHER_CURRENCY"]
    assert (stated["status"], stated["total"]) == ("CLOSED", {"amount": "22.41", "currency": "EUR"})
    assert stated["lines"][0]["transactionAmount"] == {"amount": "25.00", "currency": "USD"}
    await sound()


@pytest.mark.parametrize(
    ("currency", "whole", "finer"), [("JPY", "2500", "2500.5"), ("KWD", "7.125", "7.1255")]
)
async def test_p24_a_payout_has_the_decimals_of_its_currency(
    desk: Desk, currency: str, whole: str, finer: str
):
    own = {"transactionAmount": {"amount": "25.00", "currency": "USD"}}
    made = await imported(desk, whole, line("PAYMENT", "cap_1", whole, **own), currency=currency)
    assert made["status"] == "CLOSED"
    (payout,) = await listed(desk)
    assert payout["total"] == {"amount": whole, "currency": currency}
    refused = await imported(desk, whole, line("PAYMENT", "c", finer), reference="po_2", currency=currency)
    assert refused["path"] == ["input", "lines", "0", "amount"]


async def test_a_payout_is_compared_again_after_the_payment_was_recorded(card_desk: Desk):
    made = await imported(card_desk, "24.00", line("PAYMENT", "T-1", "25.00", "1.00"), gateway="terminal")
    assert made["status"] == "OPEN"
    await card_desk.record("25.00", reference="T-1")
    again = await card_desk.story.staff.do(COMPARE, id=made["id"])
    assert again["status"] == "CLOSED"
    assert (await card_desk.story.staff.do(COMPARE, id=made["id"]))["path"] == ["id"]
    await sound()


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"gateway": " "}, ["input", "gateway"]),
        ({"reference": ""}, ["input", "reference"]),
        ({"lines": []}, ["input", "lines"]),
        ({"lines": [line("REFUND", "r", "1.00")]}, ["input", "lines", "0", "amount"]),
        ({"lines": [line("PAYMENT", "p", "-1.00")]}, ["input", "lines", "0", "amount"]),
        ({"lines": [line("PAYMENT", "x" * 121, "1.00")]}, ["input", "lines", "0", "reference"]),
        ({"lines": [line("UNEXPLAINED", "", "1.00")]}, ["input", "lines", "0", "kind"]),
        ({"lines": [line("PAYMENT", "p", "1.001")]}, ["input", "lines", "0", "amount"]),
    ],
)
async def test_a_payout_that_cannot_be_is_refused_with_its_field(
    desk: Desk, given: dict[str, Any], path: list[str]
):
    refused = await imported(desk, "1.00", line("PAYMENT", "cap_1", "25.00"), **given)
    assert refused["path"] == path, refused
    assert await listed(desk) == []


async def test_payouts_are_shown_with_finance_view_in_all_channels_only(desk: Desk):
    await imported(desk, "25.00", line("PAYMENT", "cap_1", "25.00"))
    staff = desk.story.staff
    sees = staff.as_(await make.token(Permission.FINANCE_VIEW))
    assert len((await sees.ask("{ payouts { nodes { id } } }"))["payouts"]["nodes"]) == 1
    other = await make.shop("other")
    for caller in (
        staff.as_(await make.token(Permission.PAYMENTS_MANAGE, Permission.ORDERS_VIEW)),
        staff.as_(await make.token(Permission.FINANCE_VIEW, channels=[other.channel])),
    ):
        assert (await caller.error("{ payouts { nodes { id } } }"))["extensions"]["code"] == "FORBIDDEN"


# Payouts that the gateway reports.


def reported(world: World, total: int, *lines: Line, reference: str = "po_1") -> bytes:
    world.payouts[reference] = PaidOut(reference, "USD", DAY, total, lines)
    return world.payout_message(reference)


async def test_a_reported_payout_is_fetched_and_closed(desk: Desk, world: World):
    body = reported(world, 2441, Line(L.PAYMENT, "cap_1", 2500, 59))
    assert set(await send_all(desk.story.staff.client, [body] * 3)) == {200}
    await jobs.call_gateways()
    (payout,) = await listed(desk)
    assert (payout["status"], payout["isReported"], payout["arrivalOn"]) == ("CLOSED", True, "2026-05-04")
    assert await events() == ["payout_recorded", "payout_closed"]
    messages = await desk.story.staff.ask("{ gatewayMessages(first: 1) { nodes { outcome } } }")
    assert messages["gatewayMessages"]["nodes"] == [{"outcome": "DONE"}]
    await sound()


async def test_lines_that_the_gateway_adds_later_replace_those_of_an_open_payout(desk: Desk, world: World):
    await send(desk.story.staff.client, reported(world, 2441))
    (payout,) = await listed(desk)
    assert [each["kind"] for each in payout["lines"]] == ["UNEXPLAINED"]
    await send(desk.story.staff.client, reported(world, 2441, Line(L.PAYMENT, "cap_1", 2500, 59)))
    (payout,) = await listed(desk)
    assert (payout["status"], [each["kind"] for each in payout["lines"]]) == ("CLOSED", ["PAYMENT"])
    await send(desk.story.staff.client, reported(world, 1, Line(L.PAYMENT, "cap_1", 1)))
    assert await listed(desk) == [payout]
    assert await events() == ["payout_recorded", "payout_closed"]
    await sound()
