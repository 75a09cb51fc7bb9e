"""Assigns global positions to committed events.

Insert order is not commit order: with concurrent transactions, a reader that asks for "id above my last"
skips a row that is committed late. So events get their `position` only after the commit, from one process at
a time: a reader that has read up to a position has seen every event below it.

SQLite does not need this: its single writer assigns the position when it writes.
"""

from app.core import transaction
from app.engine.database.sql import execute, fetch, is_postgres

_LOCK = 0x0_4D6_A11  # an arbitrary number for this project


async def sequence() -> int:
    """Assign a position to every committed event without one; return how many."""
    if not is_postgres():
        return 0
    if not await fetch("SELECT 1 AS one FROM journal_entry WHERE position IS NULL LIMIT 1"):
        return 0
    return await transaction.run(_place)


async def _place() -> int:
    await fetch("SELECT pg_advisory_xact_lock($1)", _LOCK)
    return await execute(_PLACE)


# The events of one subject keep the order of their numbers, independent of the clocks of the machines.
_PLACE = """
UPDATE journal_entry SET position = placed.position
FROM (
    SELECT id, (SELECT COALESCE(MAX(position), 0) FROM journal_entry)
               + ROW_NUMBER() OVER (ORDER BY first_at, subject_id, number) AS position
    FROM (
        SELECT id, subject_id, number, MIN(at) OVER (PARTITION BY subject_id) AS first_at
        FROM journal_entry WHERE position IS NULL
    ) AS unplaced
) AS placed
WHERE journal_entry.id = placed.id
"""
