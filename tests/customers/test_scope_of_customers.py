"""Customers are shared by all channels: limited callers see those with an order within their limits, and
change none.
"""

import pytest

from app.channels.models import Channel
from app.core.actor import SYSTEM
from app.core.ids import new_id, to_global
from app.customers import service as customers
from app.customers.service import CustomerData
from tests import make
from tests.ask import Api
from tests.database import rows_of_all_tables

SEEN = """query($ids: [ID!]!, $id: ID!) {
  nodes(ids: $ids) { id } customer(id: $id) { id } customers { totalCount nodes { email } }
  found: customers(search: "bob") { totalCount }
  filtered: customers(filter: {email: {eq: "bob@example.com"}}) { totalCount }
}"""
ERROR = "{ __typename ... on UserError { errorCode } }"
CHANGES = (
    'customerUpdate(input: {id: "%s", name: "X"})',
    'customerBulkUpsert(input: [{email: "bob@example.com", name: "X"}])',
    'customerCreate(input: {email: "new@example.com"})',
    'buyerBlock(email: "bob@example.com", reason: "mine")',
    'buyerUnblock(email: "bad@example.com")',
)


@pytest.fixture
async def ids(api: Api) -> dict[str, str]:
    """Ada bought in one channel, Bob in the other one, Eve in none."""
    made = {}
    for name in ("ada", "bob", "eve"):
        row = await customers.create(SYSTEM, CustomerData(email=f"{name}@example.com", name=name))
        made[name] = row.id
    shops = [await make.shop("own"), await make.shop("other")]
    await shops[0].sell("A")
    await shops[1].price("A", 900)
    await shops[1].stock("A", 5)
    await make.order(("A", 1), channel="own", customer_id=made["ada"])
    await make.order(("A", 1), channel="other", customer_id=made["bob"])
    staff = api.as_(await make.token())
    await staff.ask(f'mutation {{ buyerBlock(email: "bad@example.com", reason: "bad") {ERROR} }}')
    return {name: to_global("Customer", id) for name, id in made.items()}


async def _limited(api: Api) -> Api:
    return api.as_(await make.token(channels=[await Channel.get(code="own")]))


async def test_a_limited_caller_sees_only_customers_with_an_order_in_its_channels(
    api: Api, ids: dict[str, str]
):
    seen = await (await _limited(api)).ask(SEEN, ids=list(ids.values()), id=ids["bob"])
    assert [node and node["id"] for node in seen["nodes"]] == [ids["ada"], None, None]
    assert seen["customers"] == {"totalCount": 1, "nodes": [{"email": "ada@example.com"}]}
    assert (seen["customer"], seen["found"], seen["filtered"]) == (None, {"totalCount": 0}, {"totalCount": 0})


async def test_a_limited_caller_cannot_change_customers_or_the_block_list(api: Api, ids: dict[str, str]):
    limited = await _limited(api)
    before = await rows_of_all_tables()
    for change in CHANGES:
        for id in (*ids.values(), to_global("Customer", new_id())):
            error = await limited.error(f"mutation {{ {change.replace('%s', id)} {ERROR} }}")
            assert error["extensions"]["code"] == "FORBIDDEN", change
    assert (await limited.error("{ blockedBuyers { totalCount } }"))["extensions"]["code"] == "FORBIDDEN"
    assert await rows_of_all_tables() == before


@pytest.mark.parametrize("name", ["ada", "bob", "eve"])
async def test_orders_cannot_be_assigned_to_a_customer_out_of_scope(api: Api, ids: dict[str, str], name: str):
    limited = await _limited(api)
    draft = (
        'mutation($c: ID!) { orderDraftCreate(input: {channel: "own", customerId: $c, '
        'lines: [{sku: "A", quantity: 1}]}) { __typename ... on UserError { path } } }'
    )
    order = to_global("Order", (await make.order(("A", 1), channel="own")).id)
    put = "mutation($o: ID!, $c: ID!) { orderUpdate(input: {id: $o, customerId: $c}) { __typename ... on UserError { path } } }"
    answers = [await limited.do(draft, c=ids[name]), await limited.do(put, o=order, c=ids[name])]
    if name == "ada":
        assert [answer["__typename"] for answer in answers] == ["Order", "Order"]
    else:
        assert [answer["path"] for answer in answers] == [["input", "customerId"]] * 2
