"""Introspection: the JSON of each part of the schema is cached, and the response of each document.

graphql-core visits every type of every field again, some hundred thousand values. Here the selected JSON of a
type, a field or an argument is computed once and reused. The work is done in slices, and other requests get
turns between them.
"""

import asyncio
import time
from collections.abc import Callable, Hashable
from typing import Any
from weakref import WeakKeyDictionary

import orjson
from graphql import (
    FieldNode,
    GraphQLError,
    OperationDefinitionNode,
    ValidationContext,
    ValidationRule,
    get_named_type,
    is_introspection_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_wrapping_type,
)
from graphql.execution.collect_fields import FieldDetails
from graphql.execution.values import get_argument_values

from app.core.graphql.encoding import Encoded
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.engine.caches import SizeBoundedCache

FIELDS = ("__schema", "__type")
MOST_PIECES = 60_000  # objects of one response
MOST_BYTES = 8_000_000  # of all objects
PIECES = 8  # objects per point
SLICE = 0.002  # seconds of work between turns of other requests
REST = 2  # pause after a slice, as a multiple of its duration
SLICED = 4  # levels of a response within which other requests get turns
KEEP_BYTES = 24_000_000
_SIZE_OF_DOCUMENT = 2_000_000  # bytes that a response may keep cached

_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()
_answers: SizeBoundedCache[tuple[int, str], tuple[OperationDefinitionNode, Encoded]] = SizeBoundedCache(
    KEEP_BYTES
)


class IntrospectionIsOff(ValidationRule):
    """Refuses documents that query the schema, and says where the schema is."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self._is_reported = False

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        type_ = get_named_type(self.context.get_type())
        if type_ is not None and is_introspection_type(type_) and not self._is_reported:
            self._is_reported = True
            message = (
                "Introspection is disabled on this server. The schema is public: see the "
                "file schema.graphql of this version, or print it with `ordergraph schema`."
            )
            self.report_error(GraphQLError(message, node))


class _Plan:
    """The selection on an introspection type: how each field is resolved and encoded."""

    __slots__ = ("fields",)

    def __init__(self) -> None:
        self.fields: list[tuple[bytes, Any, dict[str, Any], Callable[[Any], bytes] | None, Any, bool]] = []


class Introspection:
    """One answer to `__schema` or `__type`."""

    def __init__(self, executor: Any, info: Any) -> None:
        self._executor = executor
        self._info = info
        self._known: dict[tuple[int, Any], bytes] = {}
        self._bytes = 0
        self._since = 0.0

    @property
    def points(self) -> int:
        """The cost of the response so far."""
        return len(self._known) // PIECES

    async def answer(self, type_: Any, details: list[FieldDetails], value: Any) -> Encoded:
        """The JSON of a selection. One response is computed at a time, to bound memory."""
        async with _turns.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
            self._since = time.perf_counter()
            return Encoded.of(await self._sliced(self._plan(type_, details), value, 1))

    def _plan(self, type_: Any, details: list[FieldDetails]) -> _Plan:
        plan = _Plan()
        grouped = self._executor.collect_subfields(type_, details)[0]
        for name, parts in grouped.items():
            node = parts[0].node
            prefix = orjson.dumps(name) + b":"
            if node.name.value == "__typename":
                plan.fields.append((prefix, _typename(type_.name), {}, orjson.dumps, None, False))
                continue
            definition = type_.fields[node.name.value]
            arguments = get_argument_values(definition, node, self._executor.variable_values)
            inner = get_named_type(definition.type)
            leaf = _writer(inner) if is_leaf_type(inner) else None
            child = None if leaf else self._plan(inner, parts)
            plan.fields.append(
                (prefix, definition.resolve, arguments, leaf, child, _is_list(definition.type))
            )
        return plan

    async def _sliced(self, plan: _Plan, value: Any, level: int) -> bytes:
        worked = time.perf_counter() - self._since
        if worked > SLICE:
            await asyncio.sleep(REST * worked)
            self._since = time.perf_counter()
        known = self._known.get((id(plan), _identity(value)))
        if known is not None or level > SLICED:
            return known or self._piece(plan, value)
        parts = []
        for prefix, resolve, arguments, leaf, child, is_list in plan.fields:
            found = resolve(value, self._info, **arguments)
            if found is None:
                written = b"null"
            elif leaf is not None:
                written = b"[" + b",".join(map(leaf, found)) + b"]" if is_list else leaf(found)
            elif is_list:
                written = (
                    b"[" + b",".join([await self._sliced(child, each, level + 1) for each in found]) + b"]"
                )
            else:
                written = await self._sliced(child, found, level + 1)
            parts.append(prefix + written)
        return self._made(plan, value, parts)

    def _piece(self, plan: _Plan, value: Any) -> bytes:
        known = self._known.get((id(plan), _identity(value)))
        if known is not None:
            return known
        parts = []
        for prefix, resolve, arguments, leaf, child, is_list in plan.fields:
            found = resolve(value, self._info, **arguments)
            if found is None:
                written = b"null"
            elif leaf is not None:
                written = b"[" + b",".join(map(leaf, found)) + b"]" if is_list else leaf(found)
            elif is_list:
                written = b"[" + b",".join([self._piece(child, each) for each in found]) + b"]"
            else:
                written = self._piece(child, found)
            parts.append(prefix + written)
        return self._made(plan, value, parts)

    def _made(self, plan: _Plan, value: Any, parts: list[bytes]) -> bytes:
        made = self._known[id(plan), _identity(value)] = b"{" + b",".join(parts) + b"}"
        self._bytes += len(made)
        if len(self._known) > MOST_PIECES or self._bytes > MOST_BYTES:
            message = "The response would be too large. Request fewer fields of each type of the schema."
            raise Invalid(message, "types", code=ProblemCode.TOO_MANY, maximum=MOST_PIECES)
        return made


async def introspect(
    executor: Any, type_: Any, details: list[FieldDetails], info: Any, name: str, value: Any
) -> Encoded:
    """The response of an introspection root field, from the cache if possible."""
    operation: OperationDefinitionNode = executor.operation
    is_kept = not operation.variable_definitions
    kept = _answers.get((id(operation), name)) if is_kept else None
    if kept is not None:
        return kept[1]
    uow = Introspection(executor, info)
    try:
        answer = await uow.answer(get_named_type(type_), details, value)
    finally:
        executor.context_value.take(uow.points)
    if is_kept:
        _answers.keep((id(operation), name), (operation, answer), len(answer.written) + _SIZE_OF_DOCUMENT)
    return answer


def _identity(value: Any) -> Hashable:
    """The identity of a part of the schema. Equal wrapping types are the same part."""
    if type(value) is tuple:  # a field, an argument or an enum value, with its name
        return value[0], id(value[1])
    return str(value) if is_wrapping_type(value) else id(value)


def _typename(name: str) -> Callable[[Any, Any], str]:
    return lambda _value, _info: name


def _is_list(type_: Any) -> bool:
    return is_list_type(type_.of_type if is_non_null_type(type_) else type_)


def _writer(type_: Any) -> Callable[[Any], bytes]:
    def write(value: Any) -> bytes:
        return orjson.dumps(type_.coerce_output_value(value))

    return orjson.dumps if type_.name in ("String", "Boolean") else write
