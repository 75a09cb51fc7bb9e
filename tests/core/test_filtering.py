"""A caller who may not see a field cannot filter, sort, watch or count by it."""

from enum import Enum
from typing import Any

import pytest
import strawberry
from graphql import get_named_type

from app.access.permissions import Permission
from app.core.graphql.filtering import guard_of, policy_of_input
from app.core.graphql.node import Connection, Node
from app.core.graphql.policy import ANYONE, WITH_PARENT, Policy, field, needs, query
from app.core.graphql.scalars import doc
from app.core.graphql.schema import Schema, UndeclaredPolicy
from app.schema import schema
from tests import make
from tests.ask import Api, order_input

FIELDS = schema._schema.type_map


def _guarded() -> list[tuple[str, str, str]]:
    """Each filter field with a policy, with the root field and argument that it is sent in."""
    found = []
    for root in ("Query", "Subscription"):
        for name, each in FIELDS[root].fields.items():
            if guard_of(each) is None:
                continue
            for argument, given in each.args.items():
                type_ = get_named_type(given.type)
                for part, inner in getattr(type_, "fields", {}).items():
                    if policy_of_input(inner) is not None:
                        found.append((f"{root.lower()} {name}", argument, part))
    return found


def _value_for(root: str, argument: str, part: str) -> Any:
    kind, name = root.split()
    given = get_named_type(
        get_named_type(FIELDS[kind.title()].fields[name].args[argument].type).fields[part].type
    )
    if hasattr(given, "values"):
        return [next(iter(given.values))]
    return {}


NESTED = {
    "plain": lambda given: given,
    "and": lambda given: {"and": [{}, given]},
    "or in not": lambda given: {"not": {"or": [given]}},
}


@pytest.mark.parametrize("nesting", NESTED)
@pytest.mark.parametrize(("root", "argument", "part"), _guarded())
async def test_filtering_by_a_hidden_field_is_forbidden_at_any_nesting(
    api: Api, root: str, argument: str, part: str, nesting: str
):
    kind, name = root.split()
    each = FIELDS[kind.title()].fields[name]
    type_ = each.args[argument].type
    given = NESTED[nesting]({part: _value_for(root, argument, part)})
    inside = "{ __typename }"
    document = f"{kind}($f: {type_}) {{ {name}({argument}: $f) {inside} }}"
    policy = policy_of_input(get_named_type(type_).fields[part])
    rest = [permission for permission in Permission if permission.value != policy.permission]
    for token in (await make.account(f"{nesting[:2]}@example.com"), await make.token(*rest)):
        caller = api.as_(token)
        answer = await caller.client.post(
            "/graphql",
            json={"query": document, "variables": {"f": given}},
            headers={"authorization": f"Bearer {token}", "accept": "text/event-stream, application/json"},
        )
        assert "FORBIDDEN" in answer.text, answer.text


async def test_customers_filter_their_orders_by_visible_fields(api: Api):
    buyer = api.as_(await make.account())
    filters = "{isOnHold: true, status: [PLACED], not: {paymentStatus: [PAID]}}"
    assert (await buyer.ask(f"{{ orders(filter: {filters}) {{ totalCount }} }}"))["orders"]["totalCount"] == 0


async def test_customers_cannot_find_their_orders_by_staff_tags(api: Api):
    shop = await make.shop()
    await shop.sell("A")
    buyer, staff = api.as_(await make.account("ada@example.com")), api.as_(await make.token())
    place = "mutation($i: OrderPlaceInput!) { orderPlace(input: $i) { ... on Order { id number } } }"
    placed = await buyer.do(place, i=order_input(("A", 1)))
    tag = 'mutation($id: ID!) { orderUpdate(input: {id: $id, tags: ["suspicious"]}) { __typename } }'
    assert (await staff.do(tag, id=placed["id"]))["__typename"] == "Order"
    count = "query($s: String!) { orders(search: $s) { totalCount } }"
    for text, seen in (("suspicious", 0), ("suspicious ada", 0), (placed["number"], 1), ("ada", 1)):
        assert (await buyer.ask(count, s=text))["orders"]["totalCount"] == seen, text
        assert (await staff.ask(count, s=text))["orders"]["totalCount"] == 1, text


VIEW = needs(Permission.ORDERS_VIEW)


@strawberry.type(description="A thing.")
class Thing(Node):
    name: str = doc("Its name.")

    @field(VIEW)
    def risk_notes(self, info: strawberry.Info) -> str | None:
        """Hidden."""
        return None


@strawberry.enum
class ThingSort(Enum):
    NAME = "name"
    RISK_NOTE = "risk_note"


@strawberry.input(description="Which things.")
class FilterWithPolicy:
    name: str | None = doc("By name.", default=None)
    has_risk_note: bool | None = doc("With a note.", default=None, policy=VIEW)


@strawberry.input(description="Which things.")
class FilterWithoutPolicy:
    name: str | None = doc("By name.", default=None)
    has_risk_note: bool | None = doc("With a note.", default=None)


@strawberry.input(description="Which things.")
class FilterWithParentPolicy:
    has_risk_note: bool | None = doc("With a note.", default=None, policy=WITH_PARENT)


@strawberry.input(description="How to sort things.")
class Sorting:
    field: ThingSort = doc("By what.", default=ThingSort.NAME)


def _schema_with(given: type, policy: Policy = ANYONE) -> Schema:
    async def things(self: Any, info: strawberry.Info, given: Any = None) -> Any:
        """Things."""

    things.__annotations__ |= {"given": given | None, "return": Connection[Thing]}
    query_type = strawberry.type(type("Query", (), {"things": query(policy)(things)}))
    return Schema(query_type, None, None, types=[Thing])


@pytest.mark.parametrize("given", [FilterWithPolicy, FilterWithParentPolicy])
def test_a_schema_builds_if_filters_of_hidden_fields_declare_a_policy(given: type):
    _schema_with(given)


@pytest.mark.parametrize(
    ("given", "named"), [(FilterWithoutPolicy, "FilterWithoutPolicy.hasRiskNote"), (Sorting, "Sorting.field")]
)
def test_a_schema_does_not_build_if_a_filter_or_sort_of_a_hidden_field_declares_no_policy(
    given: type, named: str
):
    with pytest.raises(UndeclaredPolicy, match=named):
        _schema_with(given)
    _schema_with(given, VIEW)  # callers with the permission see the field
