"""Divides the tests that use no database between the run on SQLite and the run on PostgreSQL.

A test uses the database of its run through one of the fixtures below, or opens one by itself and has the marker
`on_both`. All others are divided. If one of them opens a database nevertheless, it fails and says so.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.amounts import is_done_here
from tests.opening import opened

# All other fixtures with the database of a run depend on one of these.
WITH_A_DATABASE = frozenset({"application", "template"})
# Markers which say already in which of the runs a test is done.
DECIDED = ("on_both", "divided", "once", "postgres", "skipif")

# The fixtures that have opened a database: name, and the start of the ids of the tests that can use it.
_opening: set[tuple[str, str]] = set()


def uses_no_database(item: pytest.Item) -> bool:
    """Whether a test is divided without a marker."""
    return not WITH_A_DATABASE.intersection(getattr(item, "fixturenames", ())) and not any(
        item.get_closest_marker(marker) for marker in DECIDED
    )


def divide(items: list[pytest.Item]) -> None:
    """Skip the tests that the run on the other database does."""
    for item in items:
        if (item.get_closest_marker("divided") or uses_no_database(item)) and not is_done_here(item.nodeid):
            item.add_marker(pytest.mark.skip(reason="the run on the other database does it"))


@contextmanager
def setting_up(fixture: pytest.FixtureDef[Any]) -> Iterator[None]:
    """Remember a fixture that opens a database: only the first test that uses it sees it do so."""
    before = len(opened)
    yield
    if len(opened) > before:
        _opening.add((fixture.argname, fixture.baseid))


def database_of(item: pytest.Item) -> str | None:
    """What a test, or a fixture of it, has opened although the test is divided as one without a database."""
    if not uses_no_database(item):
        return None
    names = getattr(item, "fixturenames", ())
    of_fixtures = [
        f"a database by `{name}`" for name, base in _opening if name in names and item.nodeid.startswith(base)
    ]
    return next(iter([*opened, *of_fixtures]), None)


def refuse_a_database(item: pytest.Item) -> None:
    """Fail a divided test that has opened a database."""
    if (what := database_of(item)) is not None:
        pytest.fail(
            f"This test has opened {what}. Give it the fixture `application`, or the marker `on_both` if it "
            "makes a database of the kind that the run is for, or the marker `divided` if the kind does not matter."
        )
