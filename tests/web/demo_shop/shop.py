"""A server with the starter shop, its staff and its mailbox, in a browser."""

import asyncio
from urllib.parse import quote

from playwright.async_api import BrowserContext, Page, Route

from tests.ask import PLACE, Api, order_input
from tests.servers import Server

EUROPE = """mutation {
  channelCreate(input: {code: "eu", name: "Europe", currency: "EUR", isPublic: true, numberPrefix: "EU-", defaultCountry: "DE", pricesIncludeTax: true}) { __typename }
  channelLocationsSet(input: {channel: "eu", locations: ["main"]}) { __typename }
  shippingMethodSet(input: {channel: "eu", code: "post", name: "Paket", price: {amount: "4.50", currency: "EUR"}}) { __typename }
  priceListCreate(input: {channel: "eu", code: "europe", name: "Europe"}) { __typename }
  priceBulkSet(input: {priceList: "europe", rows: [{sku: "A0", amount: "7.50"}]}) { ... on BulkResult { failed } }
}"""
DISCOUNT = """mutation {
  web: discountCreate(input: {channel: "web", code: "TENTH", kind: PERCENT, percent: "10"}) { __typename ... on UserError { message path } }
  eu: discountCreate(input: {channel: "eu", code: "TENTH", kind: PERCENT, percent: "10"}) { __typename ... on UserError { message path } }
}"""
TAX = """mutation { taxRateSet(input: {country: "DE", name: "MwSt.", rate: "0.19"}) { __typename ... on UserError { message path } } }"""
TOKEN = "query($id: ID!) { order(id: $id) { accessToken } }"
ADDRESS = {
    "Name": "Ada Lovelace", "Street": "12 Main Street", "Postal code": "62701", "City": "Springfield", "State": "IL",
}  # fmt: skip
ADRESSE = {"Name": "Ada Braun", "Straße": "Lindenstraße 5", "Postleitzahl": "10969", "Ort": "Berlin"}


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

    async def unpaid_order(self) -> Page:
        """A tab with an order that was placed in this browser with the gateway `card`, and not paid."""
        wanted = order_input(("A1", 1), payment={"gateway": "card"})
        placed = await self.staff.do(PLACE, input=wanted)
        assert placed["__typename"] == "Order", placed
        known = (await self.staff.ask(TOKEN, id=placed["id"]))["order"]["accessToken"]
        page = await self.tab("/cart")
        await page.evaluate(
            "(orders) => localStorage.setItem('shop.orders', JSON.stringify(orders))", {placed["id"]: known}
        )
        await page.goto(f"{self.url}/orders/{quote(placed['id'], safe='')}")
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


async def lose(page: Page, operation: str, responses: int) -> list[str]:
    """Lose the first responses to an operation; return the list to which each lost response is added."""
    lost: list[str] = []

    async def handle(route: Route) -> None:
        if operation not in (route.request.post_data or "") or len(lost) == responses:
            await route.continue_()
            return
        response = await route.fetch()
        lost.append(await response.text())
        await route.abort()

    await page.route("**/graphql", handle)
    return lost


async def until_lost(lost: list[str], responses: int) -> None:
    async with asyncio.timeout(20):
        while len(lost) < responses:
            await asyncio.sleep(0.05)


async def fill(page: Page, values: dict[str, str]) -> None:
    for label, value in values.items():
        await page.get_by_label(label).fill(value)


async def to_the_overview(page: Page) -> None:
    """Put the product that is shown into the cart, and enter the address of a guest."""
    await page.get_by_role("button", name="Add to cart").click()
    await page.get_by_role("link", name="Cart (1)").click()
    await page.get_by_role("link", name="Go to checkout").click()
    await fill(page, {**ADDRESS, "Email": "ada@example.com"})
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_label("S, ").click()
    await page.get_by_role("button", name="Place the order").wait_for()
