"""Without updates the widget shows when it was last up to date; where streams are blocked, it polls."""

import os
import signal

import pytest
from playwright.async_api import Page, Route, expect
from playwright.async_api import TimeoutError as TimedOut

from tests.web.tracking.embedding import embed, is_live, shows, tag
from tests.web.tracking.proxy import proxying
from tests.web.tracking.shop import Order

pytestmark = pytest.mark.divided

AS_OF = "Last up to date:"
LIVE = "article .live[data-on]"


async def hold_streams_back(page: Page) -> None:
    """Simulates a proxy that refuses sockets and passes an answer on only when it is complete."""

    async def hold(route: Route) -> None:
        if route.request.headers.get("accept") == "text/event-stream":
            return  # never answered
        await route.continue_()

    await page.add_init_script("window.WebSocket = class { constructor() { throw new Error('blocked') } }")
    await page.route("**/graphql", hold)


@pytest.mark.parametrize("transport", ["websocket", "events"])
async def test_after_a_sleep_an_outdated_state_is_not_marked_live(page: Page, order: Order, transport: str):
    await page.clock.install()
    async with proxying(order.shop.server.port) as proxy:
        await embed(page, tag(order, f'endpoint="{proxy.url}/graphql" transport="{transport}"'))
        await is_live(page)
        proxy.is_dropping = True
        await order.cancel()
        await page.clock.fast_forward(80_000)  # every timer that is due fires once, as after a sleep
        await page.get_by_text(AS_OF).wait_for()
        assert await page.locator(LIVE).count() == 0
        assert await page.locator("article .title").inner_text() == "We have your order"
        proxy.is_dropping = False
        await page.evaluate("dispatchEvent(new Event('online'))")
        await page.clock.fast_forward(10_000)
        await shows(page, "Your order was cancelled", 30)
        await is_live(page)
        await expect(page.get_by_text(AS_OF)).to_be_hidden()


@pytest.mark.parametrize("event", ["online", "offline"])
async def test_when_the_network_changes_the_connection_is_checked_at_once(
    page: Page, order: Order, event: str
):
    await page.clock.install()
    async with proxying(order.shop.server.port) as proxy:
        await embed(page, tag(order, f'endpoint="{proxy.url}/graphql" transport="websocket"'))
        await is_live(page)
        await page.evaluate(f"dispatchEvent(new Event('{event}'))")
        await is_live(page)  # it has answered
        proxy.is_dropping = True
        await page.evaluate(f"dispatchEvent(new Event('{event}'))")
        await page.get_by_text("Checking the connection…").wait_for()
        await page.get_by_text(AS_OF).wait_for()
        assert await page.locator(LIVE).count() == 0


async def test_a_frozen_server_is_detected(page: Page, order: Order):
    await page.clock.install()
    process = order.shop.server.process
    assert process is not None
    await embed(page, tag(order))
    await is_live(page)
    os.kill(process.pid, signal.SIGSTOP)
    try:
        await page.clock.fast_forward(15_000)  # a ping is due
        await page.clock.fast_forward(5_000)
        await page.get_by_text(AS_OF).wait_for()
        assert await page.locator(LIVE).count() == 0
    finally:
        os.kill(process.pid, signal.SIGCONT)
    await page.clock.fast_forward(10_000)
    await is_live(page)


async def test_the_widget_polls_while_streams_are_blocked_and_subscribes_when_it_can(
    page: Page, order: Order
):
    await page.clock.install()
    await hold_streams_back(page)
    await page.goto(order.url)
    await page.get_by_text("Connecting…").wait_for()
    # What the server has rendered stays until there is something newer.
    await expect(page.locator("order-tracking > div.tracking")).to_be_visible()
    await page.clock.fast_forward(8_000)  # no byte of the stream has come
    await shows(page, "We have your order")
    await page.get_by_text("This page looks for news every 20 seconds.").wait_for()
    await page.get_by_text(AS_OF).wait_for()
    assert await page.locator(LIVE).count() == 0
    await order.cancel()
    await page.clock.fast_forward(20_000)
    await shows(page, "Your order was cancelled")
    await page.unroute("**/graphql")
    await _subscribes(page)


async def _subscribes(page: Page) -> None:
    """Wait until the widget is live. It tries each minute, which passes when the try had time to succeed."""
    for _ in range(6):
        await page.clock.fast_forward(60_000)
        try:
            await page.locator(LIVE).wait_for(timeout=5_000)
        except TimedOut:
            continue
        return
    raise AssertionError("the widget did not subscribe again")


async def test_a_widget_with_the_transport_polling_only_polls(page: Page, order: Order):
    await page.clock.install()
    asked: list[str] = []
    page.on(
        "request",
        lambda request: asked.append(request.headers.get("accept", "")) if request.post_data else None,
    )
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    await embed(page, tag(order, 'transport="polling"'))
    await shows(page, "We have your order")
    await order.cancel()
    await page.clock.fast_forward(20_000)
    await shows(page, "Your order was cancelled")
    assert set(asked) == {"application/json"} and sockets == []
    await page.evaluate("document.querySelector('order-tracking').token = 'wrong'")
    await page.get_by_role("alert").get_by_text("We do not know this tracking link").wait_for()
