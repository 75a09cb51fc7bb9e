"""The results of mutations: unions of a success type and the possible refusals."""

from itertools import combinations

import pytest
import strawberry
from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLType,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)

from app.core import refusals
from app.core.graphql.errors import mutation
from app.core.graphql.policy import ANYONE
from app.schema import schema

GRAPH = schema._schema
MUTATIONS: dict[str, GraphQLField] = GRAPH.mutation_type.fields  # type: ignore[union-attr]
UNIONS = [kind for kind in GRAPH.type_map.values() if isinstance(kind, GraphQLUnionType)]


def have_one_shape(one: GraphQLType, other: GraphQLType) -> bool:
    """Whether fields of both types can be merged in a response (GraphQL's SameResponseShape)."""
    if is_non_null_type(one) or is_non_null_type(other):
        return (
            is_non_null_type(one) and is_non_null_type(other) and have_one_shape(one.of_type, other.of_type)
        )
    if is_list_type(one) or is_list_type(other):
        return is_list_type(one) and is_list_type(other) and have_one_shape(one.of_type, other.of_type)
    if is_leaf_type(one) or is_leaf_type(other):
        return one is other
    return True


def clashes(members: tuple[GraphQLObjectType, ...]) -> list[str]:
    return [
        f"{one.name}.{name} and {other.name}.{name}"
        for one, other in combinations(members, 2)
        for name in one.fields.keys() & other.fields.keys()
        if not have_one_shape(one.fields[name].type, other.fields[name].type)
    ]


@pytest.mark.parametrize("union", UNIONS, ids=lambda union: union.name)
def test_fields_of_all_members_of_a_union_can_be_selected_together(union: GraphQLUnionType):
    assert clashes(union.types) == []


def test_fields_of_one_name_and_different_types_are_detected():
    @strawberry.type
    class Named:
        code: str

    @strawberry.type
    class Numbered:
        code: int

    @strawberry.type
    class Query:
        @strawberry.field
        def either(self) -> Named | Numbered:
            return Named(code="")

    either = strawberry.Schema(Query)._schema.query_type.fields["either"].type
    assert clashes(get_named_type(either).types) == ["Named.code and Numbered.code"]


def members(field: GraphQLField) -> set[str]:
    kind = get_named_type(field.type)
    assert isinstance(kind, GraphQLUnionType)
    return {each.name for each in kind.types}


@pytest.mark.parametrize(
    ("argument", "refusal"),
    [("expectedVersion", "StaleVersion"), ("idempotencyKey", "IdempotencyConflict")],
)
def test_a_mutation_returns_stale_version_or_idempotency_conflict_if_it_has_the_argument(argument, refusal):
    assert {name for name, field in MUTATIONS.items() if refusal in members(field)} == {
        name for name, field in MUTATIONS.items() if argument in field.args
    }


def test_refusals_that_follow_from_arguments_cannot_be_listed_explicitly():
    with pytest.raises(TypeError, match="StaleVersion"):
        mutation("ThingResult", str, policy=ANYONE, refuses=(refusals.StaleVersion,))
