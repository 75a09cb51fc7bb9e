"""A short-lived cache of responses to public reads.

Used only for GET without credentials, and only if every root field declares what it depends on
    (`depends_on`). A
change of one of those kinds ends the caching at once; anything else in the response (availability, prices
that begin or end at a time) is at most a second old.
"""

import hashlib
import time
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    OperationType,
    SelectionSetNode,
)
from graphql.utilities import get_operation_ast

from app.core.graphql.policy import depends_on
from app.core.journal import stamps
from app.engine.caches import SizeBoundedCache

SECONDS = 1.0
KEEP_BYTES = 32_000_000
LONGEST = 1_000_000  # bytes of one response


@dataclass(slots=True)
class Answer:
    """A response body and the time until which it may be reused.

    The entity tag is weak: it identifies the content, compressed or not.
    """

    body: bytes
    etag: str
    media_type: str
    kinds: tuple[str, ...]
    stamp: stamps.Stamp
    until: float
    compressed: bytes | None = None  # with gzip, once a client has requested it

    def is_named_by(self, if_none_match: str) -> bool:
        known = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
        return "*" in known or self.etag.removeprefix("W/") in known

    def is_fresh(self) -> bool:
        return time.monotonic() < self.until and stamps.stamp_of(self.kinds) == self.stamp


class PublicCache:
    """The cached responses of one process."""

    def __init__(self) -> None:
        self._answers: SizeBoundedCache[tuple[bytes, bool], Answer] = SizeBoundedCache(KEEP_BYTES)

    def find(self, key: tuple[bytes, bool]) -> Answer | None:
        """A fresh response to an identical request."""
        found = self._answers.get(key)
        if found is not None and not found.is_fresh():
            self._answers.drop(key)
            return None
        return found

    def keep(
        self,
        key: tuple[bytes, bool],
        body: bytes,
        media_type: str,
        kinds: tuple[str, ...],
        stamp: stamps.Stamp,
    ) -> Answer:
        """Cache a response; `stamp` is the state of its kinds before it was computed."""
        etag = f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
        answer = Answer(body, etag, media_type, kinds, stamp, time.monotonic() + SECONDS)
        if len(body) <= LONGEST:
            compressed = len(body) // 2  # reserved for the compressed body
            self._answers.keep(key, answer, len(key[0]) + len(body) + compressed)
        return answer


def kinds_of(schema: GraphQLSchema, document: DocumentNode, name: str | None) -> tuple[str, ...] | None:
    """The kinds of subjects that a query's response depends on; None if it must not be cached."""
    operation = get_operation_ast(document, name)
    if operation is None or operation.operation is not OperationType.QUERY or schema.query_type is None:
        return None
    fragments = {
        definition.name.value: definition.selection_set
        for definition in document.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }
    kinds: set[str] = set()
    for field in _root_fields(operation.selection_set, fragments):
        if field == "__typename":
            continue
        definition = schema.query_type.fields.get(field)
        found = depends_on(definition) if definition is not None else ()
        if not found:
            return None
        kinds.update(found)
    return tuple(sorted(kinds)) or None


def _root_fields(selections: SelectionSetNode, fragments: dict[str, SelectionSetNode]) -> set[str]:
    found: set[str] = set()
    for node in selections.selections:
        if isinstance(node, FieldNode):
            found.add(node.name.value)
        elif isinstance(node, FragmentSpreadNode):
            found |= _root_fields(fragments[node.name.value], fragments)
        elif isinstance(node, InlineFragmentNode):
            found |= _root_fields(node.selection_set, fragments)
    return found
