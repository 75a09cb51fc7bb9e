"""The schema class: checks policies when built, adds codes to errors and masks bugs, creates contexts."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import structlog
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema import StreamResult
from strawberry.types import ExecutionContext
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType
from strawberry.utils.str_converters import to_camel_case
from tortoise.exceptions import ValidationError

from app.core import refusals
from app.core.card_numbers import has_card_number
from app.core.database import failures
from app.core.graphql import errors, prices
from app.core.graphql.bounds import bound_arguments
from app.core.graphql.coercion import CARD_NUMBER
from app.core.graphql.context import Context
from app.core.graphql.documents import Costs, hash_of, is_known, prepare
from app.core.graphql.executor import Executor
from app.core.graphql.extending import extend
from app.core.graphql.faults import RequestFault, fault_of
from app.core.graphql.filtering import guard_inputs, undeclared_filters
from app.core.graphql.inputs import build_inputs_once
from app.core.graphql.policy import unanswerable, undeclared, unexplained
from app.core.graphql.scalars import SCALARS
from app.core.graphql.turns import BEGIN_EVERY, OF_A_MUTATION, Turns
from app.engine.graphql.schema import HookedSchema, graph_of

R = TypeVar("R")

_log = structlog.get_logger("graphql")


class UndeclaredPolicy(TypeError):
    """A field of the schema declares no policy."""


class Schema(HookedSchema):
    def __init__(
        self,
        query: type,
        mutation: type | None,
        subscription: type | None,
        type_extensions: Mapping[type, Sequence[type]] | None = None,
        refusal_types: errors.Types = errors.CORE_TYPES,
        costs: prices.FieldCosts | None = None,
        spellings: Mapping[str, Callable[[str], str]] | None = None,
        fetchable: Collection[str] = (),
        several_lines: AbstractSet[str] = frozenset(),
        free_texts: AbstractSet[str] = frozenset(),
        **options: Any,
    ) -> None:
        """`type_extensions` are the types whose fields are added to a type, `refusal_types` those that
        refusals are returned as. `spellings` normalize input texts by name; texts in `several_lines` may have
        several lines, all others are single-line. Of the normalized texts, `free_texts` are searched for card
        numbers. `fetchable` are the types that `node` fetches.
        """
        extend(type_extensions or {})
        if mutation is not None:
            errors.set_outcomes(mutation, refusal_types)
        super().__init__(
            query=query,
            mutation=mutation,
            subscription=subscription,
            extensions=[Costs],
            exception_handlers=errors.handlers(refusal_types),
            execution_context_class=Executor,
            config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=True),
            **options,
        )
        self._turns = Turns()
        # Turns of starting streams, whose number is bounded separately; they end by the clock of their loop.
        self._beginning: WeakKeyDictionary[asyncio.AbstractEventLoop, Turns] = WeakKeyDictionary()
        definitions = [concrete.definition for concrete in self.schema_converter.type_map.values()]
        build_inputs_once([d for d in definitions if isinstance(d, StrawberryObjectDefinition)])
        guard_inputs(self)  # before the bounds, which then wrap it and are checked first
        bound_arguments(self, spellings or {}, several_lines, free_texts)
        if costs is not None:
            self._set_costs(costs)
        missing = undeclared(self)
        if missing:
            raise UndeclaredPolicy("these fields have no policy: " + ", ".join(sorted(missing)))
        if leading := unexplained(self, fetchable):
            raise UndeclaredPolicy(
                (
                    "these fields return objects with an ID; declare with `reach` which of them "
                    "the caller can see: "
                )
                + ", ".join(sorted(leading))
            )
        if hiding := unanswerable(self):
            raise UndeclaredPolicy(
                "these fields are non-null but can be hidden from a caller: " + ", ".join(sorted(hiding))
            )
        if telling := undeclared_filters(self):
            raise UndeclaredPolicy(
                "these inputs filter or sort by a restricted field; give each the field's policy with "
                "doc(…, policy=…), or WITH_PARENT if everyone may use it: " + "; ".join(telling)
            )

    def _set_costs(self, costs: prices.FieldCosts) -> None:
        types = graph_of(self).type_map.items()
        fields = {(name, field) for name, each in types for field in getattr(each, "fields", ())}
        named = {f"{name}.{field}" for name, field in fields}
        unknown = sorted(costs.names() - named) + sorted(costs.lists.keys() - {field for _, field in fields})
        if unknown:
            raise TypeError("costs are listed for fields that do not exist: " + ", ".join(unknown))
        prices.set_costs(costs)

    def models_of(self, type_names: Iterable[str]) -> dict[str, type]:
        """The models whose rows are the objects of the named types, by type name."""
        checks: dict[str, Any] = {
            name: getattr(graph_of(self).type_map[name], "is_type_of", None) for name in type_names
        }
        return {name: check.model for name, check in checks.items() if hasattr(check, "model")}

    async def prepare(self, context: ExecutionContext) -> PreExecutionError | None:
        if is_known(context.query):
            errors = await prepare(context)
        else:
            turn = context.context.turn_to_prepare()
            try:
                await self._turns.take(turn)
            except refusals.ServiceBusy as error:
                context.pre_execution_errors = [GraphQLError(error.message, original_error=error)]
                return PreExecutionError(data=None, errors=context.pre_execution_errors)
            with self._turns.followed_by_rest(turn):
                errors = await prepare(context)
        if errors is None:
            if context.operation_type is OperationType.SUBSCRIPTION:
                beginning = self._beginning.setdefault(asyncio.get_running_loop(), Turns(math.inf))
                await beginning.take_for_a_while(context.context.turn_to_begin(), BEGIN_EVERY)
            return None
        context.pre_execution_errors = errors
        return PreExecutionError(data=None, errors=errors)

    async def execute_prepared(
        self, execution_context: ExecutionContext, run: Callable[[], Awaitable[R]]
    ) -> R:
        context = execution_context.context
        cost = context.spent.cost if context.spent is not None else 1
        if execution_context.operation_type is OperationType.MUTATION:
            cost = max(cost, OF_A_MUTATION)
        turn = context.turn(cost)
        await self._turns.take(turn)
        try:
            return await run()
        finally:
            self._turns.end(turn)
            context.loaders.forget()  # level loaders and the context refer to each other

    async def stream(self, *args: Any, **kwargs: Any) -> StreamResult:
        context = kwargs["context_value"]
        if not isinstance(context, Context):  # a socket's context, which creates one for each operation
            kwargs["context_value"] = context.for_operation()
        return await super().stream(*args, **kwargs)

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Give each error its code, and mask the messages of bugs. The list is changed in place."""
        context = execution_context.context if execution_context else None
        errors[:] = [self._presentable(error, context, execution_context) for error in errors]

    def _presentable(
        self, error: GraphQLError, context: Any, execution_context: ExecutionContext | None
    ) -> GraphQLError:
        cause = error.original_error
        while isinstance(cause, GraphQLError) and cause.original_error is not None:
            cause = cause.original_error
        if (fault := fault_of(cause)) is not None:
            return RequestFault(fault)
        if cause is not None and failures.is_passing(cause):
            cause = failures.busy(cause)
        if isinstance(cause, refusals.ServiceBusy):
            return _busy(error, cause, context)
        if isinstance(cause, refusals.Refusal):
            return _refused(error, cause)
        if isinstance(cause, ValidationError):  # a value that exceeds its column
            return _coded(error, "A value is too long or has the wrong type.", "INVALID")
        if cause is None or (isinstance(cause, (GraphQLError, ValueError)) and _is_request_error(error)):
            code = (error.extensions or {}).get("code") or (
                "GRAPHQL_PARSE_FAILED"
                if error.message.startswith("Syntax Error")
                else "GRAPHQL_VALIDATION_FAILED"
            )
            message = CARD_NUMBER if has_card_number(error.message) else error.message  # it can quote a value
            return _coded(error, message, str(code))
        request_id = context.request_id if context else ""
        _log.error(
            "graphql.bug",
            request_id=request_id,
            path=".".join(str(part) for part in error.path or ()),
            document=hash_of(execution_context.query if execution_context else None),
            error=type(cause).__name__,
            exc_info=cause,
        )
        return GraphQLError(
            "An internal error occurred. Include the request ID when you report it.",
            nodes=error.nodes,
            path=error.path,
            extensions={"code": "INTERNAL", "requestId": request_id},
        )


def _is_request_error(error: GraphQLError) -> bool:
    """Whether an error is in the request itself, such as a malformed date in a variable."""
    return error.path is None


def _refused(error: GraphQLError, refusal: refusals.Refusal) -> GraphQLError:
    """A refusal of a query or a subscription, which has no union to return it in."""
    code = refusal.error_code.value.upper()
    if not isinstance(refusal, (refusals.Invalid, refusals.ValidationFailed)):
        return _coded(error, refusal.message, code)
    problems = [
        {"code": each.code.name, "message": each.message, "path": [to_camel_case(part) for part in each.path]}
        for each in refusal.problems
    ]
    # One code for all invalid arguments, whatever their number.
    return _coded(error, refusal.message, "INVALID", path=problems[0]["path"], problems=problems)


def _busy(error: GraphQLError, busy: refusals.ServiceBusy, context: Context | None) -> GraphQLError:
    """A read that failed because the database is unavailable, perhaps after a mutation stored its change."""
    message = busy.message
    if context is not None:
        context.is_busy = True
        if context.has_stored:
            message = (
                "The change was saved, but this part of the response could not be read. "
                "Query it again; repeat the mutation only with the same idempotencyKey."
            )
    return _coded(error, message, busy.error_code.value.upper(), retryAfter=busy.retry_after)


def _coded(error: GraphQLError, message: str, code: str, **more: Any) -> GraphQLError:
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions={**(error.extensions or {}), "code": code, **more},
    )
