"""Passwords, access tokens and the deployment's key."""

import asyncio
import base64
import os
from dataclasses import dataclass
from functools import cache, lru_cache
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from app.core import clock
from app.core.ids import derived_secret, new_secret
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.settings import Misconfigured, Settings, settings

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 256

# OWASP's second argon2id recommendation
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# A password check uses 20 MB and a core for a moment; more at once would delay requests.
_checking = asyncio.Semaphore(2)


@cache
def deployment_key() -> str:
    """The key that signs sessions and derives tokens; in development it is kept in a file.

    Raises:
        Misconfigured: production without ORDERGRAPH_SECRET_KEY, or the key is too short.
    """
    chosen: Settings = settings()
    key = chosen.secret_key.get_secret_value()
    if key:
        if len(key) < 32:
            raise Misconfigured("ORDERGRAPH_SECRET_KEY must have at least 32 characters.")
        return key
    if not chosen.is_development:
        raise Misconfigured(
            "ORDERGRAPH_SECRET_KEY is not set. Set it to at least 32 random characters, the "
            "same in every process and after every restart. To try out Ordergraph, set "
            "ORDERGRAPH_ENV=development instead: a key is then generated and stored in a "
            "file."
        )
    path = chosen.secret_file
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(new_secret())
    return path.read_text().strip()


def checked_password(password: str, *path: str) -> str:
    """Validate a password.

    Raises:
        Invalid: too short or too long.
    """
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise Invalid(
            f"The password must have {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters.",
            *path,
            code=ProblemCode.WEAK_PASSWORD,
            minimum=SHORTEST_PASSWORD,
            maximum=LONGEST_PASSWORD,
        )
    return password


async def password_hash(password: str) -> str:
    async with _checking:
        return await asyncio.to_thread(_hasher.hash, password)


async def password_fits(password: str, stored: str | None) -> bool:
    """Whether a password matches a stored hash; takes the same time without a hash."""
    async with _checking:
        return await asyncio.to_thread(_fits, password[:LONGEST_PASSWORD], stored or _dummy_hash())


@cache
def _dummy_hash() -> str:
    """A hash that matches no password and takes as long to check as any other."""
    settings = f"m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
    salt, digest = (
        base64.b64encode(os.urandom(length)).rstrip(b"=").decode()
        for length in (_hasher.salt_len, _hasher.hash_len)
    )
    return f"$argon2id$v=19${settings}${salt}${digest}"


def _fits(password: str, stored: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims of a valid access token."""

    session_id: UUID
    principal_kind: str
    principal_id: UUID


@cache
def _signing_key() -> OctKey:
    return OctKey.import_key(derived_secret(deployment_key(), "access-token") + deployment_key())


def access_token(claims: Claims, minutes: int) -> str:
    """A signed token (JWT, HS256) that is valid for the given minutes."""
    now = int(clock.now().timestamp())
    return jwt.encode(
        {"alg": "HS256"},
        {
            "sid": str(claims.session_id),
            "kind": claims.principal_kind,
            "sub": str(claims.principal_id),
            "iat": now,
            "exp": now + minutes * 60,
        },
        _signing_key(),
    )


def claims_of(token: str) -> Claims | None:
    """The claims of a token; None if it is not signed by this deployment or has expired."""
    try:
        claims, good_until = _signed(token)
    except (JoseError, KeyError, ValueError, TypeError):
        return None
    return None if good_until < clock.now().timestamp() else claims


@lru_cache(maxsize=10_000)
def _signed(token: str) -> tuple[Claims, int]:
    """The claims of a valid token and its expiry in seconds since 1970.

    Raises for invalid tokens, so only valid ones are cached.
    """
    claims = jwt.decode(token, _signing_key(), algorithms=["HS256"]).claims
    return Claims(UUID(claims["sid"]), str(claims["kind"]), UUID(claims["sub"])), int(claims["exp"])
