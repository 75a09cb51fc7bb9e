"""Finding things by what people know of them: part of a number, a name, a phone number in any spelling.

Beside the things stands a table of entries: of which thing, what kind of text, and the text as `core.folding`
folds it. Whatever is searched for is folded the same way and must begin an entry, which an index serves.
"""

from app.core.search.asking import KeyFilter, entry_q, search_q
from app.core.search.entries import Entries, EntryKind, entries_of
from app.core.search.keeping import changed, keep, rows_for

__all__ = [
    "Entries",
    "EntryKind",
    "KeyFilter",
    "changed",
    "entries_of",
    "entry_q",
    "keep",
    "rows_for",
    "search_q",
]
