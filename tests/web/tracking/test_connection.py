"""The widget recovers from interrupted connections, and is not marked live before its state is current."""

import asyncio
import json
from datetime import datetime, timedelta

import pytest
from playwright.async_api import Page, Route, WebSocketRoute, expect

from tests.web.tracking.conftest import OF_THE_STOREFRONT
from tests.web.tracking.embedding import HOME, embed, is_live, shows, tag
from tests.web.tracking.proxy import proxying
from tests.web.tracking.shop import Order

pytestmark = pytest.mark.divided

RATE_LIMITED = [{"message": "Try again.", "extensions": {"code": "RATE_LIMITED", "retryAfter": 0.5}}]


async def test_visitors_may_send_only_registered_documents_and_the_widgets(order: Order):
    visitor = order.shop.visitor
    assert "errors" not in (await visitor.post(OF_THE_STOREFRONT)).json()
    refused = await visitor.error("{ me { kind } }")
    assert refused["extensions"]["code"] == "DOCUMENT_NOT_TRUSTED"


@pytest.mark.parametrize("transport", ["websocket", "events"])
async def test_the_page_and_the_widget_work_where_documents_are_registered(
    page: Page, order: Order, transport: str
):
    await embed(page, tag(order, f'transport="{transport}"'))
    await shows(page, "We have your order")
    await is_live(page)
    await order.cancel()
    await shows(page, "Your order was cancelled")


@pytest.mark.parametrize("sockets", [True, False])
async def test_under_a_content_security_policy_the_widget_uses_the_allowed_transport(
    page: Page, order: Order, sockets: bool
):
    server = order.shop.server.url
    allowed = f"{server} {server.replace('http', 'ws')}" if sockets else server
    streams: list[str] = []
    page.on("request", lambda request: streams.append(request.headers.get("accept", "")))
    await page.clock.install()
    await page.clock.pause_at(datetime.now() + timedelta(minutes=1))  # noqa: DTZ005  # no timer is needed
    await embed(page, tag(order), policy=f"default-src 'none'; script-src {server}; connect-src {allowed}")
    await shows(page, "We have your order")
    await is_live(page)
    assert ("text/event-stream" in streams) is not sockets
    await order.cancel()
    await shows(page, "Your order was cancelled")


async def test_the_widget_works_under_trusted_types_without_its_own_policy(page: Page, order: Order):
    policy = "require-trusted-types-for 'script'; trusted-types 'none'"
    await embed(page, tag(order), policy=policy)
    await shows(page, "We have your order")
    await order.ship("RR1", "RR2")
    await shows(page, "Your order is on its way")
    assert await page.locator("article .view .parcel").count() == 2


async def test_the_token_can_be_set_late_corrected_changed_and_removed(page: Page, order: Order):
    other = await order.shop.sell()
    await embed(page, tag(order, "id=ot", "<p>Being looked up</p>", token=""))
    await page.evaluate("customElements.whenDefined('order-tracking')")
    await page.get_by_text("Being looked up").wait_for()
    await page.evaluate("ot.token = 'wrong'")
    await page.get_by_role("alert").get_by_text("We do not know this tracking link").wait_for()
    await page.evaluate("token => { ot.token = token }", order.token)
    await page.get_by_text(order.number).wait_for()
    assert await page.get_by_role("alert").count() == 0
    await page.evaluate("token => ot.setAttribute('token', token)", other.token)
    await page.get_by_text(other.number).wait_for()
    await page.evaluate("ot.removeAttribute('token')")
    await page.get_by_text("Being looked up").wait_for()
    assert await page.locator("article .title").count() == 0
    assert await page.locator("article .live").is_hidden()


async def test_properties_set_before_the_script_has_loaded_are_used(page: Page, order: Order):
    script = f"{order.shop.server.url}/static/order-tracking.js"
    await embed(page, "<order-tracking id=ot></order-tracking>")
    await page.evaluate("token => { ot.token = token; ot.headingLevel = 3 }", order.token)
    await page.add_script_tag(url=script, type="module")
    await shows(page, "We have your order")
    assert await page.locator("article h3.title").count() == 1


async def test_several_attributes_that_change_at_once_make_one_connection(page: Page, order: Order):
    await embed(page, tag(order, "id=ot", token="wrong"))
    await page.get_by_role("alert").wait_for()
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    url = f"{order.shop.server.url}/graphql"
    await page.evaluate("([token, url]) => { ot.token = token; ot.endpoint = url }", [order.token, url])
    await is_live(page)
    assert len(sockets) == 1


@pytest.mark.parametrize("transport", ["websocket", "events"])
async def test_a_connection_that_drops_all_data_is_detected_and_reopened(
    page: Page, order: Order, transport: str
):
    await page.clock.install()
    async with proxying(order.shop.server.port) as proxy:
        await embed(page, tag(order, f'endpoint="{proxy.url}/graphql" transport="{transport}"'))
        await shows(page, "We have your order")
        await is_live(page)
        proxy.is_dropping = True
        await order.cancel()
        await page.clock.fast_forward(15_000)  # a ping is due, and dropped
        await page.clock.fast_forward(5_000)  # no answer came
        await page.get_by_text("Reconnecting…").wait_for()
        proxy.is_dropping = False
        await page.clock.fast_forward(10_000)  # a connection opened meanwhile times out
        await shows(page, "Your order was cancelled", 30)
        await is_live(page)


async def test_a_dead_connection_is_detected_at_once_when_the_network_returns(page: Page, order: Order):
    await page.clock.install()
    async with proxying(order.shop.server.port) as proxy:
        await embed(page, tag(order, f'endpoint="{proxy.url}/graphql"'))
        await is_live(page)
        proxy.is_dropping = True
        await order.cancel()
        await page.evaluate("dispatchEvent(new Event('online'))")
        await page.clock.fast_forward(5_000)
        await page.get_by_text("Reconnecting…").wait_for()
        proxy.is_dropping = False
        await page.evaluate("dispatchEvent(new Event('online'))")  # instead of waiting for its turn
        await page.clock.fast_forward(8_000)
        await shows(page, "Your order was cancelled", 30)


async def test_a_refused_subscription_over_a_socket_is_retried(page: Page, order: Order):
    refusals = 2

    def answer(socket: WebSocketRoute) -> None:
        nonlocal refusals
        refusals -= 1
        if refusals < 0:
            socket.connect_to_server()
            return

        def hear(text: str | bytes) -> None:
            if json.loads(text)["type"] == "connection_init":
                socket.send(json.dumps({"type": "connection_ack"}))
            elif json.loads(text)["type"] == "subscribe":
                socket.send(json.dumps({"id": "1", "type": "error", "payload": RATE_LIMITED}))

        socket.on_message(hear)

    await page.route_web_socket("**/graphql", answer)
    await embed(page, tag(order, 'transport="websocket"'))
    await is_live(page)
    assert refusals < 0
    await shows(page, "We have your order")


async def test_a_refused_event_stream_is_retried(page: Page, order: Order):
    refusals = 2

    async def answer(route: Route) -> None:
        nonlocal refusals
        refusals -= 1
        if refusals < 0:
            await route.continue_()
            return
        headers = {"access-control-allow-origin": "*", "content-type": "application/json"}
        await route.fulfill(status=429, headers=headers, body=json.dumps({"errors": RATE_LIMITED}))

    await page.route("**/graphql", answer)
    await embed(page, tag(order, 'transport="events"'))
    await shows(page, "We have your order")
    await is_live(page)
    assert refusals < 0


async def test_the_widget_is_marked_live_only_after_it_has_the_orders_state(page: Page, order: Order):
    held: asyncio.Future[tuple[WebSocketRoute, str | bytes]] = asyncio.get_running_loop().create_future()

    def answer(socket: WebSocketRoute) -> None:
        def hear(text: str | bytes) -> None:
            if json.loads(text)["type"] == "next":
                held.set_result((socket, text))
            else:
                socket.send(text)

        socket.connect_to_server().on_message(hear)

    await page.route_web_socket("**/graphql", answer)
    await embed(page, tag(order, content="<p>As of this morning: received</p>"))
    socket, state = await held
    await page.get_by_text("Connecting…").wait_for()
    await page.get_by_text("As of this morning: received").wait_for()
    assert await page.locator("article .live[data-on]").count() == 0
    socket.send(state)
    await is_live(page)
    await expect(page.get_by_text("As of this morning: received")).to_be_hidden()


async def test_a_page_that_may_not_connect_gets_an_event_and_a_warning_with_the_reason(
    page: Page, order: Order
):
    warnings: list[str] = []
    page.on("console", lambda message: warnings.append(message.text) if message.type == "warning" else None)
    server = order.shop.server.url
    policy = f"default-src 'none'; script-src {server}"
    await page.add_init_script(
        "addEventListener('order-tracking-unreachable', (event) => { window.unreachable = event.detail.endpoint })"
    )
    await embed(page, tag(order, content="<p>Ask us about your order</p>"), policy=policy)
    await page.get_by_text("The order service cannot be reached at the moment.").wait_for()
    await page.get_by_text("Ask us about your order").wait_for()
    assert await page.evaluate("window.unreachable") == f"{server}/graphql"
    (warning,) = [each for each in warnings if each.startswith("order-tracking:")]
    assert f"name {HOME.rstrip('/')} in ORDERGRAPH_ALLOWED_ORIGINS" in warning


async def test_moving_the_element_keeps_its_content_and_its_updates(page: Page, order: Order):
    await embed(page, f"<div id=there></div>{tag(order, 'id=ot')}")
    await is_live(page)
    await page.evaluate("there.append(ot)")
    assert await page.locator("#there article .title").inner_text() == "We have your order"
    await order.cancel()
    await shows(page, "Your order was cancelled")
