"""A buyer collects an order at a shop, and asks for a message about an item that is sold out."""

from typing import Any

import pytest
from playwright.async_api import Page

from tests.web.axe import check_page
from tests.web.demo_shop.shop import ADDRESS, Shop, fill

pytestmark = pytest.mark.divided

COUNTERS = """mutation {
  locationCreate(input: {code: "corner", name: "Corner shop", kind: SHOP, address: {
    name: "Corner shop", line1: "5 Oak Street", city: "Springfield", region: "IL", postalCode: "62701", country: "US"}}) { __typename }
  second: locationCreate(input: {code: "square", name: "Square shop", kind: SHOP, address: {
    name: "Square shop", line1: "1 Main Square", city: "Springfield", region: "IL", postalCode: "62701", country: "US"}}) { __typename }
  channelLocationsSet(input: {channel: "web", locations: ["main", "corner", "square"]}) { __typename }
}"""
OFFERS = """mutation {
  corner: pickupSettingSet(input: {channel: "web", location: "corner", preparationMinutes: 120}) { __typename ... on UserError { message } }
  square: pickupSettingSet(input: {channel: "web", location: "square", instructions: "Ring the bell.",
    price: {amount: "1.50", currency: "USD"}}) { __typename ... on UserError { message } }
  stockBulkSet(input: [{sku: "A1", location: "corner", onHand: 1}, {sku: "A1", location: "square", onHand: 5},
    {sku: "A2", location: "main", onHand: 0}]) { ... on BulkResult { failed } }
}"""
ORDER = """{ orders { nodes { number pickup { code } billingAddress { line1 } shippingAddress { line1 }
  fulfillmentOrders { id } } } }"""
RESTOCK = """mutation { stockBulkSet(input: [{sku: "A2", location: "main", onHand: 5}]) { ... on BulkResult { failed } } }"""


def _step(call: str) -> str:
    return f"mutation($id: ID!) {{ {call} {{ __typename ... on UserError {{ message }} }} }}"


async def _do(shop: Shop, id: str, *calls: str) -> None:
    for call in calls:
        done = await shop.staff.do(_step(call), id=id)
        assert done["__typename"] == "FulfillmentOrder", done


async def _speak(page: Page, language: str) -> None:
    await page.locator("header select").nth(1).select_option(language)


async def _a_guest_chooses_a_shop(page: Page) -> None:
    await page.get_by_label("Quantity").select_option("2")
    await page.get_by_role("button", name="Add to cart").click()
    await page.get_by_role("link", name="Cart (2)").click()
    await page.get_by_role("link", name="Go to checkout").click()
    # By the keyboard alone: the arrow chooses the next way.
    await page.get_by_label("Ship to an address").focus()
    await page.keyboard.press("ArrowDown")
    await page.get_by_role("heading", name="Contact and billing address").wait_for()
    await fill(page, {**ADDRESS, "Email": "ada@example.com"})
    await page.get_by_role("button", name="Continue").click()
    corner = page.get_by_label("Corner shop")
    await page.get_by_text("Thing A1: 1 of 2 in stock").wait_for()
    assert await corner.is_disabled()
    await page.get_by_label("Square shop, $1.50").focus()
    await page.keyboard.press("Space")
    await page.get_by_role("button", name="Place the order").wait_for()
    await page.locator("dt", has_text="Pick-up").wait_for()
    await check_page(page)
    await _speak(page, "de")
    await page.get_by_text("Thing A1: 1 von 2 auf Lager").wait_for()
    await page.get_by_text("abholbereit ab").first.wait_for()
    await _speak(page, "en")


async def _it_is_made_ready_and_handed_over(shop: Shop, page: Page, order: dict[str, Any]) -> None:
    (work,) = order["fulfillmentOrders"]
    section = page.locator("section", has=page.get_by_role("heading", name="Collect at"))
    await section.get_by_text("We will send you a message when it is ready.").wait_for()
    text = await section.inner_text()
    assert "Square shop" in text and "1 Main Square" in text and "Ring the bell." in text
    await check_page(page)
    await _do(shop, work["id"], "fulfillmentRelease(id: $id)", "fulfillmentPick(input: {id: $id})",
              "fulfillmentReady(input: {id: $id})")  # fmt: skip
    await section.get_by_text("Ready for you since").wait_for()
    await section.get_by_text("Please collect it by").wait_for()
    await check_page(page)
    await shop.mail(f"Your order {order['number']} is ready for pick-up")
    await _speak(page, "de")
    await page.get_by_text("Bitte holen Sie sie bis").wait_for()
    await _speak(page, "en")
    await _do(shop, work["id"], "fulfillmentHandOver(input: {id: $id})")
    await section.get_by_text("Please collect it by").wait_for(state="detached")
    await page.get_by_role("heading", name="You have collected your order").wait_for()
    assert "ready" not in (await section.inner_text()).lower()
    await shop.mail(f"You have collected your order {order['number']}")


async def _a_guest_is_told_that_an_item_is_available(shop: Shop, page: Page) -> None:
    await page.goto(shop.url + "/products/thing-a2")
    await page.get_by_text("Sold out").wait_for()
    await page.get_by_role("button", name="Tell me when it is available").click()
    await page.get_by_text("Please fill in this field.").wait_for()
    await check_page(page)
    await _speak(page, "de")
    await page.get_by_label("E-Mail").fill("ada@example.com")
    await page.keyboard.press("Enter")
    await page.get_by_text("Wir haben eine Nachricht an ada@example.com gesendet.").wait_for()
    await check_page(page)
    mail = await shop.mail("Sollen wir Ihnen sagen, wenn Thing A2 erhältlich ist?")
    link = await mail.locator("pre a").get_attribute("href")
    assert link is not None
    await mail.goto(shop.server.url + "/back-in-stock/" + link.partition("/back-in-stock/")[2])
    await mail.locator("button[value=confirm]").click()
    await mail.locator("button[value=confirm]").wait_for(state="detached")
    assert (await shop.staff.do(RESTOCK))["failed"] == 0
    await shop.mail("Thing A2 ist wieder erhältlich")
    await page.reload()
    await page.get_by_role("button", name="In den Warenkorb").wait_for()


async def test_a_guest_collects_an_order_and_gets_a_message_that_an_item_is_available_again(shop: Shop):
    made = {**await shop.staff.ask(COUNTERS), **await shop.staff.ask(OFFERS)}
    kinds = {each.get("__typename", "BulkResult") for each in made.values()}
    assert kinds == {"Location", "Channel", "PickupLocation", "BulkResult"}, made
    page = await shop.tab("/products/thing-a1")
    await _a_guest_chooses_a_shop(page)
    await page.get_by_role("button", name="Place the order").click()
    await page.get_by_text("Thank you for your order.").wait_for()
    (order,) = (await shop.staff.ask(ORDER))["orders"]["nodes"]
    assert (order["pickup"], order["billingAddress"]) == ({"code": "square"}, {"line1": "12 Main Street"})
    await _it_is_made_ready_and_handed_over(shop, page, order)
    await _a_guest_is_told_that_an_item_is_available(shop, page)
