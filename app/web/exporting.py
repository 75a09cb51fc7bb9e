"""What the downloads of files for staff share: who may download, and how they are refused."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.access.permissions import Permission
from app.core.actor import Actor, ActorKind
from app.core.graphql.faults import TooManyTokens
from app.core.refusals import Unauthenticated

Identify = Callable[[Request], Awaitable[Actor]]
HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


async def caller_with(permission: Permission, identify: Identify, request: Request) -> Actor | Response:
    """The caller of a request, who has a permission everywhere; otherwise the response that refuses it.
    `identify` returns the caller by the token."""
    try:
        actor = await identify(request)
    except Unauthenticated as error:
        return refused(401, error.message, {"WWW-Authenticate": "Bearer"})
    except TooManyTokens as error:
        return refused(429, str(error), {"Retry-After": str(int(error.wait) + 1)})
    if actor.kind is ActorKind.PUBLIC:
        return refused(401, "Send a token of staff or of an app.", {"WWW-Authenticate": "Bearer"})
    if not actor.scope_of(permission).is_everywhere:
        return refused(403, f"This needs the permission {permission.name} in all channels and locations.")
    return actor


def refused(status: int, message: str, more: dict[str, str] | None = None) -> Response:
    """The response of a request that is refused."""
    return JSONResponse({"message": message, "problems": []}, status, headers=HEADERS | (more or {}))
