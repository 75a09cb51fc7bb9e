"""Counters that rise when something of a kind has changed: what a cache compares before it answers.

A process's own changes count at the moment of their commit, those of others when the feed reads them.
"""

from collections import Counter
from collections.abc import Iterable

Stamp = tuple[int, ...]

_changes: Counter[str] = Counter()


def changed(subject_kinds: Iterable[str]) -> None:
    """Something of these kinds has been committed."""
    _changes.update(subject_kinds)


def stamp_of(subject_kinds: Iterable[str]) -> Stamp:
    """Where the counters of some kinds stand, in the order given."""
    return tuple(_changes[kind] for kind in subject_kinds)


def now() -> Counter[str]:
    """Where all counters stand, for a comparison whose kinds are known only later."""
    return _changes.copy()
