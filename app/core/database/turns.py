"""Advisory locks, for commands that check rows before they write others."""

import zlib

from app.engine.database.sql import fetch, is_postgres

_TURNS = 0x0_4D6_A12  # the first half of the lock's key: an arbitrary number for this project


async def one_at_a_time(subject: str) -> None:
    """Hold the exclusive lock on a subject until the transaction ends.

    For configuration that seldom changes and may have no row to lock yet. SQLite has one writer at a time, so
    there is nothing to lock.
    """
    await _lock(subject, "pg_advisory_xact_lock")


async def together(subject: str) -> None:
    """Hold the shared lock on a subject until the transaction ends; `one_at_a_time` waits for it.

    For commands that refer to configuration that must not be removed meanwhile.
    """
    await _lock(subject, "pg_advisory_xact_lock_shared")


async def _lock(subject: str, function: str) -> None:
    if is_postgres():
        second = zlib.crc32(subject.encode()) - 2**31  # into the range of a 32-bit integer
        await fetch(f"SELECT {function}($1::int, $2::int)", _TURNS, second)
