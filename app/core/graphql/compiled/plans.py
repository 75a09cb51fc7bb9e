"""Compiling a selection on an object type into what is to be done for a whole level of objects."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from operator import attrgetter
from typing import Any

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
    VariableNode,
    Visitor,
    get_named_type,
    is_leaf_type,
    is_object_type,
    visit,
)
from graphql.execution.collect_fields import FieldDetails
from graphql.execution.values import get_argument_values
from strawberry.schema.schema_converter import get_arguments
from strawberry.types.field import StrawberryField

from app.core.database.columns import Needed
from app.core.graphql.compiled.columns import Column, Shape, leaf
from app.core.graphql.levels import level_of

FieldDetailsList = list[FieldDetails]


class Unplannable(Exception):
    """The selection has something that only graphql-core executes."""


@dataclass(slots=True)
class ObjectPlan:
    """What to do for objects of one type."""

    of: GraphQLObjectType
    keys: list[str]
    fields: list["FieldPlan"]
    waits: bool = False  # whether anything in it must be awaited
    checked: set[type] | None = None  # the classes that belong to the type, where the class decides


@dataclass(slots=True)
class FieldPlan:
    """What to do for one field of a level."""

    name: str  # the attribute, where it is one
    definition: GraphQLField | None
    details: FieldDetailsList
    parent: GraphQLObjectType
    shape: Shape
    finish: Callable[[Column], Column] | None  # completes leaves
    child: ObjectPlan | None  # the plan of the objects
    field: StrawberryField | None  # None: `__typename`
    read: Callable[[Any], Any] | None  # a plain attribute
    level: Callable[..., Awaitable[Sequence[Any]]] | None  # a resolver of whole levels
    awaited: bool = False  # whether its own resolver is a coroutine function
    fixed: bool = False  # whether its arguments are the same each time
    given: dict[str, Any] | None = None  # those arguments, once worked out
    needed: Needed = field(default_factory=Needed)  # the columns of what its resolver reads

    @property
    def waits(self) -> bool:
        return self.awaited or self.level is not None or (self.child is not None and self.child.waits)


Collect = Callable[[GraphQLObjectType, FieldDetailsList], Any]


def plan_of(type_: GraphQLObjectType, details: FieldDetailsList, collect: Collect) -> ObjectPlan:
    """The plan of a selection set.

    Raises:
        Unplannable: it has an abstract type, a deferred part, or a field with extensions.
    """
    if any(part.defer_usage or part.fragment_variable_values for part in details):
        raise Unplannable
    grouped, defers, *_ = collect(type_, details)
    if defers:
        raise Unplannable
    return plan_of_fields(type_, grouped, collect)


def plan_of_fields(
    type_: GraphQLObjectType, grouped: Mapping[str, FieldDetailsList], collect: Collect
) -> ObjectPlan:
    """The plan of fields that were collected already, by their names in the response."""
    fields = [_field(type_, parts, collect) for parts in grouped.values()]
    return ObjectPlan(type_, list(grouped), fields, any(each.waits for each in fields))


def _field(parent: GraphQLObjectType, details: FieldDetailsList, collect: Collect) -> FieldPlan:
    node = details[0].node
    if any(part.defer_usage or part.fragment_variable_values for part in details):
        raise Unplannable
    if node.name.value == "__typename":
        return FieldPlan("", None, details, parent, Shape(nullable=False), None, None, None, None, None)
    definition = parent.fields.get(node.name.value)
    known = (definition.extensions or {}).get("strawberry-definition") if definition else None
    if definition is None or not isinstance(known, StrawberryField) or known.extensions:
        raise Unplannable
    finish, child = _inside(definition.type, details, collect)
    resolver = known.base_resolver
    if resolver is None and known.default_resolver is not getattr:
        raise Unplannable
    return FieldPlan(
        name=known.python_name,
        definition=definition,
        details=details,
        parent=parent,
        shape=Shape.of(definition.type),
        finish=finish,
        child=child,
        field=known,
        read=attrgetter(known.python_name) if resolver is None else None,
        level=level_of(resolver.wrapped_func) if resolver is not None else None,
        awaited=resolver is not None and bool(resolver.is_async),
        fixed=not _has_variables(node),
    )


def _inside(
    type_: GraphQLOutputType, details: FieldDetailsList, collect: Collect
) -> tuple[Callable[[Column], Column] | None, ObjectPlan | None]:
    named = get_named_type(type_)
    if is_leaf_type(named):
        return leaf(named), None
    if is_object_type(named):
        return None, plan_of(named, details, collect)
    raise Unplannable


def arguments_of(plan: FieldPlan, info: Any, executor: Any) -> dict[str, Any]:
    """The field's arguments in this execution, as its resolver wants them; without objects and `info`."""
    if plan.given is not None:
        return plan.given.copy()
    assert plan.field is not None
    assert plan.definition is not None
    node = plan.details[0].node
    given = (
        get_argument_values(plan.definition, node, executor.variable_values)
        if plan.definition.args or node.arguments
        else {}
    )
    _, kwargs = get_arguments(
        field=plan.field, source=None, info=info, kwargs=given, config=info.schema.config,
        scalar_registry=info.schema.schema_converter.scalar_registry,
    )  # fmt: skip
    resolver = plan.field.base_resolver
    for parameter in (
        (resolver.parent_parameter, resolver.root_parameter, resolver.info_parameter) if resolver else ()
    ):
        if parameter is not None:
            kwargs.pop(parameter.name, None)
    # A list or an input object could be changed by whom it is given to, so these are made anew each time.
    if plan.fixed and all(isinstance(value, _UNCHANGEABLE) for value in kwargs.values()):
        plan.given = kwargs.copy()
    return kwargs


_UNCHANGEABLE = (str, int, float, type(None), Enum)


def _has_variables(node: FieldNode) -> bool:
    found = False

    class Finder(Visitor):
        def enter_variable(self, _node: VariableNode, *_: Any) -> None:
            nonlocal found
            found = True

    for argument in node.arguments or ():
        visit(argument, Finder())
    return found
