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
REFUSAL = {
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


async def _callers_without_permission(api: Api) -> list[Api]:
    other = await make.shop("eu")
    elsewhere = await make.token(Permission.ORDERS_VIEW, Permission.ORDERS_MANAGE, channels=[other.channel])
    some_places = await make.token(
        Permission.ORDERS_VIEW, Permission.ORDERS_MANAGE, locations=[other.location]
    )
    seeing = await make.token(Permission.ORDERS_VIEW)
    return [api, *map(api.as_, (await make.account(), elsewhere, some_places, seeing))]


async def test_callers_without_the_permission_cannot_set_an_external_reference(api: Api, shop: make.Shop):
    for who in await _callers_without_permission(api):
        assert await who.do(DRAFT, i=CART | {"externalReference": "erp-1"}) == REFUSAL
        sent = order_input(("A", 1))
        assert await who.do(PLACE, i=sent | {"externalReference": "erp-1"}) == REFUSAL
        assert (await who.do(PLACE, i=sent))["__typename"] == "Order"
    assert not await Order.filter(external_reference__isnull=False).exists()


async def test_staff_who_manage_orders_of_the_channel_set_the_external_reference(api: Api, shop: make.Shop):
    permissions = (Permission.ORDERS_VIEW, Permission.ORDERS_MANAGE)
    staff = api.as_(await make.token(*permissions, channels=[shop.channel]))
    placed = await staff.do(PLACE, i=order_input(("A", 1), externalReference="erp-1"))
    drafted = await staff.do(DRAFT, i=CART | {"externalReference": "erp-2"})
    assert (placed["externalReference"], drafted["externalReference"]) == ("erp-1", "erp-2")


async def test_a_guest_gets_the_same_refusal_for_a_used_and_an_unused_reference(api: Api, shop: make.Shop):
    staff = api.as_(await make.token())
    await staff.do(PLACE, i=order_input(("A", 1), externalReference="erp-1"))
    for key in ("erp-1", "erp-2"):
        assert await api.do(PLACE, i=order_input(("A", 1), externalReference=key)) == REFUSAL


async def test_a_carts_reference_is_kept_when_the_buyer_updates_and_places_it(api: Api, shop: make.Shop):
    staff = api.as_(await make.token())
    cart = await api.do(DRAFT, i=CART)
    await staff.do(UPDATE, i={"id": cart["id"], "externalReference": "erp-1"})
    mine = {"id": cart["id"], "draftToken": cart["accessToken"]}
    lines = {"lines": [{"sku": "A", "quantity": 2}]}
    kept: list[dict[str, Any]] = [lines, lines | {"externalReference": "erp-1"}]
    for said in kept:
        assert (await api.do(UPDATE, i=mine | said))["externalReference"] == "erp-1"
    for key in ("erp-2", None):
        assert await api.do(UPDATE, i=mine | {"externalReference": key}) == REFUSAL
    place = {**order_input(), "draftId": cart["id"], "draftToken": cart["accessToken"]}
    place = {name: value for name, value in place.items() if name not in ("channel", "lines")}
    assert await api.do(PLACE, i=place | {"externalReference": "erp-2"}) == REFUSAL
    assert (await api.do(PLACE, i=place))["externalReference"] == "erp-1"
