"""The page on which a buyer watches an order."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.templating import Jinja2Templates

from app.orders import queries
from app.orders.schema.tracking import OrderTracking

HERE = Path(__file__).parent
_templates = Jinja2Templates(HERE / "templates")

HEADERS = {
    # The link is a secret: it must not travel on in a Referer, a cache or a frame of another site.
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; "
        "connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
}


async def page(request: Request) -> Response:
    """`/track/{token}`: where the order stands, kept up to date by the widget; 404 for an unknown link."""
    token = request.path_params["token"]
    found = await queries.by_tracking_token(token)
    view = await OrderTracking.of(found) if found else None
    return _templates.TemplateResponse(
        request,
        "track.html",
        {"order": view, "token": token},
        status_code=200 if view else 404,
        headers=HEADERS,
    )
