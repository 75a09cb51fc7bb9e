"""What a load balancer asks: is the process alive, and may it be sent requests?"""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.core.database import fetch
from app.core.journal import feed


async def live(_request: Request) -> Response:
    """200 while the process answers at all."""
    return JSONResponse({"status": "alive"})


async def ready(_request: Request) -> Response:
    """200 when the database answers and the process is not stopping, else 503."""
    if feed.current().stopping.is_set():
        return JSONResponse({"status": "stopping"}, 503)
    try:
        await fetch("SELECT 1 AS one")
    except Exception as error:
        return JSONResponse({"status": "no database", "error": type(error).__name__}, 503)
    return JSONResponse({"status": "ready"})
