"""The page on which a supplier answers a request: accept or reject it, and report its shipment."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import parse_qsl

from babel.dates import format_date
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.core.actor import Actor
from app.core.card_numbers import has_card_number
from app.core.characters import named, not_in_a_line, not_stored
from app.core.graphql.coercion import CARD_NUMBER
from app.core.refusals import NotFound, Refusal, ValidationFailed
from app.core.spelling import tracking_numbers
from app.fulfillment import queries
from app.fulfillment.models import FulfillmentOrder
from app.fulfillment.service.suppliers import answers, requests
from app.fulfillment.service.warehouse import drop_shipping
from app.fulfillment.service.warehouse.shipping import ShipData
from app.orders import queries as orders
from app.suppliers import queries as suppliers
from app.web.bodies import TooLong, bounded
from app.web.templating import page_templates

LARGEST = 20_000  # bytes
MOST_FIELDS = 20
SEVERAL_LINES = ("tracking_numbers",)  # form fields with several lines; all others are single-line
_templates = page_templates(day=lambda day: format_date(day, "full", locale="en"))
HEADERS = {
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
}


async def page(request: Request) -> Response:
    """`GET /supplier/{token}`: the request; 404 for an unknown link."""
    try:
        _, row = await requests.supplier_of_link(request.path_params["token"])
    except NotFound:
        return _templates.TemplateResponse(request, "supplier.html", {"work": None}, 404, headers=HEADERS)
    return await _shown(request, row)


async def answer(request: Request) -> Response:
    """`POST /supplier/{token}`: the form's `answer` is accept, reject or ship; problems are shown."""
    token = request.path_params["token"]
    try:
        actor, row = await requests.supplier_of_link(token)
    except NotFound:
        return _templates.TemplateResponse(request, "supplier.html", {"work": None}, 404, headers=HEADERS)
    try:
        form = parse_qsl((await bounded(request, LARGEST)).decode(), max_num_fields=MOST_FIELDS)
        _refuse_texts(form)
        await _take(actor, row, dict(form))
    except TooLong:
        return await _shown(request, row, ["The text is too long."])
    except ValidationFailed as refusal:
        return await _shown(request, row, [problem.message for problem in refusal.problems])
    except Refusal as refusal:
        return await _shown(request, row, [refusal.message])
    except ValueError:  # not UTF-8, or too many fields
        return await _shown(request, row, ["The data does not match the form."])
    return RedirectResponse(f"/supplier/{token}", 303, headers=HEADERS)


def _refuse_texts(form: list[tuple[str, str]]) -> None:
    """Raise Refusal for a card number, or a character that a form field may not contain."""
    for name, value in form:
        if name not in SEVERAL_LINES and has_card_number(value):
            raise Refusal(CARD_NUMBER)
        found = not_stored(value) if name in SEVERAL_LINES else not_in_a_line(value)
        if found is not None:
            what = name.replace("_", " ").capitalize()
            raise Refusal(f"{what} cannot contain {named(found)}. Type the text instead of pasting it.")


async def _take(actor: Actor, row: FulfillmentOrder, given: Mapping[str, str]) -> None:
    if given.get("answer") == "accept":
        await answers.accept(actor, row.id, ships_on=_day(given.get("ships_on", "")))
    elif given.get("answer") == "reject":
        await answers.reject(actor, row.id, reason=given.get("reason", ""))
    elif given.get("answer") == "ship":
        numbers = tracking_numbers(given.get("tracking_numbers", ""))
        data = ShipData(carrier=given.get("carrier", ""), tracking_numbers=numbers)
        await drop_shipping.ship_direct(actor, row.id, data)
    else:
        raise Refusal("Choose one of the answers.")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise Refusal("Enter the date in the format 2026-12-31.") from error


async def _shown(request: Request, row: FulfillmentOrder, problems: list[str] | None = None) -> Response:
    (now,) = await queries.by_id([row.id])
    assert now is not None
    (order,) = await orders.orders_by_id([now.order_id])
    (purchase,) = await suppliers.orders_by_id([now.purchase_order_id])
    facts: dict[str, Any] = {
        "work": now,
        "order": order,
        "purchase": purchase,
        "lines": await queries.lines_of([now.id]),
        "packages": await queries.packages_of([now.id]),
        "problems": problems or [],
    }
    status = 422 if problems else 200
    return _templates.TemplateResponse(request, "supplier.html", facts, status, headers=HEADERS)
