"""A shop's page on another origin that embeds the widget."""

from playwright.async_api import Page, Route

from tests.web.tracking.shop import Order

HOME = "http://shop.test/"


def tag(order: Order, attributes: str = "", content: str = "", *, token: str | None = None) -> str:
    given = order.token if token is None else token
    return (
        f'<script type="module" src="{order.shop.server.url}/static/order-tracking.js"></script>'
        f'<order-tracking token="{given}" {attributes}>{content}</order-tracking>'
    )


async def embed(
    page: Page, body: str, *, policy: str = "", html: str = '<html lang="en">', viewport: int = 0
) -> None:
    """Open a page of another origin that has the body, under a content security policy if one is given."""
    headers = {"content-type": "text/html; charset=utf-8"}
    if policy:
        headers["content-security-policy"] = policy

    async def answer(route: Route) -> None:
        await route.fulfill(body=f"<!doctype html>{html}<body>{body}", headers=headers)

    if viewport:
        await page.set_viewport_size({"width": viewport, "height": 800})
    await page.route(HOME, answer)
    await page.goto(HOME)


async def shows(page: Page, heading: str, within: float = 60) -> None:
    """Wait until the widget's heading is the text."""
    await page.locator("article .title").get_by_text(heading, exact=True).wait_for(timeout=within * 1000)


async def is_live(page: Page) -> None:
    await page.locator("article .live[data-on]").wait_for(timeout=60_000)
