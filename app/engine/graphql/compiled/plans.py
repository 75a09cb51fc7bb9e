"""Compiles a selection on an object type into a plan for a level of objects."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any, Protocol

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
    get_named_type,
    is_leaf_type,
    is_object_type,
)
from graphql.execution.collect_fields import CollectedFields, FieldDetails
from strawberry.types.field import StrawberryField

from app.engine.database.columns import Needed
from app.engine.graphql.compiled.attributes import ChangedAttribute
from app.engine.graphql.compiled.calls import Call
from app.engine.graphql.compiled.columns import Finish, Shape, leaf
from app.engine.graphql.compiled.levels import level_of

FieldDetailsList = list[FieldDetails]


class Unplannable(Exception):
    """The selection contains something that only graphql-core executes."""


@dataclass(slots=True)
class ObjectPlan:
    """The plan for objects of one type."""

    of: GraphQLObjectType
    keys: list[str]
    fields: list["FieldPlan"]
    awaits: int = 0  # number of its fields, including nested ones, that must be awaited
    units: int = 1  # units per object: the object itself and the values computed for it
    width: int = 1  # number of values per object, including nested objects
    has_lists: bool = False  # whether it contains lists of other objects
    checked: set[type] | None = None  # the classes that belong to the type, if the class decides

    @property
    def waits(self) -> bool:
        return self.awaits > 0


@dataclass(slots=True)
class FieldPlan:
    """The plan for one field of a level: read an attribute or call a resolver, and complete the values.

    With neither `name` nor `call` it is `__typename`.
    """

    details: FieldDetailsList
    parent: GraphQLObjectType
    shape: Shape
    definition: GraphQLField | None = None
    field: StrawberryField | None = None
    name: str = ""  # the plain attribute
    changed: Callable[[list[Any]], list[Any]] | None = None  # converts its values
    call: Call | None = None  # the resolver
    awaited: bool = False  # whether the resolver is a coroutine function
    units: int = 0  # of one value; 0 if it is only read
    finish: Finish | None = None  # completes leaves
    child: ObjectPlan | None = None  # the plan of its objects
    # the columns of the rows that its resolver reads
    needed: Needed = dataclass_field(default_factory=Needed)
    waits: bool = False  # whether anything in it must be awaited

    def __post_init__(self) -> None:
        self.waits = self.awaits > 0

    @property
    def width(self) -> int:
        """The number of values per object that are completed together with it."""
        return 1 if self.child is None or self.child.waits else self.child.width

    @property
    def awaits(self) -> int:
        return int(self.awaited) + (self.child.awaits if self.child is not None else 0)


class Host(Protocol):
    """What plans ask of the executor that they are made for."""

    def collect_subfields(self, type_: GraphQLObjectType, details: FieldDetailsList) -> CollectedFields: ...

    def units_of(self, coordinate: str) -> int:
        """What a value of a field counts as, in what an operation answers."""

    def depends_on_caller(self, definition: GraphQLField) -> bool:
        """Whether the same arguments of a field are accepted from some callers only."""


def plan_of(type_: GraphQLObjectType, details: FieldDetailsList, host: Host) -> ObjectPlan:
    """The plan of a selection set.

    Raises:
        Unplannable: it has an abstract type, a deferred part, or a field with extensions.
    """
    if any(part.defer_usage or part.fragment_variable_values for part in details):
        raise Unplannable
    grouped, defers, *_ = host.collect_subfields(type_, details)
    if defers:
        raise Unplannable
    return plan_of_fields(type_, grouped, host)


def plan_of_fields(
    type_: GraphQLObjectType, grouped: Mapping[str, FieldDetailsList], host: Host
) -> ObjectPlan:
    """The plan of collected fields, by response name."""
    fields = [_field(type_, parts, host) for parts in grouped.values()]
    awaits, units = sum(each.awaits for each in fields), 1 + sum(each.units for each in fields)
    width = max(1, sum(each.width for each in fields))
    has_lists = any(
        each.child is not None and (not each.shape.is_plain or each.child.has_lists) for each in fields
    )
    return ObjectPlan(type_, list(grouped), fields, awaits, units, width, has_lists)


def _field(parent: GraphQLObjectType, details: FieldDetailsList, host: Host) -> FieldPlan:
    node = details[0].node
    if any(part.defer_usage or part.fragment_variable_values for part in details):
        raise Unplannable
    if node.name.value == "__typename":
        return FieldPlan(details, parent, Shape(nullable=False))
    definition = parent.fields.get(node.name.value)
    field = (definition.extensions or {}).get("strawberry-definition") if definition else None
    if definition is None or not isinstance(field, StrawberryField) or field.extensions:
        raise Unplannable
    resolver = field.base_resolver
    if resolver is None and field.default_resolver is not getattr:
        raise Unplannable
    finish, child = _inside(definition.type, details, host)
    return FieldPlan(
        details,
        parent,
        Shape.of(definition.type),
        definition,
        field,
        name=field.python_name if resolver is None else "",
        changed=field.changed if isinstance(field, ChangedAttribute) else None,
        call=_call(definition, field, node, host) if resolver else None,
        units=host.units_of(f"{parent}.{node.name.value}") if resolver else 0,
        awaited=resolver is not None and bool(resolver.is_async),
        finish=finish,
        child=child,
    )


def _call(definition: GraphQLField, field: StrawberryField, node: FieldNode, host: Host) -> Call:
    resolver = field.base_resolver
    assert resolver is not None
    level = level_of(resolver.wrapped_func)
    return Call(definition, field, node, level, depends_on_caller=host.depends_on_caller(definition))


def _inside(
    type_: GraphQLOutputType, details: FieldDetailsList, host: Host
) -> tuple[Finish | None, ObjectPlan | None]:
    named = get_named_type(type_)
    if is_leaf_type(named):
        return leaf(named), None
    if is_object_type(named):
        return None, plan_of(named, details, host)
    raise Unplannable
