"""Every input field of the schema, and requests with all other required values."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    get_named_type,
    is_composite_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    is_required_input_field,
)

ITEM = "[]"  # the path step from a list to its entry
Path = tuple[str, ...]
Base = Callable[[str, str, str], Any]  # a value for an input type or operation, a field, and the field's type


@dataclass(frozen=True)
class Site:
    """A site where a value can be given: an argument, a field of an input, or an entry of a list."""

    root: str  # Query, Mutation, Subscription or a type below
    field: str
    path: Path
    type: GraphQLInputType

    @property
    def name(self) -> str:
        return f"{self.root}.{self.field}({'.'.join(self.path)})"

    @property
    def kind(self) -> str:
        inner = self.type.of_type if is_non_null_type(self.type) else self.type
        if is_list_type(inner):
            return "LIST"
        named = get_named_type(inner)
        if isinstance(named, GraphQLInputObjectType):
            return "OBJECT"
        return "ENUM" if isinstance(named, GraphQLEnumType) else str(named.name)

    @property
    def is_nullable(self) -> bool:
        return not is_non_null_type(self.type)


def sites_of(root: str, name: str, field: GraphQLField) -> Iterator[Site]:
    """All sites of one field's arguments; a recursive type, such as a filter's `and`, is entered once."""

    def inside(path: Path, type_: Any, entered: frozenset[str]) -> Iterator[Site]:
        yield Site(root, name, path, type_)
        inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        if isinstance(inner, GraphQLList):
            yield from inside((*path, ITEM), inner.of_type, entered)
        elif isinstance(inner, GraphQLInputObjectType) and inner.name not in entered:
            deeper = entered | {inner.name}
            for part, each in inner.fields.items():
                yield from inside((*path, part), each.type, deeper)

    for argument, each in field.args.items():
        yield from inside((argument,), each.type, frozenset())


def all_sites(schema: GraphQLSchema) -> list[Site]:
    """Every site of the schema where a caller can give a value."""
    found = []
    for type_ in schema.type_map.values():
        if is_composite_type(type_) and hasattr(type_, "fields") and not type_.name.startswith("__"):
            for name, field in type_.fields.items():
                found += sites_of(type_.name, name, field)
    return found


class Request:
    """The arguments of one field: required values, and given values at some paths."""

    def __init__(self, owner: str, field: GraphQLField, base: Base) -> None:
        self.owner, self.field, self.base = owner, field, base

    def arguments(self, values: dict[Path, Any]) -> dict[str, Any]:
        given: dict[str, Any] = {}
        for name, argument in self.field.args.items():
            needed = is_non_null_type(argument.type) or self.base(self.owner, name, "?") is not None
            if needed or any(path[0] == name for path in values):
                given[name] = self._at(argument.type, (name,), self.owner, name, values)
        return given

    def _at(self, type_: Any, path: Path, owner: str, name: str, values: dict[Path, Any]) -> Any:
        if path in values:
            return values[path]
        inner = type_.of_type if is_non_null_type(type_) else type_
        if is_list_type(inner):
            return [self._at(inner.of_type, (*path, ITEM), owner, name, values)]
        if is_input_object_type(inner):
            whole = self.base(owner, name, inner.name)
            usual = whole if isinstance(whole, dict) else {}
            given = {}
            for part, field in inner.fields.items():
                here = (*path, part)
                wanted = any(each[: len(here)] == here for each in values)
                if part in usual and not wanted:
                    given[part] = usual[part]
                elif wanted or is_required_input_field(field) or self.base(inner.name, part, "?") is not None:
                    given[part] = self._at(field.type, here, inner.name, part, values)
            return given
        if isinstance(inner, GraphQLEnumType):
            return self.base(owner, name, inner.name) or next(iter(inner.values))
        return self.base(owner, name, inner.name)


def as_in_response(path: Path) -> str:
    """A path as responses show it; lists have one entry."""
    return ".".join("0" if step == ITEM else step for step in path)


def paths_to_types(schema: GraphQLSchema) -> dict[str, tuple[tuple[str, str], ...]]:
    """For each object type, the shortest non-null path to it from Query, as (type, field) pairs."""
    paths: dict[str, tuple[tuple[str, str], ...]] = {"Query": ()}
    waiting = ["Query"]
    for type_name in waiting:  # the list grows during the loop
        for name, field in schema.type_map[type_name].fields.items():
            target = get_named_type(field.type)
            if is_non_null_type(field.type) and hasattr(target, "fields") and target.name not in paths:
                paths[target.name] = (*paths[type_name], (type_name, name))
                waiting.append(target.name)
    return paths
