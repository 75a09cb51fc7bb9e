"""What the running test has opened of databases, for `tests/dividing.py`."""

import sqlite3
from typing import Any

opened: list[str] = []
_connect: Any = sqlite3.connect


def note(what: str) -> None:
    """Record that something was opened."""
    opened.append(what)


def _noting(*args: Any, **options: Any) -> sqlite3.Connection:
    note("a SQLite database")
    connection: sqlite3.Connection = _connect(*args, **options)
    return connection


def listen() -> None:
    """Record each SQLite database that this process opens; `services` and `forking` record the others."""
    sqlite3.connect = _noting  # type: ignore[assignment]
