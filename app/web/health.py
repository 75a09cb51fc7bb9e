"""Health checks: liveness and readiness."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.core import probing
from app.core.database import failures, ping
from app.core.journal import feed
from app.engine.graphql.compiled.fallbacks import fallbacks


async def live(_request: Request) -> Response:
    """200 while the process answers at all.

    `fallbacks`, if there are any, counts the queries that graphql-core executed because a plan failed.
    """
    count = fallbacks.unexpected
    return JSONResponse({"status": "alive", "fallbacks": count} if count else {"status": "alive"})


async def ready(_request: Request) -> Response:
    """200 if the database can be read and written and the process is not stopping, else 503.

    `degraded` names unavailable optional parts: without the bus, the process polls for new events every
    second.
    """
    running = feed.current()
    if running.stopping.is_set():
        return JSONResponse({"status": "stopping"}, 503)
    try:
        await ping()
    except Exception as error:
        name = type(failures.cause_of(error.__cause__ or error)).__name__
        return JSONResponse({"status": "no database", "error": name}, 503)
    if (reason := await probing.write_error()) is not None:
        return JSONResponse({"status": "the database is not writable", "error": reason}, 503)
    degraded = [] if running.gets_wake_ups else ["bus"]
    return JSONResponse({"status": "ready", "degraded": degraded} if degraded else {"status": "ready"})
