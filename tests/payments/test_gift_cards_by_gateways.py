"""Gift cards that are bought with a payment by a gateway."""

import pytest

from app.payments import jobs
from app.payments.gateways.protocol import RefundState
from app.payments.models import PurchasedGiftCard
from tests.ask import Api
from tests.payments.desk import Desk
from tests.payments.scripted import World
from tests.payments.test_capture_rules import captured, edit, open_holds, parcel, shop_of, sound
from tests.stored_value.test_refunding_purchases import REFUND

HOLD = "mutation($i: OrderHoldInput!) { orderHold(input: $i) { __typename } }"
RELEASE = "mutation($i: OrderReleaseInput!) { orderRelease(input: $i) { __typename } }"


@pytest.fixture
async def desk(card_desk: Desk) -> Desk:
    """An order of a gift card, and a gateway `card`."""
    await card_desk.story.sell("GIFT-25", east=None, price=2500, is_gift_card=True)
    return Desk(card_desk.story, await card_desk.story.buy(("GIFT-25", 1)))


@pytest.mark.parametrize("state", [RefundState.FAILED, RefundState.SUCCEEDED])
async def test_a_card_whose_money_is_being_refunded_is_issued_only_if_the_refund_fails(
    desk: Desk, world: World, state: RefundState
):
    order = (await desk.seen())["id"]
    await desk.story.staff.do(HOLD, i={"id": order, "kind": "FRAUD", "reason": "Odd"})
    await desk.pay("ok")
    await desk.capture()
    world.refunds_later = True
    assert (await desk.refund("25.00"))["status"] == "PENDING"
    await desk.story.staff.do(RELEASE, i={"id": order, "note": "Refunded"})
    assert await PurchasedGiftCard.all().count() == 0
    world.settle_refund((await desk.payments())[0]["reference"], "ref_1", state)
    await desk.sync()
    assert await PurchasedGiftCard.all().count() == (state is RefundState.FAILED)
    await sound(desk)


@pytest.mark.parametrize("is_later", [False, True])
@pytest.mark.parametrize("rule", ["AT_FIRST_SHIPMENT", "AT_SHIPMENT"])
async def test_refunded_cards_are_neither_due_nor_captured_again_with_the_goods(
    api: Api, world: World, rule: str, is_later: bool
):
    desk = await shop_of(api, rule)
    await desk.story.sell("GIFT-25", east=None, price=2500, is_gift_card=True)
    desk.number = await desk.story.buy(("GIFT-25", 1), ("MUG", 2))
    await desk.pay("ok")
    await jobs.call_gateways()
    world.refunds_later = is_later
    order = await desk.seen()
    done = await desk.story.staff.do(REFUND, i={"orderId": order["id"]})
    assert done["amount"] == {"amount": "25.00"}, done
    if is_later:
        world.settle_refund(order["payments"][0]["reference"], "ref_1", RefundState.SUCCEEDED)
        await desk.sync()
    order = await desk.seen()
    assert (order["amountDue"], order["amountAuthorized"]) == ({"amount": "25.00"}, {"amount": "25.00"})
    await edit(desk, "MUG", 1)
    await jobs.call_gateways()
    assert (await captured(desk), await open_holds(desk)) == (["25.00"], [])
    await parcel(desk, "east")
    await jobs.call_gateways()
    assert await captured(desk) == ["40.00"]
    order = await desk.seen()
    assert (order["amountPaid"], order["amountDue"]) == ({"amount": "15.00"}, {"amount": "0.00"})
    assert order["amountAuthorized"] == {"amount": "0.00"}  # what the edit left is released
    await sound(desk)


async def test_a_goodwill_refund_before_the_goods_leave_does_not_keep_added_goods_from_being_captured(
    api: Api, world: World
):
    desk = await shop_of(api, "AT_SHIPMENT")
    await desk.pay("ok")
    await desk.capture()
    await desk.refund("5.00")
    await edit(desk, "MUG", 3)
    await desk.pay("ok")
    assert (await desk.seen())["amountAuthorized"] == {"amount": "10.00"}
    await parcel(desk, "east")
    await parcel(desk, "west")
    assert await captured(desk) == ["28.33", "10.00"]
    assert (await desk.seen())["amountDue"] == {"amount": "0.00"}
    await sound(desk)


@pytest.mark.parametrize("rule", ["AT_FIRST_SHIPMENT", "AT_SHIPMENT"])
async def test_what_is_left_is_released_though_the_last_capture_completes_the_order(
    api: Api, world: World, rule: str
):
    desk = await shop_of(api, rule)
    await desk.story.sell("GIFT-25", east=None, price=2500, is_gift_card=True)
    desk.number = await desk.story.buy(("GIFT-25", 1), ("MUG", 1))
    await desk.pay("ok")
    await jobs.call_gateways()
    await desk.story.cancel(desk.number, MUG=1)
    for _ in range(3):  # the capture of the price of shipping, and what follows from it
        await jobs.call_gateways()
    order = await desk.seen()
    assert (order["status"], order["amountPaid"]) == ("COMPLETED", {"amount": "30.00"})
    assert order["amountAuthorized"] == {"amount": "0.00"}
    assert world.done == {"authorize": 1, "capture": 2, "void": 1}
    await sound(desk)
