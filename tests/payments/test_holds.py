"""Orders are held while their payment is missing: before an authorization expires, after it, and after a void."""

from datetime import timedelta

import pytest

from app.core import clock
from app.core.database import fetch
from app.inventory.stock.lifecycle import ReservationPriority
from app.payments import jobs
from tests import make
from tests.ask import Api
from tests.journeys.life import Story
from tests.payments.desk import Desk, desk_for

SOON = timedelta(minutes=5)
EDIT = "mutation($i: OrderEditInput!) { orderEdit(input: $i) { __typename } }"
RELEASE = "mutation($i: OrderReleaseInput!) { orderRelease(input: $i) { __typename } }"
RULE = "mutation($i: OrderRuleSetInput!) { orderRuleSet(input: $i) { __typename } }"
HOLDS = "query($n: String!) { order(number: $n) { holds { rule releasedAt } } }"


@pytest.fixture
async def story(api: Api) -> Story:
    return await Story.begin(api)


@pytest.fixture
async def desk(story: Story) -> Desk:
    """An order of 25.00: two mugs at 10.00 each, with 5.00 of shipping."""
    return await desk_for(story)


async def _edit(desk: Desk, quantity: int) -> None:
    order = await desk.story.order(desk.number)
    line = order["lines"]["nodes"][0]["id"]
    changed = await desk.story.staff.do(
        EDIT, i={"id": order["id"], "lines": [{"lineId": line, "quantity": quantity}]}
    )
    assert changed["__typename"] == "OrderEdit"


async def _release_by_hand(desk: Desk) -> None:
    released = await desk.story.staff.do(RELEASE, i={"id": (await desk.seen())["id"]})
    assert released["__typename"] == "Order"


async def _open_holds(desk: Desk) -> list[str]:
    holds = (await desk.story.staff.ask(HOLDS, n=desk.number))["order"]["holds"]
    return [hold["rule"] for hold in holds if hold["releasedAt"] is None]


async def _priorities() -> set[int]:
    return {row["priority"] for row in await fetch("SELECT priority FROM reservation")}


async def _authorize_expiring(desk: Desk, amount: str = "25.00", reference: str = "terminal-1") -> None:
    made = await desk.authorize(amount, reference, captureBefore=(clock.now() + SOON).isoformat())
    assert made["__typename"] == "PaymentTransaction"


def _wait(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    now = clock.now() + by
    monkeypatch.setattr(clock, "now", lambda: now)


@pytest.mark.parametrize("change", ["a partial capture", "an edit", "a release by staff"])
async def test_an_order_is_held_after_the_expiry_whatever_happened_during_the_warning(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, change: str
):
    await _authorize_expiring(desk)
    assert await jobs.end_expired_authorizations() == 1
    assert await _open_holds(desk) == ["authorization_expiring"]
    if change == "a partial capture":
        await desk.capture("1.00")
    elif change == "an edit":
        await _edit(desk, 1)
    else:
        await _release_by_hand(desk)
    warned = [] if change == "a release by staff" else ["authorization_expiring"]
    assert await _open_holds(desk) == warned
    assert await jobs.end_expired_authorizations() == 0
    _wait(monkeypatch, SOON)
    assert await jobs.end_expired_authorizations() == 1
    assert await _open_holds(desk) == ["authorization_expired"]
    assert (await desk.seen())["isOnHold"] is True
    (work,) = await desk.story.work(desk.number)
    assert (await desk.story.release(work["id"]))["__typename"] == "NotReleasable"
    await desk.record((await desk.seen())["amountDue"]["amount"])
    assert await _open_holds(desk) == []


async def test_the_hold_after_an_expiry_stays_through_an_edit_until_nothing_is_due(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    await _authorize_expiring(desk)
    await desk.capture("15.00")
    _wait(monkeypatch, SOON)
    assert await jobs.end_expired_authorizations() == 1
    await _edit(desk, 3)
    assert await _open_holds(desk) == ["authorization_expired"]
    await _edit(desk, 1)
    assert (await desk.seen())["amountDue"] == {"amount": "0.00"}
    assert await _open_holds(desk) == []


async def test_a_cancellation_of_what_is_not_paid_releases_the_warning(desk: Desk):
    await _authorize_expiring(desk)
    await desk.capture("15.00")
    assert await jobs.end_expired_authorizations() == 1
    await desk.story.cancel(desk.number, MUG=1)
    assert await _open_holds(desk) == []


@pytest.mark.parametrize("ending", ["captured", "voided", "paid otherwise"])
async def test_the_warning_ends_when_the_authorization_is(desk: Desk, ending: str):
    await _authorize_expiring(desk)
    await jobs.end_expired_authorizations()
    assert await _open_holds(desk) == ["authorization_expiring"]
    if ending == "captured":
        await desk.capture()
    elif ending == "voided":
        await desk.void()
    else:
        await desk.record("25.00")
    assert await _open_holds(desk) == []


async def test_each_warning_ends_with_its_own_payment(desk: Desk):
    await _authorize_expiring(desk, "10.00", "terminal-1")
    await _authorize_expiring(desk, "15.00", "terminal-2")
    assert await jobs.end_expired_authorizations() == 2
    assert await _open_holds(desk) == ["authorization_expiring"] * 2
    await desk.capture(at=0)
    assert await _open_holds(desk) == ["authorization_expiring"]
    await desk.capture(at=1)
    assert await _open_holds(desk) == []


async def test_a_paid_order_gets_no_warning_until_something_is_due_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    await _authorize_expiring(desk)
    await desk.record("25.00")
    assert await jobs.end_expired_authorizations() == 0
    assert await _open_holds(desk) == []
    await _edit(desk, 3)
    assert await jobs.end_expired_authorizations() == 1
    assert await _open_holds(desk) == ["authorization_expiring"]
    await desk.record("10.00")
    assert await _open_holds(desk) == []
    await _edit(desk, 4)
    assert await jobs.end_expired_authorizations() == 1
    assert await _open_holds(desk) == ["authorization_expiring"]
    await desk.record("10.00")
    _wait(monkeypatch, SOON)
    assert await jobs.end_expired_authorizations() == 1
    order = await desk.seen()
    assert (order["paymentStatus"], order["isOnHold"]) == ("PAID", False)


async def test_the_end_of_a_warning_does_not_confirm_an_order_that_staff_confirm(api: Api):
    shop = await make.shop()  # its orders stay placed until staff confirm them
    desk = await desk_for(Story(api.as_(await make.token()), shop, shop.location, shop.location))
    await _authorize_expiring(desk)
    await jobs.end_expired_authorizations()
    await desk.capture()
    assert (await _open_holds(desk), (await desk.seen())["status"]) == ([], "PLACED")


async def test_voiding_what_covers_an_order_holds_it_again_if_the_channel_holds_unpaid_orders(story: Story):
    await story.staff.do(RULE, i={"channel": "web", "rule": "unpaid", "outcome": "HOLD"})
    desk = await desk_for(story)
    await desk.authorize("25.00")
    assert await _open_holds(desk) == []
    await desk.void()
    assert await _open_holds(desk) == ["unpaid"]
    await desk.authorize("25.00", "terminal-2")
    assert await _open_holds(desk) == []


async def test_a_refund_that_leaves_an_order_uncovered_holds_it_again(story: Story):
    await story.staff.do(RULE, i={"channel": "web", "rule": "unpaid", "outcome": "HOLD"})
    desk = await desk_for(story)
    await desk.record("10.00")
    await desk.authorize("15.00")
    assert (await _open_holds(desk), await _priorities()) == ([], {ReservationPriority.PAID})
    await desk.refund("10.00")
    assert (await _open_holds(desk), await _priorities()) == (["unpaid"], {ReservationPriority.ORDER})


async def test_voiding_holds_no_order_of_a_channel_that_sends_unpaid_orders(desk: Desk):
    await desk.authorize("25.00")
    await desk.void()
    assert await _open_holds(desk) == []


async def test_a_hold_that_staff_released_is_not_put_again_by_a_void(story: Story):
    await story.staff.do(RULE, i={"channel": "web", "rule": "unpaid", "outcome": "HOLD"})
    desk = await desk_for(story)
    await _release_by_hand(desk)
    await desk.authorize("25.00")
    await desk.void()
    assert await _open_holds(desk) == []


async def test_stock_has_the_precedence_of_paid_orders_only_while_the_order_is_covered(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    assert await _priorities() == {ReservationPriority.ORDER}
    await desk.authorize("25.00")
    assert await _priorities() == {ReservationPriority.PAID}
    await desk.void()
    assert await _priorities() == {ReservationPriority.ORDER}
    await _authorize_expiring(desk, reference="terminal-2")
    assert await _priorities() == {ReservationPriority.PAID}
    _wait(monkeypatch, SOON)
    await jobs.end_expired_authorizations()
    assert await _priorities() == {ReservationPriority.ORDER}


async def test_an_edit_changes_the_precedence_with_the_amount_due(desk: Desk):
    await desk.record("25.00")
    await _edit(desk, 3)
    assert await _priorities() == {ReservationPriority.ORDER}
    await _edit(desk, 2)
    assert await _priorities() == {ReservationPriority.PAID}


async def test_a_goodwill_refund_keeps_the_precedence_of_a_paid_order(desk: Desk):
    await desk.record("25.00")
    await desk.refund("5.00")
    assert await _priorities() == {ReservationPriority.PAID}
