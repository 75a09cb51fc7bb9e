"""Refusals as typed errors, in one place."""

import functools
import inspect
from typing import Annotated, Any, Union, cast

import strawberry
from strawberry.utils.str_converters import to_camel_case

from app.core import refusals, transaction
from app.core.graphql.policy import METADATA, Policy, documented, info_of
from app.core.graphql.problems import Problem, api_path, shown
from app.core.graphql.scalars import doc, graphql_enum
from app.core.refusals import ErrorCode
from app.core.steps import LifecycleStatus, LifecycleStep

graphql_enum(LifecycleStep, "A step of a life cycle, of whatever thing.")
graphql_enum(
    LifecycleStatus,
    "A status of whatever has a life cycle: the values of `OrderStatus`, `ProductStatus` and the others.",
)
strawberry.enum(ErrorCode, description="What kind of no it was, for programs.")
_CODES = {
    "INVALID": "An input cannot be taken as it is.",
    "VALIDATION_FAILED": "Several inputs are wrong; `problems` names each.",
    "NOT_FOUND": "There is no such thing, or the caller may not see it.",
    "ALREADY_EXISTS": "Something else has this code, slug, SKU, key or e-mail address already.",
    "STALE_VERSION": "It has changed since the caller read it.",
    "ILLEGAL_TRANSITION": "Its life cycle has no such step from where it stands.",
    "IDEMPOTENCY_CONFLICT": "The idempotency key was used for another input.",
    "INSUFFICIENT_STOCK": "Less is available than was asked for.",
    "TOTAL_CHANGED": "The order would not come to the total that was expected.",
    "SERVICE_BUSY": "No capacity now, or no database; try again.",
    "SIGN_IN_FAILED": "The e-mail address and password, or the token, were not accepted.",
    "TOO_MANY_ATTEMPTS": "Too much of this was tried of late; try again after `retryAfter` seconds.",
    "ON_HOLD": "Something holds the order; release it first.",
    "FORBIDDEN": "The caller may not do this.",
    "UNAUTHENTICATED": "The caller must sign in first.",
}
for _value in cast(Any, ErrorCode).__strawberry_definition__.values:
    _value.description = _CODES[_value.name]


@strawberry.interface(description="Any error that the caller can act on.")
class UserError:
    error_code: ErrorCode = doc("What kind of no it was, for programs.")
    message: str = doc("What is wrong and what to do instead, for people, in English.")
    path: list[str] | None = doc("Where in the arguments: `input`, then field names and list positions.")


@strawberry.type(description="One input cannot be taken as it is.")
class InvalidInput(UserError):
    problems: list[Problem] = doc("The one problem, in the form that ValidationFailed has.")


@strawberry.type(description="Several inputs are wrong; all are named at once.")
class ValidationFailed(UserError):
    problems: list[Problem] = doc("Every wrong input.")


@strawberry.type(description="There is no such thing, or the caller may not see it.")
class NotFound(UserError):
    pass


@strawberry.type(description="Something else has this code, slug, SKU, key or e-mail address already.")
class AlreadyExists(UserError):
    pass


@strawberry.type(description="The thing has changed since the caller read it.")
class StaleVersion(UserError):
    current_version: int = doc("The version that it has now.")


@strawberry.type(description="The life cycle has no such step from where the thing stands.")
class IllegalTransition(UserError):
    step: LifecycleStep = doc("The step that was refused.")
    current: LifecycleStatus = doc("The status that it has now.")
    allowed: list[LifecycleStep] = doc("The steps that lead on from there.")


@strawberry.type(description="The idempotency key was used before, for another input.")
class IdempotencyConflict(UserError):
    pass


@strawberry.type(
    description=(
        "The server has no capacity for this now, or its database cannot be used. Nothing was done unless "
        "`isOutcomeUnknown`; try again."
    )
)
class ServiceBusy(UserError):
    retry_after: int = doc("Seconds to wait before it is tried again.")
    is_outcome_unknown: bool = doc(
        "Whether it may have been done all the same: the database was lost while it was stored. Send it "
        "again with the same `idempotencyKey`; without a key, look first whether it was done."
    )


_TYPES: dict[type[refusals.Refusal], type[Any]] = {
    refusals.Invalid: InvalidInput,
    refusals.ValidationFailed: ValidationFailed,
    refusals.NotFound: NotFound,
    refusals.AlreadyExists: AlreadyExists,
    refusals.StaleVersion: StaleVersion,
    refusals.IllegalTransition: IllegalTransition,
    refusals.IdempotencyConflict: IdempotencyConflict,
    refusals.ServiceBusy: ServiceBusy,
}


def refusal_type(refusal: type[refusals.Refusal], graphql_type: type[Any]) -> None:
    """Let a domain's own refusal arrive as a type of its own, whose fields are the refusal's detail."""
    _TYPES[refusal] = graphql_type


_ALWAYS = (refusals.Invalid, refusals.ValidationFailed, refusals.NotFound, refusals.ServiceBusy)
# What a mutation can answer exactly when it has the argument.
_BY_ARGUMENT: dict[str, type[refusals.Refusal]] = {
    "expected_version": refusals.StaleVersion,
    "idempotency_key": refusals.IdempotencyConflict,
}


def mutation(
    outcome: str,
    success: Any,
    *,
    policy: Policy,
    refuses: tuple[type[refusals.Refusal], ...] = (),
) -> Any:
    """A field of the root Mutation, answering a union of its success and the refusals it can raise.

    Every mutation can refuse an input, find nothing and be busy, and what `_BY_ARGUMENT` says of the
    arguments that it has; `refuses` lists what else it can say.
    """
    if told := set(refuses) & set(_BY_ARGUMENT.values()):
        raise TypeError(f"{outcome}: the arguments decide on {', '.join(each.__name__ for each in told)}")

    def decorate(resolver: Any) -> Any:
        can = dict.fromkeys((*_ALWAYS, *_of_arguments(resolver), *refuses))
        members = [success, *(_TYPES[refusal] for refusal in can)]
        union: Any = Annotated[
            Union[tuple(members)],  # noqa: UP007  # the members are known only here
            strawberry.union(outcome, description="What came of it: the thing itself, or an error."),
        ]
        return strawberry.mutation(
            resolver=_guarded(resolver, policy),
            graphql_type=union,
            description=documented(resolver),
            metadata={METADATA: policy},
        )

    return decorate


def _of_arguments(resolver: Any) -> list[type[refusals.Refusal]]:
    taken = inspect.signature(resolver).parameters
    return [refusal for argument, refusal in _BY_ARGUMENT.items() if argument in taken]


def _guarded(resolver: Any, policy: Policy) -> Any:
    @functools.wraps(resolver)
    async def guarded(*args: Any, **kwargs: Any) -> Any:
        context = info_of(args, kwargs).context
        policy.check(context.actor)
        with transaction.counted() as commits:
            try:
                return await resolver(*args, **kwargs)
            except refusals.ServiceBusy as error:
                if commits.count or error.is_outcome_unknown:  # a part was done, or all but the answer
                    raise refusals.ServiceBusy.with_unknown_outcome() from error
                raise refusals.ServiceBusy from error
            finally:
                context.has_stored = context.has_stored or commits.count > 0

    return guarded


class _Handler:
    """Turns one class of refusal into its typed error."""

    def __init__(self, refusal: type[refusals.Refusal], graphql_type: type[Any]) -> None:
        self.exception_type = refusal
        self.error_type = graphql_type

    def handle(self, exception: Any, *, field: Any, info: strawberry.Info) -> Any:
        if type(exception) is not self.exception_type:
            return None  # a subclass has a handler of its own
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


def handlers() -> list[Any]:
    return [_Handler(refusal, graphql_type) for refusal, graphql_type in _TYPES.items()]


def typed(failed: refusals.ValidationFailed, field: Any, info: strawberry.Info) -> Any:
    """The typed error of problems that were found before the field was called."""
    return _Handler(refusals.ValidationFailed, ValidationFailed).handle(failed, field=field, info=info)
