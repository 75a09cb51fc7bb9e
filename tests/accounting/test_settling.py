"""Disputes, fees and payouts in the ledger: what a gateway has paid out is off its clearing account."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from app.accounting.models import LedgerEntry, LedgerPosting
from app.accounting.service.opening import post_history, post_settlements
from app.core.actor import SYSTEM
from app.payments.lifecycle import DisputeStatus as D
from app.payments.lifecycle import PayoutLineKind as L
from app.payments.payouts import Line
from tests.accounting.books import balances, entries
from tests.accounting.test_history import forget_the_ledger
from tests.accounting.test_posting import CLOSE_DISPUTE, DISPUTE, ship_all
from tests.accounting.test_verifying import unguarded
from tests.journeys.life import CANCEL, books_add_up
from tests.payments.desk import Desk
from tests.payments.scripted import World, send, send_all
from tests.payments.test_payouts import CLOSE, COMPARE, imported, line, listed, reported

CLEARED = ("BANK", "CLEARING card", "DISPUTES card", "DISPUTE_LOSSES", "FEES card", "PAYOUT_DIFFERENCES card")


@pytest.fixture
async def desk(card_desk: Desk) -> Desk:
    """An order of 25.00 that is paid by the gateway `card`; its capture has the reference `cap_1`."""
    await card_desk.pay("ok")
    await card_desk.capture()
    return card_desk


async def money(desk: Desk, currency: str = "USD") -> dict[str, str]:
    """The balances of money and of what gateways did to it."""
    found = await balances(desk.story.staff, currency=currency)
    return {name: amount for name, amount in found.items() if name in CLEARED or name == "EXCHANGE"}


async def another(desk: Desk) -> Desk:
    """A further order of 25.00 that is paid by the gateway."""
    new = Desk(desk.story, await desk.story.buy(("MUG", 2)))
    await new.pay("ok")
    await new.capture()
    return new


async def settled(desk: Desk, *given: Any) -> list[tuple[str, dict[str, str]]]:
    """The entries of disputes and payouts."""
    kinds = ("DISPUTE", "CHARGEBACK", "CHARGEBACK_REVERSAL", "PAYOUT", "PAYOUT_RETURN")
    return [each for each in await entries(desk.story.staff) if each[0] in kinds]


async def test_p34_a_payout_posts_the_payment_whole_and_the_fee_as_an_expense(desk: Desk):
    await imported(desk, "24.41", line("PAYMENT", "cap_1", "25.00", "0.59"))
    assert await settled(desk) == [
        ("PAYOUT", {"BANK": "24.41", "FEES card": "0.59", "CLEARING card": "-25.00"}),
    ]  # fmt: skip
    again = await imported(desk, "24.41", line("PAYMENT", "cap_1", "25.00", "0.59"))
    assert again["__typename"] == "AlreadyExists"
    assert await money(desk) == {"BANK": "24.41", "FEES card": "0.59"}
    await books_add_up()


async def test_a_payout_has_the_day_of_its_arrival(desk: Desk):
    await imported(desk, "25.00", line("PAYMENT", "cap_1", "25.00"), arrivalOn="2026-05-04")
    await imported(desk, "1.00", line("ADJUSTMENT", "", "1.00"), reference="po_2", arrivalOn="2099-01-01")
    days = [str(each.posted_on) for each in await LedgerEntry.filter(kind="payout").order_by("posted_on")]
    today = str((await LedgerEntry.filter(kind="payment"))[0].posted_on)
    assert days == ["2026-05-04", today]


async def test_p33_an_open_payout_is_not_posted_and_its_remainder_is_named_when_it_is_closed(desk: Desk):
    made = await imported(desk, "20.00", line("PAYMENT", "cap_1", "25.00", "0.59"))
    assert await money(desk) == {"CLEARING card": "25.00"}
    await books_add_up()
    given = {"id": made["id"], "note": "Reserve kept by the gateway"}
    answers = await asyncio.gather(*(desk.story.staff.do(CLOSE, i=given) for _ in range(4)))
    assert sorted(each["__typename"] for each in answers) == [*["InvalidInput"] * 3, "Payout"]
    assert await money(desk) == {
        "BANK": "20.00", "FEES card": "0.59", "PAYOUT_DIFFERENCES card": "4.41",
    }  # fmt: skip
    await imported(desk, "4.41", line("ADJUSTMENT", "reserve", "4.41"), reference="po_2")
    assert await money(desk) == {"BANK": "24.41", "FEES card": "0.59"}
    await books_add_up()


async def test_an_open_dispute_withholds_its_amount_until_it_is_won(desk: Desk, world: World):
    reference = (await desk.payments())[0]["reference"]
    client = desk.story.staff.client
    await send_all(client, [world.dispute(reference, 2000)] * 3)
    assert await money(desk) == {"CLEARING card": "5.00", "DISPUTES card": "20.00"}
    await books_add_up()
    await send(client, world.decide("dp_1", D.UNDER_REVIEW))
    await send(client, world.decide("dp_1", D.WON))
    assert await money(desk) == {"CLEARING card": "25.00"}
    assert len(await settled(desk)) == 2
    await books_add_up()


async def test_an_inquiry_withholds_nothing_until_it_becomes_a_dispute(desk: Desk, world: World):
    reference = (await desk.payments())[0]["reference"]
    await send(desk.story.staff.client, world.dispute(reference, 2000, is_inquiry=True))
    assert await money(desk) == {"CLEARING card": "25.00"}
    await send(desk.story.staff.client, world.decide("dp_1", D.NEEDS_RESPONSE, is_inquiry=False))
    assert await money(desk) == {"CLEARING card": "5.00", "DISPUTES card": "20.00"}
    await send(desk.story.staff.client, world.decide("dp_1", D.NEEDS_RESPONSE, amount_minor=2500))
    assert await money(desk) == {"DISPUTES card": "25.00"}
    await books_add_up()


async def test_a_lost_dispute_is_charged_back_once_and_what_was_refunded_before_is_a_loss(
    desk: Desk, world: World
):
    await desk.refund("10.00")
    reference = (await desk.payments())[0]["reference"]
    client = desk.story.staff.client
    await send(client, world.dispute(reference, 2500))
    assert await money(desk) == {"CLEARING card": "-10.00", "DISPUTES card": "25.00"}
    await send(client, world.decide("dp_1", D.LOST))
    assert await settled(desk) == [
        ("DISPUTE", {"DISPUTES card": "25.00", "CLEARING card": "-25.00"}),
        ("CHARGEBACK", {"DEPOSITS": "15.00", "CLEARING card": "-15.00"}),
        ("DISPUTE", {"CLEARING card": "15.00", "DISPUTE_LOSSES": "10.00", "DISPUTES card": "-25.00"}),
    ]  # fmt: skip
    await books_add_up()
    await send(client, world.decide("dp_1", D.WON))
    assert await money(desk) == {"CLEARING card": "15.00"}
    await books_add_up()


async def test_a_dispute_that_is_known_when_it_is_lost_is_posted_at_once(desk: Desk, world: World):
    reference = (await desk.payments())[0]["reference"]
    world.dispute(reference, 2500)
    await send(desk.story.staff.client, world.decide("dp_1", D.LOST))
    assert await settled(desk) == [("CHARGEBACK", {"DEPOSITS": "25.00", "CLEARING card": "-25.00"})]
    await books_add_up()


async def test_a_dispute_without_a_known_payment_is_posted_without_an_order(desk: Desk, world: World):
    await send(desk.story.staff.client, world.dispute("unknown", 900))
    assert await money(desk) == {"CLEARING card": "16.00", "DISPUTES card": "9.00"}
    (entry,) = await LedgerEntry.filter(kind="dispute")
    assert entry.order_id is None
    await books_add_up()
    await send(desk.story.staff.client, world.decide("dp_1", D.LOST))
    assert await money(desk) == {"CLEARING card": "16.00", "DISPUTE_LOSSES": "9.00"}
    await books_add_up()


async def test_the_fee_of_a_dispute_is_posted_with_its_line_and_can_be_given_back(desk: Desk, world: World):
    reference = (await desk.payments())[0]["reference"]
    client = desk.story.staff.client
    await send(client, world.dispute(reference, 2500, fee_minor=1500, fee_currency="USD"))
    lines = (line("PAYMENT", "cap_1", "25.00", "0.59"), line("DISPUTE", "dp_1", "-25.00", "15.00"))
    await imported(desk, "-15.59", *lines)
    assert await money(desk) == {"BANK": "-15.59", "FEES card": "15.59", "DISPUTES card": "25.00"}
    await send(client, world.decide("dp_1", D.WON))
    won = line("DISPUTE_REVERSAL", "dp_1", "25.00", "-15.00")
    await imported(desk, "40.00", won, reference="po_2")
    assert await money(desk) == {"BANK": "24.41", "FEES card": "0.59"}
    await books_add_up()


async def test_a_returned_payout_is_held_by_the_gateway_until_it_is_paid_out_again(desk: Desk, world: World):
    client = desk.story.staff.client
    body = reported(world, 2441, Line(L.PAYMENT, "cap_1", 2500, 59))
    await send(client, body)
    world.payouts["po_1"] = replace(world.payouts["po_1"], has_failed=True)
    await send_all(client, [world.payout_message("po_1"), world.payout_message("po_1")])
    assert (await settled(desk))[-1] == ("PAYOUT_RETURN", {"CLEARING card": "24.41", "BANK": "-24.41"})
    assert await money(desk) == {"CLEARING card": "24.41", "FEES card": "0.59"}
    (payout,) = (await desk.story.staff.ask("{ payouts { nodes { status failedAt } } }"))["payouts"]["nodes"]
    assert payout["status"] == "CLOSED" and payout["failedAt"] is not None
    await books_add_up()
    await send(client, reported(world, 2441, Line(L.PAYOUT_REVERSAL, "po_1", 2441), reference="po_2"))
    assert await money(desk) == {"BANK": "24.41", "FEES card": "0.59"}
    await books_add_up()


async def test_a_payout_that_is_returned_while_it_is_open_is_posted_with_its_return(desk: Desk, world: World):
    client = desk.story.staff.client
    body = reported(world, 2441)
    world.payouts["po_1"] = replace(world.payouts["po_1"], has_failed=True)
    await send(client, body)
    assert await money(desk) == {"CLEARING card": "25.00"}
    reported(world, 2441, Line(L.PAYMENT, "cap_1", 2500, 59))
    world.payouts["po_1"] = replace(world.payouts["po_1"], has_failed=True)
    await send(client, world.payout_message("po_1"))
    assert await money(desk) == {"CLEARING card": "24.41", "FEES card": "0.59"}
    assert [kind for kind, _ in await settled(desk)] == ["PAYOUT", "PAYOUT_RETURN"]
    await books_add_up()


async def test_a_returned_payout_can_be_imported(desk: Desk):
    await imported(desk, "24.41", line("PAYMENT", "cap_1", "25.00", "0.59"))
    await imported(desk, "-24.41", line("PAYOUT_REVERSAL", "po_1", "-24.41"), reference="po_1r")
    assert await money(desk) == {"CLEARING card": "24.41", "FEES card": "0.59"}
    await imported(desk, "24.41", line("PAYOUT_REVERSAL", "po_1", "24.41"), reference="po_2")
    assert await money(desk) == {"BANK": "24.41", "FEES card": "0.59"}
    await books_add_up()


@pytest.mark.parametrize(("currency", "whole", "fee", "net"), [("EUR", "23.00", "0.59", "22.41"),
                                                              ("JPY", "3900", "90", "3810"),
                                                              ("KWD", "7.125", "0.125", "7.000")])  # fmt: skip
async def test_a_payout_in_another_currency_has_an_entry_in_each(
    desk: Desk, currency: str, whole: str, fee: str, net: str
):
    own = {"transactionAmount": {"amount": "25.00", "currency": "USD"}}
    await imported(desk, net, line("PAYMENT", "cap_1", whole, fee, **own), currency=currency)
    assert await money(desk) == {"EXCHANGE": "25.00"}
    assert await money(desk, currency) == {"BANK": net, "FEES card": fee, "EXCHANGE": f"-{whole}"}
    await books_add_up()


async def test_a_payment_by_hand_is_cleared_on_its_own_account(card_desk: Desk):
    made = await imported(card_desk, "24.00", line("PAYMENT", "T-1", "25.00", "1.00"), gateway="terminal")
    assert made["status"] == "OPEN"
    await card_desk.record("25.00", reference="T-1")
    await card_desk.story.staff.do(COMPARE, id=made["id"])
    assert await balances(card_desk.story.staff) == {
        "BANK": "24.00", "FEES terminal": "1.00", "DEPOSITS": "-25.00",
    }  # fmt: skip
    await books_add_up()


async def story_of_a_gateway(desk: Desk, world: World) -> None:
    """Payments, refunds, disputes, fees and a returned payout, paid out by several payouts, with messages in
    another order."""
    client = desk.story.staff.client
    second, third = await another(desk), await another(desk)
    await ship_all(desk.story, second.number)
    await second.refund("5.00")
    disputed = (await third.payments())[0]["reference"]
    # The payout has a dispute of which no message has arrived yet.
    opened = world.dispute(disputed, 2500, fee_minor=1500, fee_currency="USD")
    lines = (
        Line(L.PAYMENT, "cap_1", 2500, 59), Line(L.PAYMENT, "cap_2", 2500, 59), Line(L.PAYMENT, "cap_3", 2500, 59),
        Line(L.DISPUTE, "dp_1", -2500, 1500),
    )  # fmt: skip
    await send(client, reported(world, 3323, *lines))
    assert (await listed(desk))[0]["status"] == "OPEN"
    await send(client, opened)
    await send_all(client, [world.payout_message("po_1")] * 2)
    assert (await listed(desk))[0]["status"] == "CLOSED"
    order = await desk.seen()
    await desk.story.staff.do(CANCEL, input={"id": order["id"], "reason": "CUSTOMER"})
    await desk.sync()
    lines = (Line(L.REFUND, "ref_1", -500), Line(L.REFUND, "ref_2", -2500), Line(L.FEE, "", -10))
    await send(client, reported(world, -3010, *lines, reference="po_2"))
    world.payouts["po_1"] = replace(world.payouts["po_1"], has_failed=True)
    await send(client, world.payout_message("po_1"))
    await send(client, world.decide("dp_1", D.LOST))
    await send(client, reported(world, 3323, Line(L.PAYOUT_REVERSAL, "po_1", 3323), reference="po_3"))


async def test_the_clearing_account_of_a_gateway_that_has_paid_everything_out_is_zero(
    desk: Desk, world: World
):
    await story_of_a_gateway(desk, world)
    assert {each["status"] for each in await listed(desk)} == {"CLOSED"}
    assert await money(desk) == {"BANK": "3.13", "FEES card": "16.87"}
    await books_add_up()


async def test_disputes_and_payouts_from_before_are_posted_with_the_history(desk: Desk, world: World):
    await story_of_a_gateway(desk, world)
    before = await balances(desk.story.staff)
    await forget_the_ledger()
    assert await post_settlements(SYSTEM) == 0  # the history comes first
    await post_history(SYSTEM)
    assert await balances(desk.story.staff) == before
    await books_add_up()


async def test_disputes_and_payouts_of_an_earlier_version_are_posted_by_the_upgrade(desk: Desk, world: World):
    await story_of_a_gateway(desk, world)
    await send(desk.story.staff.client, world.dispute("unknown", 900))
    before = await balances(desk.story.staff)
    ids = [each.id for each in await LedgerEntry.filter(kind__in=["dispute", "payout", "payout_return"])]
    async with unguarded():
        await LedgerPosting.filter(entry_id__in=ids).delete()
        await LedgerEntry.filter(id__in=ids).delete()
    assert await post_settlements(SYSTEM) == 5  # an open dispute, three payouts and a return
    assert await post_settlements(SYSTEM) == 0
    assert await balances(desk.story.staff) == before
    await books_add_up()


async def test_a_dispute_that_staff_record_for_an_earlier_day_is_posted_on_it(desk: Desk):
    payment = (await desk.payments())[0]
    opened = {
        "paymentId": payment["id"], "amount": desk.money("25.00"), "reference": "C-1",
        "openedAt": "2026-05-04T12:00:00Z",
    }  # fmt: skip
    dispute = await desk.story.staff.do(DISPUTE, i=opened)
    assert dispute["__typename"] == "Dispute", dispute
    await desk.story.staff.do(CLOSE_DISPUTE, i={"id": dispute["id"], "outcome": "LOST"})
    days = [str(each.posted_on) for each in await LedgerEntry.filter(kind="dispute").order_by("posted_on")]
    assert days[0] == "2026-05-04" and days[1] > "2026-05-04"
    await books_add_up()
