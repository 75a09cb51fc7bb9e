"""The page on which a request to be told about a variant is confirmed or withdrawn.

GET changes nothing, because programs that check mails open links. POST withdraws with the body of RFC 8058,
which mail programs send.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from app.access.refusals import TooManyAttempts
from app.core.actor import Actor, ActorKind
from app.core.languages import ENGLISH, widened
from app.core.networks import networks_of
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.notifications.back_in_stock import ending, queries, requesting
from app.notifications.back_in_stock.slots import is_expired
from app.notifications.back_in_stock.wording import names_of
from app.notifications.models import BackInStockRequest
from app.web.bodies import TooLong, bounded
from app.web.paying import Paying
from app.web.templating import page_templates

PATH = "/back-in-stock/{token}"
LARGEST = 2_000  # bytes
MOST_FIELDS = 5
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
        "title": "Message when available",
        "unknown": "We do not know this link",
        "unknown_more": "It has expired or is not complete. Nothing is sent.",
        "unconfirmed": "Shall we send you an email when this is available again?",
        "waiting": "We will send you one email when this is available again.",
        "told": "We have sent you an email: this was available again.",
        "withdrawn": "You get no email about this.",
        "confirm": "Yes, send an email",
        "withdraw": "Send no emails",
        "withdraw_more": "This withdraws all your requests of this kind in this shop.",
        "stopped": "All your requests of this kind in this shop are withdrawn.",
        "too_many": "Too many of your requests are waiting. Withdraw some of them first.",
        "ask_again": "This request was withdrawn. To get an email, ask again on the page of the product.",
    },
    "de": {
        "title": "Nachricht, wenn erhältlich",
        "unknown": "Diesen Link kennen wir nicht",
        "unknown_more": "Er ist abgelaufen oder unvollständig. Es wird nichts gesendet.",
        "unconfirmed": "Sollen wir Ihnen eine E-Mail senden, wenn dieser Artikel wieder erhältlich ist?",
        "waiting": "Wir senden Ihnen eine E-Mail, wenn dieser Artikel wieder erhältlich ist.",
        "told": "Wir haben Ihnen eine E-Mail gesendet: Dieser Artikel war wieder erhältlich.",
        "withdrawn": "Sie erhalten keine E-Mail zu diesem Artikel.",
        "confirm": "Ja, E-Mail senden",
        "withdraw": "Keine E-Mails senden",
        "withdraw_more": "Damit ziehen Sie alle Ihre Anfragen dieser Art in diesem Shop zurück.",
        "stopped": "Alle Ihre Anfragen dieser Art in diesem Shop sind zurückgezogen.",
        "too_many": "Zu viele Ihrer Anfragen warten. Ziehen Sie zuerst einige zurück.",
        "ask_again": "Diese Anfrage wurde zurückgezogen. Fragen Sie auf der Seite des Artikels erneut an.",
    },
}


def routes(paying: Paying) -> list[Route]:
    """The routes of the page."""
    return [Route(PATH, paying(page), methods=["GET"]), Route(PATH, paying(answer), methods=["POST"])]


async def page(request: Request) -> Response:
    """`GET /back-in-stock/{token}`: the request; 404 for an unknown link."""
    return await _shown(request, await queries.of_token(request.path_params["token"]))


async def answer(request: Request) -> Response:
    """`POST /back-in-stock/{token}`: the form's `answer` is confirm or withdraw; without it, withdraw."""
    token = request.path_params["token"]
    try:
        form = dict(parse_qsl((await bounded(request, LARGEST)).decode(), max_num_fields=MOST_FIELDS))
    except (TooLong, ValueError):
        return await _shown(request, await queries.of_token(token), 422)
    if form.get("answer") == "confirm":
        return await _confirm(request, token)
    if form.get("answer", "withdraw") != "withdraw":
        return await _shown(request, await queries.of_token(token), 422)
    row = await ending.withdraw_by_link(_VISITOR, token)
    return await _shown(request, row, state="stopped")


async def _confirm(request: Request, token: str) -> Response:
    networks = networks_of(request.client.host if request.client else "")
    try:
        await requesting.confirm(_VISITOR, token, networks)
    except TooManyAttempts as refusal:
        return Response(refusal.message, 429, headers=HEADERS)
    except Invalid as refusal:
        problem = "too_many" if refusal.problem_code is ProblemCode.TOO_MANY else "ask_again"
        return await _shown(request, await queries.of_token(token), 422, problem=problem)
    return RedirectResponse(f"/back-in-stock/{token}", 303, headers=HEADERS)


async def _shown(
    request: Request,
    row: BackInStockRequest | None,
    status: int = 200,
    *,
    state: str = "",
    problem: str = "",
) -> Response:
    """The page about a request: `state` replaces its status, `problem` names why it was not confirmed."""
    known = row if row is not None and not is_expired(row) else None
    language = next((tag for tag in widened(known.language) if tag in WORDS), ENGLISH) if known else ENGLISH
    facts: dict[str, Any] = {"language": language, "said": WORDS[language].__getitem__, "state": "unknown"}
    if known is not None:
        names = (await names_of(known)).values
        kept = await queries.instead_of(known) or known
        facts |= names | {"state": state or kept.status.value, "problem": problem}
    code = status if known is not None else 404
    return _templates.TemplateResponse(request, "back-in-stock.html", facts, code, headers=HEADERS)
