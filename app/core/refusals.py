"""The expected noes.

A verb that will not do what was asked raises a Refusal: the unit of work rolls back, and the API
answers with a typed error that says which input was wrong and what to do instead.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar


class ErrorCode(StrEnum):
    INVALID = "invalid"
    VALIDATION_FAILED = "validation_failed"
    NOT_FOUND = "not_found"
    ALREADY_EXISTS = "already_exists"
    STALE_VERSION = "stale_version"
    ILLEGAL_TRANSITION = "illegal_transition"
    IDEMPOTENCY_CONFLICT = "idempotency_conflict"
    INSUFFICIENT_STOCK = "insufficient_stock"
    SERVICE_BUSY = "service_busy"
    SIGN_IN_FAILED = "sign_in_failed"
    ON_HOLD = "on_hold"
    FORBIDDEN = "forbidden"
    UNAUTHENTICATED = "unauthenticated"


class Refusal(Exception):
    """An expected no. `path` points into the input, from the argument's name down."""

    code: ClassVar[ErrorCode] = ErrorCode.INVALID

    def __init__(self, message: str, *path: str) -> None:
        super().__init__(message)
        self.message = message
        self.path: tuple[str, ...] = path

    def under(self, *prefix: str) -> "Refusal":
        """The same refusal, its path prefixed: for verbs that call verbs with a part of their input."""
        self.path = (*prefix, *self.path)
        return self

    def detail(self) -> dict[str, Any]:
        """What the typed error carries beyond code, message and path."""
        return {}


class Invalid(Refusal):
    """One input that cannot be taken as it is."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One of several things wrong with an input."""

    message: str
    path: tuple[str, ...]


class ValidationFailed(Refusal):
    """Several inputs are wrong; all of them are named at once."""

    code = ErrorCode.VALIDATION_FAILED

    def __init__(self, problems: list[Problem]) -> None:
        first = problems[0]
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(first.message + more, *first.path)
        self.problems = problems

    def under(self, *prefix: str) -> "Refusal":
        self.problems = [Problem(p.message, (*prefix, *p.path)) for p in self.problems]
        return super().under(*prefix)


class Problems:
    """Collects what is wrong with an input, so that all of it can be said at once."""

    def __init__(self) -> None:
        self._found: list[Problem] = []

    def add(self, message: str, *path: str) -> None:
        self._found.append(Problem(message, path))

    def take(self, refusal: Refusal, *prefix: str) -> None:
        if isinstance(refusal, ValidationFailed):
            self._found += [Problem(p.message, (*prefix, *p.path)) for p in refusal.problems]
        else:
            self.add(refusal.message, *prefix, *refusal.path)

    @contextmanager
    def caught(self, *prefix: str) -> Iterator[None]:
        """What the block refuses becomes one of the problems, and the check goes on after the block."""
        try:
            yield
        except Refusal as refusal:
            self.take(refusal, *prefix)

    def refuse_if_any(self) -> None:
        """Raises ValidationFailed when anything was added."""
        if self._found:
            raise ValidationFailed(self._found)


class NotFound(Refusal):
    """There is no such thing, or it is not for this caller's eyes: the answer is the same."""

    code = ErrorCode.NOT_FOUND

    @classmethod
    def of(cls, what: str, *path: str) -> "NotFound":
        return cls(f"There is no such {what}, or you may not see it.", *path)


class AlreadyExists(Refusal):
    """Something else already has this code, slug, SKU or e-mail address."""

    code = ErrorCode.ALREADY_EXISTS


class StaleVersion(Refusal):
    """The thing has changed since the caller read it."""

    code = ErrorCode.STALE_VERSION

    def __init__(self, current: int) -> None:
        super().__init__(
            f"This has changed since you read it and is now at version {current}. "
            "Read it again, then repeat your change.",
            "expectedVersion",
        )
        self.current_version = current

    def detail(self) -> dict[str, Any]:
        return {"current_version": self.current_version}


class IllegalTransition(Refusal):
    """The life cycle has no such step from where the thing stands."""

    code = ErrorCode.ILLEGAL_TRANSITION

    def __init__(self, step: str, current: str, allowed: list[str]) -> None:
        can = f"From there it can {', '.join(allowed)}." if allowed else "Nothing more can be done with it."
        super().__init__(f"Cannot {step}: it is {current}. {can}")
        self.current = current
        self.allowed = allowed

    def detail(self) -> dict[str, Any]:
        return {"current": self.current.upper(), "allowed": self.allowed}


class IdempotencyConflict(Refusal):
    """The key was used before for something else, or its first use has not ended."""

    code = ErrorCode.IDEMPOTENCY_CONFLICT


class ServiceBusy(Refusal):
    """The server has no capacity for this now; nothing was done."""

    code = ErrorCode.SERVICE_BUSY

    def __init__(self, message: str = "The service is busy. Nothing was done; try again shortly.") -> None:
        super().__init__(message)


class Forbidden(Refusal):
    """The caller is known, and may not do this. Answered as a GraphQL error, not as data."""

    code = ErrorCode.FORBIDDEN


class Unauthenticated(Refusal):
    """The caller must sign in first. Answered as a GraphQL error, not as data."""

    code = ErrorCode.UNAUTHENTICATED
