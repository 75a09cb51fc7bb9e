"""Sign-in with an OpenID provider: the authorization code flow with PKCE.

The provider is a setting. What belongs to a started sign-in (state, nonce, PKCE verifier) is not stored: the
client keeps it, encrypted, and sends it back with the code. Requests go through `core.outgoing`, and never
within a transaction.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

import structlog
from joserfc import jwt
from joserfc.errors import JoseError

from app.access import sealing
from app.access.openid_provider import Provider, ask_provider, keys_of, provider
from app.access.refusals import ProviderNotResponding, SignInFailed
from app.core import clock
from app.core.ids import new_secret
from app.settings import Misconfigured, Settings, settings

SCOPE = "openid email profile"
COMPLETE_WITHIN = timedelta(minutes=10)
CLOCK_SKEW = 60  # seconds by which the clock of the provider may differ
ALGORITHMS = ["RS256", "PS256", "ES256"]  # of ID tokens: signatures of the provider's keys only
LONGEST_SUBJECT = 255  # characters, by the specification
LONGEST_PART = 4_096  # characters of a code, a state and an encrypted flow
_PURPOSE = "openid"

_log = structlog.get_logger("openid")


@dataclass(frozen=True, slots=True)
class Started:
    """A started sign-in. The client keeps `flow`, and opens `url`."""

    url: str
    state: str
    flow: str


@dataclass(frozen=True, slots=True)
class Identity:
    """A person as the provider knows it, by issuer and subject."""

    issuer: str
    subject: str
    email: str | None
    is_email_verified: bool
    name: str
    is_userinfo_silent: bool  # the address was asked for, and the provider did not respond


def is_set_up() -> bool:
    return bool(settings().openid_issuer)


async def start() -> Started:
    """Start a sign-in.

    Raises:
        ProviderNotResponding: the provider does not respond.
    """
    chosen = settings()
    found = await provider(chosen)
    state, nonce, verifier = (new_secret() for _ in range(3))
    parameters = {
        "response_type": "code",
        "client_id": chosen.openid_client_id,
        "redirect_uri": chosen.openid_redirect_url,
        "scope": SCOPE,
        "state": state,
        "nonce": nonce,
        "code_challenge": _challenge(verifier),
        "code_challenge_method": "S256",
    }
    until = int((clock.now() + COMPLETE_WITHIN).timestamp())
    kept = {"purpose": _PURPOSE, "state": state, "nonce": nonce, "verifier": verifier, "until": str(until)}
    return Started(f"{found.authorization_endpoint}?{urlencode(parameters)}", state, sealing.seal(kept))


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


async def identity(code: str, state: str, flow: str) -> Identity:
    """The person who signed in at the provider.

    Raises:
        SignInFailed: the flow is unknown or expired, belongs to another state, or the provider does not
            accept the code.
        ProviderNotResponding: the provider does not respond.
    """
    kept = _opened(flow, state)
    if not 0 < len(code) <= LONGEST_PART:
        raise SignInFailed.of_openid()
    chosen = settings()
    found = await provider(chosen)
    tokens = await _tokens(chosen, found, code, kept["verifier"])
    claims = await _claims(chosen, found, tokens["id_token"], kept["nonce"])
    about: dict[str, Any] | None = claims
    if not isinstance(claims.get("email"), str):
        about = await _userinfo(found, claims["sub"], _text(tokens.get("access_token")))
    is_silent, about = about is None, about or {}
    email = about.get("email")
    return Identity(
        found.issuer,
        claims["sub"],
        email if isinstance(email, str) else None,
        about.get("email_verified") in (True, "true"),
        _text(claims.get("name")) or _text(about.get("name")),
        is_silent,
    )


async def _userinfo(found: Provider, subject: str, access_token: str) -> dict[str, Any] | None:
    """The claims of the userinfo endpoint, for an ID token without an address; empty if there are none.

    None if it does not respond. That is no reason to refuse customers who are known by their subject.

    Claims of another subject are not used (OpenID Connect Core, section 5.3.2).
    """
    if found.userinfo_endpoint is None or not access_token:
        return {}
    try:
        claims = await ask_provider("GET", found.userinfo_endpoint, bearer=access_token)
    except ProviderNotResponding:  # it is logged
        return None
    if claims.get("sub") != subject:
        _log.warning("openid.userinfo_not_used", error=_text(claims.get("error"))[:80])
        return {}
    return claims


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _opened(flow: str, state: str) -> dict[str, str]:
    """What was kept of a started sign-in."""
    try:
        kept = sealing.unseal(flow) if len(flow) <= LONGEST_PART else {}
    except (Misconfigured, ValueError, TypeError) as error:
        raise SignInFailed.of_openid() from error
    is_ours = kept.get("purpose") == _PURPOSE
    if not is_ours or not hmac.compare_digest(kept["state"].encode(), state.encode("utf-8", "replace")):
        raise SignInFailed.of_openid()
    if int(kept["until"]) < clock.now().timestamp():
        raise SignInFailed.of_openid()
    return kept


async def _tokens(chosen: Settings, found: Provider, code: str, verifier: str) -> dict[str, Any]:
    """Exchange the code for an ID token, and an access token."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": chosen.openid_redirect_url,
        "code_verifier": verifier,
    }
    secret, credentials = chosen.openid_client_secret.get_secret_value(), None
    if secret and found.takes_basic:
        # Both parts are encoded as in a form (RFC 6749, section 2.3.1).
        credentials = (quote(chosen.openid_client_id, safe=""), quote(secret, safe=""))
    else:
        form["client_id"] = chosen.openid_client_id
        if secret:
            form["client_secret"] = secret
    answer = await ask_provider("POST", found.token_endpoint, form=form, credentials=credentials)
    if not isinstance(answer.get("id_token"), str):
        _log.warning("openid.code_not_accepted", error=_text(answer.get("error"))[:80])
        raise SignInFailed.of_openid()
    return answer


async def _claims(chosen: Settings, found: Provider, token: str, nonce: str) -> dict[str, Any]:
    """The claims of an ID token of the provider for this client and this sign-in."""
    registry = jwt.JWTClaimsRegistry(
        now=int(clock.now().timestamp()),
        leeway=CLOCK_SKEW,
        iss={"essential": True, "value": found.issuer},
        aud={"essential": True, "value": chosen.openid_client_id},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    try:
        claims = await _decoded(found, token)
        registry.validate(claims)
        audience, subject = claims["aud"], claims["sub"]
        if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != chosen.openid_client_id:
            raise ValueError("azp")
        if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
            raise ValueError("sub")
    except (JoseError, ValueError, TypeError, KeyError) as error:
        _log.warning("openid.token_not_valid", error=type(error).__name__)
        raise SignInFailed.of_openid() from error
    return claims


async def _decoded(found: Provider, token: str) -> dict[str, Any]:
    """The claims of a token with a valid signature. If no known key fits, the keys are fetched again."""
    for is_new in (False, True):
        keys = await keys_of(found, is_new=is_new)
        try:
            return dict(jwt.decode(token, keys, algorithms=ALGORITHMS).claims)
        except (JoseError, ValueError):
            if is_new:
                raise
    raise AssertionError("unreachable")
