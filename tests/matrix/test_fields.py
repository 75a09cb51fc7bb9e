"""Visibility of every field of all objects by caller, and the targets of relations."""

import inspect
from collections.abc import Iterable, Iterator

import pytest
from graphql import GraphQLObjectType, get_named_type

from app.core.graphql.policy import OWN_SCOPE, policy_of, reach_of
from app.engine.graphql.compiled.levels import level_of
from tests.ask import Api
from tests.matrix.asking import GRAPH
from tests.matrix.callers import AT_LOCATIONS, AT_ONE, IN_CHANNEL, Callers
from tests.matrix.cases import REFUSED_LATER
from tests.matrix.planning import Plan
from tests.matrix.reviewed import assert_reviewed
from tests.matrix.sweeping import FETCHABLE, Sweep, sweep_nodes, sweep_root, sweep_targets
from tests.matrix.world import INSIDE, OUTSIDE, World

EVERYTHING = "everything"
# Hidden fields that have no value in the world.
UNSEEN = {
    "StuckObject.order": "no fulfillment order has waited for hours",
}
Sweeps = dict[str, Sweep]


def _roots() -> Iterator[str]:
    """The root queries whose result has no id."""
    for name, each in GRAPH.type_map["Query"].fields.items():
        target = get_named_type(each.type)
        if isinstance(target, GraphQLObjectType) and "nodes" in target.fields:
            target = get_named_type(target.fields["nodes"].type)
        if isinstance(target, GraphQLObjectType) and target.name not in FETCHABLE:
            yield name


@pytest.fixture(scope="package")
async def sweeps(client: Api, world: World, callers: Callers, plan: Plan) -> Sweeps:
    """The sweep of both sides by each caller."""
    asking: dict[str, str | None] = {
        EVERYTHING: callers.everything,
        **callers.limited,
        AT_ONE: callers.at_one,
    }
    asking |= {who: callers.people[who] for who in ("visitor", "customer", "other customer")}
    asking |= {permission.value: token for permission, token in callers.only.items()}
    found: Sweeps = {}
    inside, outside = world.sides[INSIDE], world.sides[OUTSIDE]
    for who, token in asking.items():
        found[who] = sweep = Sweep()
        api = Api(client.client, token)
        ids = [id for type_ in sorted(FETCHABLE) for id in inside.ids.get(type_, [])]
        if who in (IN_CHANNEL, AT_LOCATIONS):  # objects that they must not see
            ids += [id for type_ in sorted(FETCHABLE) for id in outside.own.get(type_, [])]
        await sweep_nodes(api, inside, ids, sweep)
        for name in _roots():
            await sweep_root(api, inside, name, sweep)
        await sweep_targets(api, sweep)
    return found


def test_every_document_of_the_sweep_is_executed_without_unexpected_errors(sweeps: Sweeps):
    refused = {refusal for sweep in sweeps.values() for refusal in sweep.refusals}
    assert not {refusal for refusal in refused if not any(late in refusal for late in REFUSED_LATER.values())}


def test_the_world_has_objects_of_every_type_on_each_side_or_shared(world: World):
    missing = {
        (code, type_) for code, side in world.sides.items() for type_ in FETCHABLE if not side.ids.get(type_)
    }
    assert not missing


def test_every_field_with_a_permission_has_a_value_in_the_world(sweeps: Sweeps):
    hidden = {
        f"{type_.name}.{name}"
        for type_ in GRAPH.type_map.values()
        if isinstance(type_, GraphQLObjectType) and type_.name not in ("Query", "Mutation", "Subscription")
        for name, each in type_.fields.items()
        if (definition := each.extensions.get("strawberry-definition"))
        and (policy := policy_of(definition))
        and policy.permission
    }
    assert hidden - sweeps[EVERYTHING].values == set(UNSEEN)


def _names(who: list[str], of: list[str]) -> str:
    return "everybody" if who == of else " ".join(who) or "nobody with one permission"


def _audiences(sweeps: Sweeps) -> Iterable[str]:
    people = [who for who in sweeps if who not in (EVERYTHING, IN_CHANNEL, AT_LOCATIONS, AT_ONE)]
    everything = sweeps[EVERYTHING]
    for type_ in sorted(everything.things - {"Query"}):
        if type_.endswith("Connection"):
            continue
        who_sees = [who for who in people if type_ in sweeps[who].things]
        yield f"{type_}: {_names(who_sees, people)}\n"
        for place in sorted(place for place in everything.values if place.partition(".")[0] == type_):
            seen_by = [who for who in people if place in sweeps[who].values]
            if seen_by != who_sees:
                yield f"{place}: {_names(seen_by, people)}\n"


def test_visible_fields_equal_the_reviewed_table(sweeps: Sweeps):
    head = (
        "# Visibility: for each type, the callers who see objects of it; then the fields that only some of them see.\n"
        "# Visitors, the customer, another customer, and tokens with one permission.\n\n"
    )
    assert_reviewed("fields.txt", head + "".join(_audiences(sweeps)))


# Types whose objects are shared by all channels and locations, and public channels.
SHARED_TYPES = {"Channel", "Supplier"}


@pytest.mark.parametrize("who", [IN_CHANNEL, AT_LOCATIONS])
def test_a_limited_caller_cannot_fetch_objects_of_the_other_side(sweeps: Sweeps, world: World, who: str):
    foreign = {id: type_ for type_, ids in world.sides[OUTSIDE].own.items() for id in ids}
    assert {foreign[id] for id in sweeps[who].ids if id in foreign} <= SHARED_TYPES


def leaks_of(sweeps: Sweeps) -> dict[str, set[str]]:
    """The relations that lead a caller to objects that it cannot fetch by id, without a declared reason."""
    leaks: dict[str, set[str]] = {}
    for who, sweep in sweeps.items():
        for place, ids in sweep.led_to.items():
            if ids - sweep.ids and _must_be_fetchable(place):
                leaks.setdefault(place, set()).add(who)
    return leaks


def _must_be_fetchable(place: str) -> bool:
    type_, _, name = place.partition(".")
    field = GRAPH.type_map[type_].fields[name]
    reach = reach_of(field.extensions["strawberry-definition"])
    return reach in (None, OWN_SCOPE)


def test_a_relation_leads_only_to_objects_that_the_caller_can_fetch(sweeps: Sweeps):
    leaks = leaks_of(sweeps)
    assert not leaks, "\n".join(f"{place}: {' '.join(sorted(who))}" for place, who in sorted(leaks.items()))


# Relations of objects that are listed only if the caller sees their target.
LISTED_BY_SCOPE = {"StuckObject.fulfillmentOrder", "StuckObject.shipment", "VariantComponent.variant"}


def test_a_relation_declared_as_limited_to_the_callers_scope_uses_the_actor():
    without_actor = set()
    for type_ in GRAPH.type_map.values():
        for name, each in getattr(type_, "fields", {}).items():
            definition = getattr(each, "extensions", {}).get("strawberry-definition")
            if getattr(definition, "base_resolver", None) and reach_of(definition) == OWN_SCOPE:
                function = definition.base_resolver.wrapped_func
                source = inspect.getsource(inspect.unwrap(level_of(function) or function))
                uses_actor = "actor" in source or "with_permission(info" in source
                if not uses_actor and policy_of(definition).permission is None:
                    without_actor.add(f"{type_.name}.{name}")
    assert without_actor == LISTED_BY_SCOPE
