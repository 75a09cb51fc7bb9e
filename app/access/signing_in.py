"""Signing in with an e-mail address and a password.

Every guess is counted before the password is looked at, and unknown addresses take the same way as known
ones. docs/sign-in.md says what is counted by what.
"""

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from app.access import attempts, queries, secrets, service
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
    """Whose password it is to be; without a hash, nobody can sign in as them.

    `hash_now` reads the hash again, None for who is welcome no more, and locks the row that it is of.
    """

    actor: Actor
    password_hash: str | None = field(repr=False)
    hash_now: Callable[[], Awaitable[str | None]]


@dataclass(frozen=True, slots=True)
class Guess:
    """Somebody says who they are: the address as it is kept, and from where it is said.

    `candidate` is who has the address, if anybody has.
    """

    email: str
    password: str = field(repr=False)
    networks: Networks
    device_token: str | None = field(default=None, repr=False)
    candidate: Candidate | None = None

    @property
    def account(self) -> str:
        return account_of(self.email, self.candidate.password_hash if self.candidate else None)


def account_of(email: str, password_hash: str | None) -> str:
    """What networks and devices are known to: an address with its password.

    Whoever knew an earlier password has no advantage from where it was used.
    """
    return f"{email}\x1f{fingerprint(password_hash or '')}"


async def count(made: Guess) -> tuple[attempts.Counted, ...]:
    """Count a guess, and say by what it was counted.

    From a device that has signed in to the account before: by that device alone. Else by the account and the
    network together and by the network, and where nobody has signed in to the account from there, by the
    account as well, whatever the network.

    Raises:
        TooManyAttempts: it comes too early.
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
    """Check a guess that was counted, and open a session. It takes as long for an address that nobody has.

    A password that is changed while it is checked opens nothing: sessions with the old one have ended then.

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
    return await open_session(uow, made.account, made.networks, made.device_token)


@command
async def open_session(
    uow: UnitOfWork, account: str, networks: Networks, device_token: str | None = None
) -> Tokens:
    """Open a session for the acting person, who has proven to be it, and know the network from now on."""
    await know_network(uow, account, networks)
    tokens = await service.open_session(uow)
    is_known = device_token is not None and _device(account, device_token) is not None
    return replace(tokens, device_token=device_token if is_known else _new_device_token(account))


@command
async def know_network(uow: UnitOfWork, account: str, networks: Networks) -> None:
    """Note that an account was used from a network."""
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
    """The device that a token names; None if it was not made here for the account and this password."""
    name, dot, proof = token.removeprefix(DEVICE_PREFIX).partition(".")
    expected = _proof(account, name)
    return name if dot and hmac.compare_digest(proof.encode(), expected.encode()) else None
