"""`GET /exports/ledger`: a file with the entries of the ledger, for staff who see the finances."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import TypeVar
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from app.access.permissions import Permission
from app.accounting.exporting.formats import ExportFormat
from app.accounting.exporting.making import ExportRequest, make
from app.core.problems import ProblemCode
from app.core.refusals import Invalid, Problems, ValidationFailed
from app.web.exporting import HEADERS, Identify, caller_with

T = TypeVar("T")


def export(identify: Identify) -> Callable[[Request], Awaitable[Response]]:
    """The page; `identify` returns the caller of a request by its token."""

    async def page(request: Request) -> Response:
        caller = await caller_with(Permission.FINANCE_VIEW, identify, request)
        if isinstance(caller, Response):
            return caller
        try:
            made = await make(_wanted(request))
        except (Invalid, ValidationFailed) as error:
            return _invalid(error)
        headers = {
            **HEADERS,
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(made.name)}",
        }
        media = f"text/{'csv' if made.name.endswith('.csv') else 'plain'}; charset={made.encoding}"
        return StreamingResponse(made.parts, media_type=media, headers=headers)

    return page


def _wanted(request: Request) -> ExportRequest:
    """The request as its query parameters state it.

    Raises:
        ValidationFailed: a parameter is missing or malformed.
    """
    problems = Problems()
    given = request.query_params

    def read(name: str, read_as: Callable[[str], T], what: str) -> T | None:
        text = given.get(name)
        if not text:
            return None
        try:
            return read_as(text)
        except ValueError:
            problems.add(f"{name} must be {what}.", name, code=ProblemCode.MALFORMED)
            return None

    day = "a date, such as 2026-01-31"
    formats = ", ".join(each.value for each in ExportFormat)
    format = read("format", ExportFormat, f"one of {formats}")
    start, end = read("from", date.fromisoformat, day), read("until", date.fromisoformat, day)
    consultant, client = read("consultant", int, "a number"), read("client", int, "a number")
    year = read("fiscalYear", date.fromisoformat, day)
    for name in ("format", "from", "until"):
        if not given.get(name):
            problems.add(f"{name} is missing.", name, code=ProblemCode.REQUIRED)
    problems.refuse()
    assert format is not None
    assert start is not None
    assert end is not None
    return ExportRequest(format, start, end, given.get("currency") or "EUR", consultant, client, year)


def _invalid(error: Invalid | ValidationFailed) -> Response:
    problems = [
        {"code": each.code.name, "path": list(each.path), "message": each.message} for each in error.problems
    ]
    return JSONResponse({"message": error.message, "problems": problems}, 400, headers=HEADERS)
