"""Mutations with an `idempotencyKey`: `@mutation(..., once=Model)`.

The resolver returns what is to be done, as a function of a unit of work that returns a row of the model, or
a row if nothing is to be done. The decorator adds the argument, names the key after the mutation, and runs
the function once for each key.
"""

import functools
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from strawberry.utils.str_converters import to_camel_case

from app.core.graphql.policy import info_of
from app.core.graphql.scalars import IdempotencyKey
from app.core.idempotency import KeyName
from app.core.uow import UnitOfWork

M = TypeVar("M")
Effect = Callable[[UnitOfWork], Awaitable[Any]]
KEY = "idempotency_key"


@dataclass(frozen=True, slots=True)
class Idempotent:
    """An effect, and what identifies its request and its caller where that is more than the `input`.

    The fields are described at `Context.once_row`.
    """

    effect: Effect
    request: Any = None  # the `input` if None
    guest: str | None = None
    proves: Callable[[Any], bool] | None = None
    whose: Callable[[Any], str] | None = None
    first: Callable[[KeyName | None], Awaitable[None]] | None = None
    # Called with the row after the commit, outside of any transaction; returns the row as it is then.
    after: Callable[[Any], Awaitable[Any]] | None = None


def once_for_each_key(resolver: Callable[..., Awaitable[Any]], model: type[M]) -> Callable[..., Awaitable[M]]:
    """The resolver with an argument `idempotency_key`, answering a row of the model."""
    operation = to_camel_case(resolver.__name__)

    @functools.wraps(resolver)
    async def answered(*args: Any, idempotency_key: str | None = None, **kwargs: Any) -> M:
        found = await resolver(*args, **kwargs)
        if isinstance(found, model):
            return found  # a preview: nothing is to be done
        asked = found if isinstance(found, Idempotent) else Idempotent(found)
        row: M = await info_of(args, kwargs).context.once_row(
            idempotency_key,
            operation,
            kwargs["input"] if asked.request is None else asked.request,
            asked.effect,
            model,
            guest=asked.guest,
            proves=asked.proves,
            whose=asked.whose,
            first=asked.first,
        )
        return row if asked.after is None else await asked.after(row)

    signature = inspect.signature(resolver)
    argument = inspect.Parameter(KEY, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=IdempotencyKey)
    answered.__signature__ = signature.replace(  # type: ignore[attr-defined]  # which `inspect` reads
        parameters=[*signature.parameters.values(), argument], return_annotation=Any
    )
    answered.__annotations__ = resolver.__annotations__ | {KEY: IdempotencyKey, "return": Any}
    return answered
