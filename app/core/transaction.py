"""The only module that opens transactions.

Cancelling a task while it enters a transaction would leak its connection or lock. So each transaction runs in
its own shielded task: a cancelled caller waits for its end and then stops.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

import asyncpg
import structlog
from tortoise.transactions import in_transaction

from app.core.database import failures, storing
from app.core.refusals import ServiceBusy

R = TypeVar("R")

ATTEMPTS = 4  # one and three retries


class TryAgain(Exception):
    """Raised by a transaction that lost a race and would succeed if repeated."""


RETRIABLE = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
    asyncpg.InvalidCachedStatementError,  # a migration changed a table
    TryAgain,
)


class Commits:
    """The number of transactions committed within a `counted` block."""

    count = 0


_log = structlog.get_logger("transaction")
_open: ContextVar[bool] = ContextVar("transaction_is_open", default=False)
_commits: ContextVar[Commits | None] = ContextVar("commits", default=None)
_running: set[asyncio.Task[Any]] = set()


@contextmanager
def counted() -> Iterator[Commits]:
    """Count the transactions that the block commits: if there is one, a failure may have stored something."""
    commits = Commits()
    token = _commits.set(commits)
    try:
        yield commits
    finally:
        _commits.reset(token)


async def run(body: Callable[[], Awaitable[R]]) -> R:
    """Run the body as one transaction, to its end even if the caller is cancelled.

    Raises:
        ServiceBusy: deadlocks, lock waits or serialization failures outlasted the retries, or the database
            is unavailable. Nothing was stored unless the outcome is unknown, in which case it is not retried.
        RuntimeError: a transaction is open already.
    """
    if _open.get():
        raise RuntimeError("a command inside a transaction must be passed the unit of work, not the actor")
    task = asyncio.create_task(_with_retries(body))
    _running.add(task)
    task.add_done_callback(_running.discard)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await _ended(task)
        raise


async def savepoint(body: Callable[[], Awaitable[R]]) -> R:
    """Run a part of the open transaction in a savepoint, so that it can fail alone.

    Raises:
        RuntimeError: no transaction is open.
    """
    if not _open.get():
        raise RuntimeError("a savepoint needs a transaction around it")
    async with in_transaction("default"):
        return await body()


async def finish_all() -> None:
    """Wait for the running transactions when the server stops."""
    while _running:
        await asyncio.wait(set(_running))


async def _ended(task: asyncio.Task[Any]) -> None:
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            continue
    if not task.cancelled():
        task.exception()  # retrieved, so that asyncio does not log it


async def _with_retries(body: Callable[[], Awaitable[R]]) -> R:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            result = await _attempt(body)
        except RETRIABLE as error:
            if attempt == ATTEMPTS:
                _log.warning("transaction.gave_up", error=type(error).__name__)
                raise ServiceBusy from error
            await asyncio.sleep(random.uniform(0.005, 0.03) * attempt)
        else:
            commits = _commits.get()
            if commits is not None:
                commits.count += 1
            return result
    raise AssertionError("unreachable")


async def _attempt(body: Callable[[], Awaitable[R]]) -> R:
    """Run the body in a transaction once, and translate errors of the database."""
    token = _open.set(True)
    is_done = False
    try:
        async with in_transaction("default"):
            result = await body()
            is_done = True
        return result
    except Exception as error:
        cause = failures.cause_of(error)
        if isinstance(cause, RETRIABLE):
            raise cause from error
        if isinstance(error, ServiceBusy):
            if error.is_outcome_unknown:
                raise
            raise ServiceBusy from error  # no connection: nothing was stored
        if not failures.is_passing(cause):
            raise
        failures.note(cause)
        storing.failed(cause)
        if is_done and failures.may_have_committed(cause):
            raise ServiceBusy.with_unknown_outcome() from error
        raise ServiceBusy from error
    finally:
        _open.reset(token)
