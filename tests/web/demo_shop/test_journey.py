"""A buyer from the first cart to the last message, in the starter shop, in both languages."""

from datetime import timedelta
from typing import Any

import pytest
from playwright.async_api import Page

from app.core import clock
from tests.ask import Api
from tests.web.axe import check_page
from tests.web.demo_shop.shop import ADDRESS, ADRESSE, Shop, fill

pytestmark = pytest.mark.divided

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
        "quantity": "Quantity",
        "add": "Add to cart",
        "cart": "Cart (2)",
        "account": "Account",
        "register": "Create an account",
        "link": "Send the link",
        "password": "New password",
        "save": "Save the password",
        "hello": "Hello Ada Lovelace",
        "code": "Discount code",
        "apply": "Apply",
        "not valid": "NOTHING: This discount code is not valid.",
        "remove code": "Remove the code NOTHING",
        "discount": "−$2.00",
        "checkout": "Go to checkout",
        "next": "Continue",
        "method": "S, ",
        "place": "Place the order",
        "thanks": "Thank you for your order.",
        "person": {"Name": "Ada Lovelace", "Email": "ada@example.com"},
        "address": ADDRESS,
        "order": "Order {}",
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
            ("Discount", "−$2.00"),
            ("Shipping", "$5.00"),
            ("Tax", "$0.00"),
            ("Total", "$23.00"),
        ],
        "one cancelled": "Thing A0 1 cancelled 1 × $10.00",
        "cancelled": [("Cancelled", "−$9.00"), ("Total after cancellation", "$14.00")],
    },
    "de": {
        "channel": "eu",
        "quantity": "Anzahl",
        "add": "In den Warenkorb",
        "cart": "Warenkorb (2)",
        "account": "Konto",
        "register": "Konto anlegen",
        "link": "Link senden",
        "password": "Neues Passwort",
        "save": "Passwort speichern",
        "hello": "Hallo Ada Braun",
        "code": "Rabattcode",
        "apply": "Einlösen",
        "not valid": "NOTHING: Dieser Rabattcode gilt nicht.",
        "remove code": "Den Code NOTHING entfernen",
        "discount": "−1,50 €",
        "checkout": "Zur Kasse",
        "next": "Weiter",
        "method": "Paket",
        "place": "Zahlungspflichtig bestellen",
        "thanks": "Vielen Dank für Ihre Bestellung.",
        "person": {"Name": "Ada Braun", "E-Mail": "ada@example.com"},
        "address": ADRESSE,
        "order": "Bestellung {}",
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
            ("Rabatt", "−1,50 €"),
            ("Versand", "4,50 €"),
            ("Gesamtsumme", "18,00 €"),
            ("Enthaltene Steuer", "2,87 €"),
        ],
        "one cancelled": "Thing A0 1 storniert 1 × 7,50 €",
        "cancelled": [("Storniert", "−6,75 €"), ("Summe nach Stornierung", "11,25 €")],
    },
}
GUEST = {"Email": "ada@example.com", **ADDRESS}


async def _put_two_in_the_cart(page: Page, words: dict[str, Any]) -> None:
    await page.get_by_label(words["quantity"]).select_option("2")
    await page.get_by_role("button", name=words["add"]).click()
    await page.get_by_role("link", name=words["cart"]).wait_for()


async def _check_out(page: Page, words: dict[str, Any], address: dict[str, str]) -> None:
    await page.get_by_role("link", name=words["cart"]).click()
    await page.get_by_role("link", name=words["checkout"]).click()
    await fill(page, address)
    await page.get_by_role("button", name=words["next"]).click()
    await page.get_by_label(words["method"]).click()
    await page.get_by_role("button", name=words["place"]).wait_for()


async def _buy_two(page: Page, words: dict[str, Any]) -> None:
    await _put_two_in_the_cart(page, words)
    await _check_out(page, words, GUEST)
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


async def _a_guest_fills_a_cart(shop: Shop, words: dict[str, Any], language: str) -> Page:
    page = await shop.tab()
    await page.locator("header select").nth(0).select_option(words["channel"])
    await page.locator("header select").nth(1).select_option(language)
    await check_page(page)
    await page.goto(shop.url + "/products/thing-a0")
    await page.get_by_role("button", name=words["add"]).wait_for()
    await check_page(page)
    await _put_two_in_the_cart(page, words)
    await page.reload()
    await page.get_by_role("link", name=words["cart"]).wait_for()
    return page


async def _the_guest_signs_up(shop: Shop, page: Page, words: dict[str, Any]) -> None:
    await page.get_by_role("link", name=words["account"]).click()
    await page.get_by_role("link", name=words["register"]).click()
    await fill(page, words["person"])
    await check_page(page)
    await page.get_by_role("button", name=words["link"]).click()
    await page.goto(shop.url + await shop.link_in_mail("Open your account"))
    await page.get_by_label(words["password"]).fill("a long enough one")
    await check_page(page)
    await page.get_by_role("button", name=words["save"]).click()
    await page.get_by_role("heading", name=words["hello"]).wait_for()
    await check_page(page)
    await page.get_by_role("link", name=words["cart"]).wait_for()
    carts = (
        "{ orders(filter: {status: [DRAFT]}) { nodes { customer { email } lines { nodes { quantity } } } } }"
    )
    (cart,) = (await shop.staff.ask(carts))["orders"]["nodes"]
    assert cart == {"customer": {"email": "ada@example.com"}, "lines": {"nodes": [{"quantity": 2}]}}


async def _a_wrong_code_does_not_stop_a_right_one(page: Page, words: dict[str, Any]) -> None:
    await page.get_by_role("link", name=words["cart"]).click()
    await page.get_by_label(words["code"]).fill("NOTHING")
    await page.get_by_role("button", name=words["apply"]).click()
    await page.get_by_text(words["not valid"]).wait_for()
    await check_page(page)
    await page.get_by_label(words["code"]).fill("TENTH")
    await page.get_by_role("button", name=words["apply"]).click()
    await page.get_by_text(words["discount"]).wait_for()
    await page.get_by_role("button", name=words["remove code"]).click()
    await page.get_by_text(words["not valid"]).wait_for(state="detached")
    await page.get_by_text(words["discount"]).wait_for()


async def _the_order_stays_after_reload_and_back(page: Page, words: dict[str, Any], number: str) -> None:
    heading = page.get_by_role("heading", name=words["order"].format(number))
    await heading.wait_for()
    await page.go_back()
    await heading.wait_for(state="detached")
    await page.go_forward()
    await heading.wait_for()
    await page.reload()
    await heading.wait_for()


async def _staff_ship_one_unit(staff: Api, work: dict[str, Any]) -> None:
    one = {"id": work["id"], "lines": [{"lineId": work["lines"][0]["id"], "quantity": 1}]}
    split = await staff.do(SPLIT, input=one)
    assert split["__typename"] == "FulfillmentOrder", split
    await staff.do(RELEASE, id=work["id"])
    given = {
        "id": work["id"],
        "carrier": "postal",
        "packages": [{"contents": [{"sku": "A0", "quantity": 1}]}],
        "trackingNumbers": ["RR1"],
        "trackingUrl": "https://carrier.example/{number}",
    }
    sent = await staff.do(SHIP, input=given)
    assert sent["__typename"] == "FulfillmentOrder", sent


@pytest.mark.parametrize("language", list(WORDS))
async def test_a_buyer_signs_up_with_a_full_cart_and_gets_a_message_at_each_step_of_the_order(
    shop: Shop, language: str
):
    words, staff = WORDS[language], shop.staff
    page = await _a_guest_fills_a_cart(shop, words, language)
    await _the_guest_signs_up(shop, page, words)
    await _a_wrong_code_does_not_stop_a_right_one(page, words)
    await _check_out(page, words, words["address"])
    await check_page(page)
    assert await _amounts(page) == words["bought"]
    await _place(page, words)
    assert await _amounts(page) == words["bought"]
    (order,) = (await staff.ask(ORDER))["orders"]["nodes"]
    assert order["language"] == language
    number, (work,), (line,) = order["number"], order["fulfillmentOrders"], order["lines"]["nodes"]
    await shop.mail(words["placed"].format(number))
    await _the_order_stays_after_reload_and_back(page, words, number)
    loaded = await page.evaluate("performance.timeOrigin")

    await _staff_ship_one_unit(staff, work)
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
    assert await page.evaluate("performance.timeOrigin") == loaded, "the page was not loaded again"
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
    await _put_two_in_the_cart(page, WORDS["en"])
    await _check_out(page, WORDS["en"], GUEST)
    await page.get_by_label("Language").select_option("de")
    await _place(page, WORDS["de"])
    (order,) = (await shop.staff.ask(ORDER))["orders"]["nodes"]
    assert order["language"] == "de"
    await shop.mail(f"Ihre Bestellung {order['number']} bei Web")
