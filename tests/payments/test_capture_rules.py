"""Payments are captured by the rule of the channel: at placing, confirming or shipment, or by hand."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.channels import service as channels
from app.channels.lifecycle import CaptureRule, TaxRounding
from app.core import clock
from app.core.actor import SYSTEM
from app.core.database import execute
from app.core.ids import new_id
from app.inventory.locations import service as locations
from app.orders.lifecycle import OrderStatus
from app.orders.recorded import remaining
from app.payments import jobs
from app.payments import queries as payments
from app.payments.capture_rules import lacking
from app.payments.gateways.protocol import RefundState
from app.payments.models import Payment
from app.payments.splitting import split_capture
from tests import make
from tests.amounts import usual
from tests.ask import Api
from tests.journeys.life import Story, books_add_up
from tests.payments.desk import Desk
from tests.payments.scripted import SET, World, secrets
from tests.stored_value.till import ISSUE

EDIT = "mutation($i: OrderEditInput!) { orderEdit(input: $i) { __typename } }"
CONFIRM = "mutation($id: ID!) { orderConfirm(id: $id) { __typename } }"
RELEASE = "mutation($i: OrderReleaseInput!) { orderRelease(input: $i) { __typename } }"
HOLDS = "query($n: String!) { order(number: $n) { holds { rule reason releasedAt } } }"
UPDATE = """mutation($i: ChannelUpdateInput!) { channelUpdate(input: $i) {
  __typename ... on Channel { id capture } } }"""
CHANNEL = '{ channel(code: "web") { id capture } }'


async def shop_of(api: Api, rule: str, *, currency: str = "USD", units: tuple[int, int] = (2, 1)) -> Desk:
    """An order of mugs in the east and pens in the west, so of two parcels, in a channel with a rule."""
    shop = await make.shop(currency=currency, confirms_at_once=True)
    west = await make.location("west")
    await locations.set_channel_locations(SYSTEM, shop.channel, [shop.location, west])
    story = Story(api.as_(await make.token()), shop, shop.location, west)
    made = await story.staff.do(
        SET, i={"code": "card", "name": "Cards", "kind": "STRIPE", "secrets": secrets()}
    )
    assert made["__typename"] == "PaymentGateway", made
    await use(story, rule)
    await story.sell("MUG", east=20, price=1000)
    await story.sell("PEN", west=20, price=333)
    return Desk(story, await story.buy(("MUG", units[0]), ("PEN", units[1])), currency)


async def use(story: Story, rule: str) -> None:
    channel = (await story.staff.ask(CHANNEL))["channel"]["id"]
    assert (await story.staff.do(UPDATE, i={"id": channel, "capture": rule}))["capture"] == rule


async def parcel(desk: Desk, place: str) -> None:
    """Ship the parcel of a location, and call the gateways."""
    code = (desk.story.east if place == "east" else desk.story.west).code
    (work,) = [each for each in await desk.story.work(desk.number) if each["location"]["code"] == code]
    await desk.story.send(work["id"])
    await jobs.call_gateways()


async def captured(desk: Desk) -> list[str]:
    return [each["capturedAmount"]["amount"] for each in await desk.payments()]


async def open_holds(desk: Desk) -> list[str]:
    holds = (await desk.story.staff.ask(HOLDS, n=desk.number))["order"]["holds"]
    return [hold["rule"] for hold in holds if hold["releasedAt"] is None]


async def sound(desk: Desk) -> None:
    assert await payments.differences() == []
    await books_add_up()


async def edit(desk: Desk, sku: str, quantity: int) -> None:
    order = await desk.story.order(desk.number)
    (line,) = [each["id"] for each in order["lines"]["nodes"] if each["sku"] == sku]
    given = {"id": order["id"], "lines": [{"lineId": line, "quantity": quantity}]}
    assert (await desk.story.staff.do(EDIT, i=given))["__typename"] == "OrderEdit"


async def total(desk: Desk) -> str:
    amount: str = (await desk.story.order(desk.number))["total"]["amount"]
    return amount


async def test_nothing_is_captured_by_hand_until_staff_capture(api: Api, world: World):
    desk = await shop_of(api, "BY_HAND")
    await desk.pay("ok")
    await parcel(desk, "east")
    await parcel(desk, "west")
    assert await captured(desk) == ["0.00"]
    await sound(desk)


@pytest.mark.parametrize(("rule", "expected"), [("AT_FIRST_SHIPMENT", None), ("BY_HAND", "0.00")])
async def test_an_order_that_an_earlier_version_of_the_server_placed_has_the_rule_of_its_channel(
    api: Api, world: World, rule: str, expected: str | None
):
    desk = await shop_of(api, rule)
    await desk.pay("ok")
    await execute("UPDATE sales_order SET capture_rule = NULL")
    await parcel(desk, "east")
    assert await captured(desk) == [expected or await total(desk)]
    await sound(desk)


async def test_at_placing_an_authorization_is_captured_as_soon_as_it_is_there(api: Api, world: World):
    desk = await shop_of(api, "AT_PLACING")
    paid = await desk.pay("ok")
    assert paid["paymentStatus"] == "PAID"
    assert world.done == {"authorize": 1, "capture": 1}
    (payment,) = await desk.payments()
    assert [each["kind"] for each in payment["transactions"]] == ["AUTHORIZE", "CAPTURE"]
    await sound(desk)


async def test_at_placing_a_payment_that_the_buyer_continues_is_captured_afterwards(api: Api, world: World):
    desk = await shop_of(api, "AT_PLACING")
    await desk.pay("3ds")
    assert await captured(desk) == ["0.00"]
    world.authorize((await desk.payments())[0]["reference"])
    await desk.pay()
    assert await captured(desk) == [await total(desk)]
    await sound(desk)


async def test_at_confirming_the_order_is_captured_when_it_is_confirmed(api: Api, world: World):
    desk = await shop_of(api, "AT_CONFIRMING")
    await channels.update(SYSTEM, desk.story.shop.channel.id, {"confirms_at_once": False})
    desk.number = await desk.story.buy(("MUG", 1))
    await desk.pay("ok")
    assert await captured(desk) == ["0.00"]
    await desk.story.staff.do(CONFIRM, id=(await desk.seen())["id"])
    await jobs.call_gateways()
    assert await captured(desk) == [await total(desk)]
    await sound(desk)


async def test_at_first_shipment_the_whole_order_is_captured_once(api: Api, world: World):
    desk = await shop_of(api, "AT_FIRST_SHIPMENT")
    await desk.pay("ok")
    assert await captured(desk) == ["0.00"]
    await parcel(desk, "west")
    assert await captured(desk) == [await total(desk)]
    await parcel(desk, "east")
    assert world.done["capture"] == 1
    await sound(desk)


async def test_p22_the_first_shipment_captures_its_worth_with_shipping_and_not_the_whole(
    api: Api, world: World
):
    desk = await shop_of(api, "AT_SHIPMENT")
    await desk.pay("ok")
    await parcel(desk, "east")
    assert await captured(desk) == ["25.00"]  # two mugs, and 5.00 of shipping
    assert (await desk.seen())["paymentStatus"] == "PARTIALLY_PAID"
    await sound(desk)


@pytest.mark.parametrize("rule", ["AT_SHIPMENT", "AT_FIRST_SHIPMENT"])
async def test_gift_cards_are_captured_and_issued_before_the_goods_are_shipped(
    api: Api, world: World, rule: str
):
    desk = await shop_of(api, rule)
    await desk.story.sell("GIFT-25", east=None, price=2500, is_gift_card=True)
    desk.number = await desk.story.buy(("GIFT-25", 1), ("MUG", 1))
    await desk.pay("ok")
    await jobs.call_gateways()
    assert await captured(desk) == ["25.00"]
    lines = (await desk.story.order(desk.number))["lines"]["nodes"]
    assert {line["sku"]: line["quantityShipped"] for line in lines} == {"GIFT-25": 1, "MUG": 0}
    await parcel(desk, "east")
    assert await captured(desk) == [await total(desk)] == ["40.00"]
    desk.number = await desk.story.buy(("GIFT-25", 2))
    await desk.pay("ok")
    await jobs.call_gateways()
    assert await captured(desk) == ["50.00"]
    assert (await desk.seen())["status"] == "COMPLETED"
    await sound(desk)


async def test_p23_the_rest_is_renewed_when_gift_cards_took_the_only_capture(api: Api, world: World):
    world.max_captures, world.can_renew = 1, True
    desk = await shop_of(api, "AT_FIRST_SHIPMENT")
    await desk.story.sell("GIFT-25", east=None, price=2500, is_gift_card=True)
    desk.number = await desk.story.buy(("GIFT-25", 1), ("MUG", 1))
    await desk.pay("ok")
    await jobs.call_gateways()
    assert await open_holds(desk) == []
    await parcel(desk, "east")
    assert await captured(desk) == ["25.00", "15.00"]
    await sound(desk)


@pytest.mark.parametrize("rule", ["AT_SHIPMENT", "AT_FIRST_SHIPMENT"])
async def test_p23_gift_cards_are_captured_with_the_goods_if_only_one_capture_is_permitted(
    api: Api, world: World, rule: str
):
    world.max_captures = 1
    desk = await shop_of(api, rule)
    await desk.story.sell("GIFT-25", east=None, price=2500, is_gift_card=True)
    desk.number = await desk.story.buy(("GIFT-25", 1), ("MUG", 1))
    await desk.pay("ok")
    await jobs.call_gateways()
    assert (await captured(desk), await open_holds(desk)) == (["0.00"], [])
    assert await cards_of(desk) == 0
    await parcel(desk, "east")
    assert (await captured(desk), await open_holds(desk)) == (["40.00"], [])
    assert await cards_of(desk) == 1
    assert world.done == {"authorize": 1, "capture": 1}
    await sound(desk)


async def test_p23_a_gift_card_is_captured_at_once_when_the_goods_are_cancelled_or_otherwise_authorized(
    api: Api, world: World
):
    world.max_captures = 1
    desk = await shop_of(api, "AT_FIRST_SHIPMENT")
    await desk.story.sell("GIFT-25", east=None, price=2500, is_gift_card=True)
    first = await desk.story.buy(("GIFT-25", 1), ("MUG", 1))
    desk.number = first
    await desk.do(
        "paymentAuthorize",
        orderId=(await desk.seen())["id"],
        amount=desk.money("25.00"),
        gateway="card",
        token="ok",
    )
    await desk.pay("ok")
    await jobs.call_gateways()
    assert (await captured(desk), await cards_of(desk)) == (["25.00", "0.00"], 1)
    desk.number = await desk.story.buy(("GIFT-25", 1), ("MUG", 1))
    await desk.pay("ok")
    await desk.story.cancel(desk.number, MUG=1)
    for _ in range(3):
        await jobs.call_gateways()
    assert (await captured(desk), await cards_of(desk)) == (["30.00"], 1)
    await sound(desk)


async def cards_of(desk: Desk) -> int:
    lines = (await desk.story.order(desk.number))["lines"]["nodes"]
    return sum(line["quantityShipped"] for line in lines if line["sku"] == "GIFT-25")


async def test_what_is_authorized_after_an_edit_down_a_refund_and_an_edit_up_is_captured(
    api: Api, world: World
):
    desk = await shop_of(api, "AT_SHIPMENT")
    await desk.pay("ok")
    await desk.capture()
    await edit(desk, "MUG", 1)
    assert (await desk.refund("10.00"))["status"] == "SUCCEEDED"
    assert (await desk.seen())["amountDue"] == {"amount": "0.00"}
    await edit(desk, "MUG", 2)
    await desk.pay("ok")
    assert (await desk.seen())["amountAuthorized"] == {"amount": "10.00"}
    await parcel(desk, "east")
    await parcel(desk, "west")
    assert await captured(desk) == ["28.33", "10.00"]
    order = await desk.seen()
    assert (order["amountDue"], order["amountPaid"]) == ({"amount": "0.00"}, {"amount": "28.33"})
    await sound(desk)


async def test_a_surplus_whose_refund_was_sent_back_is_not_captured_twice(api: Api, world: World):
    desk = await shop_of(api, "AT_SHIPMENT")
    await desk.pay("ok")
    await desk.capture()
    await edit(desk, "MUG", 1)
    assert (await desk.refund("10.00"))["status"] == "SUCCEEDED"
    world.settle_refund((await desk.payments())[0]["reference"], "ref_1", RefundState.FAILED)
    await desk.sync()
    assert (await desk.seen())["amountDue"] == {"amount": "-10.00"}
    await edit(desk, "MUG", 2)
    await parcel(desk, "east")
    await parcel(desk, "west")
    assert await captured(desk) == ["28.33"]
    assert (await desk.seen())["amountDue"] == {"amount": "0.00"}
    await sound(desk)


async def test_an_order_keeps_the_capture_rule_that_its_channel_had_when_it_was_placed(
    api: Api, world: World
):
    desk = await shop_of(api, "AT_SHIPMENT")
    await use(desk.story, "AT_PLACING")
    await desk.pay("ok")
    assert await captured(desk) == ["0.00"]
    rule = "query($n: String!) { order(number: $n) { captureRule } }"
    assert (await desk.story.staff.ask(rule, n=desk.number))["order"] == {"captureRule": "AT_SHIPMENT"}
    await parcel(desk, "east")
    assert await captured(desk) == ["25.00"]
    desk.number = await desk.story.buy(("MUG", 1))
    await desk.pay("ok")
    assert await captured(desk) == ["15.00"]
    assert (await desk.story.staff.ask(rule, n=desk.number))["order"] == {"captureRule": "AT_PLACING"}


async def test_p21_the_second_shipment_captures_the_rest(api: Api, world: World):
    desk = await shop_of(api, "AT_SHIPMENT")
    await desk.pay("ok")
    await parcel(desk, "east")
    await parcel(desk, "west")
    assert await captured(desk) == ["28.33"]
    assert (await desk.seen())["paymentStatus"] == "PAID"
    assert (world.done["capture"], world.last_captures) == (2, [False, True])
    await sound(desk)


async def test_p23_an_authorization_with_one_capture_is_renewed_for_the_rest(api: Api, world: World):
    world.max_captures, world.can_renew = 1, True
    desk = await shop_of(api, "AT_SHIPMENT")
    await desk.pay("ok")
    await parcel(desk, "east")
    assert await open_holds(desk) == ["authorization_renewing"]
    await jobs.call_gateways()
    first, second = await desk.payments()
    assert (first["status"], first["capturedAmount"]["amount"]) == ("CAPTURED", "25.00")
    assert (second["status"], second["authorizedAmount"]["amount"]) == ("AUTHORIZED", "3.33")
    assert await open_holds(desk) == []
    await parcel(desk, "west")
    assert await captured(desk) == ["25.00", "3.33"]
    assert world.done == {"authorize": 2, "capture": 2}
    await sound(desk)


@pytest.mark.parametrize("why", ["no renewal", "declined", "the buyer has to act"])
async def test_p23_without_renewal_the_order_is_held_until_the_rest_is_paid(api: Api, world: World, why: str):
    world.max_captures, world.can_renew = 1, why != "no renewal"
    world.renewals = {"declined": "declined", "the buyer has to act": "3ds"}.get(why, "ok")
    desk = await shop_of(api, "AT_SHIPMENT")
    await desk.pay("ok")
    await parcel(desk, "east")
    await jobs.call_gateways()
    assert await open_holds(desk) == ["authorization_used_up"]
    (work,) = [each for each in await desk.story.work(desk.number) if each["status"] != "SHIPPED"]
    assert (await desk.story.release(work["id"]))["__typename"] == "NotReleasable"
    if why == "the buyer has to act":
        world.authorize((await desk.payments())[1]["reference"])
        await desk.pay()
    else:
        await desk.pay("ok")
    assert await open_holds(desk) == []
    await parcel(desk, "west")
    assert sum(float(each) for each in await captured(desk)) == 28.33
    await sound(desk)


async def test_p23_what_two_permitted_captures_leave_is_released_and_authorized_anew(api: Api, world: World):
    world.max_captures, world.can_renew = 2, True
    desk = await shop_of(api, "AT_SHIPMENT")
    await desk.story.sell("CUP", east=20, price=500)
    desk.number = await desk.story.buy(("MUG", 1), ("PEN", 1), ("CUP", 1))
    await desk.pay("ok")
    await desk.capture("1.00")
    await parcel(desk, "west")  # the second capture: a pen and shipping, less 1.00
    for _ in range(3):
        await jobs.call_gateways()
    first, second = await desk.payments()
    assert (first["status"], first["capturedAmount"]["amount"]) == ("CAPTURED", "8.33")
    assert (second["status"], second["authorizedAmount"]["amount"]) == ("AUTHORIZED", "15.00")
    await parcel(desk, "east")
    assert await captured(desk) == ["8.33", "15.00"]
    await sound(desk)


async def test_p18_an_edit_that_lowers_the_total_leaves_the_authorization_and_captures_less(
    api: Api, world: World
):
    desk = await shop_of(api, "AT_SHIPMENT")
    await desk.pay("ok")
    await edit(desk, "MUG", 1)
    assert (await desk.payments())[0]["authorizedAmount"]["amount"] == "28.33"
    await parcel(desk, "east")
    await parcel(desk, "west")
    assert await captured(desk) == ["18.33"]
    assert (await desk.seen())["amountDue"]["amount"] == "0.00"
    await jobs.call_gateways()
    (payment,) = await desk.payments()
    assert (payment["status"], world.done["void"]) == ("CAPTURED", 1)  # the rest is released to the buyer
    await sound(desk)


async def test_what_an_edit_leaves_authorized_is_released_when_everything_has_left(api: Api, world: World):
    desk = await shop_of(api, "AT_FIRST_SHIPMENT")
    await desk.pay("ok")
    await edit(desk, "MUG", 1)
    await parcel(desk, "east")
    assert (await desk.seen())["amountAuthorized"]["amount"] == "10.00"
    await parcel(desk, "west")
    await jobs.call_gateways()
    assert (await desk.seen())["amountAuthorized"]["amount"] == "0.00"
    assert (await captured(desk), world.done["void"]) == (["18.33"], 1)
    await sound(desk)


async def test_a_cancellation_between_two_shipments_leaves_what_has_shipped(api: Api, world: World):
    desk = await shop_of(api, "AT_SHIPMENT")
    await desk.pay("ok")
    await parcel(desk, "east")
    await desk.story.cancel(desk.number, PEN=1)
    await jobs.call_gateways()
    assert await captured(desk) == ["25.00"]
    assert (await desk.seen())["amountDue"]["amount"] == "0.00"
    await sound(desk)


async def test_units_that_an_edit_adds_are_captured_with_their_shipment(api: Api, world: World):
    world.can_increase = True
    desk = await shop_of(api, "AT_SHIPMENT")
    await desk.pay("ok")
    await parcel(desk, "east")
    await edit(desk, "PEN", 3)
    await desk.pay()
    assert await captured(desk) == ["25.00"]
    await parcel(desk, "west")
    assert await captured(desk) == ["34.99"]
    await sound(desk)


async def test_what_a_gift_card_paid_counts_for_the_first_shipments(api: Api, world: World):
    desk = await shop_of(api, "AT_SHIPMENT")
    made = await desk.story.staff.do(ISSUE, i={"channel": "web", "amount": desk.money("24.00")})
    desk.number = await desk.story.buy(("MUG", 2), ("PEN", 1), giftCardCodes=[made["code"]])
    await desk.pay("ok")
    assert (await desk.seen())["amountAuthorized"]["amount"] == "4.33"
    await parcel(desk, "east")
    assert await captured(desk) == ["24.00", "1.00"]
    await parcel(desk, "west")
    assert await captured(desk) == ["24.00", "4.33"]
    await sound(desk)


async def test_a_capture_takes_the_authorizations_in_the_order_in_which_they_were_made(
    api: Api, world: World
):
    desk = await shop_of(api, "AT_SHIPMENT")
    order = await desk.seen()
    for amount in ("10.00", "18.33"):
        authorized = await desk.do(
            "paymentAuthorize", orderId=order["id"], amount=desk.money(amount), gateway="card", token="ok"
        )
        assert authorized["status"] == "SUCCEEDED"
    await parcel(desk, "east")
    assert await captured(desk) == ["10.00", "15.00"]
    await parcel(desk, "west")
    assert await captured(desk) == ["10.00", "18.33"]
    await sound(desk)


async def test_an_authorization_made_outside_is_not_captured_by_the_rule(api: Api, world: World):
    desk = await shop_of(api, "AT_SHIPMENT")
    await desk.authorize("28.33")
    await parcel(desk, "east")
    assert await captured(desk) == ["0.00"]
    assert (await desk.seen())["amountAuthorized"]["amount"] == "28.33"
    await sound(desk)


async def test_a_capture_that_fails_holds_the_order_until_the_amount_is_received(
    api: Api, world: World, monkeypatch: pytest.MonkeyPatch
):
    desk = await shop_of(api, "AT_SHIPMENT")
    await desk.pay("ok")
    world.refuses_captures = True
    await parcel(desk, "east")
    for hours in (1, 2):
        later(monkeypatch, timedelta(hours=hours))
        await jobs.call_gateways()
    assert len([verb for verb, _ in world.calls if verb == "capture"]) == 1  # it is not repeated
    holds = (await desk.story.staff.ask(HOLDS, n=desk.number))["order"]["holds"]
    assert [hold["reason"] for hold in holds] == [
        "The capture of $25.00 of payment 1 failed: The bank refuses the capture. Capture it again "
        "(paymentCapture), or ask for another payment."
    ]
    world.refuses_captures = False
    await desk.capture("20.00")  # the rule captures the rest
    assert await captured(desk) == ["25.00"]
    assert await open_holds(desk) == []
    await parcel(desk, "west")
    assert await captured(desk) == ["28.33"]
    await sound(desk)


async def test_the_next_shipment_captures_what_the_failed_capture_left(api: Api, world: World):
    desk = await shop_of(api, "AT_SHIPMENT")
    await desk.pay("ok")
    world.refuses_captures = True
    await parcel(desk, "east")
    world.refuses_captures = False
    await desk.story.staff.do(RELEASE, i={"id": (await desk.seen())["id"]})
    await parcel(desk, "west")
    assert await captured(desk) == ["28.33"]
    await sound(desk)


async def test_a_second_shipment_waits_for_the_answer_to_the_first_capture(
    api: Api, world: World, monkeypatch: pytest.MonkeyPatch
):
    desk = await shop_of(api, "AT_SHIPMENT")
    await desk.pay("ok")
    world.lost = ["capture"]
    await parcel(desk, "east")
    await parcel(desk, "west")
    assert await captured(desk) == ["0.00"]
    later(monkeypatch, timedelta(minutes=1))
    for _ in range(3):
        await jobs.call_gateways()
    assert await captured(desk) == ["28.33"]
    assert world.done["capture"] == 2
    await sound(desk)


async def test_a_refund_between_two_shipments_is_not_captured_again(api: Api, world: World):
    desk = await shop_of(api, "AT_SHIPMENT")
    await desk.pay("ok")
    await parcel(desk, "east")
    await desk.refund("2.00")
    await parcel(desk, "west")
    assert await captured(desk) == ["28.33"]
    assert (await desk.seen())["amountRefunded"]["amount"] == "2.00"
    await sound(desk)


async def test_money_that_is_captured_for_a_cancelled_order_goes_back(api: Api, world: World):
    desk = await shop_of(api, "AT_PLACING")
    world.silent.add("capture")
    await desk.pay("ok")
    await desk.story.cancel(desk.number)
    reference = (await desk.payments())[0]["reference"]
    world.capture(reference, 2833)
    await desk.sync()
    await jobs.call_gateways()
    assert (await desk.payments())[0]["refundedAmount"]["amount"] == "28.33"
    await sound(desk)


@pytest.mark.parametrize(("currency", "first", "whole"), [("JPY", "2500", "2833"), ("KWD", "2.500", "2.833")])
async def test_p24_shipments_in_currencies_with_other_decimals_add_up(
    api: Api, world: World, currency: str, first: str, whole: str
):
    desk = await shop_of(api, "AT_SHIPMENT", currency=currency)
    await desk.pay("ok")
    await parcel(desk, "east")
    assert await captured(desk) == [first]
    await parcel(desk, "west")
    assert await captured(desk) == [whole]
    assert [each.captured_minor for each in world.intents.values()] == [2833]
    await sound(desk)


async def test_two_parcels_that_leave_at_the_same_moment_are_captured_in_all_once(api: Api, world: World):
    world.max_captures = 1  # so a capture for each parcel would lose the rest
    desk = await shop_of(api, "AT_SHIPMENT")
    await desk.pay("ok")
    works = await desk.story.work(desk.number)
    for work in works:
        for step in (desk.story.release, desk.story.pick, desk.story.pack):
            assert (await step(work["id"]))["__typename"] == "FulfillmentOrder"
    world.pause = 0.005
    shipped = await asyncio.gather(*(desk.story.ship(work["id"]) for work in works))
    assert [each["status"] for each in shipped] == ["SHIPPED", "SHIPPED"]
    for _ in range(3):
        await asyncio.gather(jobs.call_gateways(), jobs.call_gateways())
    assert await captured(desk) == ["28.33"]
    assert [each.captured_minor for each in world.intents.values()] == [2833]
    assert (world.done["capture"], world.last_captures) == (1, [True])
    assert await open_holds(desk) == []
    await sound(desk)


@given(
    amount=st.integers(0, 500),
    limits=st.lists(st.tuples(st.integers(0, 200), st.integers(0, 50)), max_size=5),
)
def test_the_parts_of_a_capture_never_exceed_what_each_payment_permits(
    amount: int, limits: list[tuple[int, int]]
):
    parts = split_capture(amount, [each for each, _ in limits], [more for _, more in limits])
    assert sum(parts) == min(amount, sum(each + more for each, more in limits))
    assert all(0 <= part <= each + more for part, (each, more) in zip(parts, limits, strict=True))
    if amount <= sum(each for each, _ in limits):
        assert all(part <= each for part, (each, _) in zip(parts, limits, strict=True))


_LINES = st.lists(
    st.tuples(
        st.integers(1, 9), st.integers(0, 5000), st.integers(0, 300), st.sampled_from(["0", "0.07", "0.19"])
    ),
    min_size=1,
    max_size=4,
)


@given(
    lines=_LINES,
    rounding=st.sampled_from(TaxRounding),
    included=st.booleans(),
    shipping=st.integers(0, 900),
    data=st.data(),
)
def test_the_captures_of_any_shipments_add_up_to_the_order(
    lines: list[tuple[int, int, int, str]],
    rounding: TaxRounding,
    included: bool,
    shipping: int,
    data: st.DataObject,
):
    rows = [
        SimpleNamespace(
            quantity=units, quantity_cancelled=0, quantity_shipped=0, unit_price_minor=price,
            discount_minor=min(off, units * price), priced_units=None, priced_discount_minor=None,
            tax_rate=Decimal(rate), tax_name="VAT", is_gift_card=False,
        )
        for units, price, off, rate in lines
    ]  # fmt: skip
    taxes = [{"amount_minor": shipping, "rate": "0.19", "name": "VAT"}]
    order = SimpleNamespace(
        prices_include_tax=included, tax_rounding=rounding, shipping_taxes=taxes, cancelled_minor=0,
        credited_minor=0, surplus_refunded_minor=0, status=OrderStatus.CONFIRMED,
    )  # fmt: skip
    order.total_minor = remaining(order, rows).total_minor
    payment = Payment(account_id=new_id(), captured_minor=0, refunded_minor=0, charged_back_minor=0)
    left = [index for index, row in enumerate(rows) for _ in range(row.quantity)]
    for index in data.draw(st.permutations(left)):
        rows[index].quantity_shipped += 1
        payment.captured_minor += lacking(CaptureRule.AT_SHIPMENT, order, rows, [payment])
        assert 0 <= payment.captured_minor <= order.total_minor
        assert lacking(CaptureRule.AT_SHIPMENT, order, rows, [payment]) == 0
    assert payment.captured_minor == order.total_minor


def later(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    now = clock.now() + by
    monkeypatch.setattr(clock, "now", lambda: now)


async def test_a_parcel_that_leaves_while_a_capture_is_sent_is_not_lost(api: Api, world: World):
    """Shipments and calls of the gateway at the same moment, in any order."""
    desk = await shop_of(api, "AT_SHIPMENT")
    world.pause = 0.003
    for _ in range(usual(4, full=8)):
        desk.number = await desk.story.buy(("MUG", 2), ("PEN", 1))
        await desk.pay("ok")
        works = await desk.story.work(desk.number)
        for work in works:
            for step in (desk.story.release, desk.story.pick, desk.story.pack):
                assert (await step(work["id"]))["__typename"] == "FulfillmentOrder"
        calls = (jobs.call_gateways() for _ in range(3))
        await asyncio.gather(*(desk.story.ship(work["id"]) for work in works), *calls)
        for _ in range(3):
            await jobs.call_gateways()
        assert await captured(desk) == ["28.33"]
    assert [each.captured_minor for each in world.intents.values()] == [2833] * len(world.intents)
    await sound(desk)
