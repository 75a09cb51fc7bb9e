"""Documents that are sent by their SHA-256 hash: learned when they are sent, or registered by the operator.

Two protocols are supported. Automatic persisted queries name the hash in `extensions.persistedQuery`; an
unknown hash is answered with `PERSISTED_QUERY_NOT_FOUND`, and the client repeats the request with the text.
`documentId` of the GraphQL-over-HTTP draft names a document that was registered or sent before; it is sent
without a text.
"""

import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from app.engine.caches import SizeBoundedCache, bytes_of
from app.settings import Misconfigured

KEEP_BYTES = 8_000_000  # of learned documents
_LONGEST = 20_000  # characters of a document that is learned

_HASH = re.compile(r"[0-9a-f]{64}")

_learned: SizeBoundedCache[str, str] = SizeBoundedCache(KEEP_BYTES)
_own: dict[str, str] = {}  # documents of this server's own pages


class UnknownDocument(Exception):
    """No document with this hash was sent or registered."""


# Clients compare the message with this text; some ignore the code.
NOT_FOUND_MESSAGE = "PersistedQueryNotFound"


class WrongHash(Exception):
    """The hash is malformed, or does not match the document."""


@cache
def trusted(path: str) -> dict[str, str]:
    """The registered documents in a file, a JSON object from hash to text; none for an empty path.

    Raises:
        Misconfigured: the file does not exist, is no such object, or a hash does not match its text.
    """
    if not path:
        return {}
    try:
        found = orjson.loads(Path(path).read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise Misconfigured(f"ORDERGRAPH_TRUSTED_DOCUMENTS: {path} cannot be read: {error}") from error
    if not isinstance(found, dict) or not all(isinstance(text, str) for text in found.values()):
        raise Misconfigured(
            f"ORDERGRAPH_TRUSTED_DOCUMENTS: {path} must be a JSON object that maps hashes to documents."
        )
    for name, text in found.items():
        if sha256(text) != name:
            raise Misconfigured(
                f"ORDERGRAPH_TRUSTED_DOCUMENTS: {name[:80]!r} is not the SHA-256 of its document."
            )
    return found


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def document_of(query: object, extensions: Any, registered: dict[str, str]) -> object:
    """The document of a request: its text, or the one with the hash in its `extensions`.

    Raises:
        UnknownDocument, WrongHash.
    """
    persisted = extensions.get("persistedQuery") if isinstance(extensions, dict) else None
    if persisted is None:
        return query
    name = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
    if not isinstance(name, str) or persisted.get("version", 1) != 1:
        raise WrongHash
    name = name.lower()
    if not query:
        return _text_of(name, registered)
    if not isinstance(query, str) or sha256(query) != name:
        raise WrongHash
    if len(query) <= _LONGEST:
        _learned.keep(name, query, bytes_of(query) + len(name))
    return query


def document_by_id(document_id: Any, query: Any, registered: dict[str, str]) -> str:
    """The document of a `documentId`: `sha256:` and the hash, or the hash alone.

    Raises:
        UnknownDocument: no document with this hash was registered or sent.
        WrongHash: it is no SHA-256, or was sent together with a text.
    """
    name = str(document_id).removeprefix("sha256:").lower()
    if not isinstance(document_id, str) or not _HASH.fullmatch(name) or query:
        raise WrongHash
    return _text_of(name, registered)


def _text_of(name: str, registered: dict[str, str]) -> str:
    text = registered.get(name) or _learned.get(name)
    if text is None:
        raise UnknownDocument
    return text


def trust(text: str) -> None:
    """Allow visitors to execute a document of this server's own pages, independent of the registered ones."""
    _own[sha256(text)] = text


def is_trusted(text: str, registered: dict[str, str]) -> bool:
    """Whether a visitor may execute a document: every document if none are registered."""
    if not registered:
        return True
    name = sha256(text)
    return name in registered or name in _own
