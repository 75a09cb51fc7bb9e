"""Redis publish/subscribe: the bus for several machines."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import redis.asyncio as redis
import structlog
from redis.exceptions import RedisError

CHANNEL = "ordergraph:journal"

_log = structlog.get_logger("bus")


class RedisBus:
    def __init__(self, url: str) -> None:
        self._client: Any = redis.from_url(url, socket_connect_timeout=2)
        self._wake: Callable[[], None] = lambda: None
        self._task: asyncio.Task[None] | None = None
        self.is_connected = False

    async def listen(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._task = asyncio.get_running_loop().create_task(self._listen())

    async def publish(self) -> None:
        try:
            await self._client.publish(CHANNEL, b"")
        except (OSError, RedisError) as error:
            _log.warning("bus.publish_failed", error=type(error).__name__)

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self._client.aclose()

    async def _listen(self) -> None:
        while True:
            try:
                async with self._client.pubsub() as channel:
                    await channel.subscribe(CHANNEL)
                    async for _ in channel.listen():  # the first message confirms the subscription
                        self.is_connected = True
                        self._wake()
            except (OSError, RedisError) as error:
                _log.warning("bus.connect_failed", error=type(error).__name__)
            self.is_connected = False
            await asyncio.sleep(1)
