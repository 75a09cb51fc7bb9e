"""One request to a carrier's API, with the errors that adapters raise."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from app.core.characters import harmless_line
from app.core.outgoing import AddressRefused, Reason, Unreachable, UnsendableHeader, ask
from app.fulfillment.carrier_adapters.answers import json_of, optional_object, optional_text
from app.fulfillment.carrier_adapters.protocol import CarrierRefuses, CarrierSilent, UnreadableAnswer

TIMEOUT = 20.0  # seconds
LARGEST_ANSWER = 2_000_000  # bytes
LONGEST_MESSAGE = 500  # characters
_TEMPORARY = (Reason.NO_ANSWER, Reason.NOT_FOUND)
_REPEATABLE = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS)


async def ask_carrier(
    name: str,
    method: str,
    url: str,
    body: dict[str, Any] | None = None,
    *,
    credentials: tuple[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Send a request with a JSON body and return the JSON of a successful response, as `json_of` reads it.

    Args:
        name: The carrier, as error messages name it.
        credentials: User name and password of HTTP's basic authentication.
        headers: Further headers, such as `Authorization: Bearer …` or a key of the API. They are not logged.

    Raises:
        CarrierSilent: there is no response, or one of a server that has a problem or is busy.
        UnreadableAnswer: a successful response is not JSON.
        CarrierRefuses: the response is an error; with its `error.message` or `message`, and its status.
    """
    try:
        answer = await ask(
            method, url, json=body, credentials=credentials, headers=headers, patience=TIMEOUT,
            largest=LARGEST_ANSWER,
        )  # fmt: skip
    except AddressRefused as refusal:
        if refusal.reason in _TEMPORARY:
            raise CarrierSilent(f"{name} cannot be reached: {refusal.message}") from refusal
        raise CarrierRefuses(f"The URL of {name} is not allowed: {refusal.message}") from refusal
    except UnsendableHeader as error:
        raise CarrierRefuses(f"The credentials of {name} cannot be sent: {error}") from error
    except Unreachable as error:
        raise CarrierSilent(f"{name} did not respond: {error}") from error
    if answer.status >= 500 or answer.status in _REPEATABLE:
        raise CarrierSilent(f"{name} responded with status {answer.status}.")
    if 200 <= answer.status < 300:
        return json_of(answer.content)
    message = _message_in(answer.content) or f"{name} responded with status {answer.status}."
    raise CarrierRefuses(harmless_line(message)[:LONGEST_MESSAGE], status=answer.status)


def _message_in(content: bytes) -> str:
    """The message of an error; "" if there is none, or it is not JSON."""
    try:
        given = json_of(content)
    except UnreadableAnswer:
        return ""
    return optional_text(optional_object(given, "error"), "message") or optional_text(given, "message")
