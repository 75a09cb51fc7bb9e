"""The endpoint for carrier webhooks."""

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.core.refusals import NotFound
from app.fulfillment.carrier_adapters import NotFromCarrier
from app.fulfillment.service.carriers import webhooks
from app.web.bodies import TooLong, bounded

LARGEST = 262_144  # bytes

_log = structlog.get_logger("carriers")


async def call(request: Request) -> Response:
    """`POST /carriers/{code}/events`: 200 for a message that is stored, was stored before or is irrelevant.

    401 for a message that is not authentic, 404 for a carrier without webhooks.
    """
    try:
        body = await bounded(request, LARGEST)
        is_new = await webhooks.receive_webhook(request.path_params["code"], request.headers, body)
    except TooLong:
        return JSONResponse({"error": f"The message must not be larger than {LARGEST:,} bytes."}, 413)
    except NotFound:
        return JSONResponse({"error": "There is no such carrier."}, 404)
    except NotFromCarrier as error:
        _log.warning("carrier.not_proven", carrier=request.path_params["code"][:40])
        return JSONResponse({"error": str(error)}, 401)
    return JSONResponse({"received": True, "new": is_new})
