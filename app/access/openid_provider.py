"""What the OpenID provider publishes: its endpoints and keys, cached in this process."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import orjson
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from app.access.refusals import ProviderNotResponding
from app.core import clock
from app.core.outgoing import AddressRefused, Unreachable, UnsendableHeader, ask, target_of
from app.settings import Misconfigured, Settings, settings

T = TypeVar("T")

PATIENCE = 5.0  # seconds for a response of the provider
LARGEST = 131_072  # bytes of a response
MOST_KEYS = 50
KEPT_FOR = 3_600.0  # seconds for which endpoints and keys are cached
AGAIN_AFTER = 60.0  # seconds between requests for keys because a token has an unknown one
FAILED_FOR = 5.0  # seconds without a further request after one that failed
_KINDS = ("RSA", "EC")

_log = structlog.get_logger("openid")


@dataclass(frozen=True, slots=True)
class Provider:
    """The published endpoints of a provider."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    keys_url: str
    takes_basic: bool  # whether the client secret is sent with HTTP basic authentication
    userinfo_endpoint: str | None = None


@dataclass(slots=True)
class _Cached(Generic[T]):
    """A value with the time at which it was fetched; one request at a time."""

    value: T | None = None
    of: str = ""  # the address that it was fetched from
    at: float = 0.0
    failed_at: float = 0.0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def get(self, address: str, younger: float, fetch: Callable[[], Awaitable[T]]) -> T:
        async with self.turn:
            now = clock.now().timestamp()
            if self.value is None or self.of != address or not 0 <= now - self.at < younger:
                if 0 <= now - self.failed_at < FAILED_FOR:
                    raise ProviderNotResponding
                try:
                    self.value, self.of, self.at = await fetch(), address, now
                except ProviderNotResponding:
                    self.failed_at = clock.now().timestamp()
                    raise
            return self.value


_provider, _keys = _Cached[Provider](), _Cached[KeySet]()


def forget() -> None:
    """Forget the cached endpoints and keys."""
    global _provider, _keys
    _provider, _keys = _Cached[Provider](), _Cached[KeySet]()


def check_settings(chosen: Settings) -> None:
    """Check the settings of the provider, if there is one.

    Raises:
        Misconfigured: the message names the setting to change.
    """
    if not chosen.openid_issuer:
        return
    try:
        target_of(chosen.openid_issuer, in_development=chosen.is_development)
    except AddressRefused as error:
        raise Misconfigured(f"ORDERGRAPH_OPENID_ISSUER: {error.message}") from error
    for name in ("openid_client_id", "openid_redirect_url"):
        if not getattr(chosen, name):
            raise Misconfigured(f"ORDERGRAPH_{name.upper()} must be set: ORDERGRAPH_OPENID_ISSUER is.")


async def provider(chosen: Settings) -> Provider:
    """The endpoints of the provider in the settings.

    Raises:
        ProviderNotResponding: it does not respond, or not with the endpoints of this issuer.
    """

    async def fetch() -> Provider:
        address = chosen.openid_issuer.rstrip("/") + "/.well-known/openid-configuration"
        return _read(chosen.openid_issuer, await ask_provider("GET", address))

    return await _provider.get(chosen.openid_issuer, KEPT_FOR, fetch)


def _read(issuer: str, published: Mapping[str, Any]) -> Provider:
    methods = published.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    try:
        found = Provider(
            published["issuer"],
            published["authorization_endpoint"],
            published["token_endpoint"],
            published["jwks_uri"],
            not isinstance(methods, list) or "client_secret_basic" in methods,
            published.get("userinfo_endpoint"),
        )
        needed = (found.authorization_endpoint, found.token_endpoint, found.keys_url)
        for address in (*needed, *([found.userinfo_endpoint] if found.userinfo_endpoint else [])):
            target_of(address, in_development=settings().is_development)
    except (KeyError, TypeError, AddressRefused) as error:
        raise _failed("openid.endpoints_not_valid", error) from error
    if found.issuer != issuer:
        raise _failed("openid.other_issuer", ValueError(str(found.issuer)[:200]))
    return found


async def keys_of(found: Provider, *, is_new: bool) -> KeySet:
    """The keys with which the provider signs. `is_new`: fetched within the last minute.

    Raises:
        ProviderNotResponding: the provider does not respond.
    """

    async def fetch() -> KeySet:
        published = await ask_provider("GET", found.keys_url)
        listed = published.get("keys")
        usable = [
            key
            for key in (listed if isinstance(listed, list) else [])[:MOST_KEYS]
            if isinstance(key, dict) and key.get("kty") in _KINDS and key.get("use", "sig") == "sig"
        ]
        try:
            return KeySet.import_key_set({"keys": usable})
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise _failed("openid.keys_not_valid", error) from error

    return await _keys.get(found.keys_url, AGAIN_AFTER if is_new else KEPT_FOR, fetch)


async def ask_provider(method: str, address: str, *, bearer: str = "", **sent: Any) -> dict[str, Any]:
    """The JSON object that the provider answers; also that of an error. `bearer` is an access token.

    Raises:
        ProviderNotResponding: there is no such answer.
    """
    try:
        headers = {"accept": "application/json"}
        if bearer:
            headers["authorization"] = f"Bearer {bearer}"
        answer = await ask(method, address, headers=headers, patience=PATIENCE, largest=LARGEST, **sent)
        content = orjson.loads(answer.content)
    except (AddressRefused, UnsendableHeader, Unreachable, orjson.JSONDecodeError) as error:
        raise _failed("openid.no_response", error) from error
    if answer.status >= 500 or not isinstance(content, dict):
        raise _failed("openid.no_response", ValueError(str(answer.status)))
    return content


def _failed(event: str, error: Exception) -> ProviderNotResponding:
    _log.warning(event, error=f"{type(error).__name__}: {error}"[:300])
    return ProviderNotResponding()
