"""The page on which a person with the tracking link of an order pays what is due, at the order's gateway.

GET begins nothing, because programs that check mails open links. The amount is shown by the gateway only.
"""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from app.core.actor import Actor, ActorKind
from app.core.header_fields import list_header
from app.core.refusals import NotFound, Refusal
from app.orders.schema.tracking import OrderTracking
from app.payments.service import links, starting, syncing
from app.web.paying import Paying
from app.web.templating import page_templates
from app.web.tracking.words import Words, accepted

PATH = "/track/{token}/pay"
BACK = "back"  # in the query of the address to which the gateway sends the buyer back
_VISITOR = Actor(ActorKind.PUBLIC)
_templates = page_templates()
HEADERS = {
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
}


def routes(paying: Paying, address_of: Callable[[Request], str]) -> list[Route]:
    """The routes of the page; `address_of` is the address at which a request has reached this server."""

    async def begin(request: Request) -> Response:
        return await _begin(request, address_of(request))

    return [Route(PATH, paying(page), methods=["GET"]), Route(PATH, paying(begin), methods=["POST"])]


async def page(request: Request) -> Response:
    """`GET /track/{token}/pay`: offers to pay what is due. When the buyer is back from the gateway, it is
    asked for the result, and the order is shown."""
    token = request.path_params["token"]
    found = await OrderTracking.of_link(token)
    if found is None:
        return _shown(request, None, "unknown", 404)
    if BACK in request.query_params:
        try:
            await syncing.go_on(await starting.continue_by_link(_VISITOR, token, begin_new=False))
        except NotFound:
            return _shown(request, None, "unknown", 404)
        if not await links.can_be_paid(found.order_id):
            return RedirectResponse(f"/track/{token}", 303, headers=HEADERS)
    return _shown(request, found, "due" if await links.can_be_paid(found.order_id) else "nothing")


async def _begin(request: Request, address: str) -> Response:
    """`POST /track/{token}/pay`: begins the payment, or continues the one that waits, and leads to the
    gateway."""
    token = request.path_params["token"]
    found = await OrderTracking.of_link(token)
    if found is None:
        return _shown(request, None, "unknown", 404)
    try:
        back = f"{address}/track/{token}/pay?{BACK}=1"
        await syncing.go_on(await starting.continue_by_link(_VISITOR, token, return_url=back))
    except NotFound:
        return _shown(request, None, "unknown", 404)
    except Refusal:
        is_due = await links.can_be_paid(found.order_id)
        return _shown(request, found, "failed" if is_due else "nothing", 409)
    waiting = await links.waiting(found.order_id)
    if waiting is not None and (url := links.page_of(waiting)):
        return _shown(request, found, "leaving", url=url)
    if waiting is not None:
        return _shown(request, found, "elsewhere" if waiting.client_action is not None else "waiting")
    if await links.can_be_paid(found.order_id):
        return _shown(request, found, "failed", 503)
    return RedirectResponse(f"/track/{token}", 303, headers=HEADERS)


def _shown(
    request: Request, found: OrderTracking | None, state: str, status: int = 200, *, url: str = ""
) -> Response:
    words = Words.of(
        [request.query_params.get("lang", ""), *accepted(list_header(request.scope, b"accept-language"))]
    )
    facts: dict[str, Any] = {
        "words": words,
        "state": state,
        "order": found,
        "token": request.path_params["token"],
        "url": url,
    }
    headers = {**HEADERS, "Content-Language": words.tag, "Vary": "Accept-Language"}
    return _templates.TemplateResponse(request, "pay.html", facts, status, headers=headers)
