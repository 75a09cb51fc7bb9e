"""PostgreSQL's LISTEN/NOTIFY on a dedicated connection, outside of business transactions."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import asyncpg
import structlog

CHANNEL = "ordergraph_journal"

_log = structlog.get_logger("bus")


class PostgresBus:
    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: Any = None
        self._wake: Callable[[], None] = lambda: None
        self._task: asyncio.Task[None] | None = None

    async def listen(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        await self._connect()
        self._task = asyncio.get_running_loop().create_task(self._keep_connected())

    async def publish(self) -> None:
        connection = self._connection
        if connection is None or connection.is_closed():
            return
        try:
            await connection.execute(f"NOTIFY {CHANNEL}")
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            _log.warning("bus.publish_failed", error=type(error).__name__)

    @property
    def is_connected(self) -> bool:
        return self._connection is not None and not self._connection.is_closed()

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self._connection is not None and not self._connection.is_closed():
            await self._connection.close(timeout=2)

    async def _connect(self) -> None:
        connection = await asyncpg.connect(self._url, server_settings={"application_name": "ordergraph-bus"})
        await connection.add_listener(CHANNEL, lambda *_: self._wake())
        self._connection = connection

    async def _keep_connected(self) -> None:
        while True:
            await asyncio.sleep(1)
            if not self.is_connected:
                try:
                    await self._connect()
                    _log.info("bus.reconnected")
                except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                    _log.warning("bus.connect_failed", error=type(error).__name__)
