"""Gift cards that were bought with money that is disputed, taken back, or refunded without success."""

from typing import Any

import pytest

from app.payments import jobs
from app.payments.gateways.protocol import RefundState
from app.payments.lifecycle import DisputeStatus as D
from tests.accounting.books import balances
from tests.accounting.test_posting import ship_all
from tests.ask import PLACE, Api, order_input
from tests.journeys.life import CANCEL
from tests.letterbox import Letterbox
from tests.payments.desk import Desk
from tests.payments.scripted import SET, World, secrets, send_all
from tests.payments.test_capture_rules import sound
from tests.payments.test_disputes import RECORD
from tests.stored_value.buying import Counter
from tests.stored_value.test_refunding_purchases import REFUND
from tests.stored_value.till import LOOK, books_agree, usd

CARDS = """query($n: String!) { order(number: $n) { amountDue { amount } amountCredited { amount } isOnHold
  events { name } lines { nodes { isGiftCard giftCards { refunded { amount } takenBack { amount }
    giftCard { id balance { amount } disabledAt blockedAt isUsable entries { nodes { kind amount { amount } } } } } } } } }"""
REVERSE = "mutation($i: PaymentReverseInput!) { paymentReverse(input: $i) { __typename ... on UserError { message } } }"


@pytest.fixture
async def shop(api: Api, post: Letterbox, world: World) -> Counter:
    """A shop of gift cards at 25.00 and mugs, with a gateway `card`."""
    shop = await Counter.open(api, post)
    made = await shop.story.staff.do(
        SET, i={"code": "card", "name": "Cards", "kind": "STRIPE", "secrets": secrets()}
    )
    assert made["__typename"] == "PaymentGateway", made
    return shop


async def paid(shop: Counter, *lines: tuple[str, int]) -> Desk:
    """An order that the gateway has captured."""
    desk = shop.desk(await shop.story.buy(*lines))
    await desk.pay("ok")
    await desk.capture()
    return desk


async def cards(desk: Desk) -> list[dict[str, Any]]:
    order = (await desk.story.staff.ask(CARDS, n=desk.number))["order"]
    return [card for line in order["lines"]["nodes"] for card in line["giftCards"] or []]


async def order_of(desk: Desk) -> dict[str, Any]:
    return (await desk.story.staff.ask(CARDS, n=desk.number))["order"]  # type: ignore[no-any-return]


async def blocked(desk: Desk) -> list[bool]:
    found = [each["giftCard"] for each in await cards(desk)]
    assert all(each["isUsable"] == (each["blockedAt"] is None) for each in found if not each["disabledAt"])
    return [each["blockedAt"] is not None for each in found]


async def spend(api: Api, code: str) -> dict[str, Any]:
    return await api.do(PLACE, input=order_input(("MUG", 1), giftCardCodes=[code]))


async def tell(desk: Desk, *bodies: bytes) -> None:
    assert set(await send_all(desk.story.staff.client, bodies)) == {200}


async def reference(desk: Desk) -> str:
    return str((await desk.payments())[0]["reference"])


async def events(desk: Desk) -> list[str]:
    return [each for each in await desk.story.events(desk.number) if each.startswith("gift_cards_")]


async def test_a_card_cannot_be_spent_while_its_money_is_disputed_and_can_when_the_dispute_is_won(
    shop: Counter, api: Api, world: World
):
    desk = await paid(shop, ("GIFT-25", 1))
    (code,) = await shop.codes()
    await tell(desk, world.dispute(await reference(desk), 2500))
    assert await blocked(desk) == [True]
    refused = await spend(api, code)
    assert refused["path"] == ["input", "giftCardCodes", "0"] and "at the moment" in refused["message"], (
        refused
    )
    shown = (await api.ask(LOOK, code=code))["giftCard"]
    assert (shown["balance"], shown["isUsable"]) == (usd("25.00"), False)
    await tell(desk, world.decide("dp_1", D.WON))
    assert await blocked(desk) == [False]
    assert (await spend(api, code))["__typename"] == "Order"
    assert await events(desk) == ["gift_cards_issued", "gift_cards_blocked", "gift_cards_unblocked"]
    await sound(desk)
    await books_agree()


async def test_a_card_stays_blocked_after_a_lost_dispute_until_the_order_is_paid_again(
    shop: Counter, api: Api, world: World
):
    desk = await paid(shop, ("GIFT-25", 2))
    codes = await shop.codes()
    assert (await spend(api, codes[0]))["__typename"] == "Order"
    await tell(desk, world.dispute(await reference(desk), 5000))
    await tell(desk, world.decide("dp_1", D.LOST))
    assert await blocked(desk) == [True, True]
    assert (await spend(api, codes[1]))["__typename"] == "InvalidInput"
    await desk.record("49.99")
    assert await blocked(desk) == [True, True]
    await desk.record("0.01")
    assert await blocked(desk) == [False, False]
    assert (await spend(api, codes[1]))["__typename"] == "Order"
    await sound(desk)
    await books_agree()


@pytest.mark.parametrize(("disputed", "is_blocked"), [(1650, False), (1651, True), (4150, True)])
async def test_a_dispute_of_a_part_concerns_the_goods_of_an_order_first(
    shop: Counter, world: World, disputed: int, is_blocked: bool
):
    desk = await paid(shop, ("GIFT-25", 1), ("MUG", 1))
    await tell(desk, world.dispute(await reference(desk), disputed))
    assert await blocked(desk) == [is_blocked]
    await tell(desk, world.decide("dp_1", D.WON))
    assert await blocked(desk) == [False]
    await sound(desk)


async def test_a_card_is_blocked_when_the_amount_of_an_open_dispute_rises_and_unblocked_when_it_falls(
    shop: Counter, world: World
):
    desk = await paid(shop, ("GIFT-25", 1), ("MUG", 1))
    await tell(desk, world.dispute(await reference(desk), 1650))
    assert await blocked(desk) == [False]
    await tell(desk, world.decide("dp_1", D.NEEDS_RESPONSE, amount_minor=4150))
    assert await blocked(desk) == [True]
    await tell(desk, world.decide("dp_1", D.NEEDS_RESPONSE, amount_minor=1650))
    assert await blocked(desk) == [False]
    await sound(desk)


async def test_an_inquiry_blocks_no_card(shop: Counter, world: World):
    desk = await paid(shop, ("GIFT-25", 1))
    await tell(desk, world.dispute(await reference(desk), 2500, is_inquiry=True))
    assert await blocked(desk) == [False]
    await tell(desk, world.decide("dp_1", D.NEEDS_RESPONSE, is_inquiry=False))
    assert await blocked(desk) == [True]


async def test_a_card_whose_payment_the_bank_took_back_is_blocked_until_it_is_paid_again(shop: Counter):
    number = await shop.buy_paid(("GIFT-25", 1), amount="25.00")
    desk = shop.desk(number)
    seen = """query($n: String!) { order(number: $n) { payments { transactions { id } } } }"""
    (payment,) = (await desk.story.staff.ask(seen, n=number))["order"]["payments"]
    receipt = payment["transactions"][0]["id"]
    await desk.story.staff.do(REVERSE, i={"transactionId": receipt, "reason": "Returned"})
    assert await blocked(desk) == [True]
    await desk.record("25.00")
    assert await blocked(desk) == [False]
    await sound(desk)


async def test_a_dispute_that_staff_record_blocks_cards_too(shop: Counter):
    number = await shop.buy_paid(("GIFT-25", 1), amount="25.00")
    desk = shop.desk(number)
    given = {"paymentId": (await desk.payments())[0]["id"], "amount": usd("25.00"), "reference": "case-1"}
    assert (await desk.story.staff.do(RECORD, i=given))["__typename"] == "Dispute"
    assert await blocked(desk) == [True]


@pytest.mark.parametrize("is_sent_back", [False, True])
async def test_a_card_can_be_spent_again_when_the_refund_of_its_purchase_fails(
    shop: Counter, api: Api, world: World, is_sent_back: bool
):
    desk = await paid(shop, ("GIFT-25", 2), ("MUG", 1))
    codes = await shop.codes()
    assert (await spend(api, codes[0]))["__typename"] == "Order"  # 8.50 is left
    world.refunds_later = True
    done = await desk.story.staff.do(REFUND, i={"orderId": (await desk.seen())["id"]})
    assert done["amount"] == {"amount": "33.50"}
    if is_sent_back:
        world.settle_refund(await reference(desk), "ref_1", RefundState.SUCCEEDED)
        await desk.sync()
        assert (await order_of(desk))["amountCredited"] == {"amount": "33.50"}
    world.settle_refund(await reference(desk), "ref_1", RefundState.FAILED)
    await desk.sync()
    found = await cards(desk)
    assert sorted(each["giftCard"]["balance"]["amount"] for each in found) == ["25.00", "8.50"]
    assert all(each["giftCard"]["isUsable"] and each["giftCard"]["disabledAt"] is None for each in found)
    assert [(each["refunded"], each["takenBack"]) for each in found] == [({"amount": "0.00"}, None)] * 2
    assert {each["giftCard"]["entries"]["nodes"][0]["kind"] for each in found} == {"RESTORE"}
    order = await order_of(desk)
    assert (order["amountDue"], order["amountCredited"]) == ({"amount": "0.00"}, {"amount": "0.00"})
    assert await events(desk) == ["gift_cards_issued", "gift_cards_refunded", "gift_cards_restored"]
    assert (await spend(api, codes[1]))["__typename"] == "Order"
    await desk.sync()
    assert await events(desk) == ["gift_cards_issued", "gift_cards_refunded", "gift_cards_restored"]
    world.refunds_later = False
    again = await desk.story.staff.do(REFUND, i={"orderId": (await desk.seen())["id"]})
    assert again["amount"] == {"amount": "17.00"}, again
    await sound(desk)
    await books_agree()


async def test_the_tax_on_goods_is_as_before_when_the_refund_of_a_card_is_sent_back(
    shop: Counter, world: World
):
    desk = await paid(shop, ("GIFT-25", 1), ("MUG", 1))
    await ship_all(shop.story, desk.number)
    await desk.refund("5.50")
    await desk.story.staff.do(REFUND, i={"orderId": (await desk.seen())["id"]})
    await sound(desk)
    world.settle_refund(await reference(desk), "ref_2", RefundState.FAILED)
    await desk.sync()
    order = await order_of(desk)
    assert (order["amountDue"], order["amountCredited"]) == ({"amount": "0.00"}, {"amount": "5.50"})
    found = await balances(desk.story.staff)
    assert (found["TAX US/0.1"], found["ALLOWANCES"]) == ("-1.00", "5.00")
    await sound(desk)


async def test_the_first_of_two_refunds_of_a_card_that_is_sent_back_is_put_back_on_the_card(
    shop: Counter, api: Api, world: World
):
    desk = await paid(shop, ("GIFT-25", 1))
    (code,) = await shop.codes()
    other = await spend(api, code)  # 8.50 is left
    order = (await desk.seen())["id"]
    first = await desk.story.staff.do(REFUND, i={"orderId": order})
    await desk.story.staff.do(CANCEL, input={"id": other["id"], "reason": "CUSTOMER"})  # 16.50 back
    second = await desk.story.staff.do(REFUND, i={"orderId": order})
    assert (first["amount"], second["amount"]) == ({"amount": "8.50"}, {"amount": "16.50"})
    world.settle_refund(await reference(desk), "ref_1", RefundState.FAILED)
    await desk.sync()
    (card,) = await cards(desk)
    assert (card["giftCard"]["balance"]["amount"], card["giftCard"]["isUsable"]) == ("8.50", True)
    assert (card["refunded"]["amount"], card["takenBack"]["amount"]) == ("16.50", "16.50")
    world.settle_refund(await reference(desk), "ref_2", RefundState.FAILED)
    await desk.sync()
    (card,) = await cards(desk)
    assert (card["giftCard"]["balance"]["amount"], card["takenBack"]) == ("25.00", None)
    assert (await events(desk))[-2:] == ["gift_cards_restored"] * 2
    await sound(desk)
    await books_agree()


async def test_a_refund_that_failed_for_one_of_two_payments_restores_its_part(shop: Counter, world: World):
    desk = shop.desk(await shop.story.buy(("GIFT-25", 2)))
    await desk.record("20.00")
    await desk.pay("ok")
    await desk.capture(at=1)
    world.refunds_later = True
    done = await desk.story.staff.do(REFUND, i={"orderId": (await desk.seen())["id"]})
    assert sorted(each["amount"]["amount"] for each in done["refund"]["parts"]) == ["20.00", "30.00"]
    world.settle_refund(str((await desk.payments())[1]["reference"]), "ref_1", RefundState.FAILED)
    await desk.sync(at=1)
    found = await cards(desk)
    assert sum(float(each["giftCard"]["balance"]["amount"]) for each in found) == 30
    assert sum(float(each["refunded"]["amount"]) for each in found) == 20
    assert (await order_of(desk))["amountDue"] == {"amount": "0.00"}
    await jobs.call_gateways()
    await sound(desk)
    await books_agree()
