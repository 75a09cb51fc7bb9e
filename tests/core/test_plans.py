"""The database cost of queries of the API: the number of statements, each served by an index."""

from typing import Any

import pytest

from app.access import service as access
from app.catalog.service import shelving
from app.core.actor import SYSTEM
from app.core.database import fetch, is_postgres
from app.core.graphql.context import Context
from app.core.transaction import run
from app.customers import service as customers
from app.customers.service import CustomerData
from tests import make
from tests.ask import Api
from tests.statements import Statement, statements

# Tables that grow without bound: no list may scan them.
LARGE = {
    "sales_order", "order_line", "journal_entry", "stock_movement", "reservation", "stock_level", "variant",
    "product", "price", "customer", "search_word", "customer_address", "order_search",
    "customer_search",
}  # fmt: skip
FIELDS = {
    "ORDER": "number status total { amount } customer { name } channel { code }",
    "LINES": "lines { nodes { sku unitPrice { amount } variant { sku product { name category { name } } } } }",
    "SHOP": "slug category { name } variants { sku price { amount } available }",
}

# Each query, and its number of statements, independent of the number of rows.
QUERIES = {
    "newest orders": ("{ orders(first: 2) { nodes { ORDER } } }", 3),
    "orders with lines and events": ("{ orders(first: 2) { nodes { ORDER LINES events { name } } } }", 8),
    "orders sorted by placement": ("{ orders(first: 2, orderBy: {field: PLACED_AT}) { nodes { number } } }", 1),
    "orders sorted by total": ("{ orders(first: 2, orderBy: {field: TOTAL}) { nodes { number } } }", 1),
    "orders sorted by last change": (
        "{ orders(first: 2, orderBy: {field: UPDATED_AT, direction: ASC}) { nodes { number } } }", 1,
    ),
    "orders filtered by status": ("{ orders(first: 2, filter: {status: [PLACED]}) { nodes { number } } }", 1),
    "orders filtered by e-mail address": (
        '{ orders(first: 2, filter: {email: {eq: "ada@example.com"}}) { nodes { number } } }', 1,
    ),
    "orders searched by name": ('{ orders(first: 2, search: "ada lovelace") { nodes { number } } }', 1),
    "orders searched by phone": ('{ orders(first: 2, search: "(217) 555-0123") { nodes { number } } }', 1),
    "orders searched by number": ('{ orders(first: 2, search: "#web-000001") { nodes { number } } }', 1),
    "orders filtered by name": ('{ orders(first: 2, filter: {name: {startsWith: "love"}}) { nodes { number } } }', 1),
    "orders filtered by tag": ('{ orders(first: 2, filter: {tags: {eq: "vip"}}) { nodes { number } } }', 1),
    "orders filtered by phone": ('{ orders(first: 2, filter: {phone: {eq: "2175550123"}}) { nodes { number } } }', 1),
    "order by number in lower case": ('{ order(number: "#web-000001") { number } }', 1),
    "customers searched by name": ('{ customers(first: 2, search: "buyer 1") { nodes { name } } }', 1),
    "customers filtered by phone": ('{ customers(first: 2, filter: {phone: {eq: "2175550123"}}) { nodes { name } } }', 1),
    "orders filtered by SKU": ('{ orders(first: 2, filter: {sku: {eq: "A"}}) { nodes { number } } }', 1),
    "order by number": ('{ order(number: "WEB-000001") { ORDER LINES events { name } } }', 8),
    "products of a channel": ('{ products(channel: "web", first: 2) { nodes { SHOP } } }', 6),
    "products searched by name": ('{ products(channel: "web", search: "thing a") { nodes { slug } } }', 3),
    "variant by SKU": ('{ variant(sku: "A", channel: "web") { sku price { amount } available } }', 4),
    "customers": ("{ customers(first: 2) { nodes { name } } }", 1),
    "stock levels": ("{ stockLevels(first: 2) { nodes { onHand variant { sku } location { code } } } }", 4),
    "stock movements": ("{ stockMovements(first: 2) { nodes { quantity } } }", 1),
    "events": ("{ events(first: 2) { nodes { name } } }", 1),
}  # fmt: skip


@pytest.fixture
async def staff(api: Api) -> Api:
    return api.as_(await make.token())


async def _orders(count: int) -> None:
    for number in range(count):
        data = CustomerData(name=f"Buyer {number}")
        customer = await customers.create(SYSTEM, data)
        await make.order(("A", 1), ("B", 2), customer_id=customer.id)


@pytest.fixture
async def shop(clean: None) -> Any:
    shop = await make.shop()
    await shelving.create_category(SYSTEM, name="Things")
    for sku in "AB":
        await shop.sell(sku, stock=1_000, category="things")
    await _orders(3)
    return shop


async def _ran(api: Api, query: str) -> list[Statement]:
    with statements() as ran:
        await api.ask(_expanded(query))
    return ran


def _expanded(query: str) -> str:
    for name, fields in FIELDS.items():
        query = query.replace(name, fields)
    return query


@pytest.mark.parametrize("name", QUERIES)
async def test_the_number_of_statements_of_a_query_does_not_depend_on_the_number_of_rows(
    name: str, shop: Any, staff: Api, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(access, "REMEMBER_FOR", 600.0)  # the caller is identified once, however slow this is
    query, expected = QUERIES[name]
    await staff.ask(_expanded(query))  # the token is cached from here on
    assert len(await _ran(staff, query)) == expected
    await _orders(3)
    for sku in "CD":
        await shop.sell(sku, stock=10, category="things")
    more = query.replace("first: 2", "first: 6")
    assert len(await _ran(staff, more)) == expected


async def test_loading_a_relation_row_by_row_is_detected(shop: Any, staff: Api, monkeypatch):
    """A relation that is fetched row by row makes the counts above fail."""

    async def one_by_one(self: Context, batch: Any, keys: Any) -> list[Any]:
        return [(await batch([key]))[0] for key in keys]

    monkeypatch.setattr(access, "REMEMBER_FOR", 600.0)
    query, expected = QUERIES["orders with lines and events"]
    await staff.ask(_expanded(query))
    monkeypatch.setattr(Context, "load_many", one_by_one)
    assert len(await _ran(staff, query)) > expected


async def _parts_without_index(statement: Statement) -> list[str]:
    """Parts of a plan without an index: a scan of a large table, a sorted page."""

    async def explained() -> list[Any]:
        # On small tables, scanning and sorting are always cheapest; with these disabled, the plan shows what
        # PostgreSQL cannot avoid.
        await fetch("SET LOCAL enable_seqscan = off")
        await fetch("SET LOCAL enable_sort = off")
        return await fetch(f"EXPLAIN {statement}", *statement.values)

    lines = [str(next(iter(row.values()))) for row in await run(explained)]
    found = [table for table in LARGE if any(f"Seq Scan on {table}" in line for line in lines)]
    if "LIMIT" in statement and any(
        line.strip(" ->").startswith(("Sort", "Incremental Sort")) for line in lines
    ):
        found.append("a page that is sorted")
    return found


def _only_postgres() -> None:
    if not is_postgres():
        pytest.skip("EXPLAIN is read as PostgreSQL writes it; the indexes are the same on SQLite")


@pytest.mark.parametrize("name", QUERIES)
async def test_an_index_serves_every_statement(name: str, shop: Any, staff: Api):
    _only_postgres()
    for statement in await _ran(staff, QUERIES[name][0]):
        assert await _parts_without_index(statement) == [], statement


async def test_a_dropped_index_is_detected(shop: Any, staff: Api):
    _only_postgres()
    found = await fetch(
        "SELECT indexname, indexdef FROM pg_indexes "
        "WHERE tablename = 'customer' AND indexdef LIKE '%(created_at, id)'"
    )
    await _ran(staff, QUERIES["customers"][0])
    (statement,) = await _ran(staff, QUERIES["customers"][0])
    await fetch(f'DROP INDEX "{found[0]["indexname"]}"')
    try:
        assert set(await _parts_without_index(statement)) == {"customer", "a page that is sorted"}
    finally:
        await fetch(str(found[0]["indexdef"]))
