"""Identifiers: UUIDv7 internally, opaque global ids in the API, and secrets."""

import base64
import binascii
import hashlib
import hmac
import secrets
from datetime import datetime
from uuid import UUID

import uuid_utils

from app.core.problems import ProblemCode
from app.core.refusals import Invalid


def new_id() -> UUID:
    """A UUIDv7: unique, and sorted by time of creation."""
    return UUID(int=uuid_utils.uuid7().int)


def first_id_at(at: datetime) -> UUID:
    """A UUIDv7 before those that are created at a time or later."""
    return UUID(int=(int(at.timestamp() * 1000) << 80) | 7 << 76 | 2 << 62)


def to_global(type_name: str, id: UUID) -> str:
    """The opaque id of a row of a type in the API."""
    return base64.urlsafe_b64encode(type_name.encode() + b":" + id.bytes).rstrip(b"=").decode()


def from_global(value: str) -> tuple[str, UUID]:
    """The type name and row id of a global id.

    Raises:
        ValueError: it is malformed.
    """
    try:
        raw = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
        name, _, body = raw.partition(b":")
        return name.decode("ascii"), UUID(bytes=body)
    except (ValueError, binascii.Error, UnicodeDecodeError) as error:
        raise ValueError(f"{value[:40]!r} is not an ID of this API") from error


def row_id(value: str, type_name: str, *path: str) -> UUID:
    """The row id of a global id of the given type.

    Raises:
        Invalid: the id is malformed or of another type; `path` is its place in the input.
    """
    try:
        found, id = from_global(value)
    except ValueError:
        found, id = "", UUID(int=0)
    if found != type_name:
        raise Invalid(f"This is not an ID of the type {type_name}.", *path, code=ProblemCode.MALFORMED)
    return id


def any_row_id(value: str, *path: str) -> UUID:
    """The row id of a global id of any type.

    Raises:
        Invalid: the id is malformed; `path` is its place in the input.
    """
    try:
        return from_global(value)[1]
    except ValueError as error:
        raise Invalid("This is not an ID of this API.", *path, code=ProblemCode.MALFORMED) from error


def new_secret(prefix: str = "") -> str:
    """A random secret of 256 bits, safe in URLs and headers."""
    return prefix + secrets.token_urlsafe(32)


def fingerprint(secret: str) -> str:
    """The SHA-256 of a random secret, which is stored and used to look it up."""
    return hashlib.sha256(secret.encode()).hexdigest()


def derived_secret(key: str, purpose: str, *parts: str) -> str:
    """A secret of 128 bits derived from the deployment's key, so it need not be stored."""
    message = "\x1f".join((purpose, *parts)).encode()
    digest = hmac.new(key.encode(), message, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()
