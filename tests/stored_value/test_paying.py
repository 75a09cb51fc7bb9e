"""Orders are paid with gift cards and store credit; cancellations and refunds return what was spent."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from app.access.permissions import Permission
from app.core import clock
from app.core.database import execute, fetch
from app.inventory.stock.lifecycle import ReservationPriority
from app.payments import jobs as payment_jobs
from app.stored_value import jobs
from tests import make
from tests.ask import PLACE, Api, order_input
from tests.journeys.life import Story, books_add_up
from tests.payments.desk import Desk
from tests.stored_value.till import DISABLE, ERROR, ISSUE, Till, books_agree, customer_id, usd

PAID = """query($n: String!) { order(number: $n) { id paymentStatus total { amount } tax { amount }
  amountPaid { amount } amountDue { amount } amountRefunded { amount } status
  payments { id gateway position status capturedAmount { amount } refundedAmount { amount }
    storedValue { id maskedCode kind } } } }"""
APPLY = f"""mutation($i: StoredValueApplyInput!) {{ storedValueApply(input: $i) {{
  __typename ... on Order {{ paymentStatus amountDue {{ amount }} }} {ERROR} }} }}"""


@pytest.fixture
async def story(api: Api) -> Story:
    """Mugs at 10.00 each, with 5.00 of shipping."""
    story = await Story.begin(api)
    await story.sell("MUG", east=50, price=1000)
    return story


@pytest.fixture
def till(story: Story) -> Till:
    return Till(story.staff)


async def paid(story: Story, number: str) -> dict[str, Any]:
    found: dict[str, Any] = (await story.staff.ask(PAID, n=number))["order"]
    return found


async def refused(who: Api, **more: Any) -> dict[str, Any]:
    answer = await who.do(PLACE, input=order_input(("MUG", 2), **more))
    assert answer["__typename"] != "Order"
    assert await fetch("SELECT id FROM sales_order") == [] and await fetch("SELECT id FROM payment") == []
    await books_agree()
    return answer


async def test_a_gift_card_that_covers_all_pays_the_order_when_it_is_placed(story: Story, till: Till):
    card, code = await till.card("30.00")
    rule = "mutation($i: OrderRuleSetInput!) { orderRuleSet(input: $i) { __typename } }"
    await story.staff.do(rule, i={"channel": "web", "rule": "unpaid", "outcome": "HOLD"})
    number = await story.buy(("MUG", 2), giftCardCodes=[code.lower()])
    order = await paid(story, number)
    assert (order["status"], order["paymentStatus"]) == ("CONFIRMED", "PAID")
    assert (order["amountPaid"], order["amountDue"]) == ({"amount": "25.00"}, {"amount": "0.00"})
    (payment,) = order["payments"]
    assert (payment["gateway"], payment["capturedAmount"]) == ("giftCard", {"amount": "25.00"})
    assert payment["storedValue"] == {"id": card, "maskedCode": f"•••• {code[-4:]}", "kind": "GIFT_CARD"}
    assert await till.entries(card) == [("ISSUE", "30.00"), ("SPEND", "-25.00")]
    assert "payment_recorded" in await story.events(number)
    priorities = [row["priority"] for row in await fetch("SELECT priority FROM reservation")]
    assert priorities == [int(ReservationPriority.PAID)]
    await books_agree()
    await books_add_up()


async def test_several_cards_and_credit_pay_in_their_order_and_the_rest_stays_due(
    story: Story, till: Till, api: Api
):
    buyer = api.as_(await make.account())
    first, first_code = await till.card("4.00")
    second, second_code = await till.card("6.00")
    soon = (clock.now() + timedelta(days=9)).isoformat()
    credit = await till.credit(await customer_id(buyer), "3.00")
    expiring = await till.credit(await customer_id(buyer), "2.00", expiresAt=soon)
    placed = await buyer.do(
        PLACE, input=order_input(("MUG", 2), giftCardCodes=[second_code, first_code], useStoreCredit=True)
    )
    order = await paid(story, placed["number"])
    used = [(each["storedValue"]["id"], each["capturedAmount"]["amount"]) for each in order["payments"]]
    assert used == [(second, "6.00"), (first, "4.00"), (expiring["id"], "2.00"), (credit["id"], "3.00")]
    assert (order["paymentStatus"], order["amountDue"]["amount"]) == ("PARTIALLY_PAID", "10.00")
    await Desk(story, placed["number"]).record("10.00")
    assert (await paid(story, placed["number"]))["paymentStatus"] == "PAID"
    await books_agree()


async def test_a_cart_is_placed_with_a_gift_card(story: Story, till: Till, api: Api):
    card, code = await till.card("10.00")
    draft = """mutation($i: OrderDraftCreateInput!) { orderDraftCreate(input: $i) {
      ... on Order { id accessToken } } }"""
    given = order_input(("MUG", 2))
    cart = await api.do(draft, i=given)
    placing = {"draftId": cart["id"], "draftToken": cart["accessToken"], "giftCardCodes": [code]}
    placed = await api.do(PLACE, input=placing)
    order = await paid(story, placed["number"])
    assert (order["paymentStatus"], order["amountDue"]["amount"]) == ("PARTIALLY_PAID", "15.00")
    assert await till.balance(card) == "0.00"
    await books_agree()


async def test_a_card_that_cannot_pay_is_refused_and_nothing_is_placed(story: Story, till: Till, api: Api):
    await make.shop("eu", currency="EUR")
    given = {"channel": "eu", "amount": {"amount": "50", "currency": "EUR"}}
    euro = await till.staff.do(ISSUE, i=given)
    stolen, stolen_code = await till.card()
    await till.staff.do(DISABLE, i={"id": stolen, "reason": "Stolen"})
    _, good = await till.card()
    _, expired = await till.card(expiresAt=(clock.now() + timedelta(days=1)).isoformat())
    await execute("UPDATE stored_value SET expires_at = created_at WHERE expires_at IS NOT NULL")
    for code in ("NONE-SUCH", euro["code"], stolen_code, expired):
        answer = await refused(api, giftCardCodes=[good, code])
        assert answer["path"] == ["input", "giftCardCodes", "1"], (code, answer)
    twice = await refused(api, giftCardCodes=[good, good.lower()])
    assert twice["path"] == ["input", "giftCardCodes", "1"]
    (row,) = await fetch("SELECT COUNT(*) AS n FROM stored_value_entry WHERE kind = 'spend'")
    assert row["n"] == 0


async def test_only_the_customer_or_staff_who_manage_payments_spend_store_credit(
    story: Story, till: Till, api: Api
):
    buyer = api.as_(await make.account())
    id = await customer_id(buyer)
    await till.credit(id, "30.00")
    assert (await refused(api, useStoreCredit=True))["path"] == ["input", "useStoreCredit"]
    clerk = api.as_(await make.token(Permission.ORDERS_VIEW, Permission.ORDERS_MANAGE))
    assert (await refused(clerk, useStoreCredit=True, customerId=id))["path"] == ["input", "useStoreCredit"]
    placed = await story.staff.do(PLACE, input=order_input(("MUG", 1), useStoreCredit=True, customerId=id))
    assert (await paid(story, placed["number"]))["paymentStatus"] == "PAID"
    draft = """mutation($i: OrderDraftCreateInput!) { orderDraftCreate(input: $i) {
      ... on Order { id accessToken } } }"""
    cart = await buyer.do(draft, i=order_input(("MUG", 1)))
    stranger = {"draftId": cart["id"], "draftToken": cart["accessToken"], "useStoreCredit": True}
    assert (await api.do(PLACE, input=stranger))["path"] == ["input", "useStoreCredit"]
    await books_agree()


async def test_an_order_that_lacks_stock_spends_nothing(story: Story, till: Till, api: Api):
    card, code = await till.card()
    placed = await api.do(PLACE, input=order_input(("MUG", 51), giftCardCodes=[code]))
    assert placed["__typename"] == "InsufficientStock"
    assert await till.entries(card) == [("ISSUE", "50.00")]
    await books_agree()


async def test_guessed_codes_at_placing_are_delayed(
    story: Story, till: Till, api: Api, monkeypatch: pytest.MonkeyPatch
):
    _, code = await till.card()
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    for number in range(20):
        await api.do(PLACE, input=order_input(("MUG", 1), giftCardCodes=[f"NONE-{number}"]))
    waits = await api.do(PLACE, input=order_input(("MUG", 1), giftCardCodes=[code]))
    assert waits["__typename"] == "TooManyAttempts" and await fetch("SELECT id FROM sales_order") == []


async def test_a_placing_that_is_repeated_spends_once(story: Story, till: Till, api: Api):
    card, code = await till.card("30.00")
    given = order_input(("MUG", 1), giftCardCodes=[code])
    first, again = [await api.do(PLACE, input=given, key="once") for _ in range(2)]
    assert first["number"] == again["number"] and await till.balance(card) == "15.00"


async def test_p38_cancelling_and_refunding_at_once_return_the_credit_once(
    story: Story, till: Till, api: Api
):
    buyer = api.as_(await make.account())
    credit = await till.credit(await customer_id(buyer), "10.00")
    placed = await buyer.do(PLACE, input=order_input(("MUG", 2), useStoreCredit=True))
    desk = Desk(story, placed["number"])

    await asyncio.gather(
        story.cancel(placed["number"]),
        desk.refund("10.00"),
        story.cancel(placed["number"]),
        desk.refund("10.00"),
    )
    assert await till.balance(credit["id"]) == "10.00"
    assert [kind for kind, _ in await till.entries(credit["id"])] == ["ISSUE", "SPEND", "RETURN"]
    order = await paid(story, placed["number"])
    assert order["amountRefunded"] == {"amount": "10.00"}
    await books_agree()
    await books_add_up()


async def test_p39_an_order_that_is_not_paid_in_time_is_cancelled_and_the_credit_returned(
    story: Story, till: Till, api: Api, monkeypatch: pytest.MonkeyPatch
):
    set_limit = "mutation($i: ChannelUpdateInput!) { channelUpdate(input: $i) { __typename } }"
    channel = (await story.staff.ask('{ channel(code: "web") { id } }'))["channel"]["id"]
    await story.staff.do(set_limit, i={"id": channel, "paymentMinutes": 30})
    card, code = await till.card("10.00")
    number = await story.buy(("MUG", 2), giftCardCodes=[code])
    kept = await story.buy(("MUG", 1))
    await Desk(story, kept).record("15.00")
    released = await story.buy(("MUG", 1))
    (work,) = await story.work(released)
    await story.release(work["id"])
    assert await payment_jobs.cancel_unpaid() == 0
    later = clock.now() + timedelta(minutes=30)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert [await payment_jobs.cancel_unpaid(), await payment_jobs.cancel_unpaid()] == [1, 0]
    order = await paid(story, number)
    assert (order["status"], order["paymentStatus"], order["amountDue"]["amount"]) == (
        "CANCELLED",
        "REFUNDED",
        "0.00",
    )
    assert await till.entries(card) == [("ISSUE", "10.00"), ("SPEND", "-10.00"), ("RETURN", "10.00")]
    for other in (kept, released):
        assert (await paid(story, other))["status"] == "CONFIRMED"
    await books_agree()
    await books_add_up()


@pytest.mark.parametrize(
    ("refund_order", "first", "second", "third"),
    [
        ("LAST_FIRST", ("0.00", "6.00"), ("0.00", "12.00"), ("10.00", "15.00")),
        ("CREDIT_FIRST", ("6.00", "0.00"), ("10.00", "2.00"), ("10.00", "15.00")),
        ("PROPORTIONAL", ("2.40", "3.60"), ("4.80", "7.20"), ("10.00", "15.00")),
    ],
)
async def test_p42_three_partial_refunds_return_to_each_tender_at_most_what_it_gave(
    story: Story, till: Till, refund_order: str, first: Any, second: Any, third: Any
):
    set_order = "mutation($i: ChannelUpdateInput!) { channelUpdate(input: $i) { __typename } }"
    channel = (await story.staff.ask('{ channel(code: "web") { id } }'))["channel"]["id"]
    await story.staff.do(set_order, i={"id": channel, "refundOrder": refund_order})
    card, code = await till.card("10.00")
    number = await story.buy(("MUG", 2), giftCardCodes=[code])
    desk = Desk(story, number)
    await desk.record("15.00")
    for amount, expected in (("6.00", first), ("6.00", second), ("13.00", third)):
        assert (await desk.refund(amount))["__typename"] == "PaymentTransaction"
        returned = [each["refundedAmount"]["amount"] for each in (await paid(story, number))["payments"]]
        assert tuple(returned) == expected
        assert await till.balance(card) == expected[0]
        await books_agree()
    assert (await desk.refund("0.01"))["__typename"] == "AmountTooLarge"


async def test_p43_refunding_a_fully_covered_order_credits_the_card_and_keeps_total_and_tax(
    story: Story, till: Till
):
    await make.tax("US", rate="0.1")
    card, code = await till.card("50.00")
    number = await story.buy(("MUG", 2), giftCardCodes=[code])
    before = await paid(story, number)
    assert before["tax"]["amount"] != "0.00" and before["amountDue"]["amount"] == "0.00"
    total = before["total"]["amount"]
    assert (await Desk(story, number).refund(total))["__typename"] == "PaymentTransaction"
    after = await paid(story, number)
    assert (after["total"], after["tax"]) == (before["total"], before["tax"])
    assert (after["paymentStatus"], after["amountDue"]["amount"]) == ("REFUNDED", "0.00")
    assert await till.balance(card) == "50.00"
    await books_agree()


async def test_a_refund_to_an_expired_card_can_be_spent_for_90_days(
    story: Story, till: Till, monkeypatch: pytest.MonkeyPatch
):
    soon = clock.now() + timedelta(days=1)
    card, code = await till.card("30.00", expiresAt=soon.isoformat())
    number = await story.buy(("MUG", 2), giftCardCodes=[code])
    later = soon + timedelta(days=30)
    monkeypatch.setattr(clock, "now", lambda: later)
    await Desk(story, number).refund("5.00")
    assert await till.entries(card) == [
        ("ISSUE", "30.00"), ("SPEND", "-25.00"), ("EXPIRE", "-5.00"), ("RETURN", "5.00"),
    ]  # fmt: skip
    expiry = (await till.seen(card))["expiresAt"]
    assert expiry == (later + timedelta(days=90)).isoformat() and await jobs.expire() == 0
    again = await story.buy(("MUG", 1), giftCardCodes=[code])
    assert (await paid(story, again))["amountPaid"] == {"amount": "5.00"}
    await books_agree()


async def test_staff_apply_a_card_and_credit_to_a_placed_order(story: Story, till: Till, api: Api):
    buyer = api.as_(await make.account())
    credit = await till.credit(await customer_id(buyer), "4.00")
    card, code = await till.card("50.00")
    order = await buyer.do(PLACE, input=order_input(("MUG", 2)))
    sent = {"orderId": order["id"]}
    part = await story.staff.do(APPLY, i=sent | {"giftCardCode": code, "amount": usd("6.00")})
    assert (part["paymentStatus"], part["amountDue"]["amount"]) == ("PARTIALLY_PAID", "19.00")
    less = await story.staff.do(APPLY, i=sent | {"amount": usd("5.00")})
    assert less["__typename"] == "AmountTooLarge" and less["path"] == ["input", "amount"]
    more = await story.staff.do(APPLY, i=sent | {"giftCardCode": code, "amount": usd("19.01")})
    assert more["__typename"] == "AmountTooLarge" and await till.balance(card) == "44.00"
    own = await story.staff.do(APPLY, i=sent)
    assert own["amountDue"]["amount"] == "15.00" and await till.balance(credit["id"]) == "0.00"
    empty = await story.staff.do(APPLY, i=sent)
    assert empty["__typename"] == "AmountTooLarge" and empty["path"] == ["input", "orderId"]
    wrong = await story.staff.do(APPLY, i=sent | {"giftCardCode": "NONE-SUCH"})
    assert wrong["path"] == ["input", "giftCardCode"]
    rest = await story.staff.do(APPLY, i=sent | {"giftCardCode": code})
    assert (rest["paymentStatus"], await till.balance(card)) == ("PAID", "29.00")
    over = await story.staff.do(APPLY, i=sent | {"giftCardCode": code})
    assert over["__typename"] == "AmountTooLarge"
    await books_agree()
    await story.cancel(order["number"])
    assert (await till.balance(card), await till.balance(credit["id"])) == ("50.00", "4.00")
    await books_agree()


async def test_an_order_without_customer_has_no_store_credit(story: Story):
    number = await story.buy(("MUG", 1))
    sent = {"orderId": (await paid(story, number))["id"]}
    assert (await story.staff.do(APPLY, i=sent))["path"] == ["input", "orderId"]


async def test_cancelling_a_part_leaves_the_refund_to_staff(story: Story, till: Till):
    card, code = await till.card("25.00")
    number = await story.buy(("MUG", 2), giftCardCodes=[code])
    await story.cancel(number, MUG=1)
    assert (await paid(story, number))["amountDue"] == {"amount": "-10.00"}
    assert await till.balance(card) == "0.00"
    await Desk(story, number).refund("10.00")
    assert await till.balance(card) == "10.00"
    await story.cancel(number)
    assert await till.balance(card) == "25.00"
    await books_agree()


async def test_the_cancelled_order_is_returned_with_its_refund(story: Story, till: Till):
    _, code = await till.card("10.00")
    number = await story.buy(("MUG", 2), giftCardCodes=[code])
    cancel = """mutation($i: OrderCancelInput!) { orderCancel(input: $i) {
      ... on Order { status paymentStatus amountPaid { amount } amountDue { amount } } } }"""
    done = await story.staff.do(cancel, i={"id": (await paid(story, number))["id"]})
    assert done == {
        "status": "CANCELLED", "paymentStatus": "REFUNDED", "amountPaid": {"amount": "0.00"},
        "amountDue": {"amount": "0.00"},
    }  # fmt: skip


async def test_64_buyers_spend_one_card_and_32_clerks_refund_one_order(story: Story, till: Till, api: Api):
    await story.shop.stock("MUG", 1_000)
    card, code = await till.card("50.00")
    given = order_input(("MUG", 1), giftCardCodes=[code])
    answers = await asyncio.gather(*(api.do(PLACE, input=given) for _ in range(64)))
    placed = [each["number"] for each in answers if each["__typename"] == "Order"]
    assert len(placed) == 4 and await till.balance(card) == "0.00"
    spent = [(await paid(story, number))["amountPaid"]["amount"] for number in placed]
    assert sorted(spent) == ["15.00", "15.00", "15.00", "5.00"]
    whole = next(number for number, amount in zip(placed, spent, strict=True) if amount == "15.00")
    desk = Desk(story, whole)
    done = await asyncio.gather(*(desk.refund("1.00") for _ in range(32)))
    assert sum(each["__typename"] == "PaymentTransaction" for each in done) == 15
    assert await till.balance(card) == "15.00"
    await books_agree()
