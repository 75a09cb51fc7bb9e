"""Statements on asyncpg's connection without Tortoise's overhead."""

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import asyncpg
from tortoise.exceptions import IntegrityError, OperationalError

from app.engine.caches import LONGEST_STATEMENT, cached_for_short_text

_HAS_PATTERN = re.compile(r"\bI?LIKE\b")
_IS_CHOSEN_LIST = re.compile(r"\bIN \(\$\d.*\bORDER BY\b.*\bLIMIT\b", re.DOTALL)


@cached_for_short_text(1_000, LONGEST_STATEMENT)
def _needs_its_values(sql: str) -> bool:
    """Whether the plan must depend on the values.

    An index supports a text pattern only if the pattern is known. A filtered and sorted list is read from the
    index of its filter or that of its order, depending on how many rows match, such as the few waiting orders
    among millions of completed ones.
    """
    return _HAS_PATTERN.search(sql) is not None or _IS_CHOSEN_LIST.search(sql) is not None


async def run_on(connection: Any, method: str, sql: str, values: Sequence[Any]) -> Any:
    """Call a method of asyncpg's connection; exceptions are converted to Tortoise's."""
    run = getattr(connection, method)
    try:
        if not _needs_its_values(sql):
            return await run(sql, *values)
        await connection.execute("SET plan_cache_mode = force_custom_plan")
        result = await run(sql, *values)
        await connection.execute("SET plan_cache_mode = force_generic_plan")
        return result
    except (asyncpg.SyntaxOrAccessError, asyncpg.DataError) as error:
        raise OperationalError(error) from error
    except asyncpg.IntegrityConstraintViolationError as error:
        raise IntegrityError(error) from error


class Direct(ABC):
    """Runs statements without Tortoise's overhead, including Tortoise's own statements."""

    @abstractmethod
    async def _directly(self, method: str, sql: str, values: Sequence[Any]) -> Any:
        """Call a method of asyncpg's connection for a statement."""

    async def fetch_directly(self, sql: str, values: Sequence[Any]) -> list[Any]:
        """Rows as asyncpg returns them; exceptions are Tortoise's."""
        rows: list[Any] = await self._directly("fetch", sql, values)
        return rows

    async def execute_directly(self, sql: str, values: Sequence[Any]) -> int:
        """Run a statement; return the number of changed rows."""
        count = str(await self._directly("execute", sql, values)).rpartition(" ")[2]
        return int(count) if count.isdigit() else 0

    async def execute_query(self, query: str, values: list[Any] | None = None) -> tuple[int, list[Any]]:
        if query.lstrip()[:6].upper() in ("UPDATE", "DELETE", "INSERT"):
            return await self.execute_directly(query, values or ()), []
        rows = await self.fetch_directly(query, values or ())
        return len(rows), rows

    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> list[dict[str, Any]]:
        return [dict(row) for row in await self.fetch_directly(query, values or ())]
