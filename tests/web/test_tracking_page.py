"""The tracking page in a real browser: live, over both transports, with the keyboard, light and dark."""

import shutil
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright

from tests.races.conftest import database_url, staff_token, template  # noqa: F401  # fixtures
from tests.races.shop import at, buy, client, set_up
from tests.servers import Server, serving

CANCEL = "mutation($id: ID!) { orderCancel(input: {id: $id, reason: CUSTOMER}) { __typename } }"
BY_HAND = "mutation($id: ID!) { channelUpdate(input: {id: $id, confirmsAtOnce: false}) { __typename } }"
WORK = "query($id: ID!) { node(id: $id) { ... on Order { fulfillmentOrders { id } } } }"
RELEASE = "mutation($id: ID!) { fulfillmentRelease(id: $id) { __typename } }"
SHIP = """mutation($input: FulfillmentShipInput!) { fulfillmentShip(input: $input) {
  ... on FulfillmentOrder { shipments { id packages { id } } } ... on UserError { message } } }"""
RECORD = (
    "mutation($input: ShipmentTrackingRecordInput!) { shipmentTrackingRecord(input: $input) { __typename } }"
)
CONFIRM = "mutation($id: ID!) { orderConfirm(id: $id) { __typename } }"


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    found = [
        path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))
    ]
    assert found, "the browser tests need Chromium: scripts/test installs it"
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
    # The shop of the embedding test is routed, which Chromium takes for a public site calling a private one.
    quiet.append("--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests")
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=found[0], args=quiet)
        yield opened
        await opened.close()


class Shown:
    """A server with one order, and its staff."""

    def __init__(self, server: Server, staff: Any, order: dict[str, Any]) -> None:
        self.server, self.staff, self.order = server, staff, order
        self.url = f"{server.url}/track/{order['trackingToken']}"


@pytest.fixture
async def shown(database_url: str, staff_token: str) -> AsyncIterator[Shown]:  # noqa: F811
    async with serving(database_url) as (server,), client() as http:
        staff = at(server, http, staff_token)
        await set_up(staff, {"A": 10})
        channel = (await staff.ask('{ channel(code: "web") { id } }'))["channel"]["id"]
        await staff.do(BY_HAND, id=channel)
        order = await buy(staff, ("A", 2))
        yield Shown(server, staff, order)


async def _heading(page: Page, text: str, within: float) -> float:
    """Seconds until the page's heading says the text."""
    start = time.perf_counter()
    await page.get_by_role("heading", name=text).wait_for(timeout=within * 1000)
    return time.perf_counter() - start


@pytest.mark.parametrize("transport", ["websocket", "events"])
async def test_the_open_page_changes_within_a_second_of_a_staff_cancel(
    browser: Browser, shown: Shown, transport: str
):
    page = await browser.new_page(viewport={"width": 390, "height": 844})
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    if transport == "events":
        await page.add_init_script(
            "window.WebSocket = class { constructor() { throw new Error('blocked') } }"
        )
    await page.goto(shown.url)
    await _heading(page, "We have your order.", 10)
    await page.get_by_text("Live: this page updates by itself").wait_for(timeout=10_000)
    await shown.staff.do(CANCEL, id=shown.order["id"])
    assert await _heading(page, "Your order was cancelled.", 3) < 1
    timeline = await page.locator(".timeline li span").all_inner_texts()
    assert timeline == ["Order cancelled", "Order received"]
    status = await page.get_by_role("status").inner_text()
    assert "Order cancelled" in status  # what a screen reader is told
    assert problems == []


async def test_parcels_are_shown_with_their_own_stage_and_link(browser: Browser, shown: Shown):
    page = await browser.new_page(viewport={"width": 390, "height": 844})
    await page.goto(shown.url)
    await _heading(page, "We have your order.", 10)
    await shown.staff.do(CONFIRM, id=shown.order["id"])
    found = await shown.staff.ask(WORK, id=shown.order["id"])
    work = found["node"]["fulfillmentOrders"][0]["id"]
    await shown.staff.do(RELEASE, id=work)
    one = {"contents": [{"sku": "A", "quantity": 1}]}
    sent = await shown.staff.do(
        SHIP,
        input={
            "id": work, "carrier": "postal", "packages": [one, one], "trackingNumbers": ["RR1", "RR2"],
            "trackingUrl": "https://carrier.example/{number}",
        },
    )  # fmt: skip
    await _heading(page, "Your order is on its way.", 5)
    shipment = sent["shipments"][0]
    given = {
        "shipmentId": shipment["id"],
        "packageId": shipment["packages"][0]["id"],
        "stage": "FAILED_ATTEMPT",
    }
    await shown.staff.do(RECORD, input=given)
    first = page.locator(".parcels > li").first
    await first.get_by_text("Nobody took it; the carrier tries again.").wait_for(timeout=5_000)
    assert await page.locator(".parcels > li .where").all_inner_texts() == [
        "Nobody took it; the carrier tries again.",
        "The carrier knows of it and does not have it yet.",
    ]
    link = page.get_by_role("link", name="RR2")
    assert await link.get_attribute("href") == "https://carrier.example/RR2"
    assert "noreferrer" in (await link.get_attribute("rel") or "")
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


async def test_after_a_restart_of_the_server_the_page_shows_what_happened_meanwhile(
    browser: Browser, shown: Shown
):
    page = await browser.new_page()
    await page.goto(shown.url)
    await _heading(page, "We have your order.", 10)
    await page.get_by_text("Live: this page updates by itself").wait_for(timeout=10_000)
    shown.server.kill()
    await page.get_by_text("Reconnecting…").wait_for(timeout=10_000)
    await shown.server.start()
    await shown.staff.do(CONFIRM, id=shown.order["id"])
    await _heading(page, "Your order is confirmed.", 30)
    assert await page.locator("[aria-current=step]").inner_text() == "Confirmed"


async def test_the_page_is_readable_in_light_and_dark_and_on_a_phone(browser: Browser, shown: Shown):
    colours = {}
    for scheme in ("light", "dark"):
        context = await browser.new_context(color_scheme=scheme, viewport={"width": 320, "height": 640})  # type: ignore[arg-type]
        page = await context.new_page()
        await page.goto(shown.url)
        await _heading(page, "We have your order.", 10)
        colours[scheme] = await page.evaluate(
            "getComputedStyle(document.querySelector('order-tracking')).backgroundColor"
        )
        wide = await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert wide, "the page scrolls sideways on a small phone"
        await context.close()
    assert colours["light"] != colours["dark"]


async def test_the_page_says_so_when_the_link_is_wrong_and_leaks_nothing(browser: Browser, shown: Shown):
    page = await browser.new_page()
    answer = await page.goto(shown.server.url + "/track/nope")
    assert answer is not None and answer.status == 404
    await _heading(page, "We do not know this order", 5)
    answer = await page.goto(shown.url)
    assert answer is not None
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "no-store" in answer.headers["cache-control"]
    html = await answer.text()
    assert "ada@example.com" not in html and "Main Street" not in html


async def test_without_script_the_page_still_tells_where_the_order_stands(browser: Browser, shown: Shown):
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(shown.url)
    assert await page.get_by_role("heading").inner_text() == "We have your order."
    await context.close()


async def test_a_shop_can_embed_the_widget_with_one_script_tag(browser: Browser, shown: Shown):
    page = await browser.new_page()
    shop = (
        f'<script type="module" src="{shown.server.url}/static/order-tracking.js"></script>'
        f'<order-tracking token="{shown.order["trackingToken"]}"></order-tracking>'
    )
    await page.route("http://shop.test/", lambda route: route.fulfill(body=shop, content_type="text/html"))
    await page.goto("http://shop.test/")
    await _heading(page, "We have your order.", 10)
