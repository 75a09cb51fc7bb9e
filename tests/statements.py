"""Records the SQL statements of a part of a test."""

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

from tortoise.backends.asyncpg.client import AsyncpgDBClient
from tortoise.backends.sqlite.client import SqliteClient

from app.access import service as access
from app.engine.database.direct import Direct


class Statement(str):
    """A statement's text and values."""

    values: list[Any]


_METHODS = [
    *(
        (SqliteClient, name)
        for name in ("execute_query", "execute_query_dict", "execute_insert", "execute_many")
    ),
    *((AsyncpgDBClient, name) for name in ("execute_insert", "execute_many")),
    *((Direct, name) for name in ("fetch_directly", "execute_directly")),
]
_ran: ContextVar[list[Statement] | None] = ContextVar("statements", default=None)


def _listening(original: Any) -> Any:
    async def run(self: Any, query: str, *rest: Any, **more: Any) -> Any:
        if (ran := _ran.get()) is not None:
            statement = Statement(query)
            statement.values = list(rest[0]) if rest and rest[0] else []
            ran.append(statement)
        return await original(self, query, *rest, **more)

    return run


@contextlib.contextmanager
def statements() -> Iterator[list[Statement]]:
    """The statements of the block and of what it awaits, without those of other tasks of the server.

    A caller who was identified before is not looked up again, however slow the machine is.
    """
    kept = {(client, name): getattr(client, name) for client, name in _METHODS}
    for (client, name), original in kept.items():
        setattr(client, name, _listening(original))
    ran: list[Statement] = []
    token, remembered_for = _ran.set(ran), access.REMEMBER_FOR
    access.REMEMBER_FOR = 3_600
    try:
        yield ran
    finally:
        access.REMEMBER_FOR = remembered_for
        _ran.reset(token)
        for (client, name), original in kept.items():
            setattr(client, name, original)


@contextlib.contextmanager
def uncounted() -> Iterator[None]:
    """A block whose statements are not recorded."""
    token = _ran.set(None)
    try:
        yield
    finally:
        _ran.reset(token)
