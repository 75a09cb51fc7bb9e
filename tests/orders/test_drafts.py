"""Carts: stock reserved for a limited time, updated, placed once."""

from datetime import timedelta

from app.catalog import queries as catalog
from app.core import clock
from app.core.actor import SYSTEM
from app.core.database import fetch
from app.core.ids import new_id
from app.inventory.stock import jobs as stock_jobs
from app.inventory.stock import queries as inventory
from app.inventory.stock.service import reserving
from app.orders import jobs as order_jobs
from app.orders import queries as orders
from tests import make
from tests.ask import ADDRESS, ERRORS, ORDER, PLACE, SHORT, Api, order_input

DRAFT = (
    "mutation($input: OrderDraftCreateInput!) { orderDraftCreate(input: $input) {"
    + ERRORS
    + SHORT
    + ORDER
    + "} }"
)
UPDATE = (
    "mutation($input: OrderDraftUpdateInput!) { orderDraftUpdate(input: $input) {"
    + ERRORS
    + SHORT
    + ORDER
    + "} }"
)
AVAILABLE = 'query($sku: String!) { variant(sku: $sku, channel: "web") { available } }'


def cart(*lines: tuple[str, int], **more):
    return {"channel": "web", "lines": [{"sku": s, "quantity": q} for s, q in lines], **more}


async def _available(api: Api, sku: str) -> int:
    return (await api.ask(AVAILABLE, sku=sku))["variant"]["available"]


async def test_a_cart_reserves_stock_and_is_placed_with_its_token(api: Api):
    shop = await make.shop()
    await shop.sell("A", stock=3)
    draft = await api.do(DRAFT, input=cart(("A", 2)))
    assert draft["status"] == "DRAFT" and draft["number"] is None
    assert await _available(api, "A") == 1
    refused = await api.do(PLACE, input=order_input(("A", 2)))
    assert refused["__typename"] == "InsufficientStock"
    rest = order_input()
    for name in ("channel", "lines"):
        del rest[name]
    placed = await api.do(PLACE, input=rest | {"draftId": draft["id"], "draftToken": draft["trackingToken"]})
    assert placed["status"] == "PLACED" and placed["number"].startswith("WEB-")
    assert placed["id"] == draft["id"]
    again = await api.do(PLACE, input=rest | {"draftId": draft["id"], "draftToken": draft["trackingToken"]})
    assert again["__typename"] == "InvalidInput" and placed["number"] in again["message"]
    assert await inventory.differences() == [] and await orders.differences() == []


async def test_a_cart_cannot_be_changed_or_placed_without_its_token(api: Api):
    shop = await make.shop()
    await shop.sell("A")
    draft = await api.do(DRAFT, input=cart(("A", 1)))
    for token in (None, "wrong"):
        sent = {"id": draft["id"], "draftToken": token, "lines": [{"sku": "A", "quantity": 5}]}
        assert (await api.do(UPDATE, input=sent))["__typename"] == "NotFound"
        placed = await api.do(PLACE, input=order_input(draftId=draft["id"], draftToken=token))
        assert placed["__typename"] == "NotFound"


async def test_an_expired_reservation_stops_counting_at_once_and_is_released_once(api: Api):
    shop = await make.shop()
    await shop.sell("A", stock=5)
    await api.do(DRAFT, input=cart(("A", 4)))
    assert await _available(api, "A") == 1
    with clock.shifted(timedelta(minutes=29, seconds=58)):
        assert await _available(api, "A") == 1
    with clock.shifted(timedelta(minutes=30, seconds=1)):
        assert await _available(api, "A") == 5  # before the sweep
        placed = await api.do(PLACE, input=order_input(("A", 5)))
        assert placed["__typename"] == "Order"
        assert await stock_jobs.sweep_expired() == 0
    assert await inventory.differences() == []


async def test_a_cart_with_an_expired_reservation_is_placed_if_stock_is_available(api: Api):
    shop = await make.shop()
    await shop.sell("A", stock=5)
    draft = await api.do(DRAFT, input=cart(("A", 4)))
    rest = order_input(draftId=draft["id"], draftToken=draft["trackingToken"])
    del rest["lines"]
    with clock.shifted(timedelta(hours=2)):
        await stock_jobs.sweep_expired()
        await make.order(("A", 2))
        late = await api.do(PLACE, input=rest)
        assert late["__typename"] == "InsufficientStock"
        await shop.stock("A", 10)
        assert (await api.do(PLACE, input=rest))["__typename"] == "Order"
    assert await inventory.differences() == [] and await orders.differences() == []


async def test_changing_a_cart_leaves_omitted_fields_unchanged(api: Api):
    shop = await make.shop()
    await shop.sell("A", stock=9)
    await shop.sell("B", stock=9)
    draft = await api.do(DRAFT, input=cart(("A", 2), email="ada@example.com", shippingAddress=ADDRESS))
    sent = {"id": draft["id"], "draftToken": draft["trackingToken"], "lines": [{"sku": "B", "quantity": 4}]}
    changed = await api.do(UPDATE, input=sent)
    assert changed["email"] == "ada@example.com"
    assert [line["sku"] for line in changed["lines"]["nodes"]] == ["B"]
    assert (await _available(api, "A"), await _available(api, "B")) == (9, 5)


async def test_reserve_stock_is_unchanged_when_an_update_omits_it(api: Api):
    shop = await make.shop()
    await shop.sell("A", stock=1)
    update = UPDATE.replace("id number", "reservedUntil id number")
    free = await api.do(DRAFT, input=cart(("A", 1), reserveStock=False))
    mine = {"id": free["id"], "draftToken": free["trackingToken"]}
    changed = await api.do(update, input=mine | {"email": "ada@example.com"})
    assert (changed["email"], changed["reservedUntil"]) == ("ada@example.com", None)
    assert await _available(api, "A") == 1
    assert (await api.do(update, input=mine | {"reserveStock": True}))["reservedUntil"] is not None
    assert (await api.do(update, input=mine | {"email": "bob@example.com"}))["reservedUntil"] is not None
    refused = await api.do(update, input=mine | {"reserveStock": None})
    assert refused["path"] == ["input", "reserveStock"]
    assert await _available(api, "A") == 0
    assert (await api.do(update, input=mine | {"reserveStock": False}))["reservedUntil"] is None
    assert await _available(api, "A") == 1


async def test_an_old_draft_expires_and_cannot_be_placed(api: Api):
    shop = await make.shop()
    await shop.sell("A")
    draft = await api.do(DRAFT, input=cart(("A", 1)))
    with clock.shifted(timedelta(days=31)):
        assert await order_jobs.expire_drafts() == 1
        assert await order_jobs.expire_drafts() == 0
        rest = order_input(draftId=draft["id"], draftToken=draft["trackingToken"])
        refused = await api.do(PLACE, input=rest)
        assert refused["__typename"] == "InvalidInput" and "expired" in refused["message"]
    assert await fetch("SELECT id FROM reservation") == []


async def test_1000_reservations_expire_exactly_once(clean: None):
    shop = await make.shop()
    await shop.sell("A", stock=2000)
    variant = await catalog.variant_by_sku("A")
    assert variant is not None
    for minute in range(100):
        with clock.shifted(timedelta(minutes=minute)):
            for _ in range(10):
                await reserving.reserve(
                    SYSTEM,
                    channel_id=shop.channel.id,
                    demand={variant.id: 1},
                    claimant=new_id(),
                    expires_at=clock.now() + timedelta(minutes=1000),
                )
    given = 0
    for minute in range(0, 120, 7):
        with clock.shifted(timedelta(minutes=1000 + minute)):
            given += await stock_jobs.sweep_expired()
    assert given == 1000
    assert await inventory.differences() == []


async def test_a_guests_cart_belongs_to_the_customer_who_places_it(api: Api):
    shop = await make.shop()
    await shop.sell("A")
    draft = await api.do(DRAFT, input=cart(("A", 1)))
    mine = api.as_(await make.account())
    rest = order_input(draftId=draft["id"], draftToken=draft["trackingToken"])
    del rest["lines"]
    assert (await mine.do(PLACE, input=rest))["__typename"] == "Order"
    assert len((await mine.ask("{ orders { nodes { id } } }"))["orders"]["nodes"]) == 1


async def test_a_draft_stores_customer_and_reference_and_a_duplicate_reference_is_refused(api: Api):
    shop = await make.shop()
    await shop.sell("A")
    staff = api.as_(await make.token())
    create = 'mutation { customerCreate(input: {email: "ada@example.com"}) { ... on Customer { id } } }'
    customer = (await staff.do(create))["id"]
    one, two = [await staff.do(DRAFT, input=cart(("A", 1))) for _ in range(2)]
    sent = {"id": one["id"], "externalReference": "ERP-1", "customerId": customer}
    assert (await staff.do(UPDATE, input=sent))["__typename"] == "Order"
    found = "query($i: ID) { order(id: $i) { externalReference customer { id } } }"
    kept = {"externalReference": "ERP-1", "customer": {"id": customer}}
    assert (await staff.ask(found, i=one["id"]))["order"] == kept
    taken = await staff.do(UPDATE, input={"id": two["id"], "externalReference": "ERP-1"})
    assert taken["__typename"] == "AlreadyExists"
    taken = await staff.do(DRAFT, input=cart(("A", 1), externalReference="ERP-1"))
    assert taken["__typename"] == "AlreadyExists"
    rest = order_input(draftId=two["id"], externalReference="ERP-1")
    del rest["lines"]
    taken = await staff.do(PLACE, input=rest)
    assert taken["__typename"] == "AlreadyExists"
    empty = await staff.do(DRAFT, input=cart(("A", 1), externalReference=""))
    assert empty["path"] == ["input", "externalReference"]


async def test_null_clears_a_field_of_a_cart_and_omission_keeps_it(api: Api):
    shop = await make.shop()
    await shop.sell("A")
    draft = await api.do(DRAFT, input=cart(("A", 2), email="ada@example.com", note="ring twice"))
    mine = {"id": draft["id"], "draftToken": draft["trackingToken"]}
    kept = await api.do(UPDATE, input=mine)
    assert kept["email"] == "ada@example.com" and len(kept["lines"]["nodes"]) == 1
    cleared = await api.do(UPDATE, input=mine | {"email": None, "note": None, "lines": None})
    assert cleared["email"] is None and cleared["lines"]["nodes"] == []
    assert await _available(api, "A") == 10
    # Null is ignored in orderPlace: a client that sends every field does not empty its cart.
    await api.do(UPDATE, input=mine | {"lines": [{"sku": "A", "quantity": 3}]})
    sent = order_input() | {"lines": None, "channel": None}
    placed = await api.do(PLACE, input=sent | {"draftId": mine["id"], "draftToken": mine["draftToken"]})
    assert placed["status"] == "PLACED" and placed["lines"]["nodes"][0]["quantity"] == 3


async def test_refusals_for_a_placed_cart_name_the_input_field(api: Api):
    shop = await make.shop()
    await shop.sell("A")
    draft = await api.do(DRAFT, input=cart(("A", 1)))
    proof = {"draftToken": draft["trackingToken"]}
    sent = {name: value for name, value in order_input().items() if name not in ("channel", "lines")}
    await api.do(PLACE, input=sent | proof | {"draftId": draft["id"]})
    again = await api.do(PLACE, input=sent | proof | {"draftId": draft["id"]})
    assert again["path"] == ["input", "draftId"]
    assert (await api.do(UPDATE, input=proof | {"id": draft["id"]}))["path"] == ["input", "id"]
