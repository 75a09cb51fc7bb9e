"""Expected errors.

A command that cannot do what was requested raises a Refusal: the unit of work rolls back, and the API returns
a typed error that says which input was wrong and how to correct it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, ClassVar, Self, Unpack

from app.core.problems import ProblemCode, ProblemValues
from app.core.steps import LifecycleStatus, LifecycleStep, NextStepReason


class ErrorCode(StrEnum):
    INVALID = "invalid"
    VALIDATION_FAILED = "validation_failed"
    NOT_FOUND = "not_found"
    ALREADY_EXISTS = "already_exists"
    STALE_VERSION = "stale_version"
    ILLEGAL_TRANSITION = "illegal_transition"
    IDEMPOTENCY_CONFLICT = "idempotency_conflict"
    INSUFFICIENT_STOCK = "insufficient_stock"
    TOTAL_CHANGED = "total_changed"
    SERVICE_BUSY = "service_busy"
    SIGN_IN_FAILED = "sign_in_failed"
    TOO_MANY_ATTEMPTS = "too_many_attempts"
    ON_HOLD = "on_hold"
    FORBIDDEN = "forbidden"
    UNAUTHENTICATED = "unauthenticated"


class Refusal(Exception):
    """An expected error. `path` points into the input, from the argument's name down."""

    error_code: ClassVar[ErrorCode] = ErrorCode.INVALID
    problem_code: ProblemCode = ProblemCode.NOT_POSSIBLE_NOW
    # The reason that `nextSteps` shows; None if a step refused for this reason is not listed.
    step_reason: NextStepReason | None = None

    def __init__(self, message: str, *path: str) -> None:
        super().__init__(message)
        self.message = message
        self.path: tuple[str, ...] = path

    def under(self, *prefix: str) -> "Refusal":
        """The same refusal with a prefixed path, for commands that call
        commands with a part of their input.
        """
        self.path = (*prefix, *self.path)
        return self

    def shown_as(self, reason: NextStepReason) -> Self:
        """The same refusal with a `step_reason`, for a class without one."""
        self.step_reason = reason
        return self

    def detail(self) -> dict[str, Any]:
        """The fields of the typed error besides code, message and path."""
        return {}

    @property
    def problems(self) -> "list[Problem]":
        """The problems, one for each input."""
        return [Problem(self.message, self.path, self.problem_code)]


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem with an input value."""

    message: str
    path: tuple[str, ...]
    code: ProblemCode
    values: ProblemValues = field(default_factory=ProblemValues)

    def under(self, *prefix: str) -> "Problem":
        """The same problem with a prefixed path."""
        return replace(self, path=(*prefix, *self.path))


class Invalid(Refusal):
    """One invalid input."""

    def __init__(
        self,
        message: str,
        *path: str,
        code: ProblemCode,
        **values: Unpack[ProblemValues],
    ) -> None:
        super().__init__(message, *path)
        self.problem_code = code
        self.values = values

    @property
    def problems(self) -> list[Problem]:
        return [Problem(self.message, self.path, self.problem_code, self.values)]


class ValidationFailed(Refusal):
    """Several invalid inputs, reported together."""

    error_code = ErrorCode.VALIDATION_FAILED

    def __init__(self, problems: list[Problem]) -> None:
        first = problems[0]
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(first.message + more, *first.path)
        self._problems = problems

    @property
    def problems(self) -> list[Problem]:
        return self._problems

    def under(self, *prefix: str) -> "Refusal":
        self._problems = [problem.under(*prefix) for problem in self._problems]
        return super().under(*prefix)

    def without(self, parts: int) -> "ValidationFailed":
        """The same problems with shortened paths, for a caller with a flatter input."""
        return ValidationFailed([replace(each, path=each.path[parts:]) for each in self._problems])


class Problems:
    """Collects the problems of an input, so that all of them are reported together."""

    def __init__(self) -> None:
        self._found: list[Problem] = []

    def add(
        self,
        message: str,
        *path: str,
        code: ProblemCode,
        **values: Unpack[ProblemValues],
    ) -> None:
        self._found.append(Problem(message, path, code, values))

    def note(self, problem: Problem, *prefix: str) -> None:
        """Add a problem."""
        self._found.append(problem.under(*prefix))

    def take(self, refusal: Refusal, *prefix: str) -> None:
        self._found += [problem.under(*prefix) for problem in refusal.problems]

    def __bool__(self) -> bool:
        return bool(self._found)

    @property
    def found(self) -> list[Problem]:
        return list(self._found)

    @contextmanager
    def caught(self, *prefix: str) -> Iterator[None]:
        """Collect a refusal of the block as a problem, and continue after the block."""
        try:
            yield
        except Refusal as refusal:
            self.take(refusal, *prefix)

    def refuse(self) -> None:
        """Raise the problems: a single one as Invalid, several as ValidationFailed."""
        if len(self._found) == 1:
            (alone,) = self._found
            raise Invalid(alone.message, *alone.path, code=alone.code, **alone.values)
        self.refuse_if_any()

    def refuse_if_any(self) -> None:
        """Raise ValidationFailed if there are problems."""
        if self._found:
            raise ValidationFailed(self._found)


class NotFound(Refusal):
    """The object does not exist, or the caller may not see it; both are answered alike."""

    error_code = ErrorCode.NOT_FOUND
    problem_code = ProblemCode.NOT_FOUND
    step_reason = NextStepReason.FORBIDDEN

    @classmethod
    def of(cls, what: str, *path: str) -> "NotFound":
        return cls(f"This {what} does not exist, or you cannot see it.", *path)


class AlreadyExists(Refusal):
    """Something else already has this code, slug, SKU or e-mail address."""

    error_code = ErrorCode.ALREADY_EXISTS
    problem_code = ProblemCode.TAKEN


class StaleVersion(Refusal):
    """The object has changed since the caller read it."""

    error_code = ErrorCode.STALE_VERSION
    problem_code = ProblemCode.CHANGED_SINCE_READ

    def __init__(self, current: int) -> None:
        super().__init__(
            (
                f"The object has changed since you read it. Its current version is {current}. "
                "Read it again, then repeat your change."
            ),
            "expectedVersion",
        )
        self.current_version = current

    def detail(self) -> dict[str, Any]:
        return {"current_version": self.current_version}


class IllegalTransition(Refusal):
    """The life cycle has no such step from the present status.

    `instead` is advice for objects without a list of steps.
    """

    error_code = ErrorCode.ILLEGAL_TRANSITION

    def __init__(
        self, step: LifecycleStep, current: str, allowed: list[LifecycleStep], instead: str = ""
    ) -> None:
        can = f"Possible steps: {', '.join(each.words for each in allowed)}." if allowed else instead
        nothing = "No further steps are possible."
        super().__init__(f'The step "{step.words}" is not possible in the status {current}. {can or nothing}')
        self.step = step
        self.current = LifecycleStatus(current)
        self.allowed = allowed

    def detail(self) -> dict[str, Any]:
        return {"step": self.step, "current": self.current, "allowed": self.allowed}


class IdempotencyConflict(Refusal):
    """The key was used for another request, or its first request is still running."""

    error_code = ErrorCode.IDEMPOTENCY_CONFLICT


class ServiceBusy(Refusal):
    """The server is overloaded, or its database is unavailable.

    `is_outcome_unknown` is set if the change may have been stored nevertheless.
    """

    error_code = ErrorCode.SERVICE_BUSY
    retry_after: ClassVar[int] = 1  # seconds

    def __init__(
        self, message: str = ("The service is busy. Nothing was changed; try again shortly.")
    ) -> None:
        super().__init__(message)
        self.is_outcome_unknown = False

    @classmethod
    def with_unknown_outcome(cls) -> "ServiceBusy":
        """The response when all, a part or nothing of a change may have been stored."""
        made = cls(
            "The connection to the database was lost, so it is unknown whether the change "
            "was saved. Send the request again with the same idempotencyKey, which takes "
            "effect only once; without a key, check first whether the change was made."
        )
        made.is_outcome_unknown = True
        return made

    def detail(self) -> dict[str, Any]:
        return {"retry_after": self.retry_after, "is_outcome_unknown": self.is_outcome_unknown}


class Forbidden(Refusal):
    """The caller may not do this. Returned as a GraphQL error, not as data."""

    error_code = ErrorCode.FORBIDDEN
    step_reason = NextStepReason.FORBIDDEN


class Unauthenticated(Refusal):
    """The caller must sign in. Returned as a GraphQL error, not as data."""

    error_code = ErrorCode.UNAUTHENTICATED
    step_reason = NextStepReason.FORBIDDEN
