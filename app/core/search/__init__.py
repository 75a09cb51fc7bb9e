"""Search by what people type: part of a number, a name, a phone number in any notation.

Each searchable table has a table of entries: owner, kind of text, and the text folded by `core.folding`. A
search is folded in the same way and must be a prefix of an entry, which an index supports.
"""

from app.core.search.asking import KeyFilter, entry_q, search_q
from app.core.search.entries import EntryKind, entries_of
from app.core.search.keeping import changed, rows_for, store_entries

__all__ = [
    "EntryKind",
    "KeyFilter",
    "changed",
    "entries_of",
    "entry_q",
    "rows_for",
    "search_q",
    "store_entries",
]
