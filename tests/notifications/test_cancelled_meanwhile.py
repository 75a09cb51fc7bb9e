"""An order that was cancelled before the buyer was told of it: only the cancellation is told."""

from typing import Any

import pytest

from tests.ask import ADDRESS, Api
from tests.journeys.life import Story
from tests.letterbox import Letterbox
from tests.notifications.test_order_messages import EDIT, HOLD, MESSAGES, PAY, REFUND, sent, text_of


@pytest.fixture
async def story(api: Api) -> Story:
    story = await Story.begin(api)
    await story.sell("MUG", east=20, price=1250)
    return story


async def statuses(story: Story, number: str) -> dict[str, str]:
    found: list[Any] = (await story.staff.ask(MESSAGES, n=number))["order"]["messages"]
    return {each["kind"]: each["status"] for each in found}


async def test_an_order_that_is_cancelled_at_once_is_told_to_be_cancelled_only(story: Story, post: Letterbox):
    number = await story.buy(("MUG", 3))
    id = (await story.order(number))["id"]
    await story.cancel(number, MUG=1)
    await story.staff.do(EDIT, input={"id": id, "shippingAddress": {**ADDRESS, "line1": "9 Side Street"}})
    await story.staff.do(HOLD, input={"id": id, "reason": "Look"})
    await story.cancel(number)
    (mail,) = await sent(post)
    assert mail["Subject"] == f"Your order {number} was cancelled"
    assert f"Your order {number} of " in text_of(mail) and "3 × " in text_of(mail)
    found = await statuses(story, number)
    assert found.pop("ORDER_CANCELLED") == "SENT"
    assert set(found.values()) == {"DROPPED"}
    assert set(found) >= {"ORDER_PLACED", "ORDER_EDITED", "ORDER_ITEMS_CANCELLED"}


async def test_the_refund_of_an_order_that_is_cancelled_at_once_is_told(story: Story, post: Letterbox):
    number = await story.buy(("MUG", 1))
    about = {"orderId": (await story.order(number))["id"], "amount": {"amount": "7.00", "currency": "USD"}}
    assert (await story.staff.do(PAY, input=about))["__typename"] == "PaymentTransaction"
    await story.cancel(number)
    assert (await story.staff.do(REFUND, input=about))["__typename"] == "PaymentTransaction"
    subjects = [mail["Subject"] for mail in await sent(post)]
    assert subjects == [f"Your order {number} was cancelled", f"Refund for your order {number}"]


async def test_the_items_of_a_partly_cancelled_order_are_told(story: Story, post: Letterbox):
    number = await story.buy(("MUG", 3))
    await story.cancel(number, MUG=2)
    placed, cancelled = await sent(post)
    assert "1 × " in text_of(placed) and "2 × " in text_of(cancelled)
