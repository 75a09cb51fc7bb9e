"""The parts of Strawberry's schema that have no public name."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from functools import cached_property
from typing import Any, TypeVar

import strawberry
from graphql import GraphQLResolveInfo, GraphQLSchema
from strawberry.extensions.runner import SchemaExtensionsRunner
from strawberry.types import ExecutionContext
from strawberry.types.execution import PreExecutionError

R = TypeVar("R")


class HookedSchema(strawberry.Schema, ABC):
    """A schema whose subclasses prepare and execute operations their own way."""

    @abstractmethod
    async def prepare(self, context: ExecutionContext) -> PreExecutionError | None:
        """Parse and validate an operation; the errors, if it must not run."""

    async def execute_prepared(self, context: ExecutionContext, run: Callable[[], Awaitable[R]]) -> R:
        """Execute an operation with `run`."""
        return await run()

    async def _prepare_operation_async(
        self, context: ExecutionContext, extensions_runner: SchemaExtensionsRunner
    ) -> PreExecutionError | None:
        return await self.prepare(context)

    async def _execute_operation(self, execution_context: ExecutionContext, *args: Any, **kwargs: Any) -> Any:
        def run() -> Awaitable[Any]:
            return super(HookedSchema, self)._execute_operation(execution_context, *args, **kwargs)

        return await self.execute_prepared(execution_context, run)


def graph_of(schema: Any) -> GraphQLSchema:
    """The schema of graphql-core that Strawberry has made."""
    graph: GraphQLSchema = schema._schema
    return graph


def raw_info_of(info: strawberry.Info) -> GraphQLResolveInfo[Any]:
    """What graphql-core gives a resolver."""
    return info._raw_info


def info_of(schema: strawberry.Schema, raw: GraphQLResolveInfo[Any], field: Any) -> strawberry.Info:
    """What Strawberry gives the resolver of a field."""
    return schema.config.info_class(_raw_info=raw, _field=field)


class PlannedInfo(strawberry.Info):
    """The `info` of a planned resolver. Most read only the context, so the rest is made at its first use."""

    def __init__(self, context: Any, field: Any, make: Callable[[], GraphQLResolveInfo[Any]]) -> None:
        self.planned_context = context
        self._field = field
        self.make_raw_info = make

    @property
    def context(self) -> Any:
        return self.planned_context

    @cached_property
    def _raw_info(self) -> GraphQLResolveInfo[Any]:  # type: ignore[override]
        return self.make_raw_info()


def names_operation(execution: ExecutionContext) -> bool:
    """Whether the request says which operation of the document is to be executed."""
    return execution._provided_operation_name is not None
