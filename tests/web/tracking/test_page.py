"""The tracking page in a real browser: live, over both transports, light and dark, and without script."""

import time

import pytest
from playwright.async_api import Browser, Page

from tests.pausing import pauses
from tests.web.tracking.embedding import embed, is_live, shows, tag
from tests.web.tracking.shop import Order, Shop

pytestmark = pytest.mark.divided


@pytest.mark.parametrize("transport", ["websocket", "events"])
async def test_the_open_page_changes_within_a_second_of_a_staff_cancel(
    page: Page, shop: Shop, transport: str
):
    """The page of one of five orders, and as much later as the machine takes for simple requests."""
    if transport == "events":
        await page.add_init_script(
            "window.WebSocket = class { constructor() { throw new Error('blocked') } }"
        )
    late: list[float] = []
    while not late or (late[-1] >= 1 and len(late) < 5):
        order = await shop.sell()
        await page.goto(order.url)
        await shows(page, "We have your order")
        await is_live(page)
        await order.cancel()
        start = time.perf_counter()
        async with pauses(shop.server.url) as measured:
            await shows(page, "Your order was cancelled")
        late.append(time.perf_counter() - start - 3 * measured.longest)
    assert late[-1] < 1, late
    assert await page.locator("article .view .event").all_inner_texts() == [
        "Order cancelled",
        "Order received",
    ]
    status = await page.get_by_role("status").inner_text()
    assert "Order cancelled" in status  # announced by screen readers


async def test_parcels_are_shown_with_their_own_stage_and_link(page: Page, order: Order):
    await page.goto(order.url)
    await is_live(page)
    shipment = await order.ship("RR1", "RR2")
    await shows(page, "Your order is on its way")
    await order.track(shipment, 0, "FAILED_ATTEMPT")
    parcels = page.locator("article .view .parcel")
    await parcels.first.get_by_text("Delivery attempted; the carrier tries again").wait_for(timeout=15_000)
    assert await page.locator("article .view .where").all_inner_texts() == [
        "Delivery attempted; the carrier tries again",
        "Announced to the carrier",
    ]
    link = page.get_by_role("link", name="RR2")
    assert await link.get_attribute("href") == "https://carrier.example/RR2"
    assert "noreferrer" in (await link.get_attribute("rel") or "")
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


async def test_the_timeline_names_the_parcels_of_each_event(page: Page, order: Order):
    shipment = await order.ship("RR1", "RR2")
    await order.track(shipment, 1, "IN_TRANSIT")
    await order.track(shipment, 0, "IN_TRANSIT")
    await page.goto(order.url)
    await is_live(page)
    items = page.locator("article .view .timeline > li > div")
    assert [_paragraphs(each) for each in await items.all_inner_texts()] == [
        ["In transit", "Parcel 1"],
        ["In transit", "Parcel 2"],
        ["Shipped", "Parcels 1 and 2"],
        ["Order confirmed"],
        ["Order received"],
    ]


async def test_cancelled_units_are_shown_beside_the_ordered_quantity(page: Page, shop: Shop):
    order = await shop.sell(("A", 2), ("B", 1))
    await order.cancel_lines("A", 1)
    await order.cancel_lines("B", 1)
    await page.goto(order.url)
    await is_live(page)
    lines = await page.locator("article .view .line").all_inner_texts()
    assert [_paragraphs(each) for each in lines] == [
        ["Thing A", "1 of 2 cancelled", "× 1"],
        ["Thing B", "Cancelled"],
    ]
    assert (
        await page.locator("article .view .section-title").first.inner_text() == "What you ordered (3 items)"
    )


async def test_a_change_of_stage_without_an_event_is_shown_at_once(page: Page, order: Order):
    await order.confirm()
    await page.goto(order.url)
    await shows(page, "Your order is confirmed")
    await is_live(page)
    await order.release()
    await shows(page, "We are preparing your order")
    assert await page.locator("article [aria-current=step]").inner_text() == "Preparing"


async def test_the_page_is_readable_in_light_and_dark_and_on_a_phone(browser: Browser, order: Order):
    colours = {}
    for scheme in ("light", "dark"):
        context = await browser.new_context(color_scheme=scheme, viewport={"width": 320, "height": 640})  # type: ignore[arg-type]
        page = await context.new_page()
        await page.goto(order.url)
        await is_live(page)
        colours[scheme] = await page.evaluate(
            "getComputedStyle(document.querySelector('order-tracking').shadowRoot.querySelector('article'))"
            ".backgroundColor"
        )
        wide = await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert wide, "the page scrolls sideways on a small phone"
        await context.close()
    assert colours == {"light": "rgb(255, 255, 255)", "dark": "rgb(18, 22, 29)"}


async def test_the_page_has_one_first_level_heading_and_sections_below_it(page: Page, order: Order):
    await page.goto(order.url)
    await is_live(page)
    headings = await page.locator("article .view").get_by_role("heading").all()
    levels = [await each.evaluate("element => element.tagName") for each in headings]
    assert levels == ["H1", "H2", "H2"]


async def test_an_invalid_link_is_reported_and_a_valid_page_has_no_personal_data(page: Page, order: Order):
    answer = await page.goto(order.shop.server.url + "/track/nope")
    assert answer is not None and answer.status == 404
    assert await page.get_by_role("heading").inner_text() == "We do not know this order"
    answer = await page.goto(order.url)
    assert answer is not None
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "no-store" in answer.headers["cache-control"]
    html = await answer.text()
    assert "ada@example.com" not in html and "Main Street" not in html


async def test_without_javascript_the_page_has_the_same_content(browser: Browser, order: Order):
    shipment = await order.ship("RR1", "RR2")
    await order.track(shipment, 1, "EXCEPTION")
    context = await browser.new_context()
    page = await context.new_page()
    await page.goto(order.url)
    await is_live(page)
    with_script = await _texts(page, "article .view")
    await context.close()
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(order.url)
    assert await _texts(page, "div.tracking .view") == with_script
    assert "Held up on the way" in with_script and "Parcels 1 and 2" in with_script
    assert await page.get_by_role("link", name="RR1").get_attribute("href") == "https://carrier.example/RR1"
    assert await page.locator("time").first.inner_text() != ""
    await context.close()


def _paragraphs(text: str) -> list[str]:
    return [part for part in text.split("\n") if part]


async def _texts(page: Page, view: str) -> list[str]:
    """The texts of a view without times, which JavaScript shows in the visitor's time zone."""
    said = await page.locator(
        ", ".join(
            f"{view} {part}"
            for part in (
                ".about", ".title", ".section-title", ".where", ".contents li", ".number", ".line .name", ".event",
                ".note", ".steps li",
            )
        )
    ).all_text_contents()  # fmt: skip
    return [each.removesuffix(", done") for each in said]


async def test_a_shop_can_embed_the_widget_with_one_script_tag(page: Page, order: Order):
    await embed(page, tag(order))
    await shows(page, "We have your order")
    assert await page.locator("article h2").first.inner_text() == "We have your order"


async def test_after_a_restart_of_the_server_the_page_shows_what_happened_meanwhile(page: Page, order: Order):
    await page.goto(order.url)
    await is_live(page)
    order.shop.server.kill()
    await page.get_by_text("Reconnecting…").wait_for(timeout=10_000)
    await order.shop.server.start()
    await order.confirm()
    await shows(page, "Your order is confirmed", 30)
    assert await page.locator("article [aria-current=step]").inner_text() == "Confirmed"
    assert "Order confirmed" in await page.get_by_role("status").inner_text()
