"""Commands that look at rows before they write others, one transaction after the other."""

import zlib

from app.engine.database.sql import fetch, is_postgres

_TURNS = 0x0_4D6_A12  # the first half of the lock's name: an arbitrary number that only this project locks


async def one_at_a_time(subject: str) -> None:
    """Wait until no other transaction holds this subject, then hold it until this transaction ends.

    For set-up that is changed seldom, where there may be no row yet that could be locked. SQLite has one
    writer at a time, so there is nothing to wait for.
    """
    await _lock(subject, "pg_advisory_xact_lock")


async def together(subject: str) -> None:
    """Wait until no other transaction has this subject to itself, then let none have it until this one ends.

    For whoever refers to set-up that must not be taken away meanwhile. Any number may do so at once.
    """
    await _lock(subject, "pg_advisory_xact_lock_shared")


async def _lock(subject: str, function: str) -> None:
    if is_postgres():
        second = zlib.crc32(subject.encode()) - 2**31  # into the range of an integer column
        await fetch(f"SELECT {function}($1::int, $2::int)", _TURNS, second)
