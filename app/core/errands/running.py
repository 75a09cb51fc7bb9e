"""Running errands: each once, by whoever comes first."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from uuid import UUID

import structlog

from app.core import clock
from app.core.actor import SYSTEM
from app.core.database import execute, fetch, is_postgres, uuid_of
from app.core.errands.models import Errand
from app.core.uow import UnitOfWork, transact

Run = Callable[[UnitOfWork, UUID], Awaitable[None]]

LEFT_BEHIND = timedelta(seconds=5)  # older ones are of a process that ended
AT_ONCE = 100

_runs: dict[str, Run] = {}  # by their kinds
_log = structlog.get_logger("errands")


def runs_are(runs: Mapping[str, Run]) -> None:
    """Say which function runs errands of each kind; it is given the subject and looks what is so."""
    _runs.clear()
    _runs.update(runs)


async def run_all(errands: list[Errand]) -> None:
    """Run errands that were just written. One that fails stays, and is tried again by the sweeper."""
    for each in errands:
        await _run(each.id, each.kind, each.subject_id)


async def run_left_behind() -> int:
    """Run the errands of processes that ended before they could; returns how many."""
    rows = await fetch(
        "SELECT id, kind, subject_id FROM errand WHERE created_at < $1 ORDER BY created_at, id LIMIT $2",
        clock.now() - LEFT_BEHIND,
        AT_ONCE,
    )
    for row in rows:
        await _run(uuid_of(row["id"]), row["kind"], uuid_of(row["subject_id"]))
    return len(rows)


async def _run(id: UUID, kind: str, subject_id: UUID) -> None:
    async def once(uow: UnitOfWork) -> None:
        # Whoever takes the row has it; another process passes over it.
        lock = "FOR UPDATE SKIP LOCKED" if is_postgres() else ""
        if await fetch(f"SELECT id FROM errand WHERE id = $1 {lock}", id):  # noqa: S608  # no value goes in
            await _runs[kind](uow, subject_id)
            await execute("DELETE FROM errand WHERE id = $1", id)

    try:
        await transact(SYSTEM, once)
    except Exception as error:
        _log.warning("errand.failed", kind=kind, subject=str(subject_id), exc_info=error)
