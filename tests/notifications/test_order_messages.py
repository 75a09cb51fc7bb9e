"""The buyer of an order is told what happens to it: once, in the order's language, by the facts."""

from datetime import timedelta
from typing import Any

import pytest

from app.channels import service as channels
from app.core import clock
from app.core.actor import SYSTEM
from app.notifications import jobs
from app.notifications.models import Message
from app.orders.models import Order
from tests import make
from tests.ask import ADDRESS, PLACE, Api, order_input
from tests.journeys.life import RECORD, Story
from tests.letterbox import Letterbox

MESSAGES = """
query($n: String!) { order(number: $n) { language messages { kind address status language problem } } }
"""
RESCHEDULE = """
mutation($input: OrderRescheduleInput!) { orderReschedule(input: $input) {
  __typename ... on Order { promisedOn } ... on UserError { message } } }
"""
HOLD = "mutation($input: OrderHoldInput!) { orderHold(input: $input) { __typename } }"
RELEASE_HOLD = "mutation($input: OrderReleaseInput!) { orderRelease(input: $input) { __typename } }"
CONFIRM = "mutation($id: ID!) { orderConfirm(id: $id) { __typename } }"
EDIT = "mutation($input: OrderEditInput!) { orderEdit(input: $input) { __typename ... on UserError { message } } }"
RULE = """
mutation($input: MessageRuleSetInput!) { messageRuleSet(input: $input) {
  __typename ... on Channel { messageRules { kind isActive } } ... on UserError { message path } } }
"""
PAY = "mutation($input: PaymentRecordInput!) { paymentRecord(input: $input) { __typename } }"
REFUND = "mutation($input: PaymentRefundInput!) { paymentRefund(input: $input) { __typename } }"


@pytest.fixture
async def story(api: Api) -> Story:
    story = await Story.begin(api)
    await story.sell("MUG", east=20, price=1250)
    await story.sell("LAMP", west=20, price=3000)
    return story


async def kinds(story: Story, number: str) -> list[str]:
    found = (await story.staff.ask(MESSAGES, n=number))["order"]["messages"]
    return [each["kind"] for each in found]


async def sent(post: Letterbox) -> list[Any]:
    """The mails that are due."""
    await jobs.send_messages()
    mails = list(post.mails)
    post.mails.clear()
    return mails


def text_of(mail: Any) -> str:
    return str(mail.get_body(("plain",)).get_content())


def html_of(mail: Any) -> str:
    return str(mail.get_body(("html",)).get_content())


async def test_a_placed_order_is_confirmed_by_one_mail_with_its_items_and_amounts(
    story: Story, post: Letterbox
):
    number = await story.buy(("MUG", 2))
    (mail,) = await sent(post)
    assert mail["To"] == "ada@example.com"
    assert mail["Subject"] == f"Your order {number} at Shop web"
    for part in (text_of(mail), html_of(mail)):
        for said in ("MUG", "2 ×", "$25.00", "$30.00", "Ada Lovelace", "http://test/track/"):
            assert said in part, said
    assert await kinds(story, number) == ["ORDER_PLACED"]
    assert await sent(post) == []


async def test_the_language_of_an_order_is_fixed_when_it_is_placed(story: Story, post: Letterbox):
    number = await story.buy(("MUG", 2), language="de-at")
    await channels.update(SYSTEM, story.shop.channel.id, {"default_language": "fr", "languages": ["fr"]})
    await channels.update(SYSTEM, story.shop.channel.id, {"languages": None})
    (mail,) = await sent(post)
    assert mail["Subject"] == f"Ihre Bestellung {number} bei Shop web"
    assert "$ 25,00" in text_of(mail).replace("\xa0", " ")
    assert 'lang="de-AT"' in html_of(mail)
    order = (await story.staff.ask(MESSAGES, n=number))["order"]
    assert (order["language"], order["messages"][0]["language"]) == ("de-AT", "de-AT")


@pytest.mark.parametrize(
    ("language", "default", "offered", "subject"),
    [
        ("de-CH", "en", None, "Ihre Bestellung"),  # the language without its region
        ("fr", "de", None, "Ihre Bestellung"),  # no template: the channel's
        ("fr", "it", None, "Your order"),  # no template either: English
        ("de", "en", ["en"], "Your order"),  # not offered: the channel's
        ("de", "en", ["en", "de-DE"], "Ihre Bestellung"),
        (None, "de", None, "Ihre Bestellung"),
    ],
)
async def test_a_message_falls_back_to_less_specific_languages(
    story: Story, post: Letterbox, language: str | None, default: str, offered: list[str] | None, subject: str
):
    await channels.update(SYSTEM, story.shop.channel.id, {"default_language": default, "languages": offered})
    await story.buy(("MUG", 1), **({"language": language} if language else {}))
    (mail,) = await sent(post)
    assert mail["Subject"].startswith(subject)


@pytest.mark.parametrize("language", ["", "x", "english", "de_DE\n", "de-" + "a" * 40, "qq"])
async def test_an_invalid_language_is_refused(story: Story, language: str):
    refused = await story.staff.do(PLACE, input=order_input(("MUG", 1), language=language))
    if not language:
        assert refused["__typename"] == "Order"  # as if it was left out
        return
    assert refused["__typename"] in ("ValidationFailed", "InvalidInput"), refused
    assert await Order.all().count() == 0


async def test_each_parcel_is_told_with_its_own_items(story: Story, post: Letterbox):
    number = await story.buy(("MUG", 2), ("LAMP", 1))
    await sent(post)
    first, second = await story.work(number)
    shipment = await story.send(first["id"], carrier="manual", trackingNumbers=["RR1"])
    (mail,) = await sent(post)
    name, other = ("MUG", "LAMP") if first["lines"][0]["sku"] == "MUG" else ("LAMP", "MUG")
    assert mail["Subject"] == f"A part of your order {number} is on its way"
    for part in (text_of(mail), html_of(mail)):
        assert name in part and other not in part and "RR1" in part and "Parcel 1" in part
    last = await story.send(second["id"], carrier="manual", trackingNumbers=["RR2"])
    (mail,) = await sent(post)
    assert mail["Subject"] == f"The rest of your order {number} is on its way"
    assert other in text_of(mail) and name not in text_of(mail) and "Parcel 2" in text_of(mail)
    await story.deliver(shipment)
    (mail,) = await sent(post)
    assert mail["Subject"] == f"A parcel of your order {number} was delivered"
    assert name in text_of(mail) and other not in text_of(mail)
    for stage in ("OUT_FOR_DELIVERY", "FAILED_ATTEMPT", "OUT_FOR_DELIVERY", "DELIVERED"):
        await story.staff.do(RECORD, input={"shipmentId": last, "stage": stage, "text": stage})
        (mail,) = await sent(post)
        assert "Parcel 2" in text_of(mail) and "Parcel 1" not in text_of(mail), stage
    assert (await kinds(story, number))[1:] == [
        "ORDER_PARTLY_SHIPPED", "ORDER_SHIPPED", "ORDER_DELIVERED", "ORDER_OUT_FOR_DELIVERY",
        "ORDER_DELIVERY_FAILED", "ORDER_OUT_FOR_DELIVERY", "ORDER_DELIVERED",
    ]  # fmt: skip


async def test_a_message_about_a_stage_that_has_passed_is_dropped(story: Story, post: Letterbox):
    number = await story.buy(("MUG", 1))
    (work,) = await story.work(number)
    shipment = await story.send(work["id"])
    await sent(post)
    await story.staff.do(RECORD, input={"shipmentId": shipment, "stage": "OUT_FOR_DELIVERY"})
    await story.deliver(shipment)
    (mail,) = await sent(post)
    assert mail["Subject"] == f"Your order {number} was delivered"


async def reschedule(story: Story, number: str, days: int) -> str:
    order = await Order.get(number=number)
    day = (order.first_promised_on + timedelta(days=days)).isoformat()
    done = await story.staff.do(
        RESCHEDULE, input={"id": (await story.order(number))["id"], "promisedOn": day}
    )
    assert done["__typename"] == "Order", done
    return day


async def test_a_delay_is_told_once_for_each_day_and_not_if_it_is_taken_back(story: Story, post: Letterbox):
    number = await story.buy(("MUG", 1))
    await sent(post)
    await reschedule(story, number, 3)
    await reschedule(story, number, 0)
    assert await sent(post) == []  # it was taken back before it was told
    await reschedule(story, number, 3)
    (mail,) = await sent(post)
    assert mail["Subject"] == f"Your order {number} is delayed"
    await reschedule(story, number, 1)
    await reschedule(story, number, 3)  # the day that the buyer knows
    assert await sent(post) == []
    await reschedule(story, number, 5)
    assert len(await sent(post)) == 1


async def test_a_held_order_is_told_and_a_released_one_confirmed(story: Story, post: Letterbox):
    number = await story.buy(("MUG", 1))
    await sent(post)
    id = (await story.order(number))["id"]
    await story.staff.do(HOLD, input={"id": id, "reason": "Look", "kind": "ADDRESS"})
    (mail,) = await sent(post)
    assert mail["Subject"] == f"Please check the address of your order {number}"
    await story.staff.do(RELEASE_HOLD, input={"id": id})
    await story.staff.do(HOLD, input={"id": id, "reason": "Look"})
    await story.staff.do(RELEASE_HOLD, input={"id": id})
    assert await sent(post) == []  # released before it was told


async def test_an_order_that_staff_confirm_later_is_told(api: Api, post: Letterbox):
    shop = await make.shop()
    await shop.sell("MUG", stock=5)
    staff = api.as_(await make.token())
    placed = await staff.do(PLACE, input=order_input(("MUG", 1)))
    await sent(post)
    await staff.do(CONFIRM, id=placed["id"])
    (mail,) = await sent(post)
    assert mail["Subject"] == f"Your order {placed['number']} is confirmed"


async def test_an_edit_names_what_changed(story: Story, post: Letterbox):
    number = await story.buy(("MUG", 2), ("LAMP", 1))
    await sent(post)
    order = await story.order(number)
    line = next(each for each in order["lines"]["nodes"] if each["sku"] == "MUG")
    done = await story.staff.do(
        EDIT,
        input={"id": order["id"], "lines": [{"lineId": line["id"], "quantity": 3}],
               "shippingAddress": {**ADDRESS, "line1": "9 Side Street"}},
    )  # fmt: skip
    assert done["__typename"] != "UserError", done
    (mail,) = await sent(post)
    assert mail["Subject"] == f"Your order {number} was changed"
    text = text_of(mail)
    assert "2 → 3" in text and "9 Side Street" in text and "LAMP" not in text


async def test_cancelled_items_are_named_and_a_cancelled_order_is_told_once(story: Story, post: Letterbox):
    number = await story.buy(("MUG", 3), ("LAMP", 1))
    await sent(post)
    await story.cancel(number, MUG=2)
    (mail,) = await sent(post)
    assert mail["Subject"] == f"A part of your order {number} was cancelled"
    assert "2 × " in text_of(mail) and "LAMP" not in text_of(mail) and "$25.00" in text_of(mail)
    await story.cancel(number)
    (mail,) = await sent(post)
    assert mail["Subject"] == f"Your order {number} was cancelled"
    assert (await kinds(story, number))[1:] == ["ORDER_ITEMS_CANCELLED", "ORDER_CANCELLED"]


async def test_a_refund_is_told_with_its_amount(story: Story, post: Letterbox):
    number = await story.buy(("MUG", 1), language="de")
    await sent(post)
    about = {"orderId": (await story.order(number))["id"], "amount": {"amount": "7.00", "currency": "USD"}}
    assert (await story.staff.do(PAY, input=about))["__typename"] == "PaymentTransaction"
    assert await sent(post) == []
    assert (await story.staff.do(REFUND, input=about))["__typename"] == "PaymentTransaction"
    (mail,) = await sent(post)
    assert mail["Subject"] == f"Erstattung zu Ihrer Bestellung {number}"
    assert "7,00 $" in text_of(mail).replace("\xa0", " ")


async def test_a_channel_can_switch_a_kind_off(story: Story, post: Letterbox):
    rule = {"channel": "web", "kind": "ORDER_PLACED", "isActive": False}
    done = await story.staff.do(RULE, input=rule)
    assert {"kind": "ORDER_PLACED", "isActive": False} in done["messageRules"]
    assert {"kind": "ORDER_SHIPPED", "isActive": True} in done["messageRules"]
    number = await story.buy(("MUG", 1))
    assert await sent(post) == []
    (message,) = (await story.staff.ask(MESSAGES, n=number))["order"]["messages"]
    assert message["status"] == "DROPPED" and "does not send" in message["problem"]
    await story.staff.do(RULE, input=rule | {"isActive": True})
    await story.buy(("MUG", 1))
    assert len(await sent(post)) == 1
    refused = await story.staff.do(RULE, input=rule | {"kind": "ACCOUNT_RESET"})
    assert (refused["__typename"], refused["path"]) == ("InvalidInput", ["input", "kind"])


async def test_a_message_that_could_not_be_sent_for_days_is_dropped(story: Story, post: Letterbox):
    number = await story.buy(("MUG", 1))
    with clock.shifted(timedelta(days=5)):
        assert await sent(post) == []
    (message,) = (await story.staff.ask(MESSAGES, n=number))["order"]["messages"]
    assert (message["status"], message["problem"]) == ("DROPPED", "It could not be sent in time.")


async def test_a_buyer_does_not_see_the_messages_of_the_shop(story: Story, api: Api, post: Letterbox):
    placed = await api.do(
        "mutation($input: OrderPlaceInput!) { orderPlace(input: $input) { ... on Order { messages { kind } } } }",
        input=order_input(("MUG", 1)),
    )
    assert placed == {"messages": None}
    assert await Message.filter(order_id__not_isnull=True).count() == 1


async def test_an_order_of_a_rolled_back_command_has_no_message(story: Story, post: Letterbox):
    refused = await story.staff.do(PLACE, input=order_input(("MUG", 500)))
    assert refused["__typename"] == "InsufficientStock"
    assert await Message.all().count() == 0


async def test_a_message_about_an_account_is_in_the_language_of_the_latest_order(
    story: Story, api: Api, post: Letterbox
):
    await make.account("ada@example.com")
    ask = "mutation($e: String!) { passwordResetRequest(email: $e) { __typename } }"
    for language, subject in ((None, "Choose"), ("de-AT", "Wählen"), ("fr", "Choose")):
        if language:
            await story.buy(("MUG", 1), language=language)
            await sent(post)
        await api.do(ask, e="ada@example.com")
        (mail,) = await sent(post)
        assert mail["Subject"].startswith(subject), language
        assert "https://shop.example/account?action=reset&token=" in mail.get_content()
