"""Permissions of filters and sorts: an input field declares who may use it, as an object field does.

Example: `tags: KeyFilter | None = doc("With such a tag.", default=None, policy=VIEW)`

A caller who may not see a field must not learn its values by filtering or sorting by it. The arguments of
every field are checked before it is called, including nested `and`, `or` and `not`; inputs without such
fields cost nothing. `undeclared_filters` finds fields that filter or sort by a restricted field of the same
name, so that the schema is not built with them.
"""

import functools
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_enum_type,
    is_input_object_type,
    is_list_type,
    is_object_type,
)

from app.core.actor import Actor
from app.core.graphql.policy import METADATA, Policy, policy_of
from app.engine.graphql.schema import graph_of

CONNECTION = "Connection"
EVENT = "Event"
GUARD = "guard"


@dataclass(slots=True, eq=False)
class Guard:
    """The restricted fields of an input, and the fields that lead to such fields."""

    policies: dict[str, Policy] = field(default_factory=dict)
    inner: "dict[str, Guard]" = field(default_factory=dict)

    def check(self, given: Any, actor: Actor) -> None:
        """Raise Forbidden or Unauthenticated for a field that the actor may not use."""
        if isinstance(given, list):
            for each in given:
                self.check(each, actor)
        elif isinstance(given, dict):
            for name, value in given.items():
                if value is None:
                    continue
                policy = self.policies.get(name)
                if policy is not None:
                    policy.check(actor)
                if name in self.inner:
                    self.inner[name].check(value, actor)


class Guards:
    """The guards of a schema's inputs, computed once for each input."""

    def __init__(self) -> None:
        self._known: dict[str, Guard] = {}

    def of_fields(self, fields: Mapping[str, Any]) -> Guard:
        """The guard of the fields of an input, or of the arguments of a field."""
        found = Guard()
        self._fill(found, fields)
        return found

    def _fill(self, guard: Guard, fields: Mapping[str, Any]) -> None:
        for name, each in fields.items():
            policy = policy_of_input(each)
            if policy is not None and (policy.permission is not None or policy.signed_in):
                guard.policies[name] = policy
            type_ = get_named_type(each.type)
            if is_input_object_type(type_):
                if type_.name not in self._known:
                    self._known[type_.name] = Guard()  # before its fields, because filters contain themselves
                    self._fill(self._known[type_.name], type_.fields)
                guard.inner[name] = self._known[type_.name]

    @staticmethod
    def guards_something(guard: Guard) -> bool:
        """Whether it contains a policy at any depth."""
        seen: list[Guard] = [guard]
        for each in seen:  # the list grows during the loop
            if each.policies:
                return True
            seen += [inner for inner in each.inner.values() if inner not in seen]
        return False


def policy_of_input(each: Any) -> Policy | None:
    """The policy of an input field or an argument."""
    definition = (each.extensions or {}).get("strawberry-definition")
    found = (getattr(definition, "metadata", None) or {}).get(METADATA)
    return found if isinstance(found, Policy) else None


def guard_inputs(schema: Any) -> None:
    """Check the arguments of each field with restricted inputs before the field is called.

    The arguments of a subscription are checked again before each event, because the caller may have lost a
    permission.
    """
    guards = Guards()
    for _, _, each in _fields_of(schema):
        guard = guards.of_fields(each.args)
        if guards.guards_something(guard):
            each.extensions[GUARD] = guard
            for which in ("resolve", "subscribe"):
                if getattr(each, which) is not None:
                    setattr(each, which, _guarded(getattr(each, which), guard))


def _guarded(function: Callable[..., Any], guard: Guard) -> Callable[..., Any]:
    @functools.wraps(function)
    def guarded(root: Any, info: Any, **given: Any) -> Any:
        guard.check(given, info.context.actor)
        return function(root, info, **given)

    return guarded


def guard_of(each: GraphQLField) -> Guard | None:
    """The guard of a field's arguments; None for most fields."""
    found: Guard | None = each.extensions.get(GUARD)
    return found


def _fields_of(schema: Any) -> Iterator[tuple[GraphQLObjectType, str, GraphQLField]]:
    for type_ in graph_of(schema).type_map.values():
        if is_object_type(type_) and not type_.name.startswith("__"):
            for name, each in type_.fields.items():
                yield type_, name, each


def undeclared_filters(schema: Any) -> list[str]:
    """The filter fields and sort values that have the name of a restricted field and declare no policy.

    A field that everybody may use despite its name declares `WITH_PARENT`.
    """
    found = set()
    for _, _, each in _fields_of(schema):
        listed = _listed_by(each)
        hidden = _hidden_in(listed)
        asked = _definition_policy(each)
        hidden = {
            name: policy
            for name, policy in hidden.items()
            if asked is None or asked.permission != policy.permission
        }
        if hidden:
            for type_ in _inputs_of(each):
                found |= set(_unsaid(type_, hidden, listed.fields.keys() - hidden if listed else ()))
    return sorted(found)


def _listed_by(each: GraphQLField) -> GraphQLObjectType | None:
    """The type of the objects that a field lists or streams events of."""
    named = get_named_type(each.type)
    if not is_object_type(named):
        return None
    if named.name.endswith(CONNECTION) and "nodes" in named.fields:
        listed = get_named_type(named.fields["nodes"].type)
        return listed if is_object_type(listed) else None
    if each.subscribe is not None:
        about = named.name.removesuffix(EVENT)
        inner = named.fields.get(about[:1].lower() + about[1:])
        listed = get_named_type(inner.type) if inner is not None else None
        return listed if listed is not None and is_object_type(listed) else None
    return None


def _hidden_in(type_: GraphQLObjectType | None) -> dict[str, Policy]:
    """The fields of a type that are restricted beyond the object itself."""
    found = {}
    for name, each in (type_.fields if type_ is not None else {}).items():
        policy = _definition_policy(each)
        if policy is not None and policy.permission is not None:
            found[name] = policy
    return found


def _definition_policy(each: GraphQLField) -> Policy | None:
    definition = (each.extensions or {}).get("strawberry-definition")
    return policy_of(definition) if definition is not None else None


def _inputs_of(each: GraphQLField) -> Iterator[Any]:
    for argument in each.args.values():
        type_ = get_named_type(argument.type)
        if is_input_object_type(type_):
            yield type_


def _unsaid(type_: Any, hidden: Mapping[str, Policy], shown: Collection[str]) -> Iterator[str]:
    for name, each in type_.fields.items():
        named = get_named_type(each.type)
        choices = (
            list(named.values)
            if is_enum_type(named) and not is_list_type(get_nullable_type(each.type))
            else []
        )
        for said in (name, *choices):
            if said in shown:
                continue
            for hidden_name, policy in hidden.items():
                if _words(hidden_name) <= _words(said) and not _covers(policy_of_input(each), policy):
                    place = f"{type_.name}.{name}" + ("" if said == name else f" ({said})")
                    yield f"{place}, which discloses {hidden_name}"


def _covers(declared: Policy | None, policy: Policy) -> bool:
    return declared is not None and (declared.permission is None or declared.permission == policy.permission)


def _words(name: str) -> set[str]:
    """The words of a name in singular: `holdKind` has hold and kind, `tags` has tag."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).replace("_", " ").lower()
    return {word.removesuffix("s") for word in spaced.split()}
