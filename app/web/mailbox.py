"""`/mail`: the mails of a server in development without a mail server. The routes do not exist otherwise."""

import re

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from app.notifications import mailbox
from app.settings import Settings
from app.web.templating import page_templates

_COMMON = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_PAGE = {
    **_COMMON,
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src data:; frame-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
}
# A mail is shown without scripts and without requests; its links open new tabs.
_FRAME = {
    **_COMMON,
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
    ),
}
_HEAD = re.compile(r"<head(\s[^>]*)?>", re.IGNORECASE)
_NEW_TABS = '<base target="_blank">'

_templates = page_templates()


def routes(config: Settings) -> list[Route]:
    """The routes of the mailbox; none if mails are not kept."""
    if not mailbox.is_used(config):
        return []
    return [Route("/mail", _list), Route("/mail/{id}", _one), Route("/mail/{id}/html", _html)]


async def _list(request: Request) -> Response:
    if _is_foreign(request):
        return Response(status_code=403)
    return _templates.TemplateResponse(
        request, "mails.html", {"mails": mailbox.stored_mails()}, headers=_PAGE
    )


async def _one(request: Request) -> Response:
    mail = mailbox.stored_mail(request.path_params["id"])
    if _is_foreign(request):
        return Response(status_code=403)
    status = 200 if mail else 404
    return _templates.TemplateResponse(request, "mail.html", {"mail": mail}, status, headers=_PAGE)


async def _html(request: Request) -> Response:
    """The HTML part of a mail, for a frame."""
    mail = mailbox.stored_mail(request.path_params["id"])
    if _is_foreign(request):
        return Response(status_code=403)
    if mail is None or not mail.html:
        return Response(status_code=404, headers=_COMMON)
    found = _HEAD.search(mail.html)
    place = found.end() if found else 0
    return HTMLResponse(mail.html[:place] + _NEW_TABS + mail.html[place:], headers=_FRAME)


def _is_foreign(request: Request) -> bool:
    """Whether a page of another site requests it. In development any origin may call the API."""
    asked = request.headers
    is_opened = asked.get("sec-fetch-mode") == "navigate" and asked.get("sec-fetch-dest") == "document"
    return asked.get("sec-fetch-site") in ("cross-site", "same-site") and not is_opened
