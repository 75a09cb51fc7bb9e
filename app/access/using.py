"""Last use of API tokens: recorded in memory by requests, written by the sweeper.

Requests do not wait for it. A process writes the use of a token at most every `WRITTEN_EVERY`; unwritten uses
are lost when the process ends.
"""

from datetime import datetime, timedelta
from uuid import UUID

from app.access.models import ApiToken
from app.core import clock
from app.core.actor import Actor, ActorKind
from app.core.database import update_where

WRITTEN_EVERY = timedelta(minutes=5)

_noted: dict[UUID, datetime] = {}  # the unwritten last use of each token
_written: dict[UUID, datetime] = {}  # when the use of a token was last written


def note(actor: Actor) -> None:
    """Record that an actor made a request, if it is an API token."""
    if actor.kind is ActorKind.APP and actor.id is not None:
        _noted[actor.id] = clock.now()


async def write_uses() -> int:
    """Write the uses of tokens that are due; return how many."""
    now = clock.now()
    for id in [id for id, at in _written.items() if not timedelta(0) <= now - at < WRITTEN_EVERY]:
        del _written[id]
    due = sorted((id, at) for id, at in _noted.items() if id not in _written)
    for id, at in due:
        is_later = "(last_used_at IS NULL OR last_used_at < $2)"
        await update_where(ApiToken, "last_used_at = $2", f"id = $1 AND {is_later}", id, at)
        _written[id] = now
        if _noted.get(id) == at:
            del _noted[id]
    return len(due)
