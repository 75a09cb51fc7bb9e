"""Maps refusals to typed errors."""

import functools
import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ParamSpec, TypeVar, cast

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.field import StrawberryField
from strawberry.types.union import StrawberryUnion
from strawberry.utils.str_converters import to_camel_case

from app.core import refusals, transaction
from app.core.graphql.once import once_for_each_key
from app.core.graphql.policy import METADATA, Policy, documented, info_of
from app.core.graphql.problems import Problem, api_path, shown
from app.core.graphql.scalars import doc, graphql_enum
from app.core.refusals import ErrorCode
from app.core.steps import LifecycleStatus, LifecycleStep

P = ParamSpec("P")
R = TypeVar("R")

graphql_enum(LifecycleStep, "A step of a life cycle, of any object that has one.")
graphql_enum(
    LifecycleStatus,
    "A status of any object with a life cycle: the values of `OrderStatus`, `ProductStatus` and the "
    "other status enums.",
)
strawberry.enum(ErrorCode, description="Machine-readable error code.")
_CODES = {
    "INVALID": "An input is invalid.",
    "VALIDATION_FAILED": "Several inputs are invalid; `problems` lists each of them.",
    "NOT_FOUND": "The object does not exist, or the caller cannot see it.",
    "ALREADY_EXISTS": "The code, slug, SKU, key or email address is already in use by another object.",
    "STALE_VERSION": "The object has changed since the caller read it.",
    "ILLEGAL_TRANSITION": "The step is not allowed in the current status.",
    "IDEMPOTENCY_CONFLICT": "The idempotency key was already used with a different input.",
    "INSUFFICIENT_STOCK": "The available quantity is less than the requested quantity.",
    "TOTAL_CHANGED": "The order total differs from the expected total.",
    "SERVICE_BUSY": "The service is overloaded, or the database is unavailable; try again.",
    "SIGN_IN_FAILED": "The email address and password, or the token, were not accepted.",
    "TOO_MANY_ATTEMPTS": "Too many attempts; try again after `retryAfter` seconds.",
    "ON_HOLD": "The order is on hold; release it first.",
    "FORBIDDEN": "The caller does not have permission.",
    "UNAUTHENTICATED": "Authentication is required.",
}
for _value in cast(Any, ErrorCode).__strawberry_definition__.values:
    _value.description = _CODES[_value.name]


@strawberry.interface(description="An error that the caller can handle.")
class UserError:
    error_code: ErrorCode = doc("Machine-readable error code.")
    message: str = doc("Error message in English for people: the problem and how to fix it.")
    path: list[str] | None = doc(
        "Path of the invalid argument: `input`, followed by field names and list positions. Null if the "
        "error does not concern a single argument."
    )


@strawberry.type(description="A single input is invalid.")
class InvalidInput(UserError):
    problems: list[Problem] = doc("List with the single problem, in the same form as in ValidationFailed.")


@strawberry.type(description="Several inputs are invalid; all problems are listed.")
class ValidationFailed(UserError):
    problems: list[Problem] = doc("All problems of the input.")


@strawberry.type(description="The object does not exist, or the caller cannot see it.")
class NotFound(UserError):
    pass


@strawberry.type(description="The code, slug, SKU, key or email address is already in use by another object.")
class AlreadyExists(UserError):
    pass


@strawberry.type(description="The object has changed since the caller read it.")
class StaleVersion(UserError):
    current_version: int = doc("Current version of the object.")


@strawberry.type(description="The step is not allowed in the current status of the object.")
class IllegalTransition(UserError):
    step: LifecycleStep = doc("The rejected step.")
    current: LifecycleStatus = doc("Current status of the object.")
    allowed: list[LifecycleStep] = doc("Steps that are allowed in the current status.")


@strawberry.type(description="The idempotency key was already used with a different input.")
class IdempotencyConflict(UserError):
    pass


@strawberry.type(
    description=(
        "The server is at capacity or its database is unavailable. Nothing was changed "
        "unless `isOutcomeUnknown` is true; retry the request."
    )
)
class ServiceBusy(UserError):
    retry_after: int = doc("Number of seconds to wait before retrying.")
    is_outcome_unknown: bool = doc(
        "Whether the change may have been saved, because the connection to the database was lost "
        "during the commit. Retry with the same `idempotencyKey`; without a key, check first whether "
        "the change was made."
    )


Types = Mapping[type[refusals.Refusal], type[UserError]]

# The types of the refusals of `core`; `app.wiring.schema` lists those of the domains.
CORE_TYPES: Types = {
    refusals.Invalid: InvalidInput,
    refusals.ValidationFailed: ValidationFailed,
    refusals.NotFound: NotFound,
    refusals.AlreadyExists: AlreadyExists,
    refusals.StaleVersion: StaleVersion,
    refusals.IllegalTransition: IllegalTransition,
    refusals.IdempotencyConflict: IdempotencyConflict,
    refusals.ServiceBusy: ServiceBusy,
}


_ALWAYS = (refusals.Invalid, refusals.ValidationFailed, refusals.NotFound, refusals.ServiceBusy)
# Refusals that a mutation can return if it has the argument.
_BY_ARGUMENT: dict[str, type[refusals.Refusal]] = {
    "expected_version": refusals.StaleVersion,
    "idempotency_key": refusals.IdempotencyConflict,
}


class Outcome(StrawberryUnion):
    """The union that a mutation returns. Its members are set when the schema is built."""

    def __init__(self, name: str, success: Any, refused: tuple[type[refusals.Refusal], ...]) -> None:
        super().__init__(name, description="Result of the mutation: the object, or an error.")
        self._success, self._refused = success, refused

    def set_members(self, types: Types) -> None:
        """Take the members from the types of the refusals.

        Raises:
            TypeError: a refusal has no type.
        """
        if missing := [each.__name__ for each in self._refused if each not in types]:
            raise TypeError(f"{self.graphql_name}: no type is listed for {', '.join(missing)}")
        members = dict.fromkeys((self._success, *(types[each] for each in self._refused)))
        self.type_annotations = tuple(StrawberryAnnotation(each) for each in members)


def set_outcomes(mutations: type, types: Types) -> None:
    """Set the members of the unions that the mutations of a root type return."""
    for each in mutations.__strawberry_definition__.fields:  # type: ignore[attr-defined]
        if isinstance(each.type, Outcome):
            each.type.set_members(types)


def mutation(
    outcome: str,
    success: Any,
    *,
    policy: Policy,
    refuses: tuple[type[refusals.Refusal], ...] = (),
    once: type | None = None,
) -> Callable[[Callable[..., Awaitable[Any]]], StrawberryField]:
    """A field of the root type Mutation that returns a union of its success type and its refusals.

    Every mutation can return invalid input, not found and busy, and the refusals that `_BY_ARGUMENT` lists
    for its arguments; `refuses` lists further ones. With `once`, the model of the row that it returns, it
    takes an idempotency key: see `app.core.graphql.once`.
    """
    if told := set(refuses) & set(_BY_ARGUMENT.values()):
        raise TypeError(f"{outcome}: the arguments decide on {', '.join(each.__name__ for each in told)}")

    def decorate(function: Callable[..., Awaitable[Any]]) -> StrawberryField:
        resolver = function if once is None else once_for_each_key(function, once)
        can = dict.fromkeys((*_ALWAYS, *_of_arguments(resolver), *refuses))
        made: StrawberryField = strawberry.mutation(
            resolver=_guarded(resolver, policy),
            graphql_type=Outcome(outcome, success, tuple(can)),
            description=documented(resolver),
            metadata={METADATA: policy},
        )
        return made

    return decorate


def _of_arguments(resolver: Any) -> list[type[refusals.Refusal]]:
    taken = inspect.signature(resolver).parameters
    return [refusal for argument, refusal in _BY_ARGUMENT.items() if argument in taken]


def _guarded(resolver: Callable[P, Awaitable[R]], policy: Policy) -> Callable[P, Awaitable[R]]:
    @functools.wraps(resolver)
    async def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        context = info_of(args, kwargs).context
        policy.check(context.actor)
        with transaction.counted() as commits:
            try:
                return await resolver(*args, **kwargs)
            except refusals.ServiceBusy as error:
                # a part was stored, or the result of the commit is unknown
                if commits.count or error.is_outcome_unknown:
                    raise refusals.ServiceBusy.with_unknown_outcome() from error
                raise refusals.ServiceBusy from error
            finally:
                context.has_stored = context.has_stored or commits.count > 0

    return guarded


class _Handler:
    """Converts one class of refusals to its typed error."""

    def __init__(self, refusal: type[refusals.Refusal], graphql_type: type[UserError]) -> None:
        self.exception_type = refusal
        self.error_type = graphql_type

    def handle(self, exception: Any, *, field: Any, info: strawberry.Info) -> UserError | None:
        if type(exception) is not self.exception_type:
            return None  # a subclass has its own handler
        if isinstance(exception, refusals.ServiceBusy):
            info.context.is_busy = True
        arguments = {to_camel_case(argument.python_name) for argument in field.arguments}
        detail = dict(exception.detail())
        if self.error_type in (InvalidInput, ValidationFailed):
            detail["problems"] = [shown(problem, arguments) for problem in exception.problems]
        return self.error_type(
            error_code=exception.error_code,
            message=exception.message,
            path=api_path(exception.path, arguments),
            **detail,
        )


def handlers(types: Types) -> list[Any]:
    return [_Handler(refusal, graphql_type) for refusal, graphql_type in types.items()]


def typed(failed: refusals.ValidationFailed, field: Any, info: strawberry.Info) -> UserError | None:
    """The typed error for problems found before the field was called."""
    return _Handler(refusals.ValidationFailed, ValidationFailed).handle(failed, field=field, info=info)
