"""One request to a carrier's API, with the errors that adapters raise."""

from typing import Any

import orjson

from app.core.characters import harmless_line
from app.core.outgoing import AddressRefused, Reason, Unreachable, ask
from app.fulfillment.carrier_adapters.protocol import CarrierRefuses, CarrierSilent

TIMEOUT = 20.0  # seconds
LARGEST_ANSWER = 2_000_000  # bytes
LONGEST_MESSAGE = 500  # characters
_TEMPORARY = (Reason.NO_ANSWER, Reason.NOT_FOUND)


async def ask_carrier(
    name: str, method: str, url: str, body: dict[str, Any] | None = None, *, credentials: tuple[str, str]
) -> dict[str, Any]:
    """Send a request with a JSON body and return the JSON object of a successful response.

    Args:
        name: The carrier, as error messages name it.
        credentials: User name and password of HTTP's basic authentication.

    Raises:
        CarrierSilent: there is no response, or one of a server that has a problem or is busy.
        CarrierRefuses: the response is an error; with its `error.message` or `message`.
    """
    try:
        answer = await ask(
            method, url, json=body, credentials=credentials, patience=TIMEOUT, largest=LARGEST_ANSWER
        )
    except AddressRefused as refusal:
        if refusal.reason in _TEMPORARY:
            raise CarrierSilent(f"{name} cannot be reached: {refusal.message}") from refusal
        raise CarrierRefuses(f"{name}'s address is not asked: {refusal.message}") from refusal
    except Unreachable as error:
        raise CarrierSilent(f"{name} does not answer: {error}") from error
    if answer.status >= 500 or answer.status == 429:
        raise CarrierSilent(f"{name} answers {answer.status}.")
    try:
        said = orjson.loads(answer.content or b"{}")
    except ValueError as error:
        raise CarrierSilent(f"{name} answers what is no JSON.") from error
    if 200 <= answer.status < 300 and isinstance(said, dict):
        return said
    raise CarrierRefuses(
        harmless_line(_message_of(said) or f"{name} answers {answer.status}.")[:LONGEST_MESSAGE]
    )


def _message_of(said: Any) -> str:
    given = said if isinstance(said, dict) else {}
    error = given.get("error")
    return str((error.get("message") if isinstance(error, dict) else given.get("message")) or "")
