"""Signing in with an e-mail address and a password.

Every guess is counted before the password is looked at, and unknown addresses take the same way as known
ones. docs/sign-in.md says what is counted by what.
"""

import hmac
from dataclasses import dataclass, field, replace
from datetime import timedelta

from app.access import attempts, queries, secrets, service
from app.access.refusals import SignInFailed
from app.access.service import Tokens
from app.core.actor import Actor, ActorKind
from app.core.contact import kept_email
from app.core.database.sql import execute
from app.core.ids import derived_secret, fingerprint, new_secret
from app.core.networks import Networks
from app.core.work import Work, verb

DEVICE_PREFIX = "og_device_"
NETWORKS_KNOWN_FOR = timedelta(days=90)  # after the last sign-in from there
SESSIONS = Actor(ActorKind.SYSTEM, label="sessions")


@dataclass(frozen=True, slots=True)
class Guess:
    """Somebody says who they are: the address as it is kept, and from where it is said."""

    email: str
    password: str = field(repr=False)
    networks: Networks
    device_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Whose password it is to be; without a hash, nobody can sign in as them."""

    actor: Actor
    password_hash: str | None = field(repr=False)


def guess(email: str, password: str, networks: Networks, device_token: str | None = None) -> Guess:
    return Guess(kept_email(email), password, networks, device_token)


async def count(made: Guess) -> tuple[attempts.Counted, ...]:
    """Count a guess, and say by what it was counted.

    From a device that has signed in to the account before: by that device alone. Else by the account and the
    network together and by the network, and where nobody has signed in to the account from there, by the
    account as well, whatever the network.

    Raises:
        TooManyAttempts: it comes too early.
    """
    is_known = await queries.is_known_network(_known_id(made.email, made.networks))
    counted = _counted_by(made, is_known)
    await attempts.count(SESSIONS, *counted)
    return counted


def _counted_by(made: Guess, is_known_network: bool) -> tuple[attempts.Counted, ...]:
    device = _device_of(made)
    if device is not None:
        return (attempts.by(attempts.OF_DEVICE, made.email, device),)
    counted = (
        attempts.by(attempts.OF_ACCOUNT_AND_NETWORK, made.email, made.networks.own),
        *attempts.by_network(attempts.OF_NETWORK, made.networks),
    )
    return counted if is_known_network else (*counted, attempts.by(attempts.OF_ACCOUNT, made.email))


async def check(made: Guess, counted: tuple[attempts.Counted, ...], candidate: Candidate | None) -> Tokens:
    """Check a guess that was counted, and open a session. It takes as long for an address that nobody has.

    Raises:
        SignInFailed: whatever the reason.
    """
    stored = candidate.password_hash if candidate else None
    fits = await secrets.password_fits(made.password, stored)
    if candidate is None or not fits:
        raise SignInFailed
    return await _opened(candidate.actor, made, counted)


@verb
async def _opened(work: Work, made: Guess, counted: tuple[attempts.Counted, ...]) -> Tokens:
    own = {each for each in counted if each.limit in (attempts.OF_DEVICE, attempts.OF_ACCOUNT_AND_NETWORK)}
    await attempts.forget(work, *own)
    await attempts.give_back(work, *(each for each in counted if each not in own))
    return await open_session(work, made.email, made.networks, made.device_token)


@verb
async def open_session(work: Work, email: str, networks: Networks, device_token: str | None = None) -> Tokens:
    """Open a session for the acting person, who has proven to be it, and know the network from now on."""
    await execute(
        "INSERT INTO known_network (id, forget_at) VALUES ($1, $2) "
        "ON CONFLICT (id) DO UPDATE SET forget_at = excluded.forget_at",
        _known_id(email, networks),
        work.at + NETWORKS_KNOWN_FOR,
    )
    tokens = await service.open_session(work)
    is_known = device_token is not None and _device(email, device_token) is not None
    return replace(tokens, device_token=device_token if is_known else _new_device_token(email))


def _known_id(email: str, networks: Networks) -> str:
    return fingerprint(f"{email}\x1f{networks.own}")


def _new_device_token(email: str) -> str:
    name = new_secret()[:22]  # 128 bits
    return f"{DEVICE_PREFIX}{name}.{_proof(email, name)}"


def _proof(email: str, name: str) -> str:
    return derived_secret(secrets.deployment_key(), "device", email, name)


def _device_of(made: Guess) -> str | None:
    return _device(made.email, made.device_token) if made.device_token else None


def _device(email: str, token: str) -> str | None:
    """The device that a token names; None if this deployment did not make it for the account."""
    name, dot, proof = token.removeprefix(DEVICE_PREFIX).partition(".")
    expected = _proof(email, name)
    return name if dot and hmac.compare_digest(proof.encode(), expected.encode()) else None
