"""The starter shop of docs/storefront, as it is served in development, in a browser."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import BrowserContext, Page, Route, async_playwright

from app import main
from app.settings import Environment, settings
from app.web import demo_shop
from tests.ask import Api
from tests.races.conftest import database_url, staff_token, template  # noqa: F401  # fixtures
from tests.races.shop import at, client, set_up
from tests.servers import Server, serving
from tests.web.axe import check_page
from tests.web.chromium import launch

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "docs" / "storefront"
PASSWORD, NEW_PASSWORD = "ein recht langes Passwort", "ein anderes langes Passwort"
EUROPE = """mutation {
  channelCreate(input: {code: "eu", name: "Europe", currency: "EUR", isPublic: true, numberPrefix: "EU-", defaultCountry: "DE"}) { __typename }
  channelLocationsSet(input: {channel: "eu", locations: ["main"]}) { __typename }
  shippingMethodSet(input: {channel: "eu", code: "post", name: "Paket", price: {amount: "4.50", currency: "EUR"}}) { __typename }
  priceListCreate(input: {channel: "eu", code: "europe", name: "Europe"}) { __typename }
  priceBulkSet(input: {priceList: "europe", rows: [{sku: "A0", amount: "7.50"}]}) { ... on BulkResult { failed } }
}"""
DISCOUNT = """mutation {
  discountCreate(input: {channel: "web", code: "TENTH", kind: PERCENT, percent: "10"}) { __typename ... on UserError { message path } }
}"""
CANCEL = "mutation($id: ID!) { orderCancel(input: {id: $id, reason: OUT_OF_STOCK}) { __typename } }"
ADDRESS = {
    "Name": "Ada Lovelace", "Street": "12 Main Street", "Postal code": "62701", "City": "Springfield", "State": "IL",
}  # fmt: skip
ADRESSE = {"Name": "Ada Braun", "Straße": "Lindenstraße 5", "Postleitzahl": "10969", "Ort": "Berlin"}


def test_the_shop_has_fewer_than_2000_lines_of_typescript_and_name_no_registry():
    written = [
        path
        for path in (SOURCES / "src").iterdir()
        if path.suffix in (".ts", ".tsx") and path.name != "generated.ts"
    ]
    assert sum(len(path.read_text().splitlines()) for path in written) < 2_000
    packages = json.loads((SOURCES / "package-lock.json").read_text())["packages"]
    assert all(each.get("integrity") for name, each in packages.items() if name)
    assert all("resolved" not in each for each in packages.values())


async def _get(path: str, env: Environment = Environment.DEVELOPMENT) -> httpx.Response:
    app = main.create_app(settings().model_copy(update={"env": env}))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as http:
        return await http.get(path)


async def test_the_page_has_a_strict_policy_and_its_files_are_cached_for_ever():
    page = await _get("/demo-shop/")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'; script-src 'self'; style-src 'self';" in policy and "unsafe" not in policy
    assert page.headers["cache-control"] == "no-cache"
    names = re.findall(r'"/demo-shop/([^"]+)"', page.text)
    assert sorted([*names, "index.html"]) == sorted(path.name for path in demo_shop.FOLDER.iterdir())
    for name in names:
        file = await _get(f"/demo-shop/{name}")
        assert file.status_code == 200 and "immutable" in file.headers["cache-control"]
    assert (await _get("/demo-shop/shop.AAAAAAAA.js")).status_code == 404
    for path in ("/demo-shop/cart", "/demo-shop/products/mug", "/demo-shop/..%2f..%2fmain.py"):
        assert (await _get(path)).text == page.text
    assert (await _get("/demo-shop")).headers["location"] == "/demo-shop/"


async def test_the_shop_is_not_served_in_production():
    for path in ("/demo-shop", "/demo-shop/", "/demo-shop/cart"):
        assert (await _get(path, Environment.PRODUCTION)).status_code == 404


class Shop:
    """A running server, its staff, and a browser."""

    def __init__(self, server: Server, staff: Api, browser: BrowserContext) -> None:
        self.server, self.staff, self.browser = server, staff, browser
        self.url = server.url + "/demo-shop"
        self.problems: list[str] = []

    async def tab(self, path: str = "/") -> Page:
        page = await self.browser.new_page()
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", lambda said: self.problems.append(said.text) if said.type == "error" else None)
        await page.goto(self.url + path)
        return page

    async def mail(self, subject: str) -> Page:
        """The newest mail with a subject, as the mailbox shows it, when it has arrived."""
        mailbox = await self.browser.new_page()
        row = mailbox.get_by_role("link", name=subject, exact=True)
        for _ in range(60):
            await mailbox.goto(self.server.url + "/mail")
            if await row.count():
                break
            await asyncio.sleep(0.5)
        await row.first.click()
        return mailbox

    async def link_in_mail(self, subject: str) -> str:
        """The path of the link about an account in a mail."""
        mailbox = await self.mail(subject)
        link = await mailbox.locator("pre a").get_attribute("href")
        await mailbox.close()
        assert link is not None
        return link.partition("/demo-shop")[2]


@pytest.fixture
async def shop(database_url: str, staff_token: str, tmp_path: Path) -> AsyncIterator[Shop]:  # noqa: F811
    mails = {"ORDERGRAPH_MAIL_FOLDER": str(tmp_path / "mail")}
    async with (
        serving(database_url, **mails) as (server,),
        client() as http,
        async_playwright() as playwright,
        launch(playwright) as browser,
    ):
        staff = at(server, http, staff_token)
        await set_up(staff, {f"A{number}": 30 for number in range(30)})
        for made in (EUROPE, DISCOUNT):
            done = await staff.ask(made)
            kinds = {part.get("__typename", "BulkResult") for part in done.values()}
            assert kinds <= {"Channel", "ShippingMethod", "PriceList", "BulkResult", "Discount"}, done
        context = await browser.new_context(locale="en-US", viewport={"width": 1280, "height": 800})
        context.set_default_timeout(20_000)
        shop = Shop(server, staff, context)
        yield shop
        assert shop.problems == []


async def _fill(page: Page, values: dict[str, str]) -> None:
    for label, value in values.items():
        await page.get_by_label(label).fill(value)


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
    await _fill(page, {**ADDRESS, "E-mail": "ada@example.com", "Postal code": "99999"})
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_text("This does not match the other fields.").wait_for()
    await _fill(page, ADDRESS)
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_label("S, ").click()
    await page.get_by_role("button", name="Place the order").wait_for()
    await check_page(page)
    await page.get_by_role("button", name="Place the order").click()
    await page.get_by_text("Thank you for your order.").wait_for()
    await page.get_by_text("Your order is confirmed").wait_for()
    assert await page.locator("[data-total]").get_attribute("data-total") == "32.00"
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
    await _fill(page, {**ADDRESS, "E-mail": "ada@example.com"})
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_label("S, ").click()

    async def lose(route: Route) -> None:
        if "mutation Place" not in (route.request.post_data or ""):
            await route.continue_()
            return
        await route.fetch()
        await route.abort()

    await page.route("**/graphql", lose)
    await page.get_by_role("button", name="Place the order").click()
    await page.get_by_text("The shop cannot be reached at the moment.").wait_for()
    await page.unroute("**/graphql")
    await page.reload()
    await page.get_by_text("Your order is confirmed").wait_for()
    (order,) = (await shop.staff.ask("{ orders { nodes { number } } }"))["orders"]["nodes"]
    await page.get_by_role("heading", name=f"Order {order['number']}").wait_for()
    await page.get_by_role("button", name="Cancel the order").click()
    await page.get_by_role("button", name="Yes, cancel it").click()
    await page.get_by_text("The order is cancelled.").first.wait_for()
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
    await _fill(page, {"Name": "Ada Braun", "E-Mail": "ada@example.com"})
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
    await _fill(page, ADRESSE)
    await page.get_by_label("Adresse in meinem Konto speichern").check()
    await page.get_by_role("button", name="Weiter").click()
    await page.get_by_label("Paket").click()
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
    await page.get_by_text("Storniert").wait_for()
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
    await _fill(page, {"E-Mail": "ada@example.com", "Passwort": "falsch"})
    await page.get_by_role("button", name="Anmelden").click()
    await page.get_by_text("Die E-Mail-Adresse oder das Passwort ist falsch.").wait_for()
    await check_page(page)
    await page.get_by_role("link", name="Passwort vergessen?").click()
    await page.get_by_label("E-Mail").fill("ada@example.com")
    await page.get_by_role("button", name="Link senden").click()
    await page.get_by_text("Wir haben eine Nachricht").wait_for()
    await page.goto(shop.url + await shop.link_in_mail("Choose a new password"))
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
        await _fill(phone, {"E-Mail": "ada@example.com", "Passwort": NEW_PASSWORD})
        await phone.get_by_role("button", name="Anmelden").click()
        await phone.get_by_role("link", name="Warenkorb (3)").click()
        await phone.get_by_text("Thing A0", exact=True).wait_for()
    await page.reload()
    await page.get_by_role("link", name="Warenkorb (3)").wait_for()
