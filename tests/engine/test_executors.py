"""The compiled executor returns the response of graphql-core, byte for byte, or leaves the operation to it."""

import random
from collections.abc import Iterator
from math import inf, nan
from typing import Any

import pytest
import strawberry
from graphql import ExecutionResult, parse
from graphql import execute as run_graphql
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from hypothesis_graphql import queries as generated_queries
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from app.core.described import Described
from app.core.graphql.context import Context
from app.core.graphql.levels import level_field
from app.engine.graphql.compiled import CompiledExecutor, columns, executor
from app.schema import schema
from tests import amounts, executors, make
from tests.ask import Api
from tests.executors import ExecutorsDisagree, answer_of, by_graphql_core
from tests.generated import SCALARS, sample_data, with_existing_values

TEXT = schema.as_str()


@pytest.mark.usefixtures("always_compared")
@pytest.mark.parametrize("name", sorted(schema._schema.query_type.fields))
@seed(int(amounts.ON_POSTGRES))
@settings(
    max_examples=amounts.usual(4, full=8),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)
@given(data=st.data(), number=st.integers(0, 2**16))
async def test_generated_queries_over_the_whole_schema_get_the_same_response_from_both_executors(
    api: Api, shop: dict[str, Any], name: str, data: st.DataObject, number: int
):
    """The comparison is made for every query of the suite: see tests/executors.py."""
    wanted = generated_queries(TEXT, fields=[name], custom_scalars=SCALARS, allow_x00=False)
    sent = with_existing_values(data.draw(wanted), shop["ids"], random.Random(number))
    response = await api.as_(shop["token"]).post(sent)
    assert response.status_code == 200, response.text
    codes = [error["extensions"]["code"] for error in response.json().get("errors", [])]
    assert "INTERNAL" not in codes, sent


@pytest.fixture
def always_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compare the executors for every query on this database."""
    monkeypatch.setattr(amounts, "is_done_here", lambda _: True)


@pytest.fixture
async def shop(api: Api) -> dict[str, Any]:
    return {"ids": await sample_data(), "token": await make.token()}


# Objects whose fields may hold anything, on a schema of every kind of field.


class Colour(Described):
    RED = "red", "Like blood."
    BLUE = "blue", "Like the sky."


strawberry.enum(Colour, description="A colour.")


class Thing:
    def __init__(self, **fields: Any) -> None:
        self.__dict__.update(fields)


def _value(value: Any) -> Any:
    if isinstance(value, Exception):
        raise value
    return value


@strawberry.type
class Node:
    name: str
    maybe: str | None
    count: int
    ratio: float | None
    flag: bool
    colour: Colour | None
    words: list[str]
    grid: list[list[int | None]] | None
    one: "Node | None"
    must: "Node"
    many: list["Node | None"]
    all: "list[Node] | None"

    @strawberry.field
    def shout(self, root: strawberry.Parent[Any], times: int = 1) -> str:
        return _value(root.name) * times

    @strawberry.field
    async def later(self, root: strawberry.Parent[Any]) -> str | None:
        return _value(root.maybe)

    @level_field(int)
    async def levelled(roots: list[Any], info: strawberry.Info, plus: int = 0) -> list[Any]:
        """The count of each, for a whole level at once."""
        return [_value(root.count) + plus for root in roots]

    @level_field("Node | None")
    async def levelled_one(roots: list[Any], info: strawberry.Info) -> list[Any]:
        """The one of each, for a whole level at once."""
        return [_value(root.one) for root in roots]


@strawberry.type
class Query:
    @strawberry.field
    def node(self, info: strawberry.Info) -> Node | None:
        return info.context.root

    @strawberry.field
    async def nodes(self, info: strawberry.Info) -> list[Node]:
        return [info.context.root, info.context.root]


small = strawberry.Schema(Query)


class SmallContext:
    """The context that the fields need, for one run."""

    def __init__(self, root: Any) -> None:
        from app.core.loading import Loaders

        self.root = root
        self._loaders = Loaders()

    def at_level(self, *args: Any) -> Any:
        return self._loaders.at_level(*args)


FAULTS = st.sampled_from(
    [None, ValueError("planted"), 7, "text", 2**40, 1.5, True, float("inf"), [], ["x"], Colour.RED, object]
)


def _or_fault(good: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.integers(0, 24).flatmap(lambda n: FAULTS if n == 0 else good)


def _thing(child: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    text = st.text("ab", max_size=3)
    return st.fixed_dictionaries(
        {
            "name": _or_fault(text),
            "maybe": _or_fault(st.none() | text),
            "count": _or_fault(st.integers(-5, 5)),
            "ratio": _or_fault(st.none() | st.floats(0, 1)),
            "flag": _or_fault(st.booleans()),
            "colour": _or_fault(st.none() | st.sampled_from(Colour)),
            "words": _or_fault(st.lists(_or_fault(text), max_size=2)),
            "grid": _or_fault(
                st.none() | st.lists(st.lists(st.none() | st.integers(0, 3), max_size=2), max_size=2)
            ),
            "one": _or_fault(st.none() | child),
            "must": _or_fault(child),
            "many": _or_fault(st.lists(st.none() | child, max_size=2)),
            "all": _or_fault(st.none() | st.lists(child, max_size=2)),
        }
    ).map(lambda fields: Thing(**fields))


LEAF = st.builds(
    Thing, name=st.just("leaf"), maybe=st.none(), count=st.just(1), ratio=st.none(), flag=st.just(True),
    colour=st.none(), words=st.just([]), grid=st.none(), one=st.none(), must=st.none(),
    many=st.just([]), all=st.none(),
)  # fmt: skip
THINGS = _thing(_thing(LEAF))
LEAVES = ["name", "maybe", "count", "ratio", "flag", "colour", "words", "grid", "shout(times: 2)", "later",
          "levelled(plus: 1)", "__typename", "again: name", "skipped: name @skip(if: $yes)",
          "kept: count @include(if: $yes)"]  # fmt: skip


def _selection(depth: int) -> st.SearchStrategy[str]:
    leaves = st.lists(st.sampled_from(LEAVES), min_size=1, max_size=5, unique=True)
    if depth == 0:
        return leaves.map(" ".join)
    inner = _selection(depth - 1)
    deeper = st.lists(
        st.builds(
            "{} {{ {} }}".format, st.sampled_from(["one", "must", "many", "all", "levelledOne"]), inner
        ),
        max_size=2,
    )
    spread = st.booleans().map(lambda yes: ["...Some"] if yes else [])
    return st.builds(lambda a, b, c: " ".join([*a, *b, *c]), leaves, deeper, spread)


QUERIES = st.builds(
    "query($yes: Boolean = true) {{ {} {{ {} }} }} fragment Some on Node {{ name inner: one {{ count name }} }}".format,
    st.sampled_from(["node", "nodes"]),
    _selection(2),
)


async def _run(query: str, root: Any, *, compiled: bool) -> ExecutionResult:
    result = run_graphql(
        small._schema,
        parse(query),
        context_value=SmallContext(root),
        executor_class=CompiledExecutor if compiled else StrawberryGraphQLCoreExecutionContext,
    )
    return result if isinstance(result, ExecutionResult) else await result


async def _compare(query: str, root: Any) -> ExecutionResult:
    compiled = await _run(query, root, compiled=True)
    plain = await _run(query, root, compiled=False)
    if _sorted_errors(compiled) != _sorted_errors(plain):
        raise ExecutorsDisagree(f"{query}\n{answer_of(compiled)}\n{answer_of(plain)}")
    return plain


def _sorted_errors(result: ExecutionResult) -> tuple[str, list[str]]:
    # graphql-core lists errors as they happen, which is not the same order in every run of its own.
    errors = sorted(str(error.formatted) for error in result.errors or ())
    return answer_of(ExecutionResult(result.data, None)), errors


@pytest.mark.once
@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(query=QUERIES, root=THINGS)
async def test_trees_with_nulls_errors_and_wrong_values_get_the_same_response_from_both_executors(
    query: str, root: Thing
):
    await _compare(query, root)


GOOD = {
    "name": "n", "maybe": None, "count": 1, "ratio": 0.5, "flag": True, "colour": Colour.RED, "words": ["w"],
    "grid": [[1, None]], "one": None, "must": None, "many": [], "all": None,
}  # fmt: skip


@pytest.fixture
def fresh_plans() -> Iterator[None]:
    executor._plans.clear()
    yield
    executor._plans.clear()


async def test_a_valid_query_is_executed_by_the_compiled_executor_alone(fresh_plans: None, monkeypatch):
    """If the compiled executor always fell back to graphql-core, the comparisons would prove nothing."""

    def never(*_: Any) -> Any:
        raise AssertionError("graphql-core executed it")

    monkeypatch.setattr(CompiledExecutor, "_plainly", never)
    inner = Thing(**GOOD)
    root = Thing(**(GOOD | {"one": inner, "must": inner, "many": [inner, None], "all": [inner]}))
    fields = " ".join(LEAVES)
    query = f"query($yes: Boolean = true) {{ nodes {{ {fields} levelledOne {{ {fields} }} many {{ {fields} }} }} }}"
    result = await _compare(query, root)
    assert result.errors is None


@pytest.mark.parametrize("number", [inf, -inf, nan])
async def test_a_float_that_json_has_no_form_for_is_an_error_of_its_field(number: float):
    result = await _compare("{ node { name ratio } }", Thing(**(GOOD | {"ratio": number})))
    assert result.data == {"node": {"name": "n", "ratio": None}}
    [error] = result.errors or ()
    assert error.path == ["node", "ratio"]


@pytest.mark.parametrize("fault", ["null for a non-null field", "number for a string"])
async def test_a_planted_difference_between_the_executors_is_detected(
    fault: str, fresh_plans: None, monkeypatch
):
    if fault == "null for a non-null field":
        broken = {"name": None}
        monkeypatch.setattr(columns.Shape, "spread", lambda self, values: values)
        monkeypatch.setattr(columns, "complete_leaves", lambda shape, finish, values: values)
        monkeypatch.setattr(
            "app.engine.graphql.compiled.running.complete_leaves", lambda shape, finish, values: values
        )
    else:
        broken = {"name": 7}
        monkeypatch.setattr(
            "app.engine.graphql.compiled.running.complete_leaves", lambda shape, finish, values: values
        )
    with pytest.raises(ExecutorsDisagree):
        await _compare("{ node { name } }", Thing(**(GOOD | broken)))


@pytest.fixture
def compared(always_compared: None, monkeypatch: pytest.MonkeyPatch) -> list[Context]:
    """The operations that graphql-core executed for comparison."""
    found: list[Context] = []

    def recorded(context: Context) -> Context:
        found.append(context)
        return by_graphql_core(context)

    monkeypatch.setattr(executors, "by_graphql_core", recorded)
    return found


async def test_queries_of_tests_are_executed_by_both_executors(api: Api, compared: list[Context]):
    assert await api.ask('{ channel(code: "web") { name } }') == {"channel": None}
    assert len(compared) == 1


async def test_the_fixture_one_executor_turns_the_comparison_off(
    api: Api, compared: list[Context], one_executor: None
):
    assert await api.ask('{ channel(code: "web") { name } }') == {"channel": None}
    assert compared == []
