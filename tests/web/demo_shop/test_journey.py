"""An order from the cart to the last message, in the starter shop, in both languages."""

from datetime import timedelta
from typing import Any

import pytest
from playwright.async_api import Page

from app.core import clock
from tests.web.axe import check_page
from tests.web.demo_shop.shop import ADDRESS, ADRESSE, Shop, fill

ORDER = (
    "{ orders { nodes { id number language lines { nodes { id } } fulfillmentOrders { id lines { id } } } } }"
)
SPLIT = "mutation($input: FulfillmentSplitInput!) { fulfillmentSplit(input: $input) { __typename ... on UserError { message } } }"
RELEASE = "mutation($id: ID!) { fulfillmentRelease(id: $id) { __typename } }"
PICK = "mutation($id: ID!) { fulfillmentPick(input: {id: $id}) { __typename ... on UserError { message } } }"
SHIP = "mutation($input: FulfillmentShipInput!) { fulfillmentShip(input: $input) { __typename ... on UserError { message } } }"
DELAY = "mutation($input: OrderRescheduleInput!) { orderReschedule(input: $input) { __typename } }"
CANCEL = "mutation($input: OrderCancelInput!) { orderCancel(input: $input) { __typename ... on UserError { message } } }"
WORDS: dict[str, dict[str, Any]] = {
    "en": {
        "channel": "web",
        "add": "Add to cart",
        "cart": "Cart (2)",
        "checkout": "Go to checkout",
        "next": "Continue",
        "method": "S, ",
        "place": "Place the order",
        "thanks": "Thank you for your order.",
        "address": {**ADDRESS, "E-mail": "ada@example.com"},
        "placed": "Your order {} at Web",
        "part": "Part of your order is on its way",
        "part mail": "A part of your order {} is on its way",
        "delayed": "Delayed: now expected by",
        "delay mail": "Your order {} is delayed",
        "cancel mail": "A part of your order {} was cancelled",
        "shipped": "Your order is on its way",
        "bought": [
            ("Thing A0 2 × $10.00", ""),
            ("Subtotal", "$20.00"),
            ("Shipping", "$5.00"),
            ("Tax", "$0.00"),
            ("Total", "$25.00"),
        ],
        "one cancelled": "Thing A0 1 cancelled 1 × $10.00",
        "cancelled": [("Cancelled", "−$10.00"), ("Total after cancellation", "$15.00")],
    },
    "de": {
        "channel": "eu",
        "add": "In den Warenkorb",
        "cart": "Warenkorb (2)",
        "checkout": "Zur Kasse",
        "next": "Weiter",
        "method": "Paket",
        "place": "Zahlungspflichtig bestellen",
        "thanks": "Vielen Dank für Ihre Bestellung.",
        "address": {**ADRESSE, "E-Mail": "ada@example.com"},
        "placed": "Ihre Bestellung {} bei Europe",
        "part": "Ein Teil Ihrer Bestellung ist unterwegs",
        "part mail": "Ein Teil Ihrer Bestellung {} ist unterwegs",
        "delayed": "Verspätet: jetzt voraussichtlich bis",
        "delay mail": "Ihre Bestellung {} verspätet sich",
        "cancel mail": "Ein Teil Ihrer Bestellung {} wurde storniert",
        "shipped": "Ihre Bestellung ist unterwegs",
        "bought": [
            ("Thing A0 2 × 7,50 €", ""),
            ("Zwischensumme", "15,00 €"),
            ("Versand", "4,50 €"),
            ("Gesamtsumme", "19,50 €"),
            ("Enthaltene Steuer", "3,11 €"),
        ],
        "one cancelled": "Thing A0 1 storniert 1 × 7,50 €",
        "cancelled": [("Storniert", "−7,50 €"), ("Summe nach Stornierung", "12,00 €")],
    },
}


async def _check_out_two(page: Page, words: dict[str, Any]) -> None:
    await page.locator("select[name=quantity]").select_option("2")
    await page.get_by_role("button", name=words["add"]).click()
    await page.get_by_role("link", name=words["cart"]).click()
    await page.get_by_role("link", name=words["checkout"]).click()
    await fill(page, words["address"])
    await page.get_by_role("button", name=words["next"]).click()
    await page.get_by_label(words["method"]).click()
    await page.get_by_role("button", name=words["place"]).wait_for()


async def _buy_two(page: Page, words: dict[str, Any]) -> None:
    await _check_out_two(page, words)
    await _place(page, words)


async def _place(page: Page, words: dict[str, Any]) -> None:
    await page.get_by_role("button", name=words["place"]).click()
    await page.get_by_text(words["thanks"]).wait_for()


async def _amounts(page: Page) -> list[tuple[str, str]]:
    """The lines and the sums of the page, each with its amount."""
    section = page.locator("section:has(> dl.sums)")
    lines = await section.locator("> .lines > li").all_inner_texts()
    names = await section.locator("dt").all_inner_texts()
    amounts = await section.locator("dd").all_inner_texts()
    texts = [*((name, "") for name in lines), *zip(names, amounts, strict=True)]
    return [(" ".join(name.split()), " ".join(amount.split())) for name, amount in texts]


@pytest.mark.parametrize("language", list(WORDS))
async def test_a_guest_sees_and_is_told_each_step_of_an_order(shop: Shop, language: str):
    words, staff = WORDS[language], shop.staff
    page = await shop.tab()
    await page.locator("header select").nth(0).select_option(words["channel"])
    await page.locator("header select").nth(1).select_option(language)
    await page.goto(shop.url + "/products/thing-a0")
    await _check_out_two(page, words)
    assert await _amounts(page) == words["bought"]
    await _place(page, words)
    assert await _amounts(page) == words["bought"]
    (order,) = (await staff.ask(ORDER))["orders"]["nodes"]
    assert order["language"] == language
    number, (work,), (line,) = order["number"], order["fulfillmentOrders"], order["lines"]["nodes"]
    await shop.mail(words["placed"].format(number))

    one = {"id": work["id"], "lines": [{"lineId": work["lines"][0]["id"], "quantity": 1}]}
    split = await staff.do(SPLIT, input=one)
    assert split["__typename"] == "FulfillmentOrder", split
    await staff.do(RELEASE, id=work["id"])
    parcel = {"contents": [{"sku": "A0", "quantity": 1}]}
    given = {
        "id": work["id"],
        "carrier": "postal",
        "packages": [parcel],
        "trackingNumbers": ["RR1"],
        "trackingUrl": "https://carrier.example/{number}",
    }
    sent = await staff.do(SHIP, input=given)
    assert sent["__typename"] == "FulfillmentOrder", sent
    await page.get_by_role("heading", name=words["part"]).wait_for()
    await shop.mail(words["part mail"].format(number))

    later = (clock.today() + timedelta(days=30)).isoformat()
    assert (await staff.do(DELAY, input={"id": order["id"], "promisedOn": later}))["__typename"] == "Order"
    await page.get_by_text(words["delayed"]).first.wait_for()
    await shop.mail(words["delay mail"].format(number))

    rest = {"id": order["id"], "reason": "OUT_OF_STOCK", "lines": [{"lineId": line["id"], "quantity": 1}]}
    assert (await staff.do(CANCEL, input=rest))["__typename"] == "Order"
    await page.get_by_role("heading", name=words["shipped"]).wait_for()
    await page.get_by_text(words["cancelled"][1][0]).wait_for()
    assert await _amounts(page) == [(words["one cancelled"], ""), *words["bought"][1:], *words["cancelled"]]
    await check_page(page)
    await shop.mail(words["cancel mail"].format(number))


async def test_a_guest_asks_to_cancel_an_order_that_the_warehouse_has_begun(shop: Shop):
    page = await shop.tab("/products/thing-a0")
    await _buy_two(page, WORDS["en"])
    (order,) = (await shop.staff.ask(ORDER))["orders"]["nodes"]
    for step in (RELEASE, PICK):
        done = await shop.staff.do(step, id=order["fulfillmentOrders"][0]["id"])
        assert done["__typename"] == "FulfillmentOrder", done
    await page.reload()
    await page.get_by_role("button", name="Ask us to cancel the order").click()
    await page.get_by_role("button", name="Yes, cancel it").click()
    await page.get_by_text("We have received your request to cancel the order.").wait_for()
    requests = "query($id: ID!) { order(id: $id) { status cancelRequests { status } } }"
    found = (await shop.staff.ask(requests, id=order["id"]))["order"]
    assert found == {"status": "CONFIRMED", "cancelRequests": [{"status": "OPEN"}]}


async def test_the_order_has_the_language_that_was_chosen_at_the_last_step(shop: Shop):
    page = await shop.tab("/products/thing-a0")
    await _check_out_two(page, WORDS["en"])
    await page.get_by_label("Language").select_option("de")
    await _place(page, WORDS["de"])
    (order,) = (await shop.staff.ask(ORDER))["orders"]["nodes"]
    assert order["language"] == "de"
    await shop.mail(f"Ihre Bestellung {order['number']} bei Web")
