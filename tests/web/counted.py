"""A server that reports the number of its tasks and of the open watches of its feed.

With `LEAKY` in the environment a fault is planted: the watch of a client continues after the client has left.
"""

import asyncio
import os

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from app import main
from app.cli import app
from app.core.graphql import event_stream
from app.core.journal import feed

_create = main.create_app


async def counts(_request: Request) -> JSONResponse:
    watches = sum(len(each) for each in feed.current().watches.values())
    return JSONResponse({"tasks": len(asyncio.all_tasks()), "watches": watches})


def create_app() -> Starlette:
    made = _create()
    made.router.routes.insert(0, Route("/counts", counts))
    return made


async def not_cancelled(_task: object) -> None:
    return None


if __name__ == "__main__":
    main.create_app = create_app
    if os.environ.get("LEAKY"):
        event_stream._cancelled = not_cancelled
    app()
