"""Search conditions on the entries."""

from collections.abc import Collection, Sequence

import strawberry
from pypika_tortoise.context import SqlContext
from pypika_tortoise.terms import Term
from tortoise.expressions import Q, Subquery

from app.core.folding import folded, one_line, words_of
from app.core.graphql.filters import LONGEST_PATTERN
from app.core.graphql.scalars import doc
from app.core.search.entries import _LATER, EntryKind, forms, forms_of

LONGEST_SEARCH = 80
MOST_TERMS = 6
SHORTEST_ALONE = 2  # minimum letters of a word's prefix in a search with a single word
SHORTEST_BESIDE = 3
MOST_IN = 100
_LAST = chr(0x10FFFF)  # sorts after every possible continuation

Term_ = tuple[str, ...]  # alternative forms, one of which is the prefix of an entry


@strawberry.input(
    description="Filter on a name, code or number, ignoring case, accents, spaces and punctuation."
)
class KeyFilter:
    eq: str | None = doc("Equal to this value.", default=None, longest=LONGEST_PATTERN)
    in_: list[str] | None = doc(
        "Equal to one of these values, up to 100.",
        default=None, name="in", longest=LONGEST_PATTERN, most=MOST_IN,
    )  # fmt: skip
    starts_with: str | None = doc(
        "The value, or one of its words, starts with this text.", default=None, longest=LONGEST_PATTERN
    )


class _Selected(Subquery):
    """Rows selected by a hand-written statement.

    Its texts are literals, not parameters: PostgreSQL then estimates how many entries match, and whether to
    start from them or from the page's order.
    """

    def __init__(self, sql: str) -> None:
        Term.__init__(self)
        self.query = None  # type: ignore[assignment]
        self.sql = sql

    def get_sql(self, ctx: SqlContext) -> str:
        return f"({self.sql})"


def search_q(table: str, column: str, search: str | None, besides: Collection[EntryKind] = ()) -> Q:
    """The search condition for a text; no condition for a blank text.

    Entries of the kinds in `besides` are ignored, because the caller may not see their fields.
    """
    if search is None or not one_line(search):
        return Q()
    parts = [_reading(table, column, reading, besides) for reading in readings(search)]
    return Q(id__in=_Selected(" UNION ".join(parts) or _nothing(table, column)))


def readings(search: str) -> list[list[Term_]]:
    """The alternative meanings of a search: one term, its pieces, its words.

    All terms of one meaning must match.
    """
    text = one_line(search)[:LONGEST_SEARCH].lstrip("#").strip()
    pieces = text.split()[:MOST_TERMS]
    found: list[list[Term_]] = [
        [forms(text)],
        [forms(piece) for piece in pieces],
        [(word,) for word in words_of(text)[:MOST_TERMS]],
    ]
    unique = {tuple(sorted((term for term in reading if term), key=_by_length)) for reading in found}
    return [list(reading) for reading in sorted(unique) if reading]


def _by_length(term: Term_) -> tuple[int, Term_]:
    return -min(map(len, term)), term


def _reading(table: str, column: str, terms: Sequence[Term_], besides: Collection[EntryKind]) -> str:
    first, *others = terms  # the longest term, which matches the fewest entries
    shortest = SHORTEST_BESIDE if others else SHORTEST_ALONE
    own = f"o.{column} = e.{column}{_not_of('o', besides)}"
    has = f"SELECT 1 FROM {table} o WHERE {own}"  # noqa: S608  # names of ours
    also = "".join(f" AND EXISTS ({has} AND ({_begins('o', term, shortest)}))" for term in others)
    also = _not_of("e", besides) + also
    return f"SELECT e.{column} FROM {table} e WHERE ({_begins('e', first, shortest)}){also}"  # noqa: S608  # see _quoted


def _not_of(alias: str, kinds: Collection[EntryKind]) -> str:
    return "".join(f" AND {alias}.kind <> {_quoted(kind.value)}" for kind in kinds)


def _begins(alias: str, term: Term_, shortest: int = SHORTEST_ALONE) -> str:
    return " OR ".join(_beginning(alias, form, shortest) for form in term)


def _beginning(alias: str, form: str, shortest: int) -> str:
    if len(form) < shortest and form.isascii():  # too short for a prefix search: it must be a whole word
        word = f"{alias}.token >= {_quoted(form + ' ')} AND {alias}.token < {_quoted(form + '!')}"
        return f"{alias}.token = {_quoted(form)} OR ({word})"
    return f"({alias}.token >= {_quoted(form)} AND {alias}.token < {_quoted(form + _LAST)})"


def _quoted(text: str) -> str:
    """A text as an SQL literal for SQLite and PostgreSQL."""
    return "'" + text.replace("\0", "").replace("'", "''") + "'"


def _nothing(table: str, column: str) -> str:
    return f"SELECT {column} FROM {table} WHERE 1 = 0"  # noqa: S608  # names of ours


def entry_q(table: str, column: str, kind: EntryKind, given: KeyFilter | None) -> Q:
    """The condition that the owner has an entry of a kind that matches a filter."""
    if given is None:
        return Q()
    q = Q()
    if given.eq is not None:
        q &= _among(table, column, kind, [given.eq])
    if given.in_ is not None:
        q &= _among(table, column, kind, given.in_)
    if given.starts_with is not None and one_line(given.starts_with):  # every value starts with a blank text
        begun = forms_of(kind, given.starts_with) if folded(given.starts_with) else ()
        kinds = [kind, _LATER[kind]] if kind in _LATER else [kind]
        named = ", ".join(_quoted(each.value) for each in kinds)
        fits = f"e.kind IN ({named}) AND ({_begins('e', begun)})" if begun else "1 = 0"
        q &= Q(id__in=_Selected(f"SELECT e.{column} FROM {table} e WHERE {fits}"))  # noqa: S608  # see _quoted
    return q


def _among(table: str, column: str, kind: EntryKind, texts: Sequence[str]) -> Q:
    tokens = dict.fromkeys(form for text in texts for form in forms_of(kind, text))
    if not tokens:
        return Q(id__in=_Selected(_nothing(table, column)))
    listed = ", ".join(map(_quoted, tokens))
    return Q(
        id__in=_Selected(
            f"SELECT {column} FROM {table} WHERE kind = {_quoted(kind.value)} AND token IN ({listed})"  # noqa: S608
        )
    )
