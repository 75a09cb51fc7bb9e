"""Keeping the entries of a thing as the thing is."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from app.core.database import delete_where, fetch
from app.core.search.entries import Entries, EntryKind
from app.engine.database.inserting import insert


def rows_for(model: Any, owner_id: UUID, entries: Entries) -> list[Any]:
    """The rows of a thing's entries, not written yet."""
    column = model._meta.pk_attr
    return [
        model(**{column: owner_id, "kind": kind.value, "token": token}) for kind, token in sorted(entries)
    ]


async def changed(
    model: Any, owner_id: UUID, entries: Entries, *, besides: Collection[EntryKind] = ()
) -> list[Any]:
    """Take a thing's entries away that it does not have any more; returns the rows of those that are new.

    Kinds `besides` are somebody else's to keep.
    """
    table, column = model._meta.db_table, model._meta.pk_attr
    rows = await fetch(f"SELECT kind, token FROM {table} WHERE {column} = $1", owner_id)  # noqa: S608  # names of ours
    known = {(EntryKind(row["kind"]), row["token"]) for row in rows}
    for kind, token in known - entries:
        if kind not in besides:
            is_entry = f"{column} = $1 AND kind = $2 AND token = $3"
            await delete_where(model, is_entry, owner_id, kind.value, token)
    return rows_for(model, owner_id, entries - known)


async def keep(model: Any, owner_id: UUID, entries: Entries, *, besides: Collection[EntryKind] = ()) -> None:
    """Have a thing's entries be these."""
    await insert(await changed(model, owner_id, entries, besides=besides))
