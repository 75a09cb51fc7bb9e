"""Records the rows that a mutation has written by the end of its transaction."""

import itertools
import json
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest
import uuid_utils
from tortoise import Tortoise
from tortoise.connection import get_connection

from app.core import clock
from tests.ask import Api
from tests.matrix.asking import Asked, Undoing, ask

_WRITES = re.compile(r'^\s*(?:INSERT INTO|UPDATE|DELETE FROM) "?(\w+)"?', re.IGNORECASE)
_JOURNAL = "journal_entry"

Row = dict[str, Any]
Written = dict[tuple[str, Any], Row]  # by table and key: the row, empty if it was deleted


class Recorder:
    """Executes mutations, each from the initial state of the world, and returns the rows that they wrote."""

    def __init__(
        self, staff: Api, seen: Undoing, initial: dict[str, dict[Any, Row]], others: Mapping[str, Api]
    ) -> None:
        self.staff = staff
        self.others = others  # the callers of the mutations that staff do not execute
        self.seen = seen
        self._initial = initial  # the initial rows by table
        self._written: Written = {}
        self._ran: list[str] = []
        self._at, self._first_id = clock.now(), uuid_utils.uuid7().int

    async def ask(self, name: str, given: dict[str, Any]) -> tuple[Asked, Written]:
        self._written = {}
        self._ran.clear()
        with _repeatable(self._at, self._first_id):
            who = self.others.get(name, self.staff)
            asked = await ask(who, "Mutation", name, given, self.seen)
        return asked, self._written

    async def prepare(self) -> None:
        """Begin to trace statements."""
        self.seen.at_the_end = self._compare
        connection: Any = get_connection("default")
        await connection._connection.set_trace_callback(self._ran.append)

    async def _compare(self) -> None:
        for table in {
            match[1] for each in self._ran if (match := _WRITES.match(each))
        } & self._initial.keys():
            now, before = await _rows(table), self._initial[table]
            for key in now.keys() | before.keys():
                if now.get(key) != before.get(key):
                    self._written[table, key] = now.get(key, {})

    def differences(self, one: Written, other: Written) -> set[str]:
        """The columns in which two requests wrote different values, as `table.column`; JSON by its keys.

        A row that only one of them wrote is compared with its initial state; its references to other rows count as
        different.
        """
        found = set()
        for table, key in one.keys() | other.keys():
            world = self._initial[table].get(key, {})
            a, b = (_flat(each.get((table, key), world)) for each in (one, other))
            found |= {f"{table}.{column}" for column in a.keys() | b.keys() if a.get(column) != b.get(column)}
            if ((table, key) in one) != ((table, key) in other):
                found |= {f"{table}.{column}" for column in world if column.endswith("_id")}
        return found


async def rows_of_all() -> dict[str, dict[Any, Row]]:
    return {table: await _rows(table) for table in _keys()}


@cache
def _keys() -> dict[str, str]:
    """The primary key of each table, without idempotency keys, which contain the whole request."""
    assert Tortoise.apps is not None
    return {
        model._meta.db_table: model._meta.db_pk_column
        for model in Tortoise.apps["app"].values()
        if model._meta.db_table != "idempotency_key"
    }


async def _rows(table: str) -> dict[Any, Row]:
    key = _keys()[table]
    rows = await get_connection("default").execute_query_dict(f"SELECT * FROM {table}")
    return {row[key]: dict(row) for row in rows}


@contextmanager
def _repeatable(at: datetime, first_id: int) -> Iterator[None]:
    """Make requests repeatable: the clock is stopped, and ids and secrets are numbered."""
    counter = itertools.count(1)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(clock, "now", lambda: at)
        patched.setattr(uuid_utils, "uuid7", lambda: SimpleNamespace(int=first_id + next(counter)))
        patched.setattr(secrets, "token_urlsafe", lambda _=None: f"secret-{next(counter)}")
        patched.setattr(os, "urandom", bytes)
        yield


def _flat(row: Row) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for column, value in row.items():
        if isinstance(value, str) and value[:1] in ("{", "["):
            with suppress(ValueError):
                value = json.loads(value)
        _flatten(column, value, found)
    return found


def _flatten(name: str, value: Any, found: dict[str, list[Any]]) -> None:
    if isinstance(value, dict):
        for key, each in value.items():
            _flatten(f"{name}.{key}", each, found)
    elif isinstance(value, list):
        for each in value:
            _flatten(name, each, found)
    else:
        found.setdefault(name, []).append(value)
