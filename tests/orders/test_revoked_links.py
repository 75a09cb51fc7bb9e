"""A subscription of a revoked tracking link ends, even without an event of the order."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.access import service as access
from app.access.permissions import Permission
from app.access.service import PUBLIC
from app.core.graphql.context import Context
from app.core.ids import fingerprint, to_global
from app.core.journal import feed
from app.orders import queries
from app.orders.models import Order
from app.orders.schema import links
from app.orders.service import holding
from app.schema import schema
from app.settings import settings
from tests import make
from tests.ask import PLACE, Api, order_input

FOLLOW = """subscription($token: String!, $after: String) {
  orderTracking(token: $token, after: $after) { cursor tracking { stage } } }"""


@pytest.fixture
async def frequent_checks(api: Api, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    monkeypatch.setattr(links, "LOOK_EVERY", 0.02)
    yield
    assert links._followed == {} and links._looking is None


@pytest.fixture
async def placed(api: Api) -> Order:
    shop = await make.shop()
    await shop.sell("A", stock=5)
    return await make.order(("A", 1))


def _token(order: Order) -> str:
    return queries.tracking_token(order.id, order.tracking_generation)


async def _revoke(order: Order) -> None:
    fresh = fingerprint(queries.tracking_token(order.id, 2))
    await Order.filter(id=order.id).update(tracking_generation=2, tracking_hash=fresh)


async def _following(token: str, after: str | None = None) -> Any:
    context = Context(actor=PUBLIC, settings=settings(), identify=access.identify)
    given = {"token": token, "after": after}
    return aiter(await schema.subscribe(FOLLOW, variable_values=given, context_value=context))


async def _next(stream: Any) -> Any:
    async with asyncio.timeout(20):
        return await anext(stream, None)


async def _until_subscribed(order: Order, watchers: int = 1) -> None:
    async with asyncio.timeout(20):
        while len(feed.current().watches.get(f"order:{order.id}", ())) < watchers:
            await asyncio.sleep(0.01)


def test_revoked_links_are_checked_at_least_every_second():
    assert links.LOOK_EVERY <= 1


@pytest.mark.usefixtures("frequent_checks")
async def test_a_stream_without_events_ends_when_its_link_is_revoked(placed: Order):
    other = await make.order(("A", 1))
    first, second, others = [await _following(_token(each)) for each in (placed, placed, other)]
    for stream in (first, second, others):
        assert (await _next(stream)).data["orderTracking"]["tracking"] == {"stage": "RECEIVED"}
    waiting = [asyncio.ensure_future(_next(stream)) for stream in (first, second, others)]
    await _until_subscribed(placed, 2)
    await asyncio.sleep(0.1)
    assert not any(each.done() for each in waiting)
    await _revoke(placed)
    assert await asyncio.gather(*waiting[:2]) == [None, None]
    await holding.confirm(make.SYSTEM, other.id)
    told = await waiting[2]
    assert told.data["orderTracking"]["tracking"] == {"stage": "CONFIRMED"}
    await others.aclose()


@pytest.mark.usefixtures("frequent_checks")
async def test_a_stream_resumed_from_a_cursor_ends_when_its_link_is_revoked(placed: Order):
    stream = await _following(_token(placed))
    cursor = (await _next(stream)).data["orderTracking"]["cursor"]
    await stream.aclose()
    again = asyncio.ensure_future(_next(await _following(_token(placed), cursor)))
    await _until_subscribed(placed)
    await _revoke(placed)
    assert await again is None


@pytest.mark.usefixtures("frequent_checks")
async def test_a_stream_continues_while_the_database_is_unavailable(
    placed: Order, monkeypatch: pytest.MonkeyPatch
):
    asked = queries.links_revoked
    tries = 0

    async def away(hashes: Any) -> set[str]:
        nonlocal tries
        tries += 1
        if tries <= 3:
            raise ConnectionError
        return await asked(hashes)

    monkeypatch.setattr(queries, "links_revoked", away)
    stream = await _following(_token(placed))
    await _next(stream)
    waiting = asyncio.ensure_future(_next(stream))
    await _until_subscribed(placed)
    await _revoke(placed)
    assert await waiting is None and tries >= 4


@pytest.mark.usefixtures("frequent_checks")
async def test_links_are_checked_in_batches(placed: Order, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(links, "AT_ONCE", 2)
    more = [placed, *[await make.order(("A", 1)) for _ in range(4)]]
    streams = [await _following(_token(each)) for each in more for _ in range(3)]
    for stream in streams:
        await _next(stream)
    waiting = [asyncio.ensure_future(_next(stream)) for stream in streams]
    for each in more:
        await _until_subscribed(each, 3)
    asked: list[int] = []
    ask = queries.links_revoked

    async def counted(hashes: Any) -> set[str]:
        asked.append(len(hashes))
        return await ask(hashes)

    monkeypatch.setattr(queries, "links_revoked", counted)
    async with asyncio.timeout(20):
        while len(asked) < 3:
            await asyncio.sleep(0.01)
    assert sorted(asked[:3]) == [1, 2, 2]
    for each in more:
        await _revoke(each)
    assert await asyncio.gather(*waiting) == [None] * 15


REVOKE = """mutation($i: OrderLinkRevokeInput!) { orderLinkRevoke(input: $i) {
  __typename ... on Order { trackingToken trackingUrl accessToken } ... on UserError { errorCode path } } }"""
READ = "query($id: ID!, $t: String) { order(id: $id, token: $t) { number } }"
TRACK = "query($t: String!) { trackOrder(token: $t) { number } }"


@pytest.mark.usefixtures("frequent_checks")
async def test_a_guest_replaces_the_link_and_the_access_token(api: Api, placed: Order):
    id, old = to_global("Order", placed.id), queries.access_token(placed)
    stream = await _following(_token(placed))
    await _next(stream)
    waiting = asyncio.ensure_future(_next(stream))
    await _until_subscribed(placed)
    new = await api.do(REVOKE, i={"id": id, "accessToken": old})
    assert new["__typename"] == "Order" and new["trackingUrl"].endswith(f"/track/{new['trackingToken']}")
    assert await waiting is None
    assert (await api.ask(TRACK, t=_token(placed)))["trackOrder"] is None
    assert (await api.client.get(f"/track/{_token(placed)}")).status_code == 404
    assert (await api.ask(TRACK, t=new["trackingToken"]))["trackOrder"]["number"] == placed.number
    assert (await api.ask(READ, id=id, t=old))["order"] is None
    assert (await api.ask(READ, id=id, t=new["accessToken"]))["order"]["number"] == placed.number
    again = await api.do(REVOKE, i={"id": id, "accessToken": old})
    assert again == {"__typename": "NotFound", "errorCode": "NOT_FOUND", "path": ["input", "id"]}


async def test_customers_and_staff_replace_links_of_their_orders_only(api: Api, placed: Order):
    ada, eve = [api.as_(await make.account(f"{name}@example.com")) for name in ("ada", "eve")]
    own = await ada.do(PLACE, input=order_input(("A", 1)))
    said = {"id": own["id"]}
    assert (await api.error(REVOKE, i=said))["extensions"]["code"] == "UNAUTHENTICATED"
    assert (await eve.do(REVOKE, i=said))["__typename"] == "NotFound"
    first = await ada.do(REVOKE, i=said)
    viewer = api.as_(await make.token(Permission.ORDERS_VIEW))
    assert (await viewer.error(REVOKE, i=said))["extensions"]["code"] == "FORBIDDEN"
    second = await api.as_(await make.token()).do(REVOKE, i=said)
    assert len({own["trackingToken"], first["trackingToken"], second["trackingToken"]}) == 3
    events = "query($id: ID!) { order(id: $id) { events { title actor } } }"
    shown = (await ada.ask(events, id=own["id"]))["order"]["events"]
    assert "The tracking link was replaced" not in [each["title"] for each in shown]


async def test_a_cart_has_no_link_to_replace(api: Api, placed: Order):
    begin = """mutation { orderDraftCreate(input: {channel: "web", lines: [{sku: "A", quantity: 1}]}) {
      ... on Order { id accessToken } } }"""
    cart = await api.do(begin)
    refused = await api.do(REVOKE, i={"id": cart["id"], "accessToken": cart["accessToken"]})
    assert refused["__typename"] == "InvalidInput" and refused["path"] == ["input", "id"]
