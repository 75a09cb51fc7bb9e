"""Introspection answers like graphql-core, is cached, is off in production, and no error suggests names."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from graphql import build_client_schema, get_introspection_query, print_schema

from app.core.graphql import introspection
from app.main import create_app
from app.schema import schema
from app.settings import Environment, settings
from tests import make
from tests.ask import Api

pytestmark = pytest.mark.divided  # documents and requests that hardly reach the database


async def in_production(**more: object) -> AsyncIterator[Api]:
    chosen = settings().model_copy(update={"env": Environment.PRODUCTION, **more})
    transport = httpx.ASGITransport(app=create_app(chosen))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield Api(client)


@pytest.fixture
async def production(api: Api) -> AsyncIterator[Api]:
    async for asked in in_production():
        yield asked


# Both executors of the tests answer these; the second uses graphql-core's own introspection.
SHAPES = [
    get_introspection_query(specified_by_url=True, input_value_deprecation=True, one_of=True),
    get_introspection_query(descriptions=False),
    "{ __schema { types { name kind } } me { kind } a: __type(name: \"Order\") { fields { name } } }",
    "{ __type(name: \"OrderFilter\") { name inputFields { name defaultValue type { ...T } } } } "
    "fragment T on __Type { kind name ofType { kind name ofType { kind name } } }",
    "{ __type(name: \"Node\") { possibleTypes { name interfaces { name } } } }",
    "{ __type(name: \"OrderStatus\") { __typename enumValues(includeDeprecated: true) { name description } } }",
    "{ __type(name: \"Nothing\") { name } }",
    "query($d: Boolean! = true, $s: Boolean = false) { __schema { directives { name locations isRepeatable "
    "args { name @skip(if: $s) defaultValue } } queryType { fields(includeDeprecated: $d) { name } } } }",
    "{ ...S __schema { queryType { name } } } fragment S on Query { __schema { mutationType { name } } }",
]  # fmt: skip


@pytest.mark.parametrize("query", SHAPES)
async def test_introspection_is_answered_as_by_graphql_core_and_again_from_the_cache(api: Api, query: str):
    first = (await api.post(query)).json()["data"]
    assert (await api.post(query)).json()["data"] == first


async def test_the_schema_that_clients_build_from_introspection_is_complete(api: Api):
    data = (await api.post(get_introspection_query(input_value_deprecation=True))).json()["data"]
    theirs = print_schema(build_client_schema(data)).replace('"""', "")
    assert "type Mutation" in theirs and len(theirs) > 0.9 * len(schema.as_str().replace('"""', ""))


@pytest.mark.parametrize(
    "query",
    [
        "{" + " ".join(f"a{n}: __schema {{ types {{ name }} }}" for n in range(3)) + "}",
        "{ a: __type(name: \"A\") { name } ...B } fragment B on Query { b: __type(name: \"A\") { name } "
        "... { c: __schema { queryType { name } } } }",
    ],
)  # fmt: skip
async def test_an_operation_has_at_most_two_introspection_fields(api: Api, query: str):
    error = await api.error(query)
    assert error["extensions"]["code"] == "QUERY_TOO_COMPLEX" and "introspecting fields 3" in error["message"]


async def test_an_introspection_answer_with_too_many_pieces_is_refused(
    api: Api, monkeypatch: pytest.MonkeyPatch, one_executor: None
):
    monkeypatch.setattr(introspection, "MOST_PIECES", 500)
    error = await api.error("{ __schema { types { fields { name args { name type { name } } } } } }")
    assert error["extensions"]["code"] == "INVALID" and error["extensions"]["path"] == ["types"]


@pytest.mark.parametrize("query", ["{ __schema { types { name } } }", '{ __type(name: "Order") { name } }'])
async def test_in_production_introspection_is_off_and_the_error_names_the_schema_file(
    production: Api, query: str
):
    error = await production.error(query)
    assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED" and "schema.graphql" in error["message"]
    assert "data" in (await production.post("{ __typename me { __typename } }")).json()
    async for asked in in_production(introspection=True):
        assert "errors" not in (await asked.post(query)).json()


MISSPELT = {
    "field": "{ ordrs { nodes { id } } }",
    "inner field": "{ orders { nodes { nmber } } }",
    "argument": "{ orders(frst: 1) { nodes { id } } }",
    "directive": "{ me { kind @skp(if: true) } }",
    "directive's argument": "{ me { kind @skip(iff: true) } }",
    "type": "{ orders { nodes { ... on Ordr { id } } } }",
    "variable's type": "query($f: OrderFiltr) { orders(filter: $f) { nodes { id } } }",
    "input field": "{ orders(filter: {nmber: {eq: \"a\"}}) { nodes { id } } }",
    "enum value": "{ orders(filter: {status: [CONFIRMD]}) { nodes { id } } }",
    "leaf": "{ orders { nodes { id { x } } } }",
    "no selection": "{ orders }",
}  # fmt: skip
MISSPELT_VARIABLES = {
    "input field": {"nmber": {"eq": "a"}},
    "inner input field": {"number": {"eqq": "a"}},
    "enum value": {"status": ["CONFIRMD"]},
    "enum value of a list": {"and": [{"status": ["CANCELED"]}]},
}


@pytest.mark.parametrize("what", MISSPELT)
async def test_errors_of_documents_suggest_no_names(production: Api, what: str):
    answer = await production.post(MISSPELT[what])
    assert "errors" in answer.json() and "did you mean" not in answer.text.lower()


@pytest.mark.parametrize("what", MISSPELT_VARIABLES)
async def test_errors_of_variables_suggest_no_names(production: Api, what: str):
    query = "query($f: OrderFilter) { orders(filter: $f) { nodes { id } } }"
    staff = production.as_(await make.token())
    answer = await staff.post(query, {"f": MISSPELT_VARIABLES[what]})
    assert "errors" in answer.json() and "did you mean" not in answer.text.lower()


@pytest.mark.usefixtures("no_garbage_collection")
async def test_making_an_introspection_answer_sleeps_longer_than_it_works(
    api: Api, monkeypatch: pytest.MonkeyPatch, one_executor: None
):
    rests: list[float] = []
    sleep = asyncio.sleep

    async def noted(seconds: float, *more: object) -> None:
        rests.append(seconds)
        await sleep(0)

    monkeypatch.setattr(introspection, "SLICE", 0.0005)
    query = "query Unseen " + get_introspection_query().partition("IntrospectionQuery")[2]
    monkeypatch.setattr(introspection.asyncio, "sleep", noted)
    took: list[float] = []
    answer = introspection.Introspection.answer

    async def timed(self: introspection.Introspection, *args: Any) -> Any:
        rests.clear()
        began = time.thread_time()
        done = await answer(self, *args)
        took.append(time.thread_time() - began)
        return done

    monkeypatch.setattr(introspection.Introspection, "answer", timed)
    assert "errors" not in (await api.post(query)).json()
    assert len(rests) > 3 and sum(rests) > took[0]
