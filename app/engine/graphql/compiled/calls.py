"""Calls a field's resolver for the objects of a level."""

from collections.abc import Callable
from enum import Enum
from typing import Any

from graphql import FieldNode, GraphQLField, VariableNode, Visitor, get_nullable_type, is_leaf_type, visit
from graphql.execution.values import get_argument_values
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema_converter import get_arguments
from strawberry.types.base import StrawberryMaybe
from strawberry.types.field import StrawberryField

from app.engine.graphql.compiled.columns import Column

# Immutable values may be shared by all calls.
_UNCHANGEABLE = (str, int, float, type(None), Enum)


class Call:
    """How a resolver is called: its arguments besides the object, and the parameter for the object."""

    __slots__ = (
        "_definition", "_field", "_fixed", "_function", "_given", "_info", "_names", "_node",
        "_objects", "_positional", "level",
    )  # fmt: skip

    def __init__(
        self,
        definition: GraphQLField,
        field: StrawberryField,
        node: FieldNode,
        level: Callable[..., Any] | None,
        *,
        depends_on_caller: bool,
    ) -> None:
        resolver = field.base_resolver
        assert resolver is not None
        self.level = level  # the level function, if it has one
        self._definition = definition
        self._field = field
        self._node = node
        self._function: Any = resolver.wrapped_func
        self._positional = resolver.self_parameter is not None
        self._info = resolver.info_parameter.name if resolver.info_parameter else None
        parameters = (resolver.parent_parameter, resolver.root_parameter)
        self._objects = tuple({parameter.name: None for parameter in parameters if parameter is not None})
        self._fixed = not depends_on_caller and not _has_variables(node)
        self._given: dict[str, Any] | None = None if definition.args else {}
        self._names: dict[str, str] | None = None

    @property
    def needs_info(self) -> bool:
        """Whether the resolver requires an `info`."""
        return self.level is not None or self._info is not None or self._given is None

    def each(self, objects: Column, info: Any, executor: Any) -> Column:
        """The result for each object; coroutines, if the resolver is a coroutine function."""
        call = self._function
        given = self.arguments(info, executor)
        if self._info is not None:
            given[self._info] = info
        if not given and self._objects == ("root",):
            return (
                [call(each, root=each) for each in objects]
                if self._positional
                else [call(root=each) for each in objects]
            )
        values = []
        for each in objects:
            for name in self._objects:
                given[name] = each
            values.append(call(each, **given) if self._positional else call(**given))
        return values

    def arguments(self, info: Any, executor: Any) -> dict[str, Any]:
        """The arguments in this execution, converted for the resolver."""
        if self._given is not None:
            return self._given.copy()
        given = get_argument_values(self._definition, self._node, executor.variable_values)
        executor.prepare_arguments(self._definition, given, info)
        if self._names is None:
            self._names = _names_of_leaves(self._definition, self._field, info.schema.config)
        if self._names:
            kwargs = {self._names[name]: value for name, value in given.items()}
        else:
            kwargs = self._converted(given, info)
        if self._fixed and all(isinstance(value, _UNCHANGEABLE) for value in kwargs.values()):
            self._given = kwargs.copy()
        return kwargs

    def _converted(self, given: dict[str, Any], info: Any) -> dict[str, Any]:
        """The arguments, with input types instantiated."""
        _, kwargs = get_arguments(
            field=self._field, source=None, info=info, kwargs=given, config=info.schema.config,
            scalar_registry=info.schema.schema_converter.scalar_registry,
        )  # fmt: skip
        for name in (*self._objects, self._info or ""):
            kwargs.pop(name, None)
        return kwargs


def _names_of_leaves(
    definition: GraphQLField, field: StrawberryField, config: StrawberryConfig
) -> dict[str, str]:
    """The resolver's names of the arguments, if graphql-core has converted all of them; empty otherwise."""
    if field.extensions or any(isinstance(argument.type, StrawberryMaybe) for argument in field.arguments):
        return {}
    if not all(is_leaf_type(get_nullable_type(argument.type)) for argument in definition.args.values()):
        return {}
    return {config.name_converter.from_argument(each): each.python_name for each in field.arguments}


def _has_variables(node: FieldNode) -> bool:
    found = False

    class Finder(Visitor):
        def enter_variable(self, _node: VariableNode, *_: Any) -> None:
            nonlocal found
            found = True

    for argument in node.arguments or ():
        visit(argument, Finder())
    return found
