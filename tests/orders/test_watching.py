"""Any number of subscribers share one read per event."""

import asyncio
from typing import Any

import pytest

from app.access import service as access
from app.access.permissions import Permission
from app.access.service import PUBLIC
from app.core import clock
from app.core.actor import SYSTEM, Actor, ActorKind, grants_of
from app.core.database import insert
from app.core.graphql.context import Context
from app.core.ids import new_id
from app.core.journal import entry
from app.customers.models import Customer
from app.fulfillment import queries as fulfillment
from app.fulfillment.service.warehouse import releasing
from app.inventory.stock import queries as stock
from app.orders import queries
from app.orders.lifecycle import CancelReason
from app.orders.service import cancelling, holding
from app.schema import schema
from app.settings import settings
from tests import make
from tests.ask import Api
from tests.database import feed_has_read_all
from tests.watching import waiting

WATCHERS = 6
STREAMS = {
    "ordersUpdated": "subscription { ordersUpdated { order { number status total { amount } } } }",
    "stockLevelUpdated": "subscription { stockLevelUpdated { onHand reserved } }",
}


@pytest.mark.parametrize("name", STREAMS)
async def test_subscribers_share_one_read_per_event(api: Api, monkeypatch: pytest.MonkeyPatch, name: str):
    shop = await make.shop()
    await shop.sell("A", stock=5)
    credential = await make.token()
    await feed_has_read_all()
    reads: list[Any] = []

    def counting(original: Any) -> Any:
        async def call(*args: Any, **kwargs: Any) -> Any:
            reads.append(args)
            return await original(*args, **kwargs)

        return call

    monkeypatch.setattr(queries, "orders_by_id", counting(queries.orders_by_id))
    monkeypatch.setattr(stock, "with_expired", counting(stock.with_expired))

    async def watch() -> dict[str, Any]:
        actor = await access.identify(credential)
        context = Context(actor=actor, settings=settings(), identify=access.identify, credential=credential)
        stream = await schema.subscribe(STREAMS[name], context_value=context)
        result = await anext(aiter(stream))
        assert not result.errors
        return dict(result.data)

    watching = [asyncio.create_task(watch()) for _ in range(WATCHERS)]
    async with asyncio.timeout(20):
        while waiting() < WATCHERS:  # not those that still read where the journal ends
            await asyncio.sleep(0.01)
        reads.clear()
        await make.order(("A", 1))
        seen = await asyncio.gather(*watching)
    assert all(each == seen[0] for each in seen)
    assert len(reads) == 1


async def test_visibility_checked_in_memory_matches_visibility_in_the_database(api: Api):
    web, market = await make.shop(), await make.shop("market")
    await web.sell("A")
    await market.sell("B")
    placed = [await make.order(("A", 1)), await make.order(("B", 1), channel="market")]
    view, buyer = frozenset({Permission.ORDERS_VIEW.value}), new_id()
    await insert([Customer(id=buyer, email="a@example.com", created_at=clock.now(), updated_at=clock.now())])
    placed[0].customer_id = buyer
    await placed[0].save(update_fields=["customer_id"])
    actors = [
        PUBLIC,
        Actor(ActorKind.STAFF, new_id(), "all", grants_of(view)),
        Actor(ActorKind.APP, new_id(), "web", grants_of(view, frozenset({web.channel.id}))),
        Actor(ActorKind.APP, new_id(), "none", grants_of(view, frozenset())),
        Actor(ActorKind.APP, new_id(), "web-main", grants_of(view, None, frozenset({web.location.id}))),
        Actor(ActorKind.APP, new_id(), "nowhere", grants_of(view, None, frozenset({new_id()}))),
        Actor(
            ActorKind.STAFF,
            new_id(),
            "web, and what market-main sends",
            (
                *grants_of(view, frozenset({web.channel.id})),
                *grants_of(view, frozenset({market.channel.id}), frozenset({market.location.id})),
            ),
        ),
        Actor(ActorKind.STAFF, new_id(), "nothing"),
        Actor(ActorKind.CUSTOMER, new_id(), "another"),
        Actor(ActorKind.CUSTOMER, buyer, "buyer"),
    ]
    for actor in actors:
        visible = {row.id for row in await queries.visible_to(actor)}
        assert visible == {row.id for row in placed if await queries.is_visible(row, actor)}, actor.label


TRACKING = "query($token: String!) { trackOrder(token: $token) { stage cursor } }"
FOLLOW = """subscription($token: String!) {
  orderTracking(token: $token) { event { name promisedOn } tracking { stage } } }"""


async def test_a_cancellation_during_a_tracking_read_is_shown(api: Api, monkeypatch: pytest.MonkeyPatch):
    shop = await make.shop()
    await shop.sell("A", stock=5)
    placed = await make.order(("A", 1))
    read = queries.events_by_order

    async def cancelled_meanwhile(ids: list[Any]) -> Any:
        monkeypatch.setattr(queries, "events_by_order", read)
        await cancelling.cancel(SYSTEM, placed.id, reason=CancelReason.CUSTOMER)
        return await read(ids)

    monkeypatch.setattr(queries, "events_by_order", cancelled_meanwhile)
    found = (await api.ask(TRACKING, token=queries.tracking_token(placed.id, placed.tracking_generation)))[
        "trackOrder"
    ]
    assert found["stage"] == "CANCELLED"


async def test_subscribers_receive_stage_changes_without_a_buyer_event(api: Api):
    shop = await make.shop()
    await shop.sell("A", stock=5)
    placed = await make.order(("A", 1))
    await holding.confirm(SYSTEM, placed.id)
    context = Context(actor=PUBLIC, settings=settings(), identify=access.identify)
    variables = {"token": queries.tracking_token(placed.id, placed.tracking_generation)}
    stream = await schema.subscribe(FOLLOW, variable_values=variables, context_value=context)
    told = aiter(stream)
    first = (await anext(told)).data["orderTracking"]
    assert first == {"event": None, "tracking": {"stage": "CONFIRMED"}}
    (work,) = (await fulfillment.by_order([placed.id]))[0]
    await releasing.release(SYSTEM, work.id)
    async with asyncio.timeout(20):
        second = (await anext(told)).data["orderTracking"]
    assert second == {"event": None, "tracking": {"stage": "PREPARING"}}
    await told.aclose()


async def test_a_subscriber_that_keeps_up_does_not_read_the_journal(
    api: Api, monkeypatch: pytest.MonkeyPatch
):
    shop = await make.shop()
    await shop.sell("A", stock=5)
    credential = await make.token()
    await feed_has_read_all()
    reads: list[str] = []
    read = entry.after_position

    async def counted(position: int, subject_kind: str | None = None, limit: int = 500) -> Any:
        if subject_kind is not None:  # the feed's own reads are of all kinds
            reads.append(subject_kind)
        return await read(position, subject_kind, limit)

    monkeypatch.setattr(entry, "after_position", counted)

    async def watch(count: int) -> list[str]:
        actor = await access.identify(credential)
        context = Context(actor=actor, settings=settings(), identify=access.identify, credential=credential)
        stream = await schema.subscribe(STREAMS["ordersUpdated"], context_value=context)
        told = aiter(stream)
        found = [(await anext(told)).data["ordersUpdated"]["order"]["number"] for _ in range(count)]
        await told.aclose()
        return found

    watching = [asyncio.create_task(watch(2)) for _ in range(WATCHERS)]
    async with asyncio.timeout(20):
        while len(reads) < WATCHERS:
            await asyncio.sleep(0.01)
        placed = [await make.order(("A", 1)), await make.order(("A", 1))]
        for seen in await asyncio.gather(*watching):
            assert seen == [order.number for order in placed]
    assert len(reads) == WATCHERS  # one read each, at the start
