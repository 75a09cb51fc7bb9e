"""Rate limits for sign-ins, tokens of mailed links, and calls that send mail.

An attempt is counted before it is made, in its own transaction, so that concurrent requests are counted one
after the other. Some attempts are free; after those, each waits longer than the one before. A refused attempt
is not counted, and a successful one is uncounted.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.access import queries
from app.access.models import AttemptCount, KnownNetwork
from app.access.refusals import TooManyAttempts
from app.core import clock
from app.core.database import delete_where, insert_or_update, moment_of, update_where
from app.core.ids import fingerprint
from app.core.networks import TOGETHER, Networks
from app.core.uow import UnitOfWork, command
from app.engine.database.inserting import note_as_saved

NONE = timedelta(0)


@dataclass(frozen=True, slots=True)
class Limit:
    """The number of free attempts, and the delays after them."""

    name: str
    free: int
    first: timedelta  # the delay after the last free attempt; it doubles with each attempt
    longest: timedelta
    forgotten_after: timedelta  # the count starts again after this time without a counted attempt

    def delay(self, count: int) -> timedelta:
        """The delay before the next attempt after `count` attempts."""
        over = count - self.free
        return min(self.first * 2 ** min(over, 20), self.longest) if over >= 0 else NONE

    def together(self) -> "Limit":
        """The limit that all networks within a larger network share."""
        return replace(self, free=self.free * TOGETHER, longest=self.longest / TOGETHER)


QUARTER = timedelta(minutes=15)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)

# Passwords: docs/sign-in.md describes which limit applies to whom.
OF_DEVICE = Limit("device", 5, timedelta(seconds=2), QUARTER, DAY)
OF_ACCOUNT_AND_NETWORK = Limit("account and network", 5, timedelta(seconds=2), QUARTER, DAY)
OF_ACCOUNT = Limit("account", 30, timedelta(seconds=2), QUARTER, DAY)
OF_NETWORK = Limit("network", 30, timedelta(seconds=1), timedelta(seconds=30), HOUR)
OF_PASSWORD_CHANGE = Limit("password change", 5, timedelta(seconds=2), QUARTER, DAY)
# Unguessable secrets, and mails: by network only.
OF_REFRESH = Limit("refresh", 50, timedelta(seconds=1), timedelta(seconds=30), HOUR)
OF_LINKS = Limit("links", 20, timedelta(seconds=1), timedelta(minutes=1), HOUR)
OF_MAILS = Limit("mails", 20, timedelta(seconds=10), timedelta(minutes=5), HOUR)


@dataclass(frozen=True, slots=True)
class Counted:
    """A limit, and the key that it is counted by."""

    limit: Limit
    subject: tuple[str, ...]

    @property
    def id(self) -> str:
        return fingerprint("\x1f".join((self.limit.name, *self.subject)))


def by(limit: Limit, *subject: str) -> Counted:
    return Counted(limit, subject)


def by_network(limit: Limit, networks: Networks) -> tuple[Counted, ...]:
    """The caller's network, and with IPv6 the larger network around it, with a higher limit."""
    own = by(limit, networks.own)
    return (own,) if networks.wide is None else (own, by(limit.together(), networks.wide))


@command
async def count(uow: UnitOfWork, *counted: Counted) -> None:
    """Count an attempt by all of these, or by none.

    Raises:
        TooManyAttempts: at least one of them must wait; `retry_after` says how long.
    """
    rows = await _locked([each.id for each in counted], uow.at)
    wait = max((row.next_at - uow.at for row in rows.values() if row.next_at), default=NONE)
    if wait > NONE:
        raise TooManyAttempts(wait)
    for each in counted:
        row = rows[each.id]
        row.tries += 1
        delay = each.limit.delay(row.tries)
        # Without a delay, no time is stored, so concurrent free attempts are not refused.
        row.next_at = uow.at + delay if delay else None
        row.forget_at = uow.at + delay + each.limit.forgotten_after
        await row.save(update_fields=["tries", "next_at", "forget_at"])


async def refuse_waiting(*counted: Counted) -> None:
    """Check that an attempt would not have to wait, without counting one.

    Raises:
        TooManyAttempts: at least one of them must wait; `retry_after` says how long.
    """
    wait = await queries.longest_wait([each.id for each in counted], clock.now())
    if wait > NONE:
        raise TooManyAttempts(wait)


@command
async def give_back(uow: UnitOfWork, *counted: Counted) -> None:
    """Uncount an attempt that was successful; the next one need not wait."""
    for each in sorted(counted, key=lambda each: each.id):
        changes = "tries = tries - 1, next_at = NULL"
        await update_where(AttemptCount, changes, "id = $1 AND tries > 0", each.id)


@command
async def forget(uow: UnitOfWork, *counted: Counted) -> None:
    """Reset counts."""
    for each in sorted(counted, key=lambda each: each.id):
        await delete_where(AttemptCount, "id = $1", each.id)


# An expired count starts again.
_BEGUN_ANEW = ", ".join(
    f"{column} = CASE WHEN old.forget_at <= excluded.forget_at THEN {new} ELSE old.{column} END"
    for column, new in (("tries", "0"), ("next_at", "NULL"))
)


async def _locked(ids: Sequence[str], at: datetime) -> dict[str, AttemptCount]:
    """The counts of some ids, created if missing; the rows are locked until the transaction ends."""
    new = [AttemptCount(id=id, tries=0, next_at=None, forget_at=at) for id in sorted(ids)]
    found = await insert_or_update(new, "id", _BEGUN_ANEW, returning="id, tries, next_at")
    return {row["id"]: _row(row["id"], row["tries"], moment_of(row["next_at"]), at) for row in found}


def _row(id: str, tries: int, next_at: datetime | None, at: datetime) -> AttemptCount:
    row = AttemptCount(id=id, tries=tries, next_at=next_at, forget_at=at)
    note_as_saved([row])
    return row


async def delete_expired(before: datetime) -> int:
    """Delete counts and known networks that expired before a time; return how many."""
    counts = await delete_where(AttemptCount, "forget_at <= $1", before)
    return counts + await delete_where(KnownNetwork, "forget_at <= $1", before)
