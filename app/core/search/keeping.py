"""Keeps the search entries of an object up to date."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from app.core.database import delete_where, fetch
from app.core.search.entries import Entries, EntryKind
from app.engine.database.inserting import insert


def rows_for(model: Any, owner_id: UUID, entries: Entries) -> list[Any]:
    """Unsaved rows for the entries of an object."""
    column = model._meta.pk_attr
    return [
        model(**{column: owner_id, "kind": kind.value, "token": token}) for kind, token in sorted(entries)
    ]


async def changed(
    model: Any, owner_id: UUID, entries: Entries, *, besides: Collection[EntryKind] = ()
) -> list[Any]:
    """Delete the entries that an object no longer has; return the rows of the new ones.

    Entries of the kinds in `besides` are not touched.
    """
    table, column = model._meta.db_table, model._meta.pk_attr
    rows = await fetch(f"SELECT kind, token FROM {table} WHERE {column} = $1", owner_id)  # noqa: S608  # names of ours
    known = {(EntryKind(row["kind"]), row["token"]) for row in rows}
    for kind, token in known - entries:
        if kind not in besides:
            is_entry = f"{column} = $1 AND kind = $2 AND token = $3"
            await delete_where(model, is_entry, owner_id, kind.value, token)
    return rows_for(model, owner_id, entries - known)


async def store_entries(
    model: Any, owner_id: UUID, entries: Entries, *, besides: Collection[EntryKind] = ()
) -> None:
    """Replace the entries of an object."""
    await insert(await changed(model, owner_id, entries, besides=besides))
