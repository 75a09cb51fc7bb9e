"""How often something may be tried: sign-ins, tokens of mailed links, and calls that send mail.

An attempt is counted before it is made, in a transaction of its own, so that requests sent at the same time
are counted one after the other. Some attempts are free; from then on each waits longer than the one before.
An attempt that is refused is not counted, and one that succeeds is given back.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.access.models import AttemptCount, KnownNetwork
from app.access.refusals import TooManyAttempts
from app.core.database import delete_where, insert_or_update, moment_of, update_where
from app.core.ids import fingerprint
from app.core.networks import TOGETHER, Networks
from app.core.uow import UnitOfWork, command

NONE = timedelta(0)


@dataclass(frozen=True, slots=True)
class Limit:
    """How many attempts are free, and how the delays grow after those."""

    name: str
    free: int
    first: timedelta  # the delay after the last free attempt; it doubles with each attempt
    longest: timedelta
    forgotten_after: timedelta  # without a counted attempt, the count begins anew

    def delay(self, count: int) -> timedelta:
        """How long the next attempt waits after so many."""
        over = count - self.free
        return min(self.first * 2 ** min(over, 20), self.longest) if over >= 0 else NONE

    def together(self) -> "Limit":
        """The limit of all the networks of a larger one together."""
        return replace(self, free=self.free * TOGETHER, longest=self.longest / TOGETHER)


QUARTER = timedelta(minutes=15)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)

# Passwords: docs/sign-in.md says who is counted by which of these.
OF_DEVICE = Limit("device", 5, timedelta(seconds=2), QUARTER, DAY)
OF_ACCOUNT_AND_NETWORK = Limit("account and network", 5, timedelta(seconds=2), QUARTER, DAY)
OF_ACCOUNT = Limit("account", 30, timedelta(seconds=2), QUARTER, DAY)
OF_NETWORK = Limit("network", 30, timedelta(seconds=1), timedelta(seconds=30), HOUR)
OF_PASSWORD_CHANGE = Limit("password change", 5, timedelta(seconds=2), QUARTER, DAY)
# Secrets that cannot be guessed, and mails: by network alone.
OF_REFRESH = Limit("refresh", 50, timedelta(seconds=1), timedelta(seconds=30), HOUR)
OF_LINKS = Limit("links", 20, timedelta(seconds=1), timedelta(minutes=1), HOUR)
OF_MAILS = Limit("mails", 20, timedelta(seconds=10), timedelta(minutes=5), HOUR)


@dataclass(frozen=True, slots=True)
class Counted:
    """What an attempt is counted by: a limit, and whom or what it is for."""

    limit: Limit
    subject: tuple[str, ...]

    @property
    def id(self) -> str:
        return fingerprint("\x1f".join((self.limit.name, *self.subject)))


def by(limit: Limit, *subject: str) -> Counted:
    return Counted(limit, subject)


def by_network(limit: Limit, networks: Networks) -> tuple[Counted, ...]:
    """The caller's network, and with IPv6 the larger one around it, which may do several times as much."""
    own = by(limit, networks.own)
    return (own,) if networks.wide is None else (own, by(limit.together(), networks.wide))


@command
async def count(uow: UnitOfWork, *counted: Counted) -> None:
    """Count an attempt by each of these, or by none of them.

    Raises:
        TooManyAttempts: at least one of them has to wait; it says for how long.
    """
    rows = await _locked([each.id for each in counted], uow.at)
    wait = max((row.next_at - uow.at for row in rows.values() if row.next_at), default=NONE)
    if wait > NONE:
        raise TooManyAttempts(wait)
    for each in counted:
        row = rows[each.id]
        row.tries += 1
        delay = each.limit.delay(row.tries)
        # Without a delay there is no moment to compare with: of attempts at once, none is late.
        row.next_at = uow.at + delay if delay else None
        row.forget_at = uow.at + delay + each.limit.forgotten_after
        await row.save(update_fields=["tries", "next_at", "forget_at"])


@command
async def give_back(uow: UnitOfWork, *counted: Counted) -> None:
    """Take an attempt off again that was not a wrong one; the next need not wait."""
    for each in sorted(counted, key=lambda each: each.id):
        changes = "tries = tries - 1, next_at = NULL"
        await update_where(AttemptCount, changes, "id = $1 AND tries > 0", each.id)


@command
async def forget(uow: UnitOfWork, *counted: Counted) -> None:
    """Begin to count anew."""
    for each in sorted(counted, key=lambda each: each.id):
        await delete_where(AttemptCount, "id = $1", each.id)


# A count whose time is over begins anew.
_BEGUN_ANEW = ", ".join(
    f"{column} = CASE WHEN old.forget_at <= excluded.forget_at THEN {new} ELSE old.{column} END"
    for column, new in (("tries", "0"), ("next_at", "NULL"))
)


async def _locked(ids: Sequence[str], at: datetime) -> dict[str, AttemptCount]:
    """The counts of some ids, made where they are missing, their rows locked until the transaction ends."""
    new = [AttemptCount(id=id, tries=0, next_at=None, forget_at=at) for id in sorted(ids)]
    found = await insert_or_update(new, "id", _BEGUN_ANEW, returning="id, tries, next_at")
    return {row["id"]: _row(row["id"], row["tries"], moment_of(row["next_at"]), at) for row in found}


def _row(id: str, tries: int, next_at: datetime | None, at: datetime) -> AttemptCount:
    row = AttemptCount(id=id, tries=tries, next_at=next_at, forget_at=at)
    row._saved_in_db = True
    return row


async def delete_expired(before: datetime) -> int:
    """Delete the counts and the known networks that expired before a moment; returns how many."""
    counts = await delete_where(AttemptCount, "forget_at <= $1", before)
    return counts + await delete_where(KnownNetwork, "forget_at <= $1", before)
