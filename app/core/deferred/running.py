"""Runs deferred tasks. Each task runs once, in the process that locks it first."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from uuid import UUID

import structlog

from app.core import clock
from app.core.actor import SYSTEM
from app.core.database import execute, fetch, is_postgres, uuid_of
from app.core.deferred.models import DeferredTask
from app.core.uow import UnitOfWork, transact

Handler = Callable[[UnitOfWork, UUID], Awaitable[None]]

UNFINISHED_AFTER = timedelta(seconds=5)  # the process that stored an older task has ended
BATCH_SIZE = 100

_handlers: dict[str, Handler] = {}  # by the kind of the task
_log = structlog.get_logger("deferred_tasks")


def set_handlers(handlers: Mapping[str, Handler]) -> None:
    """Set the function that runs the tasks of each kind. It is called with the id of the subject."""
    _handlers.clear()
    _handlers.update(handlers)


async def run_all(tasks: list[DeferredTask]) -> None:
    """Run tasks that were just stored. A task that fails stays stored, and the sweeper tries it again."""
    for task in tasks:
        await _run(task.id, task.kind, task.subject_id)


async def run_unfinished() -> int:
    """Run the tasks that a process stored but did not finish; return their number."""
    rows = await fetch(
        "SELECT id, kind, subject_id FROM deferred_task"
        " WHERE created_at < $1 ORDER BY created_at, id LIMIT $2",
        clock.now() - UNFINISHED_AFTER,
        BATCH_SIZE,
    )
    for row in rows:
        await _run(uuid_of(row["id"]), row["kind"], uuid_of(row["subject_id"]))
    return len(rows)


async def _run(id: UUID, kind: str, subject_id: UUID) -> None:
    async def once(uow: UnitOfWork) -> None:
        # Another process skips a locked row.
        lock = "FOR UPDATE SKIP LOCKED" if is_postgres() else ""
        if await fetch(f"SELECT id FROM deferred_task WHERE id = $1 {lock}", id):  # noqa: S608  # no value goes in
            await _handlers[kind](uow, subject_id)
            await execute("DELETE FROM deferred_task WHERE id = $1", id)

    try:
        await transact(SYSTEM, once)
    except Exception as error:
        _log.warning("deferred_task.failed", kind=kind, subject=str(subject_id), exc_info=error)
