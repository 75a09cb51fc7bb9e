"""Who sees what: every field of everything that can be fetched, and where its relations lead."""

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
# Hidden fields of which the world has nothing to hide.
UNSEEN = {
    "StuckThing.order": "nothing has waited for hours",
}
Sweeps = dict[str, Sweep]


def _roots() -> Iterator[str]:
    """The root queries that answer something without an id of its own."""
    for name, each in GRAPH.type_map["Query"].fields.items():
        target = get_named_type(each.type)
        if isinstance(target, GraphQLObjectType) and "nodes" in target.fields:
            target = get_named_type(target.fields["nodes"].type)
        if isinstance(target, GraphQLObjectType) and target.name not in FETCHABLE:
            yield name


@pytest.fixture(scope="package")
async def sweeps(client: Api, world: World, callers: Callers, plan: Plan) -> Sweeps:
    """What everybody sees of both sides."""
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
        if who in (IN_CHANNEL, AT_LOCATIONS):  # what they must not see
            ids += [id for type_ in sorted(FETCHABLE) for id in outside.own.get(type_, [])]
        await sweep_nodes(api, inside, ids, sweep)
        for name in _roots():
            await sweep_root(api, inside, name, sweep)
        await sweep_targets(api, sweep)
    return found


def test_every_document_of_the_sweep_is_answered(sweeps: Sweeps):
    refused = {refusal for sweep in sweeps.values() for refusal in sweep.refusals}
    assert not {refusal for refusal in refused if not any(late in refusal for late in REFUSED_LATER.values())}


def test_there_is_something_to_fetch_of_every_type_on_both_sides_or_shared(world: World):
    missing = {
        (code, type_) for code, side in world.sides.items() for type_ in FETCHABLE if not side.ids.get(type_)
    }
    assert not missing


def test_every_field_that_a_permission_hides_has_something_to_hide(sweeps: Sweeps):
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


def test_everybody_sees_what_was_reviewed(sweeps: Sweeps):
    head = (
        "# Who sees what: of each type, who sees any of it; then the fields that not all of those see.\n"
        "# Visitors, the customer, another customer, and tokens with one permission.\n\n"
    )
    assert_reviewed("fields.txt", head + "".join(_audiences(sweeps)))


# Seen by whoever may see one of them, wherever it is: what belongs to everybody, and channels that are public.
EVERYBODYS = {"Channel", "Supplier"}


@pytest.mark.parametrize("who", [IN_CHANNEL, AT_LOCATIONS])
def test_nothing_of_the_other_side_can_be_fetched(sweeps: Sweeps, world: World, who: str):
    foreign = {id: type_ for type_, ids in world.sides[OUTSIDE].own.items() for id in ids}
    assert {foreign[id] for id in sweeps[who].ids if id in foreign} <= EVERYBODYS


def leaks_of(sweeps: Sweeps) -> dict[str, set[str]]:
    """The relations that lead somebody to what it cannot fetch by its id, and do not say why they may."""
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


def test_a_relation_leads_only_to_what_the_caller_could_fetch(sweeps: Sweeps):
    leaks = leaks_of(sweeps)
    assert not leaks, "\n".join(f"{place}: {' '.join(sorted(who))}" for place, who in sorted(leaks.items()))


# Relations of things that are not listed at all unless the caller sees where they lead.
LISTED_BY_SCOPE = {"StuckThing.fulfillmentOrder", "StuckThing.shipment", "VariantComponent.variant"}


def test_a_relation_that_says_it_keeps_to_the_callers_scope_asks_who_is_calling():
    silent = set()
    for type_ in GRAPH.type_map.values():
        for name, each in getattr(type_, "fields", {}).items():
            definition = getattr(each, "extensions", {}).get("strawberry-definition")
            if getattr(definition, "base_resolver", None) and reach_of(definition) == OWN_SCOPE:
                function = definition.base_resolver.wrapped_func
                source = inspect.getsource(inspect.unwrap(level_of(function) or function))
                asks = "actor" in source or "where_held(info" in source
                if not asks and policy_of(definition).permission is None:
                    silent.add(f"{type_.name}.{name}")
    assert silent == LISTED_BY_SCOPE
