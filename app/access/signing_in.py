"""Signing in with an e-mail address and a password.

Every attempt is counted before the password is checked, and unknown addresses are processed like known ones.
docs/sign-in.md describes the limits.
"""

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from app.access import attempts, queries, secrets, service
from app.access.devices import coarse, device_name
from app.access.models import KnownNetwork
from app.access.refusals import SignInFailed
from app.access.service import Tokens
from app.core.actor import Actor, ActorKind
from app.core.database import insert_or_update
from app.core.ids import derived_secret, fingerprint, new_secret
from app.core.networks import Networks
from app.core.uow import UnitOfWork, command

DEVICE_PREFIX = "og_device_"
NETWORKS_KNOWN_FOR = timedelta(days=90)  # after the last sign-in from there
SESSIONS = Actor(ActorKind.SYSTEM, label="sessions")


@dataclass(frozen=True, slots=True)
class Candidate:
    """The person whose password is checked; without a hash, every attempt fails.

    `hash_now` reads the hash again and locks its row; None if the person may no longer sign in.
    """

    actor: Actor
    password_hash: str | None = field(repr=False)
    hash_now: Callable[[], Awaitable[str | None]]


@dataclass(frozen=True, slots=True)
class Guess:
    """A sign-in attempt: the normalized address and its origin.

    `candidate` is the person with the address, if any.
    """

    email: str
    password: str = field(repr=False)
    networks: Networks
    device_token: str | None = field(default=None, repr=False)
    user_agent: str = ""
    candidate: Candidate | None = None

    @property
    def account(self) -> str:
        return account_of(self.email, self.candidate.password_hash if self.candidate else None)


def account_of(email: str, password_hash: str | None) -> str:
    """The key under which networks and devices are known: the address together with its password.

    After a password change, the networks and devices of the old password are unknown.
    """
    return f"{email}\x1f{fingerprint(password_hash or '')}"


async def count(made: Guess) -> tuple[attempts.Counted, ...]:
    """Count an attempt; return what it was counted by.

    From a device that has signed in to the account before: by the device only. Otherwise by the account and
    the network together and by the network; if nobody has signed in to the account from that network, also by
    the account.

    Raises:
        TooManyAttempts: the attempt is too early.
    """
    is_known = await queries.is_known_network(_known_id(made.account, made.networks))
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


async def check(made: Guess, counted: tuple[attempts.Counted, ...]) -> Tokens:
    """Check an attempt that was counted, and open a session. Takes the same time for unknown addresses.

    If the password changes during the check, the attempt fails: the change has ended all sessions with the
    old password.

    Raises:
        SignInFailed: whatever the reason.
    """
    candidate = made.candidate
    stored = candidate.password_hash if candidate else None
    fits = await secrets.password_fits(made.password, stored)
    if candidate is None or not fits:
        raise SignInFailed
    return await _opened(candidate.actor, candidate, made, counted)


@command
async def _opened(
    uow: UnitOfWork, candidate: Candidate, made: Guess, counted: tuple[attempts.Counted, ...]
) -> Tokens:
    if await candidate.hash_now() != candidate.password_hash:
        raise SignInFailed
    own = {each for each in counted if each.limit in (attempts.OF_DEVICE, attempts.OF_ACCOUNT_AND_NETWORK)}
    await attempts.forget(uow, *own)
    await attempts.give_back(uow, *(each for each in counted if each not in own))
    return await open_session(uow, made.account, made.networks, made.device_token, made.user_agent)


@command
async def open_session(
    uow: UnitOfWork, account: str, networks: Networks, device_token: str | None = None, user_agent: str = ""
) -> Tokens:
    """Open a session for the authenticated person, and remember the network."""
    await remember_network(uow, account, networks)
    tokens = await service.open_session(uow, device=device_name(user_agent), network=coarse(networks))
    is_known = device_token is not None and _device(account, device_token) is not None
    return replace(tokens, device_token=device_token if is_known else _new_device_token(account))


@command
async def remember_network(uow: UnitOfWork, account: str, networks: Networks) -> None:
    """Record that an account was used from a network."""
    network = KnownNetwork(id=_known_id(account, networks), forget_at=uow.at + NETWORKS_KNOWN_FOR)
    await insert_or_update([network], "id", "forget_at = excluded.forget_at")


def _known_id(account: str, networks: Networks) -> str:
    return fingerprint(f"{account}\x1f{networks.own}")


def _new_device_token(account: str) -> str:
    name = new_secret()[:22]  # 128 bits
    return f"{DEVICE_PREFIX}{name}.{_proof(account, name)}"


def _proof(account: str, name: str) -> str:
    return derived_secret(secrets.deployment_key(), "device", account, name)


def _device_of(made: Guess) -> str | None:
    return _device(made.account, made.device_token) if made.device_token else None


def _device(account: str, token: str) -> str | None:
    """The id of the device that a token names; None if the token is not valid for the account and its
    password.
    """
    name, dot, proof = token.removeprefix(DEVICE_PREFIX).partition(".")
    expected = _proof(account, name)
    return name if dot and hmac.compare_digest(proof.encode(), expected.encode()) else None
