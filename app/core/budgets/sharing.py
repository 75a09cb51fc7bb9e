"""Shares buckets between processes through Redis: each process reports what it spent and receives what is
left.
"""

import asyncio
import contextlib
from typing import Any

import redis.asyncio as redis
import structlog
from redis.exceptions import RedisError

from app.core.budgets.spending import Bucket, Budgets

EVERY = 0.05  # seconds between reports
PREFIX = "ordergraph:budget:"

# Refill by Redis's clock, subtract what was spent, return what is left (negative when overdrawn).
_REPORT = """
local size, rate, spent = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local kept = redis.call('HMGET', KEYS[1], 'left', 'at')
local left = size
if kept[1] then left = math.min(size, kept[1] + (now - kept[2]) * rate) end
left = math.max(-size, left - spent)
redis.call('HSET', KEYS[1], 'left', left, 'at', now)
redis.call('PEXPIRE', KEYS[1], math.ceil(2000 * size / rate))
return tostring(left)
"""

_log = structlog.get_logger("budgets")


class SharedBudgets:
    """Keeps the buckets of a process in step with other processes.

    Without Redis, each process counts alone.
    """

    def __init__(self, budgets: Budgets, url: str) -> None:
        self._budgets = budgets
        self._client: Any = redis.from_url(url, socket_connect_timeout=2, socket_timeout=2)
        self._script = self._client.register_script(_REPORT)

    async def run(self) -> None:
        """Report repeatedly until cancelled."""
        with contextlib.suppress(asyncio.CancelledError):
            while True:
                await asyncio.sleep(EVERY)
                try:
                    await self.report()
                except (OSError, RedisError) as error:
                    _log.warning("budgets.not_shared", error=type(error).__name__)
                    await asyncio.sleep(1)
        await self.close()

    async def close(self) -> None:
        await self._client.aclose()

    async def report(self) -> None:
        """Report the points spent since the last report, and adopt the shared balance."""
        told = {who: (bucket, bucket.unreported) for who, bucket in self._budgets.unreported.items()}
        if not told:
            return
        async with self._client.pipeline(transaction=False) as pipeline:
            for who, (bucket, spent) in told.items():
                arguments = [bucket.size, bucket.per_second, spent]
                await self._script(keys=[PREFIX + who], args=arguments, client=pipeline)
            answers = await pipeline.execute()
        for (who, (bucket, spent)), left in zip(told.items(), answers, strict=True):
            self._learn(who, bucket, spent, float(left))

    def _learn(self, who: str, bucket: Bucket, reported: int, left: float) -> None:
        bucket.unreported -= reported
        bucket.left = left - bucket.unreported  # spent while the report was in flight
        if not bucket.unreported:
            self._budgets.unreported.pop(who, None)
