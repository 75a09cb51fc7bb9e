"""Inserts recorded events with their numbers."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.exceptions import IntegrityError

from app.core.actor import Actor
from app.core.ids import new_id
from app.core.journal.event import Event
from app.core.journal.models import JournalEntry
from app.core.transaction import TryAgain
from app.engine.database.inserting import insert, insert_numbered
from app.engine.database.sql import among, fetch, is_postgres, number_of, uuid_of
from app.engine.database.updating import Numbered


async def record(events: Sequence[Event], actor: Actor, at: datetime, born: set[Any]) -> None:
    """Insert events as journal rows, numbered after the existing events of their subjects.

    Raises:
        TryAgain: another transaction numbered a subject's events first.
    """
    if not events:
        return
    known = {event.subject_id for event in events} - born
    # PostgreSQL numbers the rows in the INSERT; on SQLite the last numbers are read before.
    last = {} if is_postgres() else await _last_numbers(known)
    position = None if is_postgres() else await _last_position()
    rows = rows_of(events, actor, at, last, position)
    try:
        if is_postgres() and known:
            await insert_numbered(*numbered(rows))
        else:
            await insert(rows)
    except IntegrityError as error:
        raise TryAgain from error


def numbered(rows: Sequence[JournalEntry]) -> Numbered:
    """Rows whose numbers the INSERT adds to the last one of each subject, on PostgreSQL."""
    return Numbered(rows, "number", "subject_id")


def rows_of(
    events: Sequence[Event],
    actor: Actor,
    at: datetime,
    last: Mapping[UUID, int] | None = None,
    position: int | None = None,
) -> list[JournalEntry]:
    """The journal rows of events, numbered after the last number of each subject, and after a position."""
    numbers, rows = dict(last or {}), []
    for event in events:
        number = numbers[event.subject_id] = numbers.get(event.subject_id, 0) + 1
        if position is not None:
            position += 1
        rows.append(_row(event, number, position, actor, at))
    return rows


async def _last_numbers(subjects: set[UUID]) -> dict[UUID, int]:
    if not subjects:
        return {}
    rows = await fetch(
        "SELECT subject_id, MAX(number) AS last FROM journal_entry "  # noqa: S608  # a condition of ours
        f"WHERE {among('subject_id', 1)} GROUP BY subject_id",
        list(subjects),
    )
    return {uuid_of(row["subject_id"]): row["last"] for row in rows}


async def _last_position() -> int:
    # SQLite has one writer, so write order is commit order and no sequencing is needed.
    return await number_of("SELECT MAX(position) FROM journal_entry")


def _row(event: Event, number: int, position: int | None, actor: Actor, at: datetime) -> JournalEntry:
    return JournalEntry(
        id=new_id(),
        position=position,
        subject_kind=event.subject_kind,
        subject_id=event.subject_id,
        number=number,
        name=event.name(),
        payload=event.facts(),
        actor_kind=actor.kind.value,
        actor_id=actor.id,
        actor_label=actor.label[:200],
        channel_id=event.channel_id,
        at=event.happened_at or at,
    )
