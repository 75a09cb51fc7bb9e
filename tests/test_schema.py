"""The schema as a whole: committed, described, with policies."""

from pathlib import Path

import pytest
import strawberry
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType

from app.core.graphql.policy import ANYONE, SIGNED_IN, field, undeclared
from app.core.graphql.schema import Schema, UndeclaredPolicy
from app.schema import schema

ROOT = Path(__file__).parent.parent
BUILT_IN = {"Boolean", "Date", "DateTime", "Float", "ID", "Int", "JSON", "String"}


def test_the_committed_schema_matches_the_code():
    assert (ROOT / "schema.graphql").read_text() == schema.as_str() + "\n"


def test_every_type_field_argument_and_value_has_a_description():
    missing = []
    for name, kind in schema._schema.type_map.items():
        if name.startswith("__") or name in BUILT_IN:
            continue
        if not kind.description and name not in ("Query", "Mutation", "Subscription"):
            missing.append(name)
        if isinstance(kind, GraphQLEnumType):
            missing += [f"{name}.{value}" for value, item in kind.values.items() if not item.description]
        if isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType, GraphQLInputObjectType)):
            for field_name, item in kind.fields.items():
                if not item.description:
                    missing.append(f"{name}.{field_name}")
                for argument, given in getattr(item, "args", {}).items():
                    if not given.description:
                        missing.append(f"{name}.{field_name}({argument})")
    assert missing == []


def test_every_field_that_resolves_something_declares_its_policy():
    assert undeclared(schema) == []


def test_a_schema_with_an_undeclared_field_does_not_build():
    @strawberry.type
    class Query:
        @strawberry.field
        def open_to_anyone(self) -> str:
            return "oops"

    with pytest.raises(UndeclaredPolicy, match=r"Query\.open_to_anyone"):
        Schema(Query, None, None)


def test_a_schema_with_a_permission_on_a_non_null_field_does_not_build():
    @strawberry.type
    class Thing:
        @field(SIGNED_IN)
        def secret(self, info: strawberry.Info) -> str:
            """A secret."""
            return "hush"

    @strawberry.type
    class Query:
        @field(ANYONE)
        def thing(self) -> Thing:
            """A thing."""
            return Thing()

    with pytest.raises(UndeclaredPolicy, match=r"Thing\.secret"):
        Schema(Query, None, None)


def test_a_declared_field_builds():
    @strawberry.type
    class Query:
        @field(ANYONE)
        def greeting(self) -> str:
            """A greeting."""
            return "hello"

    assert "greeting" in Schema(Query, None, None).as_str()


def test_the_operations_with_fixed_names_exist():
    fixed = {
        "Query": "node nodes me channel channels product products variant customer customers location locations "
        "stockLevels stockMovements order orders trackOrder events",
        "Mutation": "channelCreate channelUpdate productCreate productUpdate productArchive productBulkUpsert "
        "variantCreate variantUpdate priceListCreate priceBulkSet customerCreate customerUpdate locationCreate "
        "locationUpdate stockAdjust stockReceive stockBulkSet orderDraftCreate orderDraftUpdate orderPlace "
        "orderCancel orderUpdate signIn signOut tokenRefresh customerRegister apiTokenCreate apiTokenRevoke",
        "Subscription": "orderUpdated ordersUpdated orderTracking stockLevelUpdated",
    }
    for root, names in fixed.items():
        present = set(schema._schema.type_map[root].fields)  # type: ignore[attr-defined]
        assert set(names.split()) <= present


def test_the_page_size_of_a_list_is_described_only_at_its_argument():
    for kind in schema._schema.type_map.values():
        if isinstance(kind, GraphQLObjectType):
            for name, item in kind.fields.items():
                if "first" in item.args:
                    assert "; default 100" not in item.description, f"{kind.name}.{name}"
    lines = schema._schema.type_map["Order"].fields["lines"].args["first"]  # type: ignore[attr-defined]
    assert "up to 100; default 100" in lines.description


def test_no_input_has_a_company_id():
    inputs = [kind for kind in schema._schema.type_map.values() if isinstance(kind, GraphQLInputObjectType)]
    assert [kind.name for kind in inputs if "companyId" in kind.fields] == []
