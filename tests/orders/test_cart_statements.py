"""The number of statements of each change of a cart, independent of its lines."""

from typing import Any

import pytest

from app.core.database import is_postgres
from tests import make
from tests.ask import Api
from tests.statements import Statement, statements

CART = (
    "__typename ... on Order { id accessToken total { amount } lines { nodes { id sku } } warnings { code } }"
)
BEGIN = f"mutation($i: OrderDraftCreateInput!) {{ orderDraftCreate(input: $i) {{ {CART} }} }}"
ADD = f"mutation($i: OrderDraftLineAddInput!) {{ orderDraftLineAdd(input: $i) {{ {CART} }} }}"
CHANGE = f"mutation($i: OrderDraftLineUpdateInput!) {{ orderDraftLineUpdate(input: $i) {{ {CART} }} }}"
REMOVE = f"mutation($i: OrderDraftLineRemoveInput!) {{ orderDraftLineRemove(input: $i) {{ {CART} }} }}"
READ = f"query($i: ID!, $t: String) {{ order(id: $i, token: $t) {{ {CART.partition('Order { ')[2]} }}"

# BEGIN and COMMIT are not counted. New lines, and those that move to another position, are read for the response.
RAISE, LOWER, KEEP, ADDED, REMOVED, FOUND = 10, 11, 9, 11, 15, 2


@pytest.fixture
async def shop(api: Api) -> make.Shop:
    if not is_postgres():
        pytest.skip("SQLite writes one row after the other")
    shop = await make.shop()
    await make.tax("US", rate="0.1")
    for sku in "ABCDE":
        await shop.sell(sku, stock=100)
    return shop


async def begin(api: Api, skus: str) -> dict[str, Any]:
    lines = [{"sku": sku, "quantity": 3} for sku in skus]
    return await api.do(BEGIN, i={"channel": "web", "lines": lines, "destination": {"country": "US"}})


async def ran(api: Api, query: str, cart: dict[str, Any], **more: Any) -> list[Statement]:
    with statements() as found:
        done = await api.do(query, i={"id": cart["id"], "draftToken": cart["accessToken"], **more})
    assert done["__typename"] == "Order" and not done["warnings"], done
    return found


@pytest.mark.parametrize("skus", ["A", "ABCD"])
async def test_the_statements_of_a_change_do_not_depend_on_the_number_of_lines(
    api: Api, shop: make.Shop, skus: str
):
    cart = await begin(api, skus)
    for quantity, expected in ((5, RAISE), (2, LOWER), (2, KEEP)):
        lines = [{"lineId": line["id"], "quantity": quantity} for line in cart["lines"]["nodes"]]
        found = await ran(api, CHANGE, cart, lines=lines)
        assert len(found) == expected, "\n".join(found)
    added = await ran(api, ADD, cart, lines=[{"sku": "E", "quantity": 1}])
    assert len(added) == ADDED, "\n".join(added)
    with statements() as read:
        await api.ask(READ, i=cart["id"], t=cart["accessToken"])
    assert len(read) == FOUND, "\n".join(read)
    removed = await ran(api, REMOVE, cart, lineIds=[cart["lines"]["nodes"][0]["id"]])
    assert len(removed) == REMOVED, "\n".join(removed)


async def test_a_change_of_one_line_writes_neither_the_other_lines_nor_their_stock(api: Api, shop: make.Shop):
    cart = await begin(api, "ABC")
    found = await ran(api, CHANGE, cart, lines=[{"lineId": cart["lines"]["nodes"][1]["id"], "quantity": 4}])
    changed = [each for each in found if "UPDATE stock_level" in each or 'UPDATE "order_line"' in each]
    assert len(changed) == 2 and not any("unnest" in each.partition("order_line")[0] for each in changed)
    assert not any("DELETE" in each or "SAVEPOINT" in each for each in found)
    # Of the line only its amounts are written, and of the order what the change has read or set.
    assert '"total_minor"' in changed[1] and '"reserved_until"' in changed[1]
    assert '"product_name"' not in changed[1] and '"payment_status"' not in changed[1]
