"""The purchase of gift cards is refunded: only what is unspent, and the cards are disabled."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from app.core.ids import to_global
from tests import make
from tests.accounting.books import balances
from tests.accounting.test_posting import ship_all
from tests.ask import PLACE, Api, order_input
from tests.journeys.life import books_add_up
from tests.letterbox import Letterbox
from tests.stored_value.buying import ADDED, Counter
from tests.stored_value.till import DISABLE, LOOK, books_agree, usd

REFUND = """mutation($i: GiftCardRefundInput!, $k: String) { giftCardRefund(input: $i, idempotencyKey: $k) {
  __typename
  ... on GiftCardRefund { amount { amount } refund { status gateway parts { amount { amount } payment { gateway } } }
    giftCards { giftCard { id balance { amount } disabledAt } price { amount } takenBack { amount }
      refunded { amount } } }
  ... on UserError { errorCode message path } ... on ValidationFailed { problems { path } } } }"""


@pytest.fixture
async def shop(api: Api, post: Letterbox) -> Counter:
    return await Counter.open(api, post)


async def refund(shop: Counter, number: str, key: str | None = None, **more: Any) -> dict[str, Any]:
    given = {"orderId": (await shop.seen(number))["id"], **more}
    return await shop.story.staff.do(REFUND, i=given, k=key)


async def spend(api: Api, code: str, mugs: int = 1) -> None:
    """Spend a code on mugs: 16.50 for one, 11.00 for each further one."""
    placed = await api.do(PLACE, input=order_input(("MUG", mugs), giftCardCodes=[code]))
    assert placed["__typename"] == "Order", placed


def amounts(cards: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """What was taken back and refunded of each card."""
    return [(each["takenBack"]["amount"], each["refunded"]["amount"]) for each in cards]


async def test_p41_only_the_unspent_part_is_taken_back_and_paid_out(shop: Counter, api: Api):
    number = await shop.buy_paid(("GIFT-25", 1), amount="25.00")
    (code,) = await shop.codes()
    await spend(api, code)
    shown = await refund(shop, number, preview=True)
    assert shown["amount"] == {"amount": "8.50"} and amounts(shown["giftCards"]) == [("8.50", "8.50")]
    assert (await api.ask(LOOK, code=code))["giftCard"]["balance"] == usd("8.50")
    done = await refund(shop, number, key="once", note="Changed their mind")
    assert done == shown | {"giftCards": done["giftCards"]}
    (card,) = done["giftCards"]
    assert card["giftCard"]["balance"]["amount"] == "0.00" and card["giftCard"]["disabledAt"]
    assert await refund(shop, number, key="once", note="Changed their mind") == done
    again = await refund(shop, number)
    assert again["message"] == "Nothing is left on these gift cards to refund.", again
    order = await shop.seen(number)
    assert (order["status"], order["paymentStatus"]) == ("COMPLETED", "PARTIALLY_REFUNDED")
    assert (order["amountPaid"], order["amountDue"]) == ({"amount": "16.50"}, {"amount": "0.00"})
    spent = await api.do(PLACE, input=order_input(("MUG", 1), giftCardCodes=[code]))
    assert spent["path"] == ["input", "giftCardCodes", "0"], spent
    assert "gift_cards_refunded" in await shop.story.events(number)
    await books_agree()
    await books_add_up()


async def test_p41_cards_of_a_line_are_refunded_each_by_what_is_left(shop: Counter, api: Api):
    number = await shop.buy_paid(("GIFT-25", 3), amount="75.00")
    codes = await shop.codes()
    await spend(api, codes[0])
    await spend(api, codes[1], mugs=2)
    ids = [each["giftCard"]["id"] for each in await shop.cards(number)]
    by_balance = {
        each["giftCard"]["balance"]["amount"]: each["giftCard"]["id"] for each in await shop.cards(number)
    }
    assert by_balance.keys() == {"8.50", "0.00", "25.00"}
    one = await refund(shop, number, giftCardIds=[by_balance["8.50"]])
    assert one["amount"]["amount"] == "8.50"
    rest = await refund(shop, number)
    assert rest["amount"]["amount"] == "25.00" and len(rest["giftCards"]) == 3
    cards = await shop.cards(number)
    assert [each["giftCard"]["id"] for each in cards] == ids
    assert sorted(amounts(cards)) == [("0.00", "0.00"), ("25.00", "25.00"), ("8.50", "8.50")]
    assert all(each["giftCard"]["disabledAt"] for each in cards)
    assert (await shop.seen(number))["amountPaid"]["amount"] == "41.50"
    await books_agree()
    await books_add_up()


async def test_other_refunds_do_not_pay_out_what_was_paid_for_gift_cards(shop: Counter):
    number = await shop.buy_paid(("GIFT-25", 1), ("MUG", 1), amount="41.50")
    desk = shop.desk(number)
    refused = await desk.refund("16.51")
    assert refused["__typename"] == "AmountTooLarge" and "giftCardRefund" in refused["message"], refused
    assert (await desk.refund("10.00"))["__typename"] == "PaymentTransaction"
    assert (await desk.refund("6.51"))["__typename"] == "AmountTooLarge"
    assert (await refund(shop, number))["amount"]["amount"] == "25.00"
    assert (await desk.refund("6.50"))["__typename"] == "PaymentTransaction"
    assert (await shop.seen(number))["paymentStatus"] == "REFUNDED"
    await books_add_up()


async def test_the_amount_of_a_cancelled_item_is_refunded_beside_the_cards(shop: Counter):
    number = await shop.buy_paid(("GIFT-25", 1), ("MUG", 1), amount="41.50")
    await shop.story.cancel(number, MUG=1)
    # The price of shipping stays due after a partial cancellation, and is refunded as a credit.
    assert (await shop.seen(number))["amountDue"]["amount"] == "-11.00"
    assert (await shop.desk(number).refund("16.50"))["__typename"] == "PaymentTransaction"
    assert (await refund(shop, number))["amount"]["amount"] == "25.00"
    await books_add_up()


async def test_a_card_is_refunded_in_money_though_a_gift_card_paid_for_the_rest(shop: Counter):
    other, code = await shop.till.card("16.50")
    number = await shop.story.buy(("GIFT-25", 1), ("MUG", 1), giftCardCodes=[code])
    await shop.desk(number).record("25.00")
    await shop.story.staff.do(
        "mutation($id: ID!) { channelUpdate(input: {id: $id, refundOrder: CREDIT_FIRST}) { __typename } }",
        id=to_global("Channel", shop.story.shop.channel.id),
    )
    done = await refund(shop, number)
    assert [each["payment"]["gateway"] for each in done["refund"]["parts"]] == ["manual"]
    assert await shop.till.balance(other) == "0.00"
    await books_agree()


async def test_no_more_than_its_price_is_refunded_for_a_card_bought_at_a_discount(shop: Counter, api: Api):
    line = {"sku": "GIFT-25", "quantity": 1, "discount": {"percent": "20"}, "reason": "Campaign"}
    number = await shop.buy_paid(amount="20.00", lines=[line])
    done = await refund(shop, number)
    assert amounts(done["giftCards"]) == [("25.00", "20.00")]
    spent = await shop.buy_paid(amount="20.00", lines=[line])
    code = (await shop.codes())[-1]
    await spend(api, code)
    assert amounts((await refund(shop, spent))["giftCards"]) == [("8.50", "8.50")]


async def test_a_card_given_away_is_not_refunded(shop: Counter):
    line = {"sku": "GIFT-25", "quantity": 1, "discount": {"percent": "100"}, "reason": "Raffle"}
    number = await shop.story.buy(lines=[line])
    assert len(await shop.cards(number)) == 1
    refused = await refund(shop, number)
    assert "Disable them instead" in refused["message"], refused


async def test_what_is_returned_to_a_refunded_card_is_refunded_too(shop: Counter, api: Api):
    number = await shop.buy_paid(("GIFT-25", 1), amount="25.00")
    (code,) = await shop.codes()
    placed = await shop.story.buy(("MUG", 1), giftCardCodes=[code])
    assert (await refund(shop, number))["amount"]["amount"] == "8.50"
    await shop.story.cancel(placed)
    assert amounts((await refund(shop, number))["giftCards"]) == [("25.00", "25.00")]
    assert (await shop.seen(number))["paymentStatus"] == "REFUNDED"
    await books_agree()


async def test_unknown_repeated_and_missing_cards_are_refused(shop: Counter):
    number = await shop.buy_paid(("GIFT-25", 1), amount="25.00")
    (card,) = await shop.cards(number)
    foreign, _ = await shop.till.card()
    own = card["giftCard"]["id"]
    for ids, path in (([], []), ([foreign], ["0"]), ([own, own], ["1"])):
        refused = await refund(shop, number, giftCardIds=ids)
        assert refused["path"] == ["input", "giftCardIds", *path], refused
    mugs = await shop.buy_paid(("MUG", 1), amount="16.50")
    assert (await refund(shop, mugs))["path"] == ["input", "orderId"]
    assert (await refund(shop, number, note="x" * 501))["path"] == ["input", "note"]


async def test_a_card_that_staff_disabled_pays_nothing_out(shop: Counter):
    number = await shop.buy_paid(("GIFT-25", 1), amount="25.00")
    (card,) = await shop.cards(number)
    await shop.story.staff.do(DISABLE, i={"id": card["giftCard"]["id"], "reason": "Stolen"})
    assert (await refund(shop, number))["path"] == ["input", "orderId"]
    assert (await shop.desk(number).refund("25.00"))["__typename"] == "AmountTooLarge"


async def test_the_message_of_a_refunded_card_is_not_sent(shop: Counter):
    number = await shop.buy_paid(("GIFT-25", 1), amount="25.00")
    await refund(shop, number)
    assert await shop.codes() == []
    sent = [each["status"] for each in (await shop.seen(number))["messages"]]
    assert "DROPPED" in sent


async def test_a_refunded_line_cannot_be_reduced_or_issued_again(shop: Counter):
    number = await shop.buy_paid(("GIFT-25", 1), ("MUG", 1), amount="41.50")
    await refund(shop, number)
    order, line = await shop.seen(number), await shop.line(number)
    fewer = {"id": order["id"], "lines": [{"lineId": line["id"], "quantity": 0}]}
    assert (await shop.story.staff.do(ADDED, input=fewer))["__typename"] == "ValidationFailed"
    await shop.desk(number).record("1.00", acceptOverpayment=True)
    assert len(await shop.cards(number)) == 1


@pytest.mark.postgres
async def test_p41_a_card_that_is_spent_while_it_is_refunded_is_not_paid_out_twice(shop: Counter, api: Api):
    for _ in range(5):
        number = await shop.buy_paid(("GIFT-25", 1), amount="25.00")
        (code,) = await shop.codes()

        async def buy(code: str = code) -> Decimal:
            placed = await api.do(PLACE, input=order_input(("MUG", 1), giftCardCodes=[code]))
            if placed["__typename"] != "Order":
                return Decimal(0)
            return Decimal((await shop.seen(placed["number"]))["amountPaid"]["amount"])

        async def give_back(number: str = number) -> Decimal:
            done = await refund(shop, number)
            return Decimal(done["amount"]["amount"]) if done["__typename"] == "GiftCardRefund" else Decimal(0)

        moved = await asyncio.gather(buy(), give_back(), buy(), give_back(), buy())
        assert sum(moved) == Decimal("25.00"), moved
    await books_agree()
    await books_add_up()


async def test_refunds_need_the_permission_to_manage_payments(shop: Counter, api: Api):
    number = await shop.buy_paid(("GIFT-25", 1), amount="25.00")
    buyer = api.as_(await make.account())
    refused = await buyer.error(REFUND, i={"orderId": (await shop.seen(number))["id"]}, k=None)
    assert refused["extensions"]["code"] == "FORBIDDEN"
    assert (await shop.cards(number))[0]["takenBack"] is None


async def test_the_refund_of_a_gift_card_leaves_the_tax_on_goods_as_it_was(shop: Counter):
    number = await shop.buy_paid(("GIFT-25", 1), ("MUG", 1), amount="41.50")
    await ship_all(shop.story, number)
    staff = shop.story.staff
    assert (await balances(staff))["TAX US/0.1"] == "-1.50"  # on the mug and its shipping
    await refund(shop, number)
    found = await balances(staff)
    assert found["TAX US/0.1"] == "-1.50" and "ALLOWANCES" not in found
    await books_add_up()
    await shop.desk(number).refund("5.50")
    found = await balances(staff)
    assert (found["TAX US/0.1"], found["ALLOWANCES"]) == ("-1.00", "5.00")
    await books_add_up()


async def test_a_credit_before_goods_leave_is_taxed_when_they_leave(shop: Counter):
    number = await shop.buy_paid(("GIFT-25", 1), ("MUG", 1), amount="41.50")
    await refund(shop, number)
    await shop.desk(number).refund("5.50")
    assert "TAX US/0.1" not in await balances(shop.story.staff)
    await books_add_up()
    await ship_all(shop.story, number)
    found = await balances(shop.story.staff)
    assert (found["TAX US/0.1"], found["ALLOWANCES"]) == ("-1.00", "5.00")
    await books_add_up()
