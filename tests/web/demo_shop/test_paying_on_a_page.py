"""Buyers pay in the starter shop on the page of a gateway, played by getpaid-simulator, in a browser."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page

from tests.getpaid import simulator
from tests.getpaid.simulator import SECRETS, Simulator
from tests.payments.scripted import SET
from tests.web.axe import check_page
from tests.web.demo_shop.shop import Shop, to_the_overview

pytestmark = pytest.mark.divided

CANCEL = "mutation($id: ID!) { orderCancel(input: {id: $id, reason: OUT_OF_STOCK}) { __typename ... on UserError { message } } }"
SEEN = """{ orders { nodes { id number status paymentStatus
  payments { status transactions { kind status } } } } }"""
# Keeps the text of each state of the payment that the page shows.
SHOWN = """globalThis.shown = []; new MutationObserver(() => {
  const said = document.querySelector("section[aria-live] p")?.textContent; if (said && said !== shown.at(-1)) shown.push(said);
}).observe(document, { subtree: true, childList: true, characterData: true });"""
CHECKING = "Checking your payment …"
DONE = "Your payment is confirmed."
UNFINISHED = "You have not finished your payment."


@pytest.fixture
async def pages(shop: Shop, tmp_path: Path) -> AsyncIterator[Simulator]:
    """The pages of the shop's gateway `card`."""
    async with simulator.running(tmp_path, f"{shop.server.url}/gateways/card/events") as running:
        given = {
            "code": "card",
            "name": "Card or wallet",
            "kind": "STRIPE",
            "apiUrl": running.url,
            "secrets": SECRETS,
        }
        made = await shop.staff.do(SET, i=given)
        assert made["__typename"] == "PaymentGateway", made
        # The simulator has no icon, which the browser would report.
        await shop.browser.route(f"{running.url}/favicon.ico", lambda route: route.fulfill(status=204))
        yield running


async def _pay_now(page: Page, button: str = "Pay now") -> None:
    await page.get_by_role("button", name=button).click()
    await page.get_by_role("heading", name="Stripe simulator").wait_for()


async def _press(page: Page, button: str) -> None:
    await page.get_by_role("button", name=button, exact=True).click()
    await page.get_by_role("heading", name="Payment", exact=True).wait_for()


async def _payments(shop: Shop) -> tuple[str, list[str]]:
    """The status of the only order's payment, and those of its payments."""
    (order,) = (await shop.staff.ask(SEEN))["orders"]["nodes"]
    return order["paymentStatus"], [each["status"] for each in order["payments"]]


async def test_a_guest_is_declined_leaves_goes_back_and_pays_once_in_two_tabs(shop: Shop, pages: Simulator):
    page = await shop.tab("/products/thing-a1")
    await to_the_overview(page)
    await check_page(page)
    await _pay_now(page, "Place the order")
    at_gateway = page.url
    await page.go_back()  # by the button of the browser
    await page.get_by_text(UNFINISHED).wait_for()
    await check_page(page)
    await page.get_by_label("Language").select_option("de")
    await page.get_by_text("Sie haben Ihre Zahlung noch nicht abgeschlossen.").wait_for()
    await page.get_by_label("Sprache").select_option("en")
    order = page.url
    other = await shop.tab(order.removeprefix(shop.url))
    await other.get_by_text(UNFINISHED).wait_for()

    await page.get_by_role("link", name="Continue the payment").click()
    assert page.url == at_gateway
    for button in ("Abandon", "Decline"):
        await _press(page, button)
        await page.get_by_text(UNFINISHED).wait_for()
        await page.get_by_role("link", name="Continue the payment").click()
    await page.add_init_script(SHOWN)
    await _press(page, "Pay")
    await page.get_by_text(DONE).wait_for()
    assert [text for text in await page.evaluate("shown") if text not in (CHECKING, DONE)] == []
    await check_page(page)
    await other.get_by_text(DONE).wait_for()  # without a reload
    for one in (page, other):
        await one.reload()
        await one.get_by_text(DONE).wait_for()
    assert await _payments(shop) == ("AUTHORIZED", ["AUTHORIZED"])


async def test_a_page_that_expires_is_followed_by_another_one(shop: Shop, pages: Simulator):
    page = await shop.unpaid_order()
    await page.get_by_text("Your order is not paid yet.").wait_for()
    await _pay_now(page)
    at_gateway = page.url
    await pages.operate(at_gateway, "expire_session")
    await page.go_back()
    await page.get_by_text("The payment page has expired. You were not charged.").wait_for()
    await check_page(page)
    await _pay_now(page)
    second = page.url
    assert second != at_gateway
    await _press(page, "Pay (delayed method)")
    await page.get_by_text("The bank has not confirmed your payment yet.").wait_for()
    (order,) = (await shop.staff.ask(SEEN))["orders"]["nodes"]
    assert order["paymentStatus"] == "UNPAID"
    await pages.operate(second, "settle_delayed")
    await page.get_by_text(DONE).wait_for()  # without a reload


async def test_a_buyer_chooses_another_way_and_the_shop_cancels_while_the_buyer_pays(
    shop: Shop, pages: Simulator
):
    page = await shop.unpaid_order()
    await page.get_by_text("Your order is not paid yet.").wait_for()
    await _pay_now(page)
    await page.go_back()
    await page.get_by_role("button", name="Choose another way to pay").click()
    await page.get_by_text("The payment was cancelled. You were not charged.").wait_for()
    await _pay_now(page)
    await _press(page, "Pay")
    await page.get_by_text(DONE).wait_for()
    (order,) = (await shop.staff.ask(SEEN))["orders"]["nodes"]
    assert await shop.staff.do(CANCEL, id=order["id"]) == {"__typename": "Order"}
    await page.get_by_text("The amount reserved for the order was released. You were not charged.").wait_for()
    assert await _payments(shop) == ("VOIDED", ["VOIDED", "VOIDED"])
