"""Tests without a database are divided between the runs; tests with one are done in both."""

import sqlite3
from pathlib import Path

import httpx
import pytest

from tests import amounts, dividing, opening, services

FUNCTIONS = [f"tests/test_sums.py::test_sum[{number}]" for number in range(200)]


@pytest.fixture
def halves(monkeypatch: pytest.MonkeyPatch) -> list[set[str]]:
    """The names that the run on SQLite does, and those that the run on PostgreSQL does."""
    monkeypatch.setattr(amounts, "IS_FULL", False)
    found = []
    for on_postgres in (False, True):
        monkeypatch.setattr(amounts, "ON_POSTGRES", on_postgres)
        found.append({name for name in FUNCTIONS if amounts.is_done_here(name)})
    return found


def test_each_name_is_done_in_exactly_one_of_the_runs(halves: list[set[str]]):
    on_sqlite, on_postgres = halves
    assert on_sqlite | on_postgres == set(FUNCTIONS) and not on_sqlite & on_postgres
    assert min(map(len, halves)) > 70


def test_a_full_run_does_all_of_them(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(amounts, "IS_FULL", True)
    assert all(map(amounts.is_done_here, FUNCTIONS))


def test_a_test_without_a_database_is_divided(request: pytest.FixtureRequest):
    assert dividing.uses_no_database(request.node)


def test_a_test_with_a_database_is_done_in_both_runs(
    request: pytest.FixtureRequest, application: httpx.ASGITransport
):
    assert not dividing.uses_no_database(request.node)
    item = request.node
    dividing.divide([item])
    assert item.get_closest_marker("skip") is None


@pytest.mark.on_both
def test_a_test_that_says_so_is_done_in_both_runs(request: pytest.FixtureRequest):
    assert not dividing.uses_no_database(request.node)
    dividing.divide([request.node])
    assert request.node.get_closest_marker("skip") is None


@pytest.fixture
def made(tmp_path: Path) -> Path:
    sqlite3.connect(tmp_path / "made.db").close()
    return tmp_path


def test_a_divided_test_that_opens_a_database_is_detected(request: pytest.FixtureRequest, tmp_path: Path):
    for open_one in (lambda: sqlite3.connect(tmp_path / "x.db").close(), services.postgres_url):
        assert dividing.database_of(request.node) is None
        open_one()
        with pytest.raises(pytest.fail.Exception, match=r"has opened a (SQLite|PostgreSQL) database"):
            dividing.refuse_a_database(request.node)
        opening.opened.clear()


def test_a_divided_test_whose_fixture_has_opened_a_database_is_detected(
    request: pytest.FixtureRequest, made: Path
):
    opening.opened.clear()  # as for a later test with the same fixture
    assert dividing.database_of(request.node) == "a database by `made`"
    dividing._opening.discard(("made", request.node.nodeid.partition("::")[0]))
