"""Messages that a client sends over a WebSocket: JSON objects of the `graphql-transport-ws` protocol."""

from typing import Any, TypeGuard

from strawberry.http.exceptions import NonJsonMessageReceived

from app.core.graphql.encoding import NotJson, loads
from app.core.graphql.http import is_writable


def read_message(text: str) -> dict[str, Any]:
    """A parsed message; its operation, if it has one, is normalized.

    Raises:
        NonJsonMessageReceived: it is not a message of the protocol.
    """
    try:
        message = loads(text.encode())
    except (NotJson, UnicodeEncodeError) as error:
        raise NonJsonMessageReceived from error
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise NonJsonMessageReceived
    if "id" in message and not isinstance(message["id"], str):
        raise NonJsonMessageReceived
    if message["type"] == "subscribe":
        _check_operation(message)
    return message


def _check_operation(message: dict[str, Any]) -> None:
    """Normalize as over HTTP: an empty operation name is none, and a blank document is empty."""
    id, payload = message.get("id"), message.get("payload")
    if not _is_text(id) or not id or not isinstance(payload, dict):
        raise NonJsonMessageReceived
    query, name = payload.get("query"), payload.get("operationName")
    if not _is_text(query) or not (name is None or _is_text(name)):
        raise NonJsonMessageReceived
    for part in ("variables", "extensions"):
        if payload.get(part) is not None and not isinstance(payload[part], dict):
            raise NonJsonMessageReceived
    payload["query"] = query if query.strip() else ""
    payload["operationName"] = name or None


def _is_text(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and is_writable(value)
