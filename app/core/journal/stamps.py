"""Change counters for each kind of subject, which caches compare before they respond.

Changes of this process count at their commit, those of other processes when the feed reads them.
"""

from collections import Counter
from collections.abc import Iterable

Stamp = tuple[int, ...]

_changes: Counter[str] = Counter()


def changed(subject_kinds: Iterable[str]) -> None:
    """Count a committed change of these kinds."""
    _changes.update(subject_kinds)


def stamp_of(subject_kinds: Iterable[str]) -> Stamp:
    """The counters of some kinds, in the order given."""
    return tuple(_changes[kind] for kind in subject_kinds)


def now() -> Counter[str]:
    """All counters, for a comparison whose kinds are known later."""
    return _changes.copy()
