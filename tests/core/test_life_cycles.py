"""All life cycles use the same types for steps and statuses."""

from importlib import import_module
from pkgutil import walk_packages

import pytest
from graphql import GraphQLEnumType, GraphQLObjectType, get_named_type

import app
from app.access.permissions import Permission
from app.core.lifecycle import Lifecycle
from app.core.steps import LifecycleStatus
from app.fulfillment.lifecycle import ShipmentStage
from app.schema import schema
from tests import make
from tests.ask import Api

GRAPH = schema._schema
# Statuses set by carriers and mail servers; callers cannot choose the next one.
SET_BY_EXTERNAL_SYSTEMS = {"LabelStatus", "MessageStatus"}


def life_cycles() -> list[Lifecycle]:
    found = []
    for module in walk_packages(app.__path__, "app."):
        if module.name.endswith(".lifecycle") and module.name != "app.core.lifecycle":
            values = vars(import_module(module.name)).values()
            found += [value for value in values if isinstance(value, Lifecycle)]
    return found


def test_lifecycle_status_contains_the_statuses_of_all_life_cycles():
    statuses = {
        status for each in life_cycles() for step in each.steps for status in (step.target, *step.sources)
    }
    assert len(life_cycles()) >= 9
    assert {each.value for each in LifecycleStatus} == {
        each.value for kind in {type(status) for status in statuses} | {ShipmentStage} for each in kind
    }


def test_every_type_with_a_life_cycle_has_next_steps():
    enums = {
        type(step.target).__name__ for each in life_cycles() for step in each.steps
    } - SET_BY_EXTERNAL_SYSTEMS
    shown = {
        name: str(kind.fields["nextSteps"].type) if "nextSteps" in kind.fields else None
        for name, kind in GRAPH.type_map.items()
        if isinstance(kind, GraphQLObjectType)
        and "status" in kind.fields
        and get_named_type(kind.fields["status"].type).name in enums
        and any(each.name == "Node" for each in kind.interfaces)
    }
    assert set(shown) == {
        "Dispute", "FulfillmentOrder", "MessageTemplate", "Order", "OrderCancelRequest", "Payment", "Product", "PurchaseOrder", "StockCount", "StockTransfer"
    }  # fmt: skip
    assert set(shown.values()) == {"[NextStep!]!"}


@pytest.mark.parametrize(
    ("type_name", "field"),
    [
        ("Viewer", "kind"),
        ("NextStep", "step"),
        ("NextStep", "reasonCode"),
        ("IllegalTransition", "step"),
        ("IllegalTransition", "current"),
        ("IllegalTransition", "allowed"),
    ],
)
def test_fields_with_a_closed_list_of_values_are_enums(type_name: str, field: str):
    kind = GRAPH.type_map[type_name].fields[field].type
    assert isinstance(get_named_type(kind), GraphQLEnumType)


async def test_an_illegal_transition_names_the_step_the_current_status_and_the_allowed_steps(api: Api):
    shop = await make.shop()
    await shop.sell("A")
    order = await make.order(("A", 1))
    staff = api.as_(await make.token())
    cancel = """mutation($id: ID!) { orderCancel(input: {id: $id, reason: CUSTOMER}) {
      __typename ... on IllegalTransition { step current allowed message } ... on Order { nextSteps { step } } } }"""
    id = (await staff.ask("query($n: String) { order(number: $n) { id } }", n=order.number))["order"]["id"]
    await staff.do(cancel, id=id)
    assert await staff.do(cancel, id=id) == {
        "__typename": "IllegalTransition",
        "step": "CANCEL",
        "current": "CANCELLED",
        "allowed": [],
        "message": (
            'The step "cancel" is not possible in the status cancelled. No further steps are possible.'
        ),
    }


async def test_a_forbidden_next_step_names_the_permission_that_it_needs(api: Api):
    shop = await make.shop()
    await shop.sell("A")
    reader = api.as_(await make.token(Permission.CATALOG_VIEW_ALL))
    asked = '{ product(slug: "thing-a") { nextSteps { step isPossible reasonCode reason } } }'
    needs = "This needs the permission catalog_manage."
    assert (await reader.ask(asked))["product"]["nextSteps"] == [
        {"step": step, "isPossible": False, "reasonCode": "FORBIDDEN", "reason": needs}
        for step in ("UNPUBLISH", "ARCHIVE")
    ]
    staff = api.as_(await make.token())
    assert (await staff.ask("{ me { kind } }"))["me"] == {"kind": "APP"}
    steps = (await staff.ask(asked))["product"]["nextSteps"]
    assert [each["isPossible"] for each in steps] == [True, True]
    assert (await api.ask('{ product(slug: "thing-a") { nextSteps { step } } }'))["product"] == {
        "nextSteps": []
    }
