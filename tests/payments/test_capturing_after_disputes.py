"""The rule of the channel captures what is paid again after a chargeback."""

import pytest

from app.payments import jobs
from app.payments.lifecycle import DisputeStatus as D
from tests.ask import Api
from tests.payments.desk import Desk
from tests.payments.scripted import World, send_all
from tests.payments.test_capture_rules import captured, open_holds, parcel, shop_of, sound


async def lose(desk: Desk, world: World, amount: int) -> None:
    """Lose a dispute of the first payment."""
    reference = (await desk.payments())[0]["reference"]
    assert await send_all(desk.story.staff.client, [world.dispute(reference, amount)]) == [200]
    assert await send_all(desk.story.staff.client, [world.decide("dp_1", D.LOST)]) == [200]


@pytest.mark.parametrize("rule", ["AT_PLACING", "AT_CONFIRMING", "AT_FIRST_SHIPMENT", "AT_SHIPMENT"])
async def test_what_is_paid_again_after_a_chargeback_is_captured(api: Api, world: World, rule: str):
    desk = await shop_of(api, rule)
    await desk.pay("ok")
    await parcel(desk, "east")
    await parcel(desk, "west")
    await lose(desk, world, 2833)
    assert (await desk.seen())["amountDue"]["amount"] == "28.33"
    await desk.pay("ok")
    await jobs.call_gateways()
    assert await captured(desk) == ["28.33", "28.33"]
    order = await desk.seen()
    assert (order["paymentStatus"], order["amountDue"]["amount"]) == ("PAID", "0.00")
    await sound(desk)


async def test_what_was_charged_back_is_not_taken_from_the_rest_of_the_disputed_payment(
    api: Api, world: World
):
    desk = await shop_of(api, "AT_SHIPMENT")
    await desk.pay("ok")
    await parcel(desk, "east")
    await lose(desk, world, 2500)
    assert await open_holds(desk) == ["payment_disputed"]
    await desk.pay("ok")  # what is due and not authorized
    assert (await captured(desk), await open_holds(desk)) == (["28.33", "21.67"], [])
    await parcel(desk, "west")
    assert await captured(desk) == ["28.33", "25.00"]
    await sound(desk)
