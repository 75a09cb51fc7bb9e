"""Reads all fields of all objects as a caller; records fields with a value and targets of relations."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    is_non_null_type,
    is_required_argument,
)

from app.core.graphql.policy import PART_OF_IT, reach_of
from app.nodes import fetchable
from tests.ask import Api
from tests.hostile.fields import Request
from tests.matrix.asking import GRAPH
from tests.matrix.cases import CASES, EnumName
from tests.matrix.world import Side

DEEPEST = 7  # an operation is refused beyond twelve levels
AT_ONCE = 10  # objects of a type in one operation
FETCHABLE = frozenset(fetchable())


@dataclass
class Sweep:
    """The fields that had a value for a caller, and the targets of relations."""

    values: set[str] = field(default_factory=set)  # `Type.field`
    things: set[str] = field(default_factory=set)  # the types of which the caller saw an object
    led_to: dict[str, set[str]] = field(default_factory=dict)  # by `Type.field`: ids of target objects
    ids: set[str] = field(default_factory=set)  # objects that could be fetched by id
    refusals: list[str] = field(default_factory=list)


class Selections:
    """The selection of all fields of a type, down to objects that can be fetched by their own id."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self._made: dict[tuple[str, int], str] = {}

    def of(self, type_: Any, depth: int = 0) -> str:
        key = type_.name, depth
        if key not in self._made:
            self._made[key] = " ".join(["__typename", *self._fields(type_, depth)])
        return self._made[key]

    def _fields(self, type_: Any, depth: int) -> Iterator[str]:
        if isinstance(type_, GraphQLUnionType | GraphQLInterfaceType):
            for member in GRAPH.get_possible_types(type_):
                yield f"... on {member.name} {{ {self.of(member, depth)} }}"
            return
        for name, each in type_.fields.items():
            inner = self._inner(get_named_type(each.type), depth, _is_part(each) and depth == 0)
            if inner is not None:
                yield f"{name}{_written(self.arguments(type_, name))}{inner}"

    def _inner(self, target: Any, depth: int, is_part: bool = False) -> str | None:
        """The selection for a field with a target type; None to omit the field.

        Parts are read with the object that contains them: some callers see them there who cannot fetch them by id.
        """
        if not isinstance(target, GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType):
            return ""
        if (target.name in FETCHABLE and not is_part) or target.name == "Node":
            return " { __typename ... on Node { id } }"
        if isinstance(target, GraphQLObjectType) and "nodes" in target.fields:
            nodes = self._inner(get_named_type(target.fields["nodes"].type), depth + 1, is_part)
            return None if nodes is None else f" {{ __typename nodes{nodes} }}"
        return None if depth >= DEEPEST else f" {{ {self.of(target, depth + 1)} }}"

    def arguments(self, type_: Any, name: str) -> dict[str, Any]:
        """The required arguments of a field, and a short page for a list."""
        field = type_.fields[name]
        given = Request(name, field, self.side.base).arguments({})
        needed = {key: value for key, value in given.items() if is_required_argument(field.args[key])}
        return needed | ({"first": 3} if "first" in field.args else {})


def _is_part(field: GraphQLField) -> bool:
    definition = field.extensions.get("strawberry-definition")
    return definition is not None and reach_of(definition) == PART_OF_IT


def _written(given: dict[str, Any]) -> str:
    return f"({', '.join(f'{key}: {_literal(value)}' for key, value in given.items())})" if given else ""


def _literal(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_literal(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_literal, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, EnumName):
        return str(value)
    return f'"{value}"' if isinstance(value, str) else str(value)


async def sweep_nodes(who: Api, side: Side, ids: list[str], sweep: Sweep) -> None:
    """Read all fields of the objects with some ids that a caller sees."""
    selections = Selections(side)
    for type_name, seen in (await _seen(who, ids)).items():
        sweep.ids.update(seen)
        selection = selections.of(GRAPH.type_map[type_name])
        query = f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {type_name} {{ {selection} }} }} }}"
        for start in range(0, len(seen), AT_ONCE):
            _take((await who.post(query, {"ids": seen[start : start + AT_ONCE]})).json(), sweep)


async def _seen(who: Api, ids: list[str]) -> dict[str, list[str]]:
    """Those of some ids that a caller can fetch, by type."""
    found: dict[str, list[str]] = {}
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
    for start in range(0, len(ids), 100):
        answer = (await who.post(query, {"ids": ids[start : start + 100]})).json()
        for row in answer["data"]["nodes"]:
            if row is not None:
                found.setdefault(row["__typename"], []).append(row["id"])
    return found


async def sweep_root(who: Api, side: Side, name: str, sweep: Sweep) -> None:
    """Read all fields of a root query whose result has no id."""
    selections = Selections(side)
    root = GRAPH.type_map["Query"]
    target = get_named_type(root.fields[name].type)
    given = CASES[name](side) if name in CASES else selections.arguments(root, name)
    answer = (await who.post(f"{{ {name}{_written(given)} {{ {selections.of(target)} }} }}")).json()
    _take(answer, sweep)


async def sweep_targets(who: Api, sweep: Sweep) -> None:
    """Fetch the targets of relations by id."""
    waiting = sorted(set().union(*sweep.led_to.values()) - sweep.ids)
    for seen in (await _seen(who, waiting)).values():
        sweep.ids.update(seen)


def _take(answer: dict[str, Any], sweep: Sweep) -> None:
    for error in answer.get("errors", []):
        code = error.get("extensions", {}).get("code")
        if code not in ("FORBIDDEN", "UNAUTHENTICATED", "NOT_FOUND"):
            sweep.refusals.append(f"{code} {error['message']}"[:200])
    for value in (answer.get("data") or {}).values():
        _walk(value, "", sweep)


def _walk(value: Any, place: str, sweep: Sweep) -> None:
    if isinstance(value, list):
        for each in value:
            _walk(each, place, sweep)
        return
    if not isinstance(value, dict) or "__typename" not in value:  # a scalar, such as JSON
        return
    if set(value) <= {"__typename", "id"} and place:
        sweep.led_to.setdefault(place, set()).update([value["id"]] if "id" in value else [])
        return
    sweep.things.add(value["__typename"])
    for name, each in value.items():
        inner = place if value["__typename"].endswith("Connection") else f"{value['__typename']}.{name}"
        if each is not None and name != "__typename":
            sweep.values.add(inner)
            _walk(each, inner, sweep)


def nullable_fields() -> set[str]:
    """All nullable fields; the others are visible to every caller who sees the object."""
    return {
        f"{type_.name}.{name}"
        for type_ in GRAPH.type_map.values()
        if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__")
        for name, each in type_.fields.items()
        if not is_non_null_type(each.type)
    }
