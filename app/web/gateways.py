"""The endpoint for messages of payment gateways."""

import structlog
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.core.database import failures
from app.core.refusals import NotFound, ServiceBusy
from app.payments.gateways.protocol import GatewaySilent, NotFromGateway
from app.payments.service import messages
from app.web.bodies import TooLong, bounded

LARGEST = 262_144  # bytes

_log = structlog.get_logger("payments")


async def call(request: Request) -> Response:
    """`POST /gateways/{code}/events`: 200 for a message that is stored, was stored before or is irrelevant.

    It is processed after the response. 401 for a message that is not authentic, 404 for an unknown
    gateway, 503 if it cannot be stored, so that it is sent again."""
    code = request.path_params["code"]
    try:
        body = await bounded(request, LARGEST)
        stored = await messages.receive(code, request.headers, body)
    except TooLong:
        return JSONResponse({"error": f"The message must not be larger than {LARGEST:,} bytes."}, 413)
    except NotFound:
        return JSONResponse({"error": "There is no such gateway."}, 404)
    except NotFromGateway as error:
        _log.warning("gateway.not_proven", gateway=code[:40])
        return JSONResponse({"error": str(error)}, 401)
    except (ServiceBusy, GatewaySilent):
        return _later()
    except Exception as error:
        if failures.is_passing(failures.cause_of(error)):
            return _later()
        raise
    task = None if stored is None else BackgroundTask(messages.process, stored)
    return JSONResponse({"received": True, "new": stored is not None}, background=task)


def _later() -> Response:
    return JSONResponse(
        {"error": "The message cannot be stored now. Send it again."}, 503, {"Retry-After": "10"}
    )
