"""Buyers' carts can reserve a share of the stock; the rest is for orders and staff."""

import asyncio
import random
from typing import Any

import pytest

from app.core.ids import to_global
from app.customers.models import Customer
from app.settings import settings
from tests import make
from tests.ask import PLACE, Api, order_input

CART = "... on Order { id accessToken reservedUntil warnings { code path } } ... on UserError { message }"
BEGIN = f"mutation($i: OrderDraftCreateInput!) {{ orderDraftCreate(input: $i) {{ __typename {CART} }} }}"
CHANGE = f"mutation($i: OrderDraftUpdateInput!) {{ orderDraftUpdate(input: $i) {{ __typename {CART} }} }}"
DELETE = "mutation($i: OrderDraftDeleteInput!) { orderDraftDelete(input: $i) { __typename } }"
FREE = 'query($sku: String!) { variant(sku: $sku, channel: "web") { available } }'


@pytest.fixture(autouse=True)
def share(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = settings().model_copy(update={"visitor_cart_share": 50})
    monkeypatch.setattr("app.orders.service.sharing.settings", lambda: chosen)


def _input(*lines: tuple[str, int], **more: Any) -> dict[str, Any]:
    return {"channel": "web", "lines": [{"sku": sku, "quantity": units} for sku, units in lines], **more}


async def _free(api: Api, sku: str = "A") -> int:
    return int((await api.ask(FREE, sku=sku))["variant"]["available"])


async def test_carts_of_visitors_reserve_at_most_their_share_of_the_stock(api: Api):
    shop = await make.shop()
    await shop.sell("A", stock=100)
    one = await api.do(BEGIN, i=_input(("A", 100)))
    assert (one["reservedUntil"], one["warnings"]) == (None, [{"code": "NOT_RESERVED", "path": ["lines"]}])
    assert await _free(api) == 100
    rng = random.Random(7)
    for _ in range(30):
        await api.do(BEGIN, i=_input(("A", rng.randint(1, 9))))
        assert await _free(api) >= 50
    assert await _free(api) < 60  # the share is used
    placed = await api.do(PLACE, input=order_input(("A", 50)))
    assert placed["__typename"] == "Order"


async def test_a_cart_without_a_reservation_can_be_placed_and_reserves_when_the_share_allows(api: Api):
    shop = await make.shop()
    await shop.sell("A", stock=4)
    first = await api.do(BEGIN, i=_input(("A", 2)))
    second = await api.do(BEGIN, i=_input(("A", 1)))
    assert first["reservedUntil"] and second["reservedUntil"] is None
    await api.do(DELETE, i={"id": first["id"], "draftToken": first["accessToken"]})
    changed = await api.do(
        CHANGE, i={"id": second["id"], "draftToken": second["accessToken"], "email": "ada@example.com"}
    )
    assert changed["reservedUntil"] and changed["warnings"] == []
    third = await api.do(BEGIN, i=_input(("A", 3)))
    whole = order_input(draftId=third["id"], draftToken=third["accessToken"])
    placed = await api.do(PLACE, input={k: v for k, v in whole.items() if k not in ("channel", "lines")})
    assert placed["__typename"] == "Order" and await _free(api) == 0


async def test_a_bundle_is_limited_by_the_share_of_each_component(api: Api):
    shop = await make.shop()
    await shop.sell("A", stock=10)
    await shop.sell("B", stock=100)
    await shop.sell("BOX", stock=None)
    await make.bundle("BOX", A=2, B=1)
    made = [await api.do(BEGIN, i=_input(("BOX", 1))) for _ in range(4)]
    assert [bool(cart["reservedUntil"]) for cart in made] == [True, True, False, False]
    assert (await _free(api), await _free(api, "B")) == (6, 98)


async def test_carts_of_customers_and_visitors_count_against_one_share(api: Api):
    shop = await make.shop()
    await shop.sell("A", stock=10)
    ada, bob = api.as_(await make.account()), api.as_(await make.account("bob@example.com"))
    whole = await ada.do(BEGIN, i=_input(("A", 10)))
    assert (whole["reservedUntil"], whole["warnings"]) == (
        None,
        [{"code": "NOT_RESERVED", "path": ["lines"]}],
    )
    made = [await buyer.do(BEGIN, i=_input(("A", 2))) for buyer in (ada, api, bob, ada)]
    assert [bool(cart["reservedUntil"]) for cart in made] == [True, True, False, False]
    assert await _free(api) == 6
    grown = await ada.do(CHANGE, i={"id": made[0]["id"], "lines": [{"sku": "A", "quantity": 4}]})
    assert grown["reservedUntil"] is None and await _free(api) == 8
    placed = await ada.do(PLACE, input=order_input(("A", 8)))
    assert placed["__typename"] == "Order"


async def test_carts_of_staff_and_orders_do_not_count_against_the_share(api: Api):
    shop = await make.shop()
    await shop.sell("A", stock=20)
    staff, ada = api.as_(await make.token()), api.as_(await make.account())
    (customer,) = await Customer.all()
    for_nobody = await staff.do(BEGIN, i=_input(("A", 8)))
    for_her = await staff.do(BEGIN, i=_input(("A", 4), customerId=to_global("Customer", customer.id)))
    assert for_nobody["reservedUntil"] and for_her["reservedUntil"]
    placed = await ada.do(PLACE, input=order_input(("A", 4)))
    assert placed["__typename"] == "Order" and await _free(api) == 4
    hers = await ada.do(BEGIN, i=_input(("A", 2)))
    assert hers["reservedUntil"] and hers["warnings"] == [] and await _free(api) == 2


async def test_concurrent_carts_do_not_exceed_the_share(api: Api):
    shop = await make.shop()
    await shop.sell("A", stock=20)
    made = await asyncio.gather(*(api.do(BEGIN, i=_input(("A", 1))) for _ in range(20)))
    assert all(cart["__typename"] == "Order" for cart in made)
    assert sum(cart["reservedUntil"] is not None for cart in made) == 10
    assert await _free(api) == 10
