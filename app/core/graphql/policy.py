"""Permissions of fields. Denied by default: a schema with a field without a policy does not build.

Fields at the root, and fields that lead from one object to another, declare who may use them: `ANYONE`,
`SIGNED_IN`, `needs(permission)`, or `WITH_PARENT` for what belongs to an object that the caller was allowed
to see.
"""

import functools
import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

import strawberry
from graphql import GraphQLField, GraphQLObjectType, get_named_type
from strawberry.types.base import StrawberryObjectDefinition, StrawberryOptional
from strawberry.types.field import StrawberryField

from app.core.actor import Actor, ActorKind
from app.core.refusals import Forbidden, Unauthenticated
from app.engine.graphql.schema import graph_of

P = ParamSpec("P")
R = TypeVar("R")

METADATA = "policy"
REACH = "reach"
# What a caller sees of the objects that a relation leads to: only those that it could fetch by their ids (the
# field filters them), or a sentence that says why whoever sees the parent may see them too.
OWN_SCOPE = "only what the caller could fetch by its ID"
PART_OF_IT = "part of the object"
AROUND_IT = "the object is part of it, or stored in it"
ABOUT_IT = "the object concerns it, and contains only what is needed for work with the object"
EVERYBODYS = "it belongs to all channels and locations, and everyone can see it"
_ROOTS = frozenset({"Query", "Mutation", "Subscription"})
MADE_OF = "made of"


@dataclass(frozen=True, slots=True)
class Policy:
    """The policy of one field, and its name in the table of permissions."""

    name: str
    permission: str | None = None
    signed_in: bool = False
    everywhere: bool = False  # the permission must hold in all channels and locations
    channel: str | None = None  # the attribute with the channel in which the permission must hold

    def check(self, actor: Actor) -> None:
        """Raise Unauthenticated or Forbidden if the actor may not use the field."""
        if self.permission is not None and not actor.may(self.permission):
            if actor.kind is ActorKind.PUBLIC:
                raise Unauthenticated("Sign in, or send an API token, to use this field.")
            raise Forbidden(f"This needs the permission {self.permission}.")
        if self.everywhere and not actor.scope_of(self.permission or "").is_everywhere:
            raise Forbidden(
                "This belongs to all channels and locations. It needs the permission "
                f"{self.permission} for all of them."
            )
        if self.signed_in and actor.kind is ActorKind.PUBLIC:
            raise Unauthenticated("Sign in to use this field.")

    def allows(self, actor: Actor) -> bool:
        try:
            self.check(actor)
        except (Forbidden, Unauthenticated):
            return False
        return True

    def shows(self, actor: Actor, row: Any) -> bool:
        """Whether the actor may use the field of one object, by the object's channel."""
        if not self.allows(actor):
            return False
        if self.channel is None or self.permission is None:
            return True
        scope = actor.scope_of(self.permission)
        return scope.is_everywhere or scope.reaches(getattr(row, self.channel))


ANYONE = Policy("anyone")
SIGNED_IN = Policy("signed in", signed_in=True)
WITH_PARENT = Policy("everyone who can see the object")


def needs(permission: str, *, everywhere: bool = False, channel: str | None = None) -> Policy:
    """Callers with a permission; `everywhere` for what belongs to all channels and locations.

    `channel`, for a field of an object, names the attribute with the channel in which the permission must
    hold. Without either, the resolver must apply the scope of the permission.
    """
    name = f"{permission} everywhere" if everywhere else str(permission)
    return Policy(name, permission=str(permission), everywhere=everywhere, channel=channel)


def documented(function: Callable[..., Any]) -> str:
    """A resolver's docstring, which is the field's description in the schema."""
    doc = inspect.getdoc(function)
    if not doc:
        raise TypeError(f"{function.__qualname__} needs a docstring: it is the API's documentation")
    return " ".join(doc.split())


def root_of(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """The parent object among a resolver's arguments."""
    return kwargs["root"] if "root" in kwargs else args[0]


def info_of(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> strawberry.Info:
    """The `info` among a resolver's arguments."""
    if "info" in kwargs:
        info: strawberry.Info = kwargs["info"]
        return info
    return next(arg for arg in args if isinstance(arg, strawberry.Info))


def query(
    policy: Policy, *, depends_on: tuple[str, ...] = (), **options: Any
) -> Callable[[Callable[P, Awaitable[R]]], StrawberryField]:
    """A field of the root type Query.

    `depends_on` allows its responses to visitors to be cached: the kinds of subjects whose events end the
    caching.
    """

    def decorate(resolver: Callable[P, Awaitable[R]]) -> StrawberryField:
        @functools.wraps(resolver)
        async def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            policy.check(info_of(args, kwargs).context.actor)
            return await resolver(*args, **kwargs)

        made: StrawberryField = strawberry.field(
            resolver=guarded,
            description=documented(resolver),
            metadata={METADATA: policy, MADE_OF: depends_on},
            **options,
        )
        return made

    return decorate


def depends_on(field: GraphQLField) -> tuple[str, ...]:
    """The kinds of subjects that a root field's response depends on, if it may be cached."""
    definition = (field.extensions or {}).get("strawberry-definition")
    found: tuple[str, ...] = (getattr(definition, "metadata", None) or {}).get(MADE_OF, ())
    return found


def subscription(
    policy: Policy, **options: Any
) -> Callable[[Callable[..., AsyncGenerator[R, None]]], StrawberryField]:
    """A field of the root type Subscription."""

    def decorate(resolver: Callable[..., AsyncGenerator[R, None]]) -> StrawberryField:
        has_cursors = "after" in inspect.signature(resolver).parameters

        @functools.wraps(resolver)
        async def guarded(*args: Any, **kwargs: Any) -> AsyncIterator[R]:
            context = info_of(args, kwargs).context
            policy.check(context.actor)
            if context.stream is not None:
                await context.stream.begin()
            if has_cursors and context.last_event_id is not None:
                # A browser repeats its first request, so the header is newer than the argument.
                kwargs["after"] = context.last_event_id
            async with aclosing(resolver(*args, **kwargs)) as items:
                async for item in items:
                    await context.refresh_actor()
                    policy.check(context.actor)
                    context.loaders.forget()
                    yield item

        made: StrawberryField = strawberry.subscription(
            resolver=guarded, description=documented(resolver), metadata={METADATA: policy}, **options
        )
        return made

    return decorate


def field(
    policy: Policy = WITH_PARENT, *, reach: str | None = None, **options: Any
) -> Callable[[Callable[P, Any]], StrawberryField]:
    """A field with a resolver. A field that the caller may not see is null, so its type is nullable.

    A field that leads to an object with an id states with `reach` which of these objects the caller sees:
    `OWN_SCOPE`, or a sentence that says why whoever sees the parent may see them too.
    """

    def decorate(resolver: Callable[P, Any]) -> StrawberryField:
        function = resolver
        if policy.permission is not None or policy.signed_in:
            if "info" not in inspect.signature(resolver).parameters:
                raise TypeError(
                    f"{resolver.__qualname__} needs the parameter `info`, because "
                    "its policy depends on the caller"
                )
            if inspect.iscoroutinefunction(resolver):

                @functools.wraps(resolver)
                async def hidden_later(*args: P.args, **kwargs: P.kwargs) -> Any:
                    if not policy.shows(info_of(args, kwargs).context.actor, root_of(args, kwargs)):
                        return None
                    return await resolver(*args, **kwargs)

                function = hidden_later
            else:

                @functools.wraps(resolver)
                def hidden(*args: P.args, **kwargs: P.kwargs) -> Any:
                    if not policy.shows(info_of(args, kwargs).context.actor, root_of(args, kwargs)):
                        return None
                    return resolver(*args, **kwargs)

                function = hidden
        made: StrawberryField = strawberry.field(
            resolver=function,
            description=documented(resolver),
            metadata={METADATA: policy, REACH: reach},
            **options,
        )
        return made

    return decorate


def policy_of(field: StrawberryField) -> Policy | None:
    found = field.metadata.get(METADATA) if field.metadata else None
    return found if isinstance(found, Policy) else None


def undeclared(schema: strawberry.Schema) -> list[str]:
    """The fields with a resolver and without a policy. The schema must not be served if there are any."""
    missing = []
    for name, concrete in schema.schema_converter.type_map.items():
        definition = concrete.definition
        if not isinstance(definition, StrawberryObjectDefinition) or definition.is_input:
            continue
        for item in definition.fields:
            if (name in _ROOTS or item.base_resolver is not None) and policy_of(item) is None:
                missing.append(f"{name}.{item.python_name}")
    return missing


def unanswerable(schema: strawberry.Schema) -> list[str]:
    """The restricted fields with a non-null type: a caller without the permission would lose the parent
    object.
    """
    found = []
    for name, concrete in schema.schema_converter.type_map.items():
        definition = concrete.definition
        if not isinstance(definition, StrawberryObjectDefinition) or name in _ROOTS:
            continue
        for item in definition.fields:
            policy = policy_of(item)
            hides = policy is not None and (policy.permission is not None or policy.signed_in)
            if hides and not isinstance(item.type, StrawberryOptional):
                found.append(f"{name}.{item.python_name}")
    return found


def reach_of(field: StrawberryField) -> str | None:
    """What a relation declares with `reach`."""
    found = field.metadata.get(REACH) if field.metadata else None
    return found if isinstance(found, str) else None


def unexplained(schema: strawberry.Schema, fetchable: Collection[str]) -> list[str]:
    """The relations that do not declare `reach`.

    A relation is a field with a resolver that leads from an object to something with an id, singly, in a list
    or in a connection.
    """
    found = []
    graph = graph_of(schema)
    for name, concrete in schema.schema_converter.type_map.items():
        definition = concrete.definition
        if not isinstance(definition, StrawberryObjectDefinition) or definition.is_input:
            continue
        if name in _ROOTS or name.endswith("Connection"):  # the field that returns a connection declares it
            continue
        for item in definition.fields:
            if item.base_resolver is None or reach_of(item) is not None:
                continue
            graphql_name = schema.config.name_converter.get_graphql_name(item)
            if led_to(graph.type_map[name].fields[graphql_name]) in fetchable:  # type: ignore[attr-defined]
                found.append(f"{name}.{graphql_name}")
    return found


def led_to(field: GraphQLField) -> str:
    """The type of the objects that a field leads to; for a connection, the type of its nodes."""
    target = get_named_type(field.type)
    if isinstance(target, GraphQLObjectType) and "nodes" in target.fields:
        target = get_named_type(target.fields["nodes"].type)
    return target.name
