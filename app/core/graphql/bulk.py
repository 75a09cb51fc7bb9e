"""Bulk writes in the graph."""

from collections.abc import Sequence

import strawberry

from app.core import bulk
from app.core.graphql.problems import Problem, api_path, shown
from app.core.graphql.scalars import doc, graphql_enum
from app.core.ids import to_global
from app.core.refusals import ErrorCode, Refusal

graphql_enum(bulk.ErrorPolicy, "What happens when some rows of a bulk write cannot be written.")
graphql_enum(bulk.RowStatus, "What came of one row of a bulk write.")


@strawberry.type(description="Why one row of a bulk write was refused.")
class RowError:
    error_code: ErrorCode = doc("What kind of no it was, for programs.")
    message: str = doc("What is wrong and what to do instead, in English.")
    path: list[str] = doc("Where in the row.")
    problems: list[Problem] = doc("Everything that is wrong with the row; `path` points into the row.")


@strawberry.type(description="What came of one row of a bulk write.")
class BulkRow:
    index: int = doc("The row's place in the input, from 0.")
    status: bulk.RowStatus = doc("What came of it.")
    id: strawberry.ID | None = doc("The id of what was written.")
    error: RowError | None = doc("Why it was refused, if it was.")


@strawberry.type(description="What came of a bulk write, row by row.")
class BulkResult:
    total: int = doc("How many rows were sent.")
    written: int = doc("How many were written, or were so already.")
    failed: int = doc("How many were not written.")
    rows: list[BulkRow] = doc("Each row, in the order of the input.")


def bulk_result(outcomes: Sequence[bulk.RowOutcome], type_name: str) -> BulkResult:
    return BulkResult(
        rows=[
            BulkRow(
                index=outcome.index,
                status=outcome.status,
                id=strawberry.ID(to_global(type_name, outcome.id)) if outcome.id else None,
                error=_error(outcome.refusal),
            )
            for outcome in outcomes
        ],
        **bulk.counts(outcomes),
    )


def _error(refusal: Refusal | None) -> RowError | None:
    if refusal is None:
        return None
    problems = [shown(problem, set()) for problem in refusal.problems]
    for problem in problems:
        problem.path = problem.path[1:]  # without `input`: the row is the input
    return RowError(
        error_code=refusal.error_code,
        message=refusal.message,
        path=(api_path(refusal.path, set()) or [])[1:],
        problems=problems,
    )
