"""The external reference of an order can be set only by callers who manage orders of its channel."""

from typing import Any

import pytest

from app.access.permissions import Permission
from app.orders.models import Order
from tests import make
from tests.ask import Api, order_input

CART = {"channel": "web", "lines": [{"sku": "A", "quantity": 1}]}
REFUSED = "... on UserError { errorCode path } ... on InvalidInput { problems { code } }"
SHOWN = "{ __typename ... on Order { id accessToken externalReference } " + REFUSED + " }"
PLACE = "mutation($i: OrderPlaceInput!) { orderPlace(input: $i) " + SHOWN + " }"
DRAFT = "mutation($i: OrderDraftCreateInput!) { orderDraftCreate(input: $i) " + SHOWN + " }"
UPDATE = "mutation($i: OrderDraftUpdateInput!) { orderDraftUpdate(input: $i) " + SHOWN + " }"
NOT_THEIRS = {
    "__typename": "InvalidInput",
    "errorCode": "INVALID",
    "path": ["input", "externalReference"],
    "problems": [{"code": "NOT_APPLICABLE"}],
}


@pytest.fixture
async def shop(api: Api) -> make.Shop:
    shop = await make.shop()
    await shop.sell("A", stock=100)
    return shop


async def _those_who_may_not(api: Api) -> list[Api]:
    other = await make.shop("eu")
    elsewhere = await make.token(Permission.ORDERS_VIEW, Permission.ORDERS_MANAGE, channels=[other.channel])
    some_places = await make.token(
        Permission.ORDERS_VIEW, Permission.ORDERS_MANAGE, locations=[other.location]
    )
    seeing = await make.token(Permission.ORDERS_VIEW)
    return [api, *map(api.as_, (await make.account(), elsewhere, some_places, seeing))]


async def test_nobody_else_begins_or_places_an_order_with_a_key(api: Api, shop: make.Shop):
    for who in await _those_who_may_not(api):
        assert await who.do(DRAFT, i=CART | {"externalReference": "erp-1"}) == NOT_THEIRS
        sent = order_input(("A", 1))
        assert await who.do(PLACE, i=sent | {"externalReference": "erp-1"}) == NOT_THEIRS
        assert (await who.do(PLACE, i=sent))["__typename"] == "Order"
    assert not await Order.filter(external_reference__isnull=False).exists()


async def test_who_manages_orders_of_the_channel_sets_it(api: Api, shop: make.Shop):
    permissions = (Permission.ORDERS_VIEW, Permission.ORDERS_MANAGE)
    staff = api.as_(await make.token(*permissions, channels=[shop.channel]))
    placed = await staff.do(PLACE, i=order_input(("A", 1), externalReference="erp-1"))
    drafted = await staff.do(DRAFT, i=CART | {"externalReference": "erp-2"})
    assert (placed["externalReference"], drafted["externalReference"]) == ("erp-1", "erp-2")


async def test_a_guest_is_told_the_same_whether_an_order_has_the_key(api: Api, shop: make.Shop):
    staff = api.as_(await make.token())
    await staff.do(PLACE, i=order_input(("A", 1), externalReference="erp-1"))
    for key in ("erp-1", "erp-2"):
        assert await api.do(PLACE, i=order_input(("A", 1), externalReference=key)) == NOT_THEIRS


async def test_the_key_of_a_cart_stays_when_its_buyer_changes_and_places_it(api: Api, shop: make.Shop):
    staff = api.as_(await make.token())
    cart = await api.do(DRAFT, i=CART)
    await staff.do(UPDATE, i={"id": cart["id"], "externalReference": "erp-1"})
    mine = {"id": cart["id"], "draftToken": cart["accessToken"]}
    lines = {"lines": [{"sku": "A", "quantity": 2}]}
    kept: list[dict[str, Any]] = [lines, lines | {"externalReference": "erp-1"}]
    for said in kept:
        assert (await api.do(UPDATE, i=mine | said))["externalReference"] == "erp-1"
    for key in ("erp-2", None):
        assert await api.do(UPDATE, i=mine | {"externalReference": key}) == NOT_THEIRS
    place = {**order_input(), "draftId": cart["id"], "draftToken": cart["accessToken"]}
    place = {name: value for name, value in place.items() if name not in ("channel", "lines")}
    assert await api.do(PLACE, i=place | {"externalReference": "erp-2"}) == NOT_THEIRS
    assert (await api.do(PLACE, i=place))["externalReference"] == "erp-1"
