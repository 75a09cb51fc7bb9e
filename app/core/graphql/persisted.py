"""Documents that are sent by their SHA-256: learned as they come, or registered by whoever deploys.

Two spellings are understood. Automatic persisted queries, which the common clients send, name the hash in
`extensions.persistedQuery`; one that is not known here is answered `PERSISTED_QUERY_NOT_FOUND`, and the
client sends the text along once. `documentId`, of the GraphQL-over-HTTP draft, names a document that was
registered or sent before; it comes without a text.
"""

import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from app.engine.kept import Kept, bytes_of
from app.settings import Misconfigured

KEEP_BYTES = 8_000_000  # of learned documents
_LONGEST = 20_000  # characters of one that is learned

_HASH = re.compile(r"[0-9a-f]{64}")

_learned: Kept[str, str] = Kept(KEEP_BYTES)
_own: dict[str, str] = {}  # what this server's own pages send


class UnknownDocument(Exception):
    """No document of this hash was sent or registered yet."""


# What clients compare the message with; some do not look at the code.
NOT_FOUND_MESSAGE = "PersistedQueryNotFound"


class WrongHash(Exception):
    """The hash is none, or is not that of the document sent along."""


@cache
def trusted(path: str) -> dict[str, str]:
    """The registered documents of a file, a JSON object of hash and text; none for an empty path.

    Raises:
        Misconfigured: the file is not there, is no such object, or a hash is not its text's.
    """
    if not path:
        return {}
    try:
        found = orjson.loads(Path(path).read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise Misconfigured(f"ORDERGRAPH_TRUSTED_DOCUMENTS: {path} cannot be read: {error}") from error
    if not isinstance(found, dict) or not all(isinstance(text, str) for text in found.values()):
        raise Misconfigured(f"ORDERGRAPH_TRUSTED_DOCUMENTS: {path} is no JSON object of hash and document.")
    for name, text in found.items():
        if sha256(text) != name:
            raise Misconfigured(
                f"ORDERGRAPH_TRUSTED_DOCUMENTS: {name[:80]!r} is not the SHA-256 of its document."
            )
    return found


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def document_of(query: Any, extensions: Any, registered: dict[str, str]) -> Any:
    """The document that a request means: its own text, or the one of the hash in its `extensions`.

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
        UnknownDocument: none of this hash was registered or sent before.
        WrongHash: it is no SHA-256, or came together with a text.
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
    """Let visitors execute a document that this server gives out itself, whatever is registered."""
    _own[sha256(text)] = text


def is_trusted(text: str, registered: dict[str, str]) -> bool:
    """Whether a document may be executed for a visitor: any may, unless some are registered."""
    if not registered:
        return True
    name = sha256(text)
    return name in registered or name in _own
