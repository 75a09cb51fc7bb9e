"""A guest buys a gift card: nothing is shipped, and the order says that the card was sent by email."""

import pytest
from playwright.async_api import Page

from tests.web.axe import check_page
from tests.web.demo_shop.shop import ADDRESS, Shop, fill

pytestmark = pytest.mark.divided

SELL = """mutation {
  productCreate(input: {name: "Gift card", slug: "gift-card", status: PUBLISHED,
    variants: [{sku: "GIFT-25", isGiftCard: true}]}) { __typename ... on UserError { message } }
  priceBulkSet(input: {priceList: "retail", rows: [{sku: "GIFT-25", amount: "25"}]}) { ... on BulkResult { failed } }
}"""
ORDER = "{ orders { nodes { id number status total { amount } shippingAddress { line1 } billingAddress { line1 } } } }"
PAY = """mutation($id: ID!) { paymentRecord(input: {orderId: $id, amount: {amount: "25", currency: "USD"}}) {
  __typename ... on UserError { message } } }"""
CONFIRM = "mutation($id: ID!) { orderConfirm(id: $id) { __typename ... on UserError { message } } }"


async def _sums_of(page: Page) -> list[str]:
    return [await each.inner_text() for each in await page.locator("dl.sums dt").all()]


async def test_a_guest_buys_a_gift_card_without_shipping_and_sees_that_it_was_sent(shop: Shop):
    made = await shop.staff.ask(SELL)
    assert made["productCreate"]["__typename"] == "Product" and made["priceBulkSet"]["failed"] == 0, made
    page = await shop.tab("/products/gift-card")
    await page.get_by_text("Sent by email as soon as it is paid").wait_for()
    assert await page.get_by_text("In stock").count() == 0
    await check_page(page)
    await page.get_by_role("button", name="Add to cart").click()
    await page.get_by_role("link", name="Cart (1)").click()
    await page.get_by_role("link", name="Go to checkout").click()
    await page.get_by_role("heading", name="Contact and billing address").wait_for()
    await fill(page, {**ADDRESS, "Email": "ada@example.com"})
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_role("button", name="Place the order").wait_for()
    assert await page.get_by_text("Shipping method").count() == 0
    assert await _sums_of(page) == ["Subtotal", "Total"]
    await check_page(page)
    await page.get_by_role("button", name="Place the order").click()
    await page.get_by_text("Thank you for your order.").wait_for()
    await page.get_by_text("You get the gift cards by email as soon as they are paid.").wait_for()
    (order,) = (await shop.staff.ask(ORDER))["orders"]["nodes"]
    assert (order["total"], order["shippingAddress"]) == ({"amount": "25.00"}, None)
    assert order["billingAddress"] == {"line1": "12 Main Street"}
    if order["status"] == "PLACED":
        await shop.staff.do(CONFIRM, id=order["id"])
    paid = await shop.staff.do(PAY, id=order["id"])
    assert paid["__typename"] == "PaymentTransaction", paid
    await page.get_by_text("We have sent you the gift cards by email.").wait_for()
    await check_page(page)
    mail = await shop.mail("Your gift card from Web")
    await mail.get_by_text("Enter the code when you pay for an order.").first.wait_for()
