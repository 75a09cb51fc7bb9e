"""The buyer is told each delay by the day that is promised when the message is sent, and no day twice."""

from datetime import date
from typing import Any

import pytest
from babel.dates import format_date

from app.notifications.models import Message
from app.orders.models import Order
from tests.ask import ADDRESS, Api
from tests.journeys.life import Story
from tests.letterbox import Letterbox
from tests.notifications.test_order_messages import (
    EDIT,
    MESSAGES,
    RULE,
    reschedule,
    sent,
    text_of,
)

RESEND = "mutation($id: ID!) { messageResend(id: $id) { __typename } }"


@pytest.fixture
async def story(api: Api) -> Story:
    story = await Story.begin(api)
    await story.sell("MUG", east=20, price=1250)
    return story


@pytest.fixture
async def number(story: Story, post: Letterbox) -> str:
    """An order whose promised day the buyer was told."""
    number = await story.buy(("MUG", 1))
    assert len(await sent(post)) == 1
    return number


def words(day: str) -> str:
    return format_date(date.fromisoformat(day), "full", locale="en")


def check_delay(mail: Any, now: str, before: str) -> None:
    assert f"by {words(now)} instead of {words(before)}." in text_of(mail)


async def promised(number: str) -> str:
    day = (await Order.get(number=number)).first_promised_on
    assert day is not None
    return str(day.isoformat())


async def test_a_day_that_moves_back_a_part_before_the_message_leaves_is_told(
    story: Story, post: Letterbox, number: str
):
    first = await promised(number)
    await reschedule(story, number, 6)
    now = await reschedule(story, number, 4)
    (mail,) = await sent(post)
    check_delay(mail, now, first)
    latest = await reschedule(story, number, 6)  # later than what was told, on the same day
    (mail,) = await sent(post)
    check_delay(mail, latest, now)


async def test_of_several_delays_before_the_message_leaves_the_present_day_is_told_once(
    story: Story, post: Letterbox, number: str
):
    told = await reschedule(story, number, 6)
    assert len(await sent(post)) == 1
    await reschedule(story, number, 8)
    await reschedule(story, number, 9)
    now = await reschedule(story, number, 7)
    (mail,) = await sent(post)
    check_delay(mail, now, told)
    found = (await story.staff.ask(MESSAGES, n=number))["order"]["messages"]
    dropped = [each["problem"] for each in found if each["status"] == "DROPPED"]
    assert dropped == ["A later message states the promised day."]


async def test_each_delay_is_told_if_the_buyer_was_told_of_the_one_before(
    story: Story, post: Letterbox, number: str
):
    told = await promised(number)
    for days in (2, 3, 5):
        now = await reschedule(story, number, days)
        (mail,) = await sent(post)
        check_delay(mail, now, told)
        told = now
    await reschedule(story, number, 1)
    await reschedule(story, number, 4)  # earlier than the day that the buyer knows
    assert await sent(post) == []


async def test_a_day_that_an_edit_told_is_not_told_again_as_a_delay(
    story: Story, post: Letterbox, number: str
):
    await reschedule(story, number, 3)
    id = (await story.order(number))["id"]
    await story.staff.do(EDIT, input={"id": id, "shippingAddress": {**ADDRESS, "line1": "9 Side Street"}})
    await Message.filter(kind="order_delayed").update(
        next_at=(await Message.get(kind="order_edited")).next_at
    )
    await Message.filter(kind="order_edited").update(next_at=(await Order.get(number=number)).placed_at)
    (mail,) = await sent(post)
    assert mail["Subject"] == f"Your order {number} was changed"


async def test_a_delay_is_told_if_the_messages_before_it_are_switched_off(story: Story, post: Letterbox):
    await story.staff.do(RULE, input={"channel": "web", "kind": "ORDER_PLACED", "isActive": False})
    number = await story.buy(("MUG", 1))
    assert await sent(post) == []
    first = await promised(number)
    await reschedule(story, number, 5)
    now = await reschedule(story, number, 2)
    (mail,) = await sent(post)
    check_delay(mail, now, first)


async def test_a_message_about_a_delay_can_be_sent_again(story: Story, post: Letterbox, number: str):
    first = await promised(number)
    now = await reschedule(story, number, 5)
    assert len(await sent(post)) == 1
    query = "query($n: String!) { order(number: $n) { messages { id kind } } }"
    found = (await story.staff.ask(query, n=number))["order"]["messages"]
    (id,) = (each["id"] for each in found if each["kind"] == "ORDER_DELAYED")
    assert (await story.staff.do(RESEND, id=id))["__typename"] == "Message"
    (mail,) = await sent(post)
    check_delay(mail, now, first)


async def test_a_day_that_becomes_known_after_an_unknown_one_is_told_once(story: Story, post: Letterbox):
    await story.shop.stock("MUG", 1, backorder_limit=10)
    number = await story.buy(("MUG", 1))
    await sent(post)
    await story.shop.stock("MUG", 0, backorder_limit=10)
    (mail,) = await sent(post)
    assert "We do not know the new delivery date yet" in text_of(mail)
    await story.shop.stock("MUG", 5, backorder_limit=10)
    day = (await Order.get(number=number)).promised_on
    assert day is not None
    (mail,) = await sent(post)
    assert mail["Subject"] == f"Your order {number} has a delivery date"
    assert f"is known now: we expect to deliver it by {words(day.isoformat())}." in text_of(mail)
    assert "apologize" not in text_of(mail)
    await story.shop.stock("MUG", 6, backorder_limit=10)
    assert await sent(post) == []
    later = await reschedule(story, number, 30)
    (mail,) = await sent(post)
    check_delay(mail, later, day.isoformat())


async def test_the_first_day_of_an_order_that_was_placed_without_one_is_told(story: Story, post: Letterbox):
    await story.shop.stock("MUG", 0, backorder_limit=10)
    number = await story.buy(("MUG", 1), language="de")
    assert (await Order.get(number=number)).promised_on is None
    await sent(post)
    await story.shop.stock("MUG", 5, backorder_limit=10)
    (mail,) = await sent(post)
    assert mail["Subject"] == f"Liefertermin Ihrer Bestellung {number}"
    assert "steht jetzt fest" in text_of(mail)


async def test_a_day_that_was_unknown_only_between_two_messages_is_not_told(story: Story, post: Letterbox):
    await story.shop.stock("MUG", 1, backorder_limit=10)
    number = await story.buy(("MUG", 1))
    await sent(post)
    await story.shop.stock("MUG", 0, backorder_limit=10)
    await story.shop.stock("MUG", 5, backorder_limit=10)
    order = await Order.get(number=number)
    assert order.promised_on == order.first_promised_on
    assert await sent(post) == []
