"""The page on which a person with the tracking link of an order pays what is due, at the order's gateway.

GET begins nothing, because programs that check mails open links. The amount is shown by the gateway only.
"""

from collections.abc import Callable, Mapping
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
WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "link": "Pay this order",
        "title": "Payment",
        "due": "This order waits for your payment.",
        "more": "You continue on the page of the payment provider, which shows the amount.",
        "pay": "Pay now",
        "nothing": "Nothing has to be paid for this order now.",
        "failed": "The payment cannot be started now. Try again later.",
        "elsewhere": "A payment has begun in the shop. Continue it there.",
        "waiting": "The payment is being processed. Look at the order again later.",
        "leaving": "You are being taken to the payment provider.",
        "go_on": "Continue to the payment provider",
        "order": "To the order",
        "unknown": "We do not know this link",
        "unknown_more": "Check that it is complete, or ask the shop.",
    },
    "de": {
        "link": "Diese Bestellung bezahlen",
        "title": "Zahlung",
        "due": "Diese Bestellung wartet auf Ihre Zahlung.",
        "more": "Sie werden zum Zahlungsanbieter weitergeleitet; dort sehen Sie den Betrag.",
        "pay": "Jetzt bezahlen",
        "nothing": "Für diese Bestellung ist derzeit nichts zu bezahlen.",
        "failed": "Die Zahlung kann gerade nicht begonnen werden. Versuchen Sie es später erneut.",
        "elsewhere": "Eine Zahlung wurde im Shop begonnen. Setzen Sie sie dort fort.",
        "waiting": "Die Zahlung wird bearbeitet. Sehen Sie später noch einmal nach.",
        "leaving": "Sie werden zum Zahlungsanbieter weitergeleitet.",
        "go_on": "Weiter zum Zahlungsanbieter",
        "order": "Zur Bestellung",
        "unknown": "Diesen Link kennen wir nicht",
        "unknown_more": "Prüfen Sie, ob er vollständig ist, oder fragen Sie den Shop.",
    },
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


def words_of(request: Request) -> tuple[str, Mapping[str, str]]:
    """The language of a request, and the texts in it."""
    asked = [
        request.query_params.get("lang", ""),
        *accepted(list_header(request.scope, b"accept-language")),
    ]
    language = Words.of(asked).language
    return (language, WORDS[language]) if language in WORDS else ("en", WORDS["en"])


def _shown(
    request: Request, found: OrderTracking | None, state: str, status: int = 200, *, url: str = ""
) -> Response:
    language, texts = words_of(request)
    facts: dict[str, Any] = {
        "language": language,
        "texts": texts,
        "state": state,
        "order": found,
        "token": request.path_params["token"],
        "url": url,
    }
    headers = {**HEADERS, "Content-Language": language, "Vary": "Accept-Language"}
    return _templates.TemplateResponse(request, "pay.html", facts, status, headers=headers)
