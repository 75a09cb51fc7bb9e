"""`GET /exports/bank-transfers/{id}`: a file with transfers, for staff who send it to the bank."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from app.access.permissions import Permission
from app.bank.service import transfer_files
from app.core.refusals import NotFound
from app.web.exporting import HEADERS, Identify, caller_with, refused


def export(identify: Identify) -> Callable[[Request], Awaitable[Response]]:
    """The page; `identify` returns the caller of a request by its token."""

    async def page(request: Request) -> Response:
        caller = await caller_with(Permission.PAYMENTS_MANAGE, identify, request)
        if isinstance(caller, Response):
            return caller
        try:
            name, content = await transfer_files.content(caller, UUID(request.path_params["id"]))
        except ValueError:
            return refused(404, "The address has no id of a file.")
        except NotFound:
            return refused(404, "This file does not exist, or is cancelled.")
        headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
        return Response(content, media_type="application/xml; charset=utf-8", headers=headers)

    return page
