"""Gift cards are bought as products: issued once when the order is paid, and sent by email."""

import asyncio
from typing import Any

import pytest

from app.core.actor import SYSTEM
from app.core.database import execute, fetch
from app.core.deferred import running
from app.core.ids import row_id
from app.core.uow import transact
from app.payments.service import gift_cards
from tests import make
from tests.ask import ADDRESS, PLACE, Api, order_input
from tests.journeys.life import books_add_up
from tests.letterbox import Letterbox
from tests.stored_value.buying import ADDED, Counter
from tests.stored_value.till import LOOK, books_agree, usd

CART = """mutation($i: OrderDraftCreateInput!) { orderDraftCreate(input: $i) { __typename
  ... on Order { id accessToken promisedOn shippingMethod { code } shipping { amount }
    lines { nodes { id sku quantity giftRecipient { email } } } } ... on UserError { message path } } }"""
ADD = """mutation($i: OrderDraftLineAddInput!) { orderDraftLineAdd(input: $i) { __typename
  ... on Order { lines { nodes { id quantity giftRecipient { email name note } } } } } }"""
CHANGE = """mutation($i: OrderDraftLineUpdateInput!) { orderDraftLineUpdate(input: $i) { __typename
  ... on Order { lines { nodes { id giftRecipient { email name note } } } } } }"""
HOLD = (
    """mutation($i: OrderHoldInput!) { orderHold(input: $i) { __typename ... on UserError { message } } }"""
)
RELEASE = """mutation($i: OrderReleaseInput!) { orderRelease(input: $i) { __typename
  ... on UserError { message } } }"""
VARIANT = """mutation($i: VariantUpdateInput!) { variantUpdate(input: $i) { __typename
  ... on Variant { isGiftCard tracksStock } ... on UserError { errorCode message path } } }"""
PRODUCT = """mutation($i: ProductCreateInput!) { productCreate(input: $i) { __typename
  ... on Product { variants { id sku isGiftCard tracksStock } } ... on UserError { message path } } }"""
APPLY = """mutation($i: StoredValueApplyInput!) { storedValueApply(input: $i) { __typename
  ... on Order { amountDue { amount } } ... on UserError { errorCode message path } } }"""
BEN = {"email": "ben@example.com", "name": "Ben", "note": "Happy birthday!"}


@pytest.fixture
async def shop(api: Api, post: Letterbox) -> Counter:
    return await Counter.open(api, post)


async def test_a_paid_gift_card_is_issued_at_its_price_and_sent_to_the_buyer(shop: Counter, api: Api):
    number = await shop.story.buy(("GIFT-25", 2))
    order = await shop.seen(number)
    assert (order["total"], order["tax"]) == ({"amount": "50.00"}, {"amount": "0.00"})
    assert (order["shipping"], order["promisedOn"]) == ({"amount": "0.00"}, None)
    assert order["fulfillmentStatus"] == "UNALLOCATED" and await shop.cards(number) == []
    await shop.desk(number).record("50.00")
    order = await shop.seen(number)
    assert (order["status"], order["fulfillmentStatus"]) == ("COMPLETED", "DELIVERED")
    assert order["trackingStage"] == "DELIVERED" and await shop.story.work(number) == []
    cards = await shop.cards(number)
    assert [each["giftCard"]["balance"]["amount"] for each in cards] == ["25.00", "25.00"]
    assert [each["price"]["amount"] for each in cards] == ["25.00", "25.00"]
    ((to, subject, text),) = await shop.mails()
    assert (to, subject) == ("ada@example.com", "Your gift card from Shop web")
    assert "/track/" in text and number in text
    codes = {line.split()[0] for line in text.splitlines() if line.startswith("  ")}
    assert len(codes) == 2
    for code in codes:
        assert (await api.ask(LOOK, code=code))["giftCard"]["balance"] == usd("25.00")
        for table in ("message", "journal_entry", "purchased_gift_card", "stored_value", "order_line"):
            for row in await fetch(f"SELECT * FROM {table}"):
                assert code not in str(dict(row)), table
    assert "gift_cards_issued" in await shop.story.events(number)
    await books_agree()
    await books_add_up()


async def test_the_recipient_gets_the_card_and_nothing_about_the_order(shop: Counter):
    lines = [{"sku": "GIFT-25", "quantity": 1, "giftRecipient": BEN}]
    number = await shop.buy_paid(amount="25.00", lines=lines)
    assert (await shop.line(number))["giftRecipient"] == BEN
    ((to, subject, text),) = await shop.mails()
    assert (to, subject) == ("ben@example.com", "A gift card for you from Shop web")
    assert "Hello Ben," in text and "Ada Lovelace sends you a gift" in text and "“Happy birthday!”" in text
    assert "/track/" not in text and "Main Street" not in text
    sent = [each for each in (await shop.seen(number))["messages"] if each["kind"] == "GIFT_CARD_ISSUED"]
    assert [(each["address"], each["status"]) for each in sent] == [("ben@example.com", "SENT")]


async def test_the_message_is_in_the_language_of_the_order(shop: Counter):
    await shop.buy_paid(("GIFT-25", 1), amount="25.00", language="de")
    ((_, subject, text),) = await shop.mails()
    assert subject == "Ihr Gutschein von Shop web" and "25,00" in text


async def test_a_card_that_is_paid_is_issued_while_the_rest_is_only_authorized(shop: Counter):
    number = await shop.story.buy(("GIFT-25", 1), ("MUG", 1))
    desk = shop.desk(number)
    await desk.authorize("41.50")
    await desk.capture("24.00")
    assert await shop.cards(number) == []
    await desk.capture("1.00")
    assert len(await shop.cards(number)) == 1


async def test_cards_wait_until_the_rest_of_the_order_is_paid_or_authorized(shop: Counter):
    number = await shop.story.buy(("GIFT-25", 1), ("MUG", 1))
    order = await shop.seen(number)
    # 25.00 untaxed, 10.00 and 5.00 of shipping with 10 % tax each.
    assert (order["total"], order["tax"]) == ({"amount": "41.50"}, {"amount": "1.50"})
    desk = shop.desk(number)
    await desk.record("25.00")
    assert await shop.cards(number) == []
    await desk.authorize("10.00")
    assert (await shop.seen(number))["amountDue"]["amount"] == "16.50" and await shop.cards(number) == []
    await desk.authorize("6.50", "terminal-2")
    assert len(await shop.cards(number)) == 1
    await desk.capture("10.00", at=1)
    await desk.capture("6.50", at=2)
    order = await shop.seen(number)
    assert (order["status"], order["fulfillmentStatus"]) == ("CONFIRMED", "ALLOCATED")
    (work,) = await shop.story.work(number)
    shipment = await shop.story.send(work["id"])
    assert (await shop.seen(number))["fulfillmentStatus"] == "SHIPPED"
    await shop.story.deliver(shipment)
    order = await shop.seen(number)
    assert (order["status"], order["fulfillmentStatus"]) == ("COMPLETED", "DELIVERED")
    await books_add_up()


async def test_repeated_tasks_and_payments_issue_no_second_card(shop: Counter):
    number = await shop.buy_paid(("GIFT-25", 3), amount="75.00")
    id = row_id((await shop.seen(number))["id"], "Order")
    for _ in range(2):
        await transact(SYSTEM, lambda uow: gift_cards.issue_paid(uow, id))
    await shop.desk(number).record("5.00", acceptOverpayment=True)
    assert len(await shop.cards(number)) == 3
    assert len(await shop.codes()) == 3 and await shop.codes() == []
    await books_add_up()


@pytest.mark.postgres
async def test_two_workers_that_issue_at_once_issue_each_card_once(shop: Counter):
    number = await shop.buy_paid(("GIFT-25", 3), amount="75.00")
    id = row_id((await shop.seen(number))["id"], "Order")
    await execute("DELETE FROM purchased_gift_card")
    await execute("UPDATE order_line SET quantity_shipped = 0, quantity_delivered = 0")

    async def work() -> None:
        await transact(SYSTEM, lambda uow: gift_cards.issue_paid(uow, id))

    await asyncio.gather(*(work() for _ in range(4)))
    assert len(await shop.cards(number)) == 3


async def test_a_card_waits_for_the_release_of_a_hold(shop: Counter):
    number = await shop.story.buy(("GIFT-25", 1))
    order = await shop.seen(number)
    held = await shop.story.staff.do(HOLD, i={"id": order["id"], "kind": "FRAUD", "reason": "Odd"})
    assert held["__typename"] == "Order", held
    await shop.desk(number).record("25.00")
    assert await shop.cards(number) == []
    await shop.story.staff.do(RELEASE, i={"id": order["id"], "note": "Checked"})
    assert len(await shop.cards(number)) == 1


async def test_a_card_waits_for_the_confirmation_of_the_order(shop: Counter):
    await execute("UPDATE channel SET confirms_at_once = FALSE")
    number = await shop.buy_paid(("GIFT-25", 1), amount="25.00")
    assert await shop.cards(number) == []
    confirm = "mutation($id: ID!) { orderConfirm(id: $id) { __typename } }"
    await shop.story.staff.do(confirm, id=(await shop.seen(number))["id"])
    assert len(await shop.cards(number)) == 1
    assert (await shop.seen(number))["status"] == "COMPLETED"


async def test_an_order_cancelled_before_it_is_paid_has_no_card(shop: Counter):
    number = await shop.story.buy(("GIFT-25", 1))
    assert (await shop.story.cancel(number))["status"] == "CANCELLED"
    await shop.desk(number).record("25.00", acceptOverpayment=True)
    assert await shop.cards(number) == [] and await shop.codes() == []


async def test_issued_cards_cannot_be_cancelled_like_shipped_goods(shop: Counter):
    number = await shop.buy_paid(("GIFT-25", 1), ("MUG", 1), amount="41.50")
    assert (await shop.story.cancel(number))["__typename"] == "OrderAlreadyShipped"
    refused = await shop.story.cancel(number, **{"GIFT-25": 1})
    assert refused["__typename"] == "ValidationFailed", refused
    assert (await shop.story.cancel(number, MUG=1))["__typename"] == "Order"
    assert (await shop.seen(number))["fulfillmentStatus"] == "DELIVERED"
    await books_add_up()


async def test_cancelling_the_rest_that_is_not_paid_issues_the_cards(shop: Counter):
    number = await shop.story.buy(("GIFT-25", 1), ("MUG", 1))
    await shop.desk(number).record("30.50")
    assert await shop.cards(number) == []
    await shop.story.cancel(number, MUG=1)
    assert len(await shop.cards(number)) == 1


async def test_an_edit_before_payment_changes_the_number_of_cards(shop: Counter):
    number = await shop.story.buy(("GIFT-25", 3))
    line = await shop.line(number)
    edit = {"id": (await shop.seen(number))["id"], "lines": [{"lineId": line["id"], "quantity": 2}]}
    edited = await shop.story.staff.do(ADDED, input=edit)
    assert edited["__typename"] == "OrderEdit", edited
    await shop.desk(number).record("50.00")
    assert len(await shop.cards(number)) == 2


async def test_units_added_after_payment_are_issued_when_they_are_paid(shop: Counter):
    number = await shop.buy_paid(("GIFT-25", 1), ("MUG", 1), amount="41.50")
    assert len(await shop.codes()) == 1
    line = await shop.line(number)
    id = (await shop.seen(number))["id"]
    given = {"id": id, "lines": [{"lineId": line["id"], "quantity": 3}]}
    assert (await shop.story.staff.do(ADDED, input=given))["__typename"] == "OrderEdit"
    assert len(await shop.cards(number)) == 1
    await shop.desk(number).record("50.00")
    cards = await shop.cards(number)
    assert [each["price"]["amount"] for each in cards] == ["25.00"] * 3
    assert len(await shop.codes()) == 2
    fewer = {"id": id, "lines": [{"lineId": line["id"], "quantity": 2}]}
    assert (await shop.story.staff.do(ADDED, input=fewer))["__typename"] == "ValidationFailed"
    dearer = {"lineId": line["id"], "unitPrice": usd("90.00"), "reason": "x"}
    refused = await shop.story.staff.do(ADDED, input={"id": id, "lines": [dearer], "reason": "x"})
    assert refused["path"] == ["input", "lines", "0", "unitPrice"], refused
    await books_add_up()


async def test_goods_added_to_an_order_of_gift_cards_need_an_address_and_a_method(shop: Counter):
    given = order_input(("GIFT-25", 1), billingAddress=ADDRESS)
    del given["shippingAddress"], given["shippingMethod"]
    placed = await shop.story.staff.do(PLACE, input=given)
    assert placed["__typename"] == "Order", placed
    id, mug = (await shop.seen(placed["number"]))["id"], [{"sku": "MUG", "quantity": 1}]
    refused = await shop.story.staff.do(ADDED, input={"id": id, "lines": mug})
    paths = [each["path"][-1] for each in refused["problems"]]
    assert paths == ["shippingAddress", "shippingMethod"]
    whole = {"id": id, "lines": mug, "shippingAddress": ADDRESS, "shippingMethod": "standard"}
    edited = await shop.story.staff.do(ADDED, input=whole)
    assert edited["__typename"] == "OrderEdit", edited
    order = await shop.seen(placed["number"])
    assert (order["shipping"]["amount"], order["total"]["amount"]) == ("5.00", "41.50")


async def test_an_order_of_gift_cards_needs_a_billing_address_and_nothing_to_ship(shop: Counter, api: Api):
    given = order_input(("GIFT-25", 1))
    del given["shippingAddress"], given["shippingMethod"]
    refused = await api.do(PLACE, input=given)
    assert refused["path"] == ["input", "billingAddress"], refused
    placed = await api.do(PLACE, input=given | {"billingAddress": ADDRESS})
    assert placed["__typename"] == "Order", placed
    await shop.desk(placed["number"]).record("25.00")
    assert (await shop.seen(placed["number"]))["status"] == "COMPLETED"
    assert len(await shop.codes()) == 1
    mixed = await api.do(PLACE, input={**given, "lines": [{"sku": "GIFT-25"}, {"sku": "MUG"}]})
    assert [each["path"] for each in mixed["problems"]] == [
        ["input", "shippingAddress"],
        ["input", "shippingMethod"],
    ]


async def test_a_discount_code_does_not_apply_to_gift_cards(shop: Counter, api: Api):
    create = """mutation($i: DiscountCreateInput!) { discountCreate(input: $i) { __typename
      ... on UserError { message path } } }"""
    code = {"channel": "web", "code": "TEN", "kind": "PERCENT", "percent": "10"}
    made = await shop.story.staff.do(create, i=code)
    assert made["__typename"] == "Discount", made
    refused = await api.do(PLACE, input=order_input(("GIFT-25", 1), discountCodes=["TEN"]))
    assert refused["problems"][0]["message"] == "This discount code does not apply to any line.", refused
    number = await shop.story.buy(("GIFT-25", 1), ("MUG", 1), discountCodes=["TEN"])
    assert (await shop.line(number))["discount"]["amount"] == "0.00"
    assert (await shop.line(number, "MUG"))["discount"]["amount"] == "1.00"
    id = (await shop.seen(number))["id"]
    more = [{"sku": "GIFT-25", "quantity": 2}, {"sku": "MUG", "quantity": 1}]
    edited = await shop.story.staff.do(ADDED, input={"id": id, "lines": more})
    assert edited["__typename"] == "OrderEdit", edited
    lines = (await shop.seen(number))["lines"]["nodes"]
    off = {(line["sku"], line["discount"]["amount"]) for line in lines}
    assert off == {("GIFT-25", "0.00"), ("MUG", "1.00")}
    await books_add_up()


async def test_a_code_of_all_lines_does_not_reach_gift_cards_that_are_added(shop: Counter):
    create = "mutation($i: DiscountCreateInput!) { discountCreate(input: $i) { __typename } }"
    await shop.story.staff.do(create, i={"channel": "web", "code": "TEN", "kind": "PERCENT", "percent": "10"})
    number = await shop.story.buy(("MUG", 2), discountCodes=["TEN"])
    id = (await shop.seen(number))["id"]
    more = [{"sku": "GIFT-25", "quantity": 1}, {"sku": "MUG", "quantity": 1}]
    assert (await shop.story.staff.do(ADDED, input={"id": id, "lines": more}))["__typename"] == "OrderEdit"
    lines = (await shop.seen(number))["lines"]["nodes"]
    off = [(line["sku"], line["discount"]["amount"]) for line in lines]
    assert off == [("MUG", "2.00"), ("GIFT-25", "0.00"), ("MUG", "1.00")]
    await books_add_up()


async def test_a_discount_given_by_staff_lowers_the_price_and_not_the_worth(shop: Counter):
    line = {"sku": "GIFT-25", "quantity": 2, "discount": {"percent": "10"}, "reason": "Campaign"}
    number = await shop.buy_paid(amount="45.00", lines=[line])
    cards = await shop.cards(number)
    assert [each["giftCard"]["balance"]["amount"] for each in cards] == ["25.00", "25.00"]
    assert [each["price"]["amount"] for each in cards] == ["22.50", "22.50"]


async def test_staff_set_the_worth_of_a_card_by_its_price(shop: Counter):
    line = {"sku": "GIFT-25", "quantity": 1, "unitPrice": usd("37.50"), "reason": "As agreed"}
    number = await shop.buy_paid(amount="37.50", lines=[line])
    assert [each["giftCard"]["balance"]["amount"] for each in await shop.cards(number)] == ["37.50"]
    free = {**line, "unitPrice": usd("0.00")}
    refused = await shop.story.staff.do(PLACE, input=order_input(lines=[free]))
    assert refused["path"] == ["input", "lines", "0", "sku"], refused


async def test_too_many_cards_and_bad_recipients_are_refused(shop: Counter, api: Api):
    for line, path in (
        ({"sku": "GIFT-25", "quantity": 201}, ["quantity"]),
        ({"sku": "GIFT-25", "giftRecipient": {"email": "nobody"}}, ["giftRecipient", "email"]),
        ({"sku": "GIFT-25", "giftRecipient": {**BEN, "note": "x" * 501}}, ["giftRecipient", "note"]),
        ({"sku": "GIFT-25", "giftRecipient": {**BEN, "name": "x" * 201}}, ["giftRecipient", "name"]),
        ({"sku": "MUG", "giftRecipient": BEN}, ["giftRecipient"]),
    ):
        refused = await api.do(PLACE, input=order_input(lines=[line]))
        assert refused["path"][-len(path) - 2 :] == ["lines", "0", *path], refused


async def test_gift_cards_and_store_credit_do_not_buy_gift_cards(shop: Counter, api: Api):
    card, code = await shop.till.card("100.00")
    refused = await api.do(PLACE, input=order_input(("GIFT-25", 1), giftCardCodes=[code]))
    assert refused["path"] == ["input", "giftCardCodes"] and "cannot be bought" in refused["message"], refused
    number = await shop.story.buy(("GIFT-25", 1), ("MUG", 1), giftCardCodes=[code])
    order = await shop.seen(number)
    assert (order["amountPaid"]["amount"], order["amountDue"]["amount"]) == ("16.50", "25.00")
    apply: dict[str, Any] = {"orderId": order["id"], "giftCardCode": code}
    refused = await shop.story.staff.do(APPLY, i=apply)
    assert "cannot be bought with a gift card" in refused["message"], refused
    assert await shop.till.balance(card) == "83.50" and await shop.cards(number) == []
    await shop.desk(number).record("25.00")
    assert len(await shop.cards(number)) == 1
    await books_agree()


async def test_what_a_gift_card_paid_before_an_edit_does_not_buy_gift_cards(shop: Counter):
    _, code = await shop.till.card("16.50")
    number = await shop.story.buy(("MUG", 1), giftCardCodes=[code])
    line = await shop.line(number, "MUG")
    swap = [{"lineId": line["id"], "quantity": 0}, {"sku": "GIFT-25", "quantity": 1}]
    refused = await shop.story.staff.do(ADDED, input={"id": (await shop.seen(number))["id"], "lines": swap})
    assert "cannot be bought with a gift card" in refused["message"], refused


async def test_a_cart_keeps_the_recipient_of_each_line(shop: Counter, api: Api):
    lines = [{"sku": "GIFT-25", "giftRecipient": BEN}, {"sku": "GIFT-25"}]
    cart = await api.do(CART, i={"channel": "web", "lines": lines})
    own = {"id": cart["id"], "draftToken": cart["accessToken"]}
    assert cart["promisedOn"] is None
    added = await api.do(ADD, i={**own, "lines": lines})
    found = [
        (each["quantity"], (each["giftRecipient"] or {}).get("email")) for each in added["lines"]["nodes"]
    ]
    assert found == [(2, "ben@example.com"), (2, None)]
    first, second = [each["id"] for each in added["lines"]["nodes"]]
    changes = [{"lineId": first, "giftRecipient": None}, {"lineId": second, "giftRecipient": BEN}]
    changed = await api.do(CHANGE, i={**own, "lines": changes})
    assert [each["giftRecipient"] for each in changed["lines"]["nodes"]] == [None, BEN]
    placing = {
        "draftId": cart["id"], "draftToken": cart["accessToken"], "email": "ada@example.com", "billingAddress": ADDRESS,
    }  # fmt: skip
    placed = await api.do(PLACE, input=placing)
    recipients = [line["giftRecipient"] for line in (await shop.seen(placed["number"]))["lines"]["nodes"]]
    assert recipients == [None, BEN]


async def test_cards_of_another_currency_are_issued_in_it(shop: Counter):
    for code, currency, price, total in (("jp", "JPY", 3000, "3000"), ("kw", "KWD", 7500, "7.500")):
        other = await make.shop(code, currency=currency, confirms_at_once=True)
        await other.price("GIFT-25", price)
        number = await shop.story.buy(("GIFT-25", 1), channel=code)
        desk = shop.desk(number)
        desk.currency = currency
        await desk.record(total)
        (card,) = await shop.cards(number)
        assert card["giftCard"]["balance"]["amount"] == total and card["giftCard"]["currency"] == currency


async def test_a_product_archived_after_the_order_is_issued_when_it_is_paid(shop: Counter):
    number = await shop.story.buy(("GIFT-25", 1))
    await execute("UPDATE product SET status = 'archived'")
    await execute("UPDATE variant SET is_gift_card = FALSE")
    await shop.desk(number).record("25.00")
    assert len(await shop.cards(number)) == 1


async def test_a_variant_without_stock_can_become_a_gift_card(shop: Counter):
    variants = [{"sku": "FEE", "tracksStock": False}, {"sku": "JAR"}, {"sku": "CARD", "isGiftCard": True}]
    product = await shop.story.staff.do(PRODUCT, i={"name": "Several", "variants": variants})
    fee, jar, card = product["variants"]
    assert (card["isGiftCard"], card["tracksStock"]) == (True, False)
    done = await shop.story.staff.do(VARIANT, i={"id": fee["id"], "isGiftCard": True})
    assert (done["isGiftCard"], done["tracksStock"]) == (True, False)
    refused = await shop.story.staff.do(VARIANT, i={"id": jar["id"], "isGiftCard": True})
    assert refused["path"] == ["input", "isGiftCard"], refused


async def test_a_task_that_failed_is_done_by_the_sweeper(shop: Counter, monkeypatch: pytest.MonkeyPatch):
    async def fail(*_: Any) -> None:
        raise RuntimeError("the server ended")

    with monkeypatch.context() as broken:
        broken.setattr(gift_cards.issuing, "issue_gift_card", fail)
        number = await shop.buy_paid(("GIFT-25", 1), amount="25.00")
    assert await shop.cards(number) == []
    await execute("UPDATE deferred_task SET created_at = '2020-01-01 00:00:00+00:00'")
    assert await running.run_unfinished() == 1
    assert len(await shop.cards(number)) == 1
