"""A journal row for readers: read once per process and shared by all subscribers."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from app.core.database import among, fetch, moment_of, uuid_of
from app.core.journal.models import JournalEntry

COLUMNS = (
    "id", "position", "subject_kind", "subject_id", "number", "name", "payload",
    "actor_kind", "actor_id", "actor_label", "channel_id", "at",
)  # fmt: skip


class Entry(NamedTuple):
    id: UUID
    position: int | None
    subject_kind: str
    subject_id: UUID
    number: int
    name: str
    payload: dict[str, Any]
    actor_kind: str
    actor_id: UUID | None
    actor_label: str
    channel_id: UUID | None
    at: datetime


async def of_subject(subject_id: UUID, after: int = 0, limit: int = 500) -> list[Entry]:
    """A subject's events with a number above `after`, in order."""
    rows = (
        await JournalEntry.filter(subject_id=subject_id, number__gt=after)
        .order_by("number")
        .limit(limit)
        .values_list(*COLUMNS)
    )
    return [Entry(*row) for row in rows]


async def of_subjects(ids: list[UUID]) -> list[Entry]:
    """All events of some subjects, in order for each subject."""
    columns = ", ".join(COLUMNS)
    rows = await fetch(
        f"SELECT {columns} FROM journal_entry WHERE {among('subject_id', 1)} ORDER BY subject_id, number",  # noqa: S608
        ids,
    )
    return [_entry(row) for row in rows]


def _entry(row: dict[str, Any]) -> Entry:
    at = moment_of(row["at"])
    assert at is not None
    return Entry(
        uuid_of(row["id"]),
        row["position"],
        row["subject_kind"],
        uuid_of(row["subject_id"]),
        row["number"],
        row["name"],
        orjson.loads(row["payload"]),
        row["actor_kind"],
        uuid_of(row["actor_id"]) if row["actor_id"] else None,
        row["actor_label"],
        uuid_of(row["channel_id"]) if row["channel_id"] else None,
        at,
    )


async def last_number(subject_id: UUID) -> int:
    """The number of a subject's newest event; 0 if it has none."""
    rows = (
        await JournalEntry.filter(subject_id=subject_id)
        .order_by("-number")
        .limit(1)
        .values_list("number", flat=True)
    )
    return int(str(rows[0])) if rows else 0


async def last_position() -> int:
    """The largest position in the journal; 0 if it is empty."""
    rows = (
        await JournalEntry.filter(position__isnull=False)
        .order_by("-position")
        .limit(1)
        .values_list("position", flat=True)
    )
    return int(str(rows[0])) if rows else 0


async def after_position(position: int, subject_kind: str | None = None, limit: int = 500) -> list[Entry]:
    """The deployment's events after a position, in order; optionally of one kind of subject."""
    values: list[Any] = [position, limit]
    if subject_kind is not None:
        values.append(subject_kind)
    rows = await fetch(
        f"SELECT {', '.join(COLUMNS)} FROM journal_entry WHERE position > $1 "  # noqa: S608
        f"{'AND subject_kind = $3 ' if subject_kind is not None else ''}ORDER BY position LIMIT $2",
        *values,
    )
    return [_entry(row) for row in rows]
