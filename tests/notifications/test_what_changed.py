"""Messages say what changed, name the hold that they are about, and name items alike."""

from typing import Any

import pytest

from app.core.actor import SYSTEM
from app.core.database import execute
from app.orders.models import Hold
from app.promotions import service as promotions
from app.promotions.lifecycle import DiscountKind
from tests.ask import ADDRESS, Api
from tests.journeys.life import Story
from tests.letterbox import Letterbox
from tests.notifications.test_order_messages import EDIT, HOLD, MESSAGES, RELEASE_HOLD, html_of, sent, text_of


@pytest.fixture
async def story(api: Api) -> Story:
    story = await Story.begin(api)
    await story.sell("MUG", east=20, price=1250)
    await story.sell("LAMP", east=20, price=3000)
    return story


async def edit(story: Story, post: Letterbox, number: str, **changes: Any) -> Any:
    """The message about an edit."""
    await sent(post)
    done = await story.staff.do(EDIT, input={"id": (await story.order(number))["id"], **changes})
    assert done["__typename"] == "OrderEdit", done
    (mail,) = await sent(post)
    return mail


@pytest.mark.parametrize(("language", "label"), [("en", "Billing address: "), ("de", "Rechnungsadresse: ")])
async def test_a_changed_billing_address_is_told(story: Story, post: Letterbox, language: str, label: str):
    number = await story.buy(("MUG", 1), language=language)
    mail = await edit(story, post, number, billingAddress={**ADDRESS, "line1": "7 <Bill> Road"})
    assert f"{label}Ada Lovelace, 7 <Bill> Road" in text_of(mail)
    assert "7 &lt;Bill&gt; Road" in html_of(mail)
    assert "12 Main Street" not in text_of(mail)


@pytest.mark.parametrize(("language", "said"), [("en", "new amount $20.00"), ("de", "neuer Betrag 20,00 $")])
async def test_a_discount_on_a_line_is_told(story: Story, post: Letterbox, language: str, said: str):
    number = await story.buy(("MUG", 2), ("LAMP", 1), language=language)
    lines = (await story.order(number))["lines"]["nodes"]
    (id,) = (each["id"] for each in lines if each["sku"] == "MUG")
    discount = {"lineId": id, "discount": {"percent": "20"}, "reason": "Scratched"}
    mail = await edit(story, post, number, lines=[discount])
    for part in (text_of(mail), html_of(mail)):
        assert said in part.replace("\xa0", " ") and "LAMP" not in part and "→" not in part


async def test_changed_discount_codes_are_told(story: Story, post: Letterbox):
    for code in ("SPRING", "SUMMER"):
        await promotions.create_discount(
            SYSTEM, story.shop.channel, code=code, kind=DiscountKind.AMOUNT, amount_minor=200
        )
    number = await story.buy(("MUG", 1))
    mail = await edit(story, post, number, discountCodes=["SPRING"])
    assert "Discount codes: SPRING" in text_of(mail) and "new amount $10.50" in text_of(mail)
    mail = await edit(story, post, number, discountCodes=[])
    assert "no discount code any more" in text_of(mail)


async def test_a_message_about_a_hold_is_worded_by_that_hold(story: Story, post: Letterbox):
    number = await story.buy(("MUG", 1))
    await sent(post)
    id = (await story.order(number))["id"]
    await story.staff.do(HOLD, input={"id": id, "reason": "Look", "kind": "ADDRESS"})
    (mail,) = await sent(post)
    assert mail["Subject"] == f"Please check the address of your order {number}"
    await story.staff.do(HOLD, input={"id": id, "reason": "Look"})
    (mail,) = await sent(post)
    assert mail["Subject"] == f"We are checking your order {number}"


async def test_a_message_about_a_hold_is_dropped_if_only_another_hold_is_open(story: Story, post: Letterbox):
    number = await story.buy(("MUG", 1))
    await sent(post)
    id = (await story.order(number))["id"]
    await story.staff.do(HOLD, input={"id": id, "reason": "Look", "kind": "ADDRESS"})
    await story.staff.do(HOLD, input={"id": id, "reason": "Look"})
    hold = await Hold.get(kind="address")
    query = "query($n: String!) { order(number: $n) { holds { id kind } } }"
    holds = (await story.staff.ask(query, n=number))["order"]["holds"]
    (shown,) = (each["id"] for each in holds if each["kind"] == "ADDRESS")
    await story.staff.do(RELEASE_HOLD, input={"id": id, "holdIds": [shown]})
    assert (await Hold.get(id=hold.id)).released_at is not None
    (mail,) = await sent(post)
    assert mail["Subject"] == f"We are checking your order {number}"
    found = (await story.staff.ask(MESSAGES, n=number))["order"]["messages"]
    assert [each["problem"] for each in found if each["status"] == "DROPPED"] == ["The hold was released."]


async def test_items_have_the_same_name_in_messages_about_orders_and_parcels(story: Story, post: Letterbox):
    await execute("UPDATE variant SET name = 'Small' WHERE sku = 'MUG'")
    number = await story.buy(("MUG", 1))
    (placed,) = await sent(post)
    (work,) = await story.work(number)
    await story.send(work["id"])
    (shipped,) = await sent(post)
    for mail in (placed, shipped):
        assert "1 × Thing MUG, Small" in text_of(mail)


async def test_a_hold_that_is_put_with_the_order_is_not_told_by_a_later_one(story: Story, post: Letterbox):
    rule = {"channel": "web", "rule": "unpaid", "outcome": "HOLD"}
    query = "mutation($i: OrderRuleSetInput!) { orderRuleSet(input: $i) { __typename } }"
    assert (await story.staff.do(query, i=rule))["__typename"] == "Channel"
    number = await story.buy(("MUG", 1))
    id = (await story.order(number))["id"]
    await story.staff.do(HOLD, input={"id": id, "reason": "Look", "kind": "ADDRESS"})
    subjects = [mail["Subject"] for mail in await sent(post)]
    assert subjects == [
        f"Your order {number} at Shop web",
        f"Your order {number} is waiting for your payment",
        f"Please check the address of your order {number}",
    ]
