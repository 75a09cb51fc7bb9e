"""Fields that are resolved for a whole level of objects at once.

    @level_field(Money | None)
    async def price(roots, info, channel: ChannelCode = None) -> list[Money | None]:
        \"\"\"What one unit costs now.\"\"\"

`roots` are the objects of the level; what is returned stands in their order. The compiled executor calls
the function once for a level; graphql-core, which goes object by object, is given a resolver that collects
the objects through a data loader and comes to the same call.
"""

import functools
import inspect
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import strawberry
from strawberry.types.field import StrawberryField

from app.core.graphql.policy import METADATA, REACH, WITH_PARENT, Policy, documented, info_of
from app.engine.graphql.compiled.levels import Level, mark

_ROOT: Any = strawberry.Parent[Any]  # type: ignore[misc]  # an annotation, kept as a value
# For a permission that holds in some channels or locations only: the objects for which the caller has it.
Held = Callable[[strawberry.Info, str, Sequence[Any]], Awaitable[Sequence[bool]]]


def level_field(
    type_: Any, policy: Policy = WITH_PARENT, held: Held | None = None, *, reach: str | None = None
) -> Callable[[Level], StrawberryField]:
    """A field of the given type, resolved by a function for a whole level.

    A field that the caller may not see is null, so its type is nullable. `held` returns the objects for which
    a caller has the permission, if it has it in some channels or locations only; `reach` is that of
    `policy.field`.
    """

    def decorate(function: Level) -> StrawberryField:
        hidden = policy.permission is not None or policy.signed_in

        @functools.wraps(function)
        async def level(roots: list[Any], **kwargs: Any) -> Sequence[Any]:
            if not hidden:
                return await function(roots, **kwargs)
            info = info_of((), kwargs)
            actor, permission = info.context.actor, policy.permission
            if not policy.allows(actor):
                return [None] * len(roots)
            if permission is None or actor.scope_of(permission).is_everywhere:
                return await function(roots, **kwargs)
            if held is not None:
                shows = await held(info, permission, roots)
            else:
                shows = [policy.shows(actor, root) for root in roots]
            shown = [root for root, is_shown in zip(roots, shows, strict=True) if is_shown]
            found = iter(await function(shown, **kwargs) if shown else ())
            return [next(found) if is_shown else None for is_shown in shows]

        async def resolver(**kwargs: Any) -> Any:
            root, info = kwargs.pop("root"), kwargs.pop("info")
            return await info.context.at_level(level, info, root, kwargs)

        _dress(resolver, function, type_)
        mark(resolver, level)
        made: StrawberryField = strawberry.field(
            resolver=resolver, description=documented(function), metadata={METADATA: policy, REACH: reach}
        )
        return made

    return decorate


def _dress(resolver: Any, function: Level, type_: Any) -> None:
    """Give a resolver the signature that Strawberry reads: one root instead of a list."""
    root = inspect.Parameter("root", inspect.Parameter.KEYWORD_ONLY, annotation=_ROOT)
    first, *rest = inspect.signature(function).parameters.values()
    assert first.name == "roots", f"{function.__qualname__}: the first parameter must be `roots`"
    parameters = [root, *(p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in rest)]
    resolver.__signature__ = inspect.Signature(parameters, return_annotation=type_)
    resolver.__annotations__ = {p.name: p.annotation for p in parameters} | {"return": type_}
    resolver.__module__, resolver.__name__ = function.__module__, function.__name__
    resolver.__qualname__, resolver.__doc__ = function.__qualname__, function.__doc__
