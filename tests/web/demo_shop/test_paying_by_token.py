"""Buyers pay in the starter shop with tokens of test cards, played by localstripe, in a browser."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page

from tests.payments import stripe_server
from tests.payments.scripted import SET
from tests.payments.stripe_server import KEY
from tests.web.axe import check_page
from tests.web.demo_shop.shop import Shop, to_the_overview

pytestmark = pytest.mark.divided

SEEN = "{ orders { nodes { paymentStatus payments { status transactions { kind status } } } } }"
DONE, DECLINED = "Your payment is confirmed.", "Your payment was declined. You were not charged."


@pytest.fixture
async def cards(shop: Shop, tmp_path: Path) -> AsyncIterator[None]:
    """The shop has the gateway `card`, which accepts tokens."""
    async with stripe_server.running(tmp_path, "tests.payments.extended_stripe") as stripe:
        secrets = [{"name": "secret_key", "value": KEY}, {"name": "webhook_secret", "value": "w"}]
        given = {"code": "card", "name": "Card", "kind": "STRIPE", "apiUrl": stripe.url, "secrets": secrets}
        made = await shop.staff.do(SET, i=given)
        assert made["__typename"] == "PaymentGateway", made
        await shop.browser.route(f"{stripe.url}/favicon.ico", lambda route: route.fulfill(status=204))
        yield


async def _at_the_bank(page: Page, button: str) -> None:
    await page.get_by_role("heading", name="Your bank").wait_for()
    await page.get_by_role("button", name=button).click()


async def test_a_guest_is_declined_fails_and_passes_3d_secure(shop: Shop, cards: None):
    page = await shop.tab("/products/thing-a1")
    await to_the_overview(page)
    await page.get_by_label("Card: Test card that is declined").check()
    await page.get_by_role("button", name="Place the order").click()
    await page.get_by_text(DECLINED).wait_for()
    await check_page(page)
    await page.get_by_label("Card: Test card with 3-D Secure").check()
    await page.get_by_role("button", name="Pay now").click()
    await _at_the_bank(page, "Fail authentication")
    await page.get_by_text(DECLINED).wait_for()
    await page.get_by_label("Card: Test card with 3-D Secure").check()
    await page.get_by_role("button", name="Pay now").click()
    await _at_the_bank(page, "Complete authentication")
    await page.get_by_text(DONE).wait_for()
    (order,) = (await shop.staff.ask(SEEN))["orders"]["nodes"]
    assert order["paymentStatus"] == "AUTHORIZED"
    (payment,) = order["payments"]
    assert [each["status"] for each in payment["transactions"]] == ["FAILED", "FAILED", "SUCCEEDED"]


async def test_a_guest_pays_with_a_card_at_once_or_on_invoice(shop: Shop, cards: None):
    page = await shop.tab("/products/thing-a1")
    await to_the_overview(page)
    assert (
        "0" not in (await page.locator("main").inner_text()).splitlines()
    )  # the number of shops for collection
    await page.get_by_label("Card: Test card", exact=True).check()
    await page.get_by_role("button", name="Place the order").click()
    await page.get_by_text(DONE).wait_for()
    await page.goto(shop.url + "/products/thing-a2")
    await to_the_overview(page)
    await page.get_by_label("On invoice").check()
    await page.get_by_role("button", name="Place the order").click()
    await page.get_by_text("You pay on invoice.").wait_for()
    orders = (await shop.staff.ask(SEEN))["orders"]["nodes"]
    assert sorted(order["paymentStatus"] for order in orders) == ["AUTHORIZED", "UNPAID"]
