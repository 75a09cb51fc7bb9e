"""Optimistic locking: `version` is incremented by each change of a row."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from app.core.refusals import StaleVersion


def refuse_stale(row: Any, expected: int | None) -> None:
    """Raise StaleVersion unless the row has the version that the caller read; None skips the check."""
    if expected is not None and expected != row.version:
        raise StaleVersion(row.version)


class Versioned(Protocol):
    """A row with optimistic locking."""

    version: int
    updated_at: datetime


def touch(row: Versioned, at: datetime) -> None:
    """Increment the version of a row that changes, and set the time; the caller writes both columns."""
    row.version += 1
    row.updated_at = at


async def write_changes(row: Any, changes: Mapping[str, Any], at: datetime) -> None:
    """Apply changes to a locked row and write these columns, the new version and the time."""
    for name, value in changes.items():
        setattr(row, name, value)
    touch(row, at)
    await row.save(update_fields=[*changes, "version", "updated_at"])


def differing(row: Any, written: Mapping[str, Any]) -> dict[str, Any]:
    """The columns whose new value differs from the row's."""
    return {name: value for name, value in written.items() if getattr(row, name) != value}
