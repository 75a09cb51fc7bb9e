"""Bulk mutations in GraphQL."""

from collections.abc import Sequence

import strawberry

from app.core import bulk
from app.core.graphql.errors import UserError as _UserError  # noqa: F401  # it registers ErrorCode with its descriptions
from app.core.graphql.problems import Problem, api_path, shown
from app.core.graphql.scalars import doc, graphql_enum
from app.core.ids import to_global
from app.core.refusals import ErrorCode, Refusal

graphql_enum(bulk.ErrorPolicy, "Behavior of a bulk mutation when some rows cannot be written.")
graphql_enum(bulk.RowStatus, "Result of one row of a bulk mutation.")


@strawberry.type(description="Error that rejected a row of a bulk mutation.")
class RowError:
    error_code: ErrorCode = doc("Machine-readable error code.")
    message: str = doc("What is wrong and how to correct it, in English.")
    path: list[str] = doc("Path of the invalid field in the row.")
    problems: list[Problem] = doc("All problems of the row; their `path` is relative to the row.")


@strawberry.type(description="Result of one row of a bulk mutation.")
class BulkRow:
    index: int = doc("Position of the row in the input, starting at 0.")
    status: bulk.RowStatus = doc("Status of the row.")
    id: strawberry.ID | None = doc("ID of the object written; null if the row was not written.")
    error: RowError | None = doc("Error that rejected the row; null if there was none.")


@strawberry.type(description="Result of a bulk mutation, row by row.")
class BulkResult:
    total: int = doc("Number of rows sent.")
    written: int = doc("Number of rows written, including rows that needed no change.")
    failed: int = doc("Number of rows not written.")
    rows: list[BulkRow] = doc("Result of each row, in the order of the input.")


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
        problem.path = problem.path[1:]  # without `input`: the path starts in the row
    return RowError(
        error_code=refusal.error_code,
        message=refusal.message,
        path=(api_path(refusal.path, set()) or [])[1:],
        problems=problems,
    )
