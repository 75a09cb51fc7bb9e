"""The size and the cost of an operation do not depend on how it is written."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from graphql import parse

from app.core.budgets import Budgets
from app.core.graphql import limits, prices
from app.core.graphql.limits import verdict
from app.core.graphql.persisted import sha256
from app.main import create_app
from app.schema import schema
from app.settings import settings
from tests import make
from tests.ask import Api

pytestmark = pytest.mark.divided  # documents and requests that hardly reach the database


def cost(query: str, **variables: Any) -> int:
    """The points of an operation that is not too large."""
    found = verdict(schema._schema, parse(query), variables, None)
    assert found.refusal is None, found.refusal
    return found.cost_with({name: prices.weigh(value)[0] for name, value in variables.items()}, variables)


def refusal(query: str, **variables: Any) -> str:
    found = verdict(schema._schema, parse(query), variables, None)
    assert found.refusal is not None
    return found.refusal.message


@pytest.fixture
async def metered(api: Api, paid: list[int]) -> AsyncIterator[Api]:
    """A server that counts points, with limits that no test reaches."""
    app = create_app(settings().model_copy(update={"visitor_points": 1_000_000}))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
        yield Api(client)


@pytest.fixture
def paid(monkeypatch: pytest.MonkeyPatch, one_executor: None) -> list[int]:
    """The points that callers pay from here on."""
    found: list[int] = []
    pay = Budgets._pay

    def noted(self: Budgets, paying: Any, cost: int) -> None:
        found.append(cost)
        pay(self, paying, cost)

    monkeypatch.setattr(Budgets, "_pay", noted)
    return found


WAYS = {
    "in a row": ("mutation {{ {calls} }}", ""),
    "in a fragment": ("mutation {{ ...F }}", "fragment F on Mutation {{ {calls} }}"),
    "in a fragment of a fragment": (
        "mutation {{ ...F }}",
        "fragment F on Mutation {{ ...G }} fragment G on Mutation {{ {calls} }}",
    ),
    "in an inline fragment": ("mutation {{ ... on Mutation {{ ... {{ {calls} }} }} }}", ""),
    "half in a fragment": ("mutation {{ z: signOut {{ __typename }} ...F }}", "fragment F on Mutation {{ {calls} }}"),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_mutations_are_counted_and_charged_anywhere_in_a_document(way: str):
    def written(number: int) -> str:
        calls = " ".join(f"m{n}: signOut {{ __typename }}" for n in range(number))
        return " ".join(WAYS[way]).format(calls=calls)

    others = way.startswith("half")
    assert cost(written(5 - others)) == cost("mutation { " + " ".join(
        f"m{n}: signOut {{ __typename }}" for n in range(5)) + " }")  # fmt: skip
    assert cost(written(4)) > 4 * prices.MUTATION
    assert "at most 5 mutations" in refusal(written(6 - others))


async def test_a_sixth_mutation_in_a_fragment_is_refused_and_none_is_called(api: Api):
    calls = " ".join(f'm{n}: channelCreate(input: {{code: "c{n}", name: "C", currency: "EUR"}}) {{ __typename }}'
                     for n in range(6))  # fmt: skip
    staff = api.as_(await make.token())
    error = await staff.error(f"mutation {{ ...F }} fragment F on Mutation {{ {calls} }}")
    assert error["extensions"]["code"] == "QUERY_TOO_COMPLEX"
    assert (await staff.ask("{ channels { nodes { code } } }"))["channels"]["nodes"] == []


PAGES = {
    "in a fragment": "{{ orders{size} {{ ...P }} }} fragment P on OrderConnection {{ {rows} {{ {order} }} }}",
    "in a fragment of a fragment": (
        "{{ orders{size} {{ ...Q }} }} fragment Q on OrderConnection {{ ...P }} "
        "fragment P on OrderConnection {{ {rows} {{ {order} }} }}"
    ),
    "in an inline fragment": "{{ orders{size} {{ ... {{ ... on OrderConnection {{ {rows} {{ {order} }} }} }} }} }}",
    "by an alias": "{{ orders{size} {{ found: {rows} {{ {order} }} }} }}",
}  # fmt: skip


@pytest.mark.parametrize("size", ["", "(first: 7)", "(first: 500)"])
@pytest.mark.parametrize("order", ["number", "lines { nodes { sku } }", "lines { ... { nodes { sku } } }"])
@pytest.mark.parametrize("rows", ["nodes", "edges { node"])
@pytest.mark.parametrize("way", PAGES)
def test_a_page_costs_its_rows_in_every_notation(way: str, rows: str, order: str, size: str):
    plainly = "{{ orders{size} {{ {rows} {{ {order} }} }} }}"

    def written(how: str, order: str) -> str:
        order += " }" if rows.endswith("node") else ""
        return how.format(size=size, rows=rows, order=order)

    plain = cost(written(plainly, order.replace("... { nodes { sku } }", "nodes { sku }")))
    assert cost(written(PAGES[way], order)) == plain > 7


IDS = [f"id{n}" for n in range(100)]


def test_nodes_cost_by_the_number_of_ids_in_the_document_or_the_variables():
    one, hundred = (cost("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=IDS[:n]) for n in (1, 100))
    assert hundred - one >= 99 * prices.READ_BY_ID
    written = ", ".join(f'"{each}"' for each in IDS)
    assert abs(cost(f"{{ nodes(ids: [{written}]) {{ id }} }}") - hundred) <= 1
    deep = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Order { lines { nodes { id } } } } }"
    assert cost(deep, ids=IDS) > 100 * 20


def test_a_count_costs_once_for_each_counted_list_in_every_notation():
    plain = cost("{ orders(first: 50) { nodes { id } } }")
    for counted in (
        "totalCount",
        "totalCountIsExact",
        "n: totalCount",
        "... on OrderConnection { totalCount }",
    ):
        assert cost(f"{{ orders(first: 50) {{ {counted} nodes {{ id }} }} }}") - plain == prices.COUNT
    in_a_fragment = "{ orders(first: 50) { ...C nodes { id } } } fragment C on OrderConnection { totalCount }"
    assert cost(in_a_fragment) - plain == prices.COUNT
    many = " ".join(f"c{n}: orders(first: 0) {{ totalCount }}" for n in range(30))
    assert cost("{ " + many + " }") > 30 * prices.COUNT
    inside = (
        "{{ stockLevels(first: 20) {{ nodes {{ movements(first: 1) {{ nodes {{ id }} {counted} }} }} }} }}"
    )
    assert cost(inside.format(counted="totalCount")) - cost(inside.format(counted="")) == 20 * prices.COUNT
    at_hand = "{{ orders(first: 50) {{ nodes {{ lines {{ nodes {{ id }} {counted} }} }} }} }}"
    assert cost(at_hand.format(counted="totalCount")) == cost(at_hand.format(counted=""))


CHOICES = "query($c: [String!]) {{ {wanted} }}"
FIND = "a{n}: orders(first: 0, filter: {{number: {{in: {choices}}}}}) {{ nodes {{ id }} }}"


def finding(times: int, choices: str) -> str:
    return " ".join(FIND.format(n=n, choices=choices) for n in range(times))


def test_the_values_of_a_filter_cost_each_time_they_are_used():
    few, many = [f"N-{n}" for n in range(10)], [f"N-{n}" for n in range(400)]
    sent = cost(f"query($c: [String!]) {{ {finding(6, '$c')} }}", c=many)
    fewer = cost(f"query($c: [String!]) {{ {finding(6, '$c')} }}", c=few)
    assert sent - fewer >= 6 * 390 // 10
    choices = "[" + ", ".join(f'"{each}"' for each in many) + "]"
    assert abs(cost(f"{{ {finding(2, choices)} }}") - cost(
        f"query($c: [String!]) {{ {finding(2, '$c')} }}", c=many)) <= 5  # fmt: skip


@pytest.mark.parametrize(
    "deep",
    [
        {"or": [{"number": {"eq": "a"}}] * 40},
        {"and": [{"or": [{"number": {"eq": "a"}}] * 8}] * 5},
        {"not": {"and": [{"number": {"eq": "a"}}] * 40}},
    ],
)
def test_the_conditions_of_a_filter_cost_at_every_depth(deep: dict[str, Any]):
    query = "query($f: OrderFilter) { orders(first: 0, filter: $f) { nodes { id } } }"
    assert cost(query, f=deep) - cost(query, f={"number": {"eq": "a"}}) >= 100


async def test_a_list_of_too_many_values_is_refused_with_its_path(api: Api):
    staff = api.as_(await make.token())
    query = "query($f: OrderFilter) { orders(first: 0, filter: $f) { nodes { id } } }"
    sent = [f"N-{n}" for n in range(1_001)]
    error = await staff.error(query, f={"and": [{"number": {"in": sent}}]})
    assert error["extensions"]["code"] == "INVALID"
    assert error["extensions"]["path"] == ["filter", "and", "0", "number", "in"]
    assert error["extensions"]["problems"][0]["code"] == "TOO_MANY"
    await staff.ask(query, f={"and": [{"number": {"in": sent[:1_000]}}]})


BULK = sorted(name for name in schema._schema.mutation_type.fields if "Bulk" in name)


@pytest.mark.parametrize("name", BULK)
@pytest.mark.parametrize("row", ["an id", {"sku": "A", "amount": "1.00"}])
def test_a_bulk_mutation_costs_by_its_rows_and_accepts_1000(name: str, row: Any):
    call = f"mutation($rows: [Row!]!) {{ {name}(input: {{rows: $rows}}) {{ __typename }} }}"
    one, many = cost(call, rows=[row]), cost(call, rows=[row] * 1_000)
    assert many - one >= 999 * prices.ROW
    found = verdict(schema._schema, parse(call), {}, None)
    assert found.refusal_of_cost(many) is None
    assert limits.refusal_of_values(prices.weigh([row] * 1_000)[1]) is None


def test_every_bulk_mutation_is_recognised():
    assert len(BULK) >= 9
    for name in BULK:
        assert limits._is_bulk(schema._schema.mutation_type.fields[name]), name


TOO_MUCH = {
    "characters": ('{ products(channel: "' + "x" * 100_000 + '") { nodes { id } } }', "the maximum is 100000"),
    "lines": ("{ me { kind } }" + "\n" * 2_000, "the maximum is 2000"),
    "operations": (" ".join(f"query Q{n} {{ me {{ kind }} }}" for n in range(26)), "the maximum is 25"),
    "open fragments": (
        "query Q0 { ...F0 } " + " ".join(f"fragment F{n} on Query {{ ...F{n + 1} }}" for n in range(150))
        + " fragment F150 on Query { me { kind } }",
        "the maximum is 100",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", TOO_MUCH)
async def test_a_document_that_is_too_large_is_refused_before_it_is_analysed(api: Api, what: str):
    query, why = TOO_MUCH[what]
    body = {"query": query, "operationName": "Q0" if query.startswith("query Q0") else None}
    error = (await api.client.post("/graphql", json=body)).json()["errors"][0]
    assert error["extensions"]["code"] == "QUERY_TOO_COMPLEX" and why in error["message"]


async def test_variables_with_too_many_values_are_refused_before_they_are_analysed(api: Api):
    query = "query($c: [String!]) { orders(filter: {number: {in: $c}}) { nodes { id } } }"
    error = await api.error(query, c=[1] * (limits.MAX_VALUES + 1))
    assert error["extensions"]["code"] == "QUERY_TOO_COMPLEX" and "variables" in error["message"]


REFUSED = {
    "a syntax error": {"query": "{ me { " + "kind " * 1_000},
    "a long text in a syntax error": {"query": '{ a(b: "' + "x" * 90_000},
    "a document of too many characters": {"query": "#" + "x" * 250_000},
    "a document that is too complex": {"query": "{ " + "me { kind } " * 30 + " ".join(
        f"a{n}: me {{ kind }}" for n in range(31)) + " }"},
    "a document that is not valid": {"query": "{ nothing { at all } }"},
    "an operation that does not exist": {"query": "query A { me { kind } }", "operationName": "B"},
    "a document of several operations": {"query": "query A { me { kind } } query B { me { kind } }"},
    "a variable that does not fit": {"query": "query($n: Int) { channels(first: $n) { nodes { id } } }",
                                     "variables": {"n": "x"}},
    "a body that is not a request": {"nothing": "x" * 100_000},
    "an invalid hash": {"query": "{ me { kind } }",
                            "extensions": {"persistedQuery": {"version": 1, "sha256Hash": "x"}}},
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
async def test_refused_operations_cost_points_every_time(metered: Api, paid: list[int], what: str):
    for _ in range(2):
        paid.clear()
        answer = await metered.client.post("/graphql", json=REFUSED[what])
        assert "errors" in answer.json()
        assert sum(paid) >= (1 if what == "a variable that does not fit" else prices.REFUSAL)
        assert sum(paid) >= len(answer.request.content) // prices.BODY_BYTES


async def test_documents_that_are_not_registered_cost_their_length(api: Api, paid: list[int], tmp_path: Path):
    text, registered = "{ __typename }", tmp_path / "documents.json"
    registered.write_bytes(orjson.dumps({sha256(text): text}))
    app = create_app(settings().model_copy(update={"trusted_documents": str(registered)}))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
        error = await Api(client).error("{ me { kind } } #" + "x" * 90_000)
    assert error["extensions"]["code"] == "DOCUMENT_NOT_TRUSTED"
    assert sum(paid) >= 90_000 // prices.BODY_BYTES


async def test_a_long_answer_costs_more_than_the_price_of_its_operation(metered: Api, paid: list[int]):
    query = '{ __type(name: "Mutation") { fields { name description args { name description } } } }'
    await metered.post(query)  # from here on, the answer is cached
    paid.clear()
    answer = await metered.post(query)
    assert sum(paid) >= len(answer.content) // prices.BYTES > prices.TYPE


async def test_different_page_sizes_cost_different_points(metered: Api, paid: list[int]):
    query = "query($n: Int) { channels(first: $n) { nodes { code } } }"
    costs = [
        (await metered.post(query, {"n": n})).json()["extensions"]["cost"]["spent"] for n in (1, 50, 1, 50)
    ]
    assert costs[:2] == costs[2:] and costs[1] - costs[0] == 49
