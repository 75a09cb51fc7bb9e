"""Writing many rows in one request, with a result for each row."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from tortoise.exceptions import ValidationError

from app.core.actor import Actor
from app.core.described import Described
from app.core.problems import ProblemCode
from app.core.refusals import Invalid, Refusal
from app.core.transaction import savepoint
from app.core.uow import UnitOfWork, too_long, transact

T = TypeVar("T")
Written = tuple["RowStatus", UUID]  # what a row did, and the id of its object

MOST_ROWS = 1_000


class ErrorPolicy(Described):
    REJECT_FAILED = "reject_failed", "Write the valid rows and report the others."
    REJECT_ALL = "reject_all", "Write nothing unless every row can be written."


class RowStatus(Described):
    CREATED = "created", "The row created an object."
    UPDATED = "updated", "The row updated an existing object."
    DELETED = "deleted", "The row deleted an object."
    UNCHANGED = "unchanged", "The row matches the existing data; nothing was changed."
    FAILED = "failed", "The row was rejected; see its error."
    ROLLED_BACK = (
        "rolled_back",
        "The row was valid, but others were not and the policy is REJECT_ALL; nothing was saved.",
    )


@dataclass(slots=True)
class RowOutcome:
    """Result of one row; `index` is its zero-based position in the input."""

    index: int
    status: RowStatus
    id: UUID | None = None
    refusal: Refusal | None = None


class _RolledBack(Exception):
    def __init__(self, outcomes: list[RowOutcome]) -> None:
        super().__init__()
        self.outcomes = outcomes


async def write_rows(
    actor: Actor,
    rows: Sequence[T],
    write: Callable[[UnitOfWork, T], Awaitable[Written]],
    policy: ErrorPolicy,
    *path: str,
) -> list[RowOutcome]:
    """Write up to 1,000 rows in one transaction, each in its own savepoint.

    Raises:
        Invalid: no rows, or too many.
    """
    if not 1 <= len(rows) <= MOST_ROWS:
        raise Invalid(
            f"Send 1 to {MOST_ROWS} rows per request.",
            *path,
            code=ProblemCode.WRONG_COUNT,
            minimum=1,
            maximum=MOST_ROWS,
        )

    async def all_rows(uow: UnitOfWork) -> list[RowOutcome]:
        outcomes = [await _one(uow, index, row, write) for index, row in enumerate(rows)]
        if policy is ErrorPolicy.REJECT_ALL and any(o.status is RowStatus.FAILED for o in outcomes):
            raise _RolledBack(outcomes)
        return outcomes

    try:
        return await transact(actor, all_rows)
    except _RolledBack as rejected:
        for outcome in rejected.outcomes:
            if outcome.status is not RowStatus.FAILED:
                outcome.status, outcome.id = RowStatus.ROLLED_BACK, None
        return rejected.outcomes


async def _one(
    uow: UnitOfWork, index: int, row: T, write: Callable[[UnitOfWork, T], Awaitable[Written]]
) -> RowOutcome:
    mark = uow.mark()
    try:
        status, id = await savepoint(lambda: write(uow, row))
    except Refusal as refusal:
        uow.rollback_to(mark)
        return RowOutcome(index, RowStatus.FAILED, refusal=refusal)
    except ValidationError as error:
        uow.rollback_to(mark)
        return RowOutcome(index, RowStatus.FAILED, refusal=too_long(error))
    return RowOutcome(index, status, id)


async def apply_each(
    rows: Sequence[T], act: Callable[[int, T], Awaitable[UUID]], *path: str
) -> list[RowOutcome]:
    """Apply a step to up to 1,000 rows, each in its own transaction, so that a refusal stops no other row.

    Used for rows that others change at the same time: no transaction waits for the locks of all rows.

    Raises:
        Invalid: no rows, or too many.
    """
    if not 1 <= len(rows) <= MOST_ROWS:
        raise Invalid(
            f"Send 1 to {MOST_ROWS} rows per request.",
            *path,
            code=ProblemCode.WRONG_COUNT,
            minimum=1,
            maximum=MOST_ROWS,
        )
    outcomes = []
    for index, row in enumerate(rows):
        try:
            outcomes.append(RowOutcome(index, RowStatus.UPDATED, await act(index, row)))
        except Refusal as refusal:
            outcomes.append(RowOutcome(index, RowStatus.FAILED, refusal=refusal))
    return outcomes


def counts(outcomes: Sequence[RowOutcome]) -> dict[str, Any]:
    done = sum(o.status not in (RowStatus.FAILED, RowStatus.ROLLED_BACK) for o in outcomes)
    return {"total": len(outcomes), "written": done, "failed": len(outcomes) - done}
