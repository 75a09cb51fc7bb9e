"""Changing a row that others may be changing too: `version` goes up with each change."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.core.refusals import StaleVersion


def refuse_stale(row: Any, expected: int | None) -> None:
    """Raises StaleVersion unless the row is at the version that the caller read; None expects nothing."""
    if expected is not None and expected != row.version:
        raise StaleVersion(row.version)


async def write_changes(row: Any, changes: Mapping[str, Any], at: datetime) -> None:
    """Put changes on a row that is locked and write these columns, its new version and the time."""
    for name, value in changes.items():
        setattr(row, name, value)
    row.version += 1
    row.updated_at = at
    await row.save(update_fields=[*changes, "version", "updated_at"])


def differing(row: Any, written: Mapping[str, Any]) -> dict[str, Any]:
    """Those of some columns whose new value is not what the row has."""
    return {name: value for name, value in written.items() if getattr(row, name) != value}
