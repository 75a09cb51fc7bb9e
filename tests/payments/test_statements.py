"""The number of statements of payments, independent of the number of lines of their order."""

from collections import Counter
from typing import Any

import pytest

from app.core.database import is_postgres
from app.payments import jobs
from app.payments.service import calling
from tests.ask import Api
from tests.payments.desk import Desk
from tests.payments.scripted import World
from tests.payments.test_capture_rules import captured, parcel, shop_of, sound
from tests.statements import statements

# BEGIN and COMMIT are not counted.
RECORDED, CONTINUED, SHIPPED, CAPTURED = 10, 30, 25, 16


@pytest.fixture
async def desk(api: Api, world: World) -> Desk:
    return await shop_of(api, "AT_SHIPMENT")


@pytest.fixture
def on_postgres() -> None:
    if not is_postgres():
        pytest.skip("SQLite writes one row after the other")


async def _order_of(desk: Desk, skus: int) -> Desk:
    for number in range(skus):
        await desk.story.sell(f"S{number}", east=10, price=1000)
    return Desk(desk.story, await desk.story.buy(*((f"S{number}", 1) for number in range(skus))))


@pytest.mark.usefixtures("on_postgres")
@pytest.mark.parametrize("skus", [1, 4])
async def test_the_statements_of_a_capture_at_shipment_do_not_depend_on_the_number_of_lines(
    desk: Desk, skus: int
):
    desk = await _order_of(desk, skus)
    with statements() as ran:
        await desk.pay("ok")
    assert len(ran) == CONTINUED, "\n".join(ran)
    (work,) = await desk.story.work(desk.number)
    for step in (desk.story.release, desk.story.pick, desk.story.pack):
        await step(work["id"])
    with statements() as ran:
        await desk.story.ship(work["id"])
    assert len(ran) == SHIPPED, "\n".join(ran)
    with statements() as ran:
        assert await calling.process_due() == 1
    assert len(ran) == CAPTURED, "\n".join(ran)
    assert (await desk.seen())["paymentStatus"] == "PAID"
    await sound(desk)


@pytest.mark.usefixtures("on_postgres")
@pytest.mark.parametrize("skus", [1, 4])
async def test_the_statements_of_a_recorded_payment_do_not_depend_on_the_number_of_lines(
    desk: Desk, skus: int
):
    desk = await _order_of(desk, skus)
    order = await desk.seen()
    with statements() as ran:
        await desk.do("paymentRecord", orderId=order["id"], amount=desk.money("5.00"))
    assert len(ran) == RECORDED, "\n".join(ran)
    await sound(desk)


async def test_a_capture_that_was_not_sent_before_is_requested_without_asking_how_the_payment_stands(
    desk: Desk, world: World
):
    await desk.pay("ok")
    world.calls.clear()
    await parcel(desk, "east")
    assert [verb for verb, _ in world.calls] == ["capture"]
    world.calls.clear()
    await parcel(desk, "west")
    assert [verb for verb, _ in world.calls] == ["capture"]
    await sound(desk)


async def test_all_captures_that_are_due_are_requested_in_one_round(
    desk: Desk, world: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(calling, "AT_ONCE", 2)
    desks = [desk, *[Desk(desk.story, await desk.story.buy(("MUG", 1))) for _ in range(4)]]
    for each in desks:
        await each.pay("ok")
        work: list[dict[str, Any]] = await each.story.work(each.number)
        for one in work:
            await each.story.send(one["id"])
    assert await jobs.call_gateways() == 5
    assert Counter(verb for verb, _ in world.calls)["capture"] == 5
    assert [(await captured(each))[0] for each in desks] == ["28.33", *["15.00"] * 4]
    await sound(desk)


async def test_a_transaction_that_cannot_be_claimed_does_not_keep_the_others_from_their_turn(
    desk: Desk, world: World, monkeypatch: pytest.MonkeyPatch
):
    await desk.pay("ok")
    for each in await desk.story.work(desk.number):
        await desk.story.send(each["id"])
    tried: list[Any] = []

    async def fails(id: Any) -> None:
        tried.append(id)
        raise RuntimeError("for the test")

    monkeypatch.setattr(calling, "process", fails)
    assert await calling.process_due() == len(tried) == 1
