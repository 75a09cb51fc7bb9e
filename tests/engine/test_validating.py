"""A long document is validated in slices, with the errors of graphql-core."""

import asyncio
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    Node,
    Visitor,
    VisitorAction,
    parse,
    validate,
    visit,
)
from graphql.validation.validate import query_document_keys_to_validate

from app.core.graphql import documents
from app.engine.graphql import validating
from tests.documents import SCHEMA, Writer

RULES = documents._RULES
SAME = [
    "query A { ...F } fragment F on Query { __typename ...F } fragment G on Query { nope }",
    "query A($a: Int, $a: Int) { __typename @skip(if: $b) } query A { __typename }",
    "{ products(channel: web, channel: 1, nope: {a: [1, {b: $c}]}) { nope ... on Nope { x } } }",
    "{ a: __typename a: products { __typename } } { __typename }",
    "query A($a: [Int!]) { products(channel: $a, first: $b) { nodes { id } } nodes(ids: [$a]) { ...F } }"
    " fragment F on Product { variants { price(channel: $c) { amount @include(if: $a) } } }",
    "type X { y: Int } { __typename }",
]


def written() -> list[DocumentNode]:
    texts = [*SAME, *(Writer(seed, ["x"]).document().query for seed in range(30))]
    found = []
    for text in texts:
        try:
            found.append(parse(text))
        except GraphQLError:
            continue  # not parsable
    assert len(found) > 30
    return found


def visits(walk: Callable[[DocumentNode, Visitor], Any], document: DocumentNode) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []

    class Recorder(Visitor):
        def enter(self, *seen: Any) -> VisitorAction:
            found.append(("enter", *recorded(*seen)))
            return self.SKIP if seen[0].kind == "argument" else None

        def leave(self, *seen: Any) -> None:
            found.append(("leave", *recorded(*seen)))

    def recorded(node: Node, key: Any, parent: Any, path: list[Any], ancestors: list[Any]) -> tuple[Any, ...]:
        return id(node), key, id(parent), tuple(path), tuple(map(id, ancestors))

    walk(document, Recorder())
    return found


@pytest.mark.parametrize("most", [1, 20])
async def test_validation_in_slices_finds_the_same_errors_in_the_same_order(most: int):
    wrong = 0
    for document in written():
        whole = validate(SCHEMA, document, RULES, max_errors=most, hide_suggestions=True)
        sliced = await validating.in_slices(SCHEMA, document, RULES, most)
        assert [each.formatted for each in sliced] == [each.formatted for each in whole]
        wrong += bool(whole)
    assert wrong >= len(SAME)


def test_nodes_are_visited_with_the_same_key_parent_path_and_ancestors():
    for document in written():
        assert visits(lambda *given: list(validating._walk(*given)), document) == visits(
            lambda root, visitor: visit(root, visitor, query_document_keys_to_validate), document
        )


async def test_validation_yields_to_the_event_loop_after_a_limited_number_of_nodes():
    seen = 0

    class Counting(ASTValidationRule):
        def enter(self, *_: Any) -> None:
            nonlocal seen
            seen += 1

    document = parse("{ " + " ".join(f"a{n}: __typename" for n in range(900)) + " }")
    validated = asyncio.ensure_future(validating.in_slices(SCHEMA, document, [Counting], 20))
    turns = [0]
    while not validated.done():
        await asyncio.sleep(0)
        turns.append(seen)
    assert await validated == [] and seen > 2_700
    most = max(after - before for before, after in pairwise(turns))
    assert most <= 2 * validating.NODES
