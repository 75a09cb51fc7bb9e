"""Purchases in the starter shop, in a browser."""

import asyncio

import pytest
from playwright.async_api import Page

from tests.web.axe import check_page
from tests.web.demo_shop.shop import ADDRESS, ADRESSE, Shop, fill, lose, until_lost

pytestmark = pytest.mark.divided

PASSWORD, NEW_PASSWORD = "ein recht langes Passwort", "ein anderes langes Passwort"
CANCEL = "mutation($id: ID!) { orderCancel(input: {id: $id, reason: OUT_OF_STOCK}) { __typename } }"


async def _a_guest_fills_a_cart(page: Page) -> None:
    await page.locator(".product").nth(23).wait_for()
    await page.get_by_role("button", name="Show more").click()
    await page.locator(".product").nth(29).wait_for()
    await page.get_by_label("Search").fill("thing a7")
    await page.get_by_role("button", name="Search").click()
    await page.get_by_role("link", name="Thing A7").wait_for()
    assert await page.locator(".product").count() == 1
    await check_page(page)
    await page.get_by_role("link", name="Thing A7").click()
    await page.get_by_label("Quantity").select_option("2")
    await check_page(page)
    await page.get_by_role("button", name="Add to cart").click()
    await page.get_by_text("Thing A7 is in your cart.").wait_for()
    await page.get_by_role("link", name="Cart (2)").wait_for()
    await page.reload()
    await page.get_by_role("link", name="Cart (2)").click()
    await page.get_by_label("Quantity of Thing A7").select_option("3")
    await page.get_by_role("link", name="Cart (3)").wait_for()


async def _a_wrong_code_does_not_stop_a_right_one(page: Page) -> None:
    await page.get_by_label("Discount code").fill("NOTHING")
    await page.get_by_role("button", name="Apply").click()
    await page.get_by_text("NOTHING: This discount code is not valid.").wait_for()
    await check_page(page)
    await page.get_by_role("button", name="Remove the code NOTHING").click()
    await page.get_by_text("This discount code is not valid.").wait_for(state="detached")
    await page.get_by_label("Discount code").fill("TENTH")
    await page.get_by_role("button", name="Apply").click()
    await page.get_by_text("−$3.00").wait_for()


async def test_a_guest_buys_in_english_and_follows_the_order_live(shop: Shop):
    page = await shop.tab()
    await _a_guest_fills_a_cart(page)
    await _a_wrong_code_does_not_stop_a_right_one(page)
    await page.get_by_role("link", name="Go to checkout").click()
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_text("Please check the marked fields.").wait_for()
    assert await page.locator("[aria-invalid=true]").count() == 6
    assert await page.evaluate("document.activeElement.name") == "email"
    await check_page(page)
    await fill(page, {**ADDRESS, "Email": "ada@example.com", "Postal code": "99999"})
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_text("This does not match the other fields.").wait_for()
    await fill(page, ADDRESS)
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_label("S, ").click()
    await page.get_by_role("button", name="Place the order").wait_for()
    await check_page(page)
    await page.get_by_role("button", name="Place the order").click()
    await page.get_by_text("Thank you for your order.").wait_for()
    await page.get_by_text("Your order is confirmed").wait_for()
    assert await page.locator("dd.total").all_inner_texts() == ["$32.00"]
    await check_page(page)
    assert await page.get_by_role("link", name="Cart (0)").count() == 1
    await page.reload()
    await page.get_by_text("Live: this page updates by itself").wait_for()
    orders = await shop.staff.ask("{ orders { nodes { id number } } }")
    (order,) = orders["orders"]["nodes"]
    await page.get_by_role("heading", name=f"Order {order['number']}").wait_for()
    placed = await shop.mail(f"Your order {order['number']} at Web")
    await placed.frame_locator("iframe").get_by_text("$32.00").first.wait_for()
    assert await shop.staff.do(CANCEL, id=order["id"]) == {"__typename": "Order"}
    await page.get_by_text("The order is cancelled.").wait_for()
    await shop.mail(f"Your order {order['number']} was cancelled")
    await page.get_by_label("Language").select_option("de")
    await page.get_by_text("Die Bestellung ist storniert.").wait_for()


async def test_an_order_whose_response_was_lost_is_placed_once_and_a_guest_cancels_it(shop: Shop):
    page = await shop.tab("/products/thing-a1")
    await page.get_by_role("button", name="Add to cart").click()
    await page.get_by_role("link", name="Cart (1)").click()
    await page.get_by_role("link", name="Go to checkout").click()
    await fill(page, {**ADDRESS, "Email": "ada@example.com"})
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_label("S, ").click()
    lost = await lose(page, "mutation Place", responses=2)
    await page.get_by_role("button", name="Place the order").click()
    await page.get_by_text("The shop cannot be reached at the moment.").wait_for()
    assert len(lost) == 2
    await page.reload()
    await page.get_by_text("Your order is confirmed").wait_for()
    (order,) = (await shop.staff.ask("{ orders { nodes { number } } }"))["orders"]["nodes"]
    await page.get_by_role("heading", name=f"Order {order['number']}").wait_for()
    await page.get_by_role("button", name="Cancel the order").click()
    await page.get_by_role("button", name="Yes, cancel it").click()
    await page.get_by_text("The order is cancelled.").first.wait_for()
    _only_requests_were_lost(shop)


def _only_requests_were_lost(shop: Shop) -> None:
    assert [problem for problem in shop.problems if "net::ERR_FAILED" not in problem] == []
    shop.problems.clear()


async def test_an_order_is_not_shown_in_another_browser(shop: Shop):
    page = await shop.tab(f"/orders/{'T3JkZXI6AaIrydESdim5dyBAoSAAVQ'}")
    await page.get_by_role("heading", name="This page does not exist").wait_for()
    await check_page(page)


async def _a_customer_registers(shop: Shop, page: Page) -> None:
    await page.get_by_label("Language").select_option("de")
    await page.get_by_label("Shop").select_option("eu")
    await page.get_by_role("link", name="Thing A0").click()
    await page.get_by_text("7,50").wait_for()
    await page.get_by_role("button", name="In den Warenkorb").click()
    await page.get_by_role("link", name="Warenkorb (1)").wait_for()
    await page.get_by_role("link", name="Konto").click()
    await page.get_by_role("link", name="Konto anlegen").click()
    await fill(page, {"Name": "Ada Braun", "E-Mail": "ada@example.com"})
    await check_page(page)
    await page.get_by_role("button", name="Link senden").click()
    await page.get_by_text("Wir haben eine Nachricht an ada@example.com gesendet.").wait_for()
    await page.goto(shop.url + await shop.link_in_mail("Open your account"))
    await page.get_by_label("Neues Passwort").fill("kurz")
    assert "token" not in page.url
    await page.get_by_role("button", name="Passwort speichern").click()
    await page.get_by_text("Bitte wählen Sie ein längeres").wait_for()
    await page.get_by_label("Neues Passwort").fill(PASSWORD)
    await page.get_by_role("button", name="Passwort speichern").click()
    await page.get_by_role("heading", name="Hallo Ada Braun").wait_for()
    await page.get_by_role("link", name="Warenkorb (1)").wait_for()


async def _two_tabs_stay_signed_in(page: Page, other: Page) -> None:
    for _ in range(3):  # each renews its access token, which no tab stores
        await asyncio.gather(page.reload(), other.reload())
        for one in (page, other):
            await one.get_by_role("heading", name="Hallo Ada Braun").wait_for()


async def _a_customer_buys_and_cancels(shop: Shop, page: Page) -> None:
    await page.get_by_role("link", name="Warenkorb (1)").click()
    await page.get_by_role("link", name="Zur Kasse").click()
    assert await page.get_by_label("E-Mail").input_value() == "ada@example.com"
    await fill(page, ADRESSE)
    await page.get_by_role("button", name="Weiter").click()
    await page.get_by_label("Paket").click()
    await page.get_by_label("Adresse in meinem Konto speichern").check()
    await page.get_by_role("button", name="Zahlungspflichtig bestellen").click()
    await page.get_by_text("Vielen Dank für Ihre Bestellung.").wait_for()
    await page.get_by_text("Ihre Bestellung ist bestätigt").wait_for()
    await page.get_by_role("button", name="Bestellung stornieren").click()
    await check_page(page)
    await page.get_by_role("button", name="Ja, stornieren").click()
    await page.get_by_text("Die Bestellung ist storniert.").first.wait_for()
    number = (await page.get_by_role("heading", name="Bestellung EU-").first.inner_text()).split()[-1]
    await shop.mail(f"Ihre Bestellung {number} wurde storniert")
    await page.get_by_role("link", name="Konto").click()
    await page.get_by_text(", Storniert").wait_for()
    await check_page(page)


async def test_a_customer_registers_buys_and_cancels_in_german(shop: Shop):
    page = await shop.tab()
    await _a_customer_registers(shop, page)
    other = await shop.tab("/account")
    await _two_tabs_stay_signed_in(page, other)
    await _a_customer_buys_and_cancels(shop, page)
    customer = "{ customers { nodes { email addresses { line1 city } orders { nodes { number status } } } } }"
    (found,) = (await shop.staff.ask(customer))["customers"]["nodes"]
    assert found["addresses"] == [{"line1": "Lindenstraße 5", "city": "Berlin"}]
    assert [order["status"] for order in found["orders"]["nodes"]] == ["CANCELLED"]

    await page.get_by_role("button", name="Abmelden").click()
    for one in (page, other):
        await one.get_by_role("heading", name="Anmelden").wait_for()
    await fill(page, {"E-Mail": "ada@example.com", "Passwort": "falsch"})
    await page.get_by_role("button", name="Anmelden").click()
    await page.get_by_text("Die E-Mail-Adresse oder das Passwort ist falsch.").wait_for()
    await check_page(page)
    await page.get_by_role("link", name="Passwort vergessen?").click()
    await page.get_by_label("E-Mail").fill("ada@example.com")
    await page.get_by_role("button", name="Link senden").click()
    await page.get_by_text("Wir haben eine Nachricht").wait_for()
    await page.goto(shop.url + await shop.link_in_mail("Wählen Sie ein neues Passwort"))
    await page.get_by_label("Neues Passwort").fill(NEW_PASSWORD)
    await page.get_by_role("button", name="Passwort speichern").click()
    for one in (page, other):
        await one.get_by_role("heading", name="Hallo Ada Braun").wait_for()
    await _the_carts_of_two_devices_are_merged(shop, page)


async def _the_carts_of_two_devices_are_merged(shop: Shop, page: Page) -> None:
    await page.get_by_role("link", name="Bestellung EU-").click()
    await page.get_by_role("button", name="Noch einmal bestellen").click()
    await page.get_by_role("link", name="Warenkorb (1)").wait_for()
    assert shop.browser.browser is not None
    async with await shop.browser.browser.new_context(locale="de-DE") as device:
        phone = await device.new_page()
        await phone.goto(shop.url + "/products/thing-a0")
        await phone.get_by_label("Anzahl").select_option("2")
        await phone.get_by_role("button", name="In den Warenkorb").click()
        await phone.get_by_role("link", name="Warenkorb (2)").wait_for()
        await phone.get_by_role("link", name="Konto").click()
        await fill(phone, {"E-Mail": "ada@example.com", "Passwort": NEW_PASSWORD})
        await phone.get_by_role("button", name="Anmelden").click()
        await phone.get_by_role("link", name="Warenkorb (3)").click()
        await phone.get_by_text("Thing A0", exact=True).wait_for()
    await page.reload()
    await page.get_by_role("link", name="Warenkorb (3)").wait_for()


async def test_a_cart_is_kept_when_the_response_to_its_merge_is_lost(shop: Shop):
    page = await shop.tab()
    lost = await lose(page, "mutation CartMerge", responses=1)
    await _a_customer_registers(shop, page)  # the guest's cart, of one unit, becomes the customer's
    await until_lost(lost, 1)
    assert '"__typename":"Order"' in lost[0]
    await page.unroute("**/graphql")
    await page.get_by_role("button", name="Abmelden").click()
    await page.get_by_role("link", name="Warenkorb (0)").wait_for()

    await page.goto(shop.url + "/products/thing-a0")
    await page.get_by_label("Anzahl").select_option("2")
    await page.get_by_role("button", name="In den Warenkorb").click()
    await page.get_by_role("link", name="Warenkorb (2)").wait_for()
    lost = await lose(page, "mutation CartMerge", responses=2)
    await page.get_by_role("link", name="Konto").click()
    await fill(page, {"E-Mail": "ada@example.com", "Passwort": PASSWORD})
    await page.get_by_role("button", name="Anmelden").click()
    await page.get_by_role("link", name="Warenkorb (3)").wait_for()
    assert len(lost) == 2
    await page.goto(shop.url + "/products/thing-a0")
    await page.get_by_role("button", name="In den Warenkorb").click()
    await page.get_by_role("link", name="Warenkorb (4)").wait_for()
    _only_requests_were_lost(shop)


async def test_a_merge_that_did_not_arrive_is_sent_with_the_next_visit(shop: Shop):
    page = await shop.tab()
    await page.route(
        "**/graphql",
        lambda route: route.abort() if "CartMerge" in (route.request.post_data or "") else route.continue_(),
    )
    await _a_customer_registers(shop, page)
    drafts = "{ orders(filter: {status: [DRAFT]}) { nodes { customer { email } } } }"
    assert (await shop.staff.ask(drafts))["orders"]["nodes"] == [{"customer": None}]
    await page.unroute("**/graphql")
    async with page.expect_response(lambda one: "CartMerge" in (one.request.post_data or "")):
        await page.reload()
    assert (await shop.staff.ask(drafts))["orders"]["nodes"] == [{"customer": {"email": "ada@example.com"}}]
    await page.get_by_role("link", name="Warenkorb (1)").wait_for()
    _only_requests_were_lost(shop)
