"""The page on which a buyer follows an order; without JavaScript it shows the same information."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from app.core import clock
from app.core.header_fields import list_header
from app.fulfillment.schema.extensions import tracking_packages
from app.orders.schema.tracking import OrderTracking
from app.payments.service import links
from app.web.templating import page_templates
from app.web.tracking.view import View
from app.web.tracking.words import Words, accepted, dictionaries

_templates = page_templates()

HEADERS = {
    # The link is a secret: keep it out of Referer headers, caches and frames of other sites.
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; "
        "connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
}


async def page(request: Request) -> Response:
    """`/track/{token}`: the order's status, updated live by the widget; 404 for an unknown link.

    In the language of `?lang=`, else the first supported one of the browser, else English.
    """
    token = request.path_params["token"]
    words = Words.of(
        [request.query_params.get("lang", ""), *accepted(list_header(request.scope, b"accept-language"))]
    )
    found = await OrderTracking.of_link(token)
    facts: Mapping[str, Any] = {"words": words, "languages": dictionaries(), "token": token, "order": None}
    if found is not None:
        view = View(found, await tracking_packages(found.order_id), words, clock.now())
        facts = {**facts, "order": view}
        if await links.can_be_paid(found.order_id):
            facts = {**facts, "can_be_paid": True}
    return _templates.TemplateResponse(
        request,
        "track.html",
        dict(facts),
        status_code=404 if found is None else 200,
        headers={**HEADERS, "Content-Language": words.tag, "Vary": "Accept-Language"},
    )
