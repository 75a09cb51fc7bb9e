"""A new access token for an open WebSocket, sent as the payload of a `ping` message and answered by `pong`.

A token that is not accepted changes nothing: the socket keeps the token that it has. A token of another
account closes the socket, because its subscriptions are those of the first one.
"""

from typing import Any, Protocol

from app.core.graphql.callers import Ended
from app.core.graphql.connections import Connection, Connections, OtherAccount
from app.core.graphql.context import Context
from app.core.graphql.faults import TooManyTokens
from app.core.refusals import Refusal

OTHER_ACCOUNT = Ended(
    "FORBIDDEN", "The token belongs to another account. Connect again with it.", is_final=False
)
NOT_STARTED = {
    "isAccepted": False, "code": "FORBIDDEN", "message": "Send the token with connection_init.",
}  # fmt: skip


class Held(Protocol):
    """What is known of a socket."""

    connection: Connection
    made: Context | None

    async def make_context(self, token: str) -> Context: ...

    def belongs_to(self, made: Context) -> None: ...

    def lose(self, ended: Ended) -> None: ...


def token_in(message: Any) -> str | None:
    """The access token in a `ping` message, if it has one."""
    payload = message.get("payload")
    token = payload.get("accessToken") if isinstance(payload, dict) else None
    return token if isinstance(token, str) else None


async def renew(held: Held, connections: Connections, token: str) -> dict[str, Any] | None:
    """Use a new token for a socket; return the payload of the answer. None: the socket is closed instead."""
    if held.made is None:
        return NOT_STARTED
    try:
        made = await held.make_context(token)
        made.belongs_to(await connections.renew(held.connection, made.credential or ""))
    except OtherAccount:
        held.lose(OTHER_ACCOUNT)
        return None
    except Refusal as error:
        return _refused(error.error_code.value.upper(), error.message)
    except TooManyTokens as error:
        return _refused("TOO_MANY_REQUESTS", str(error))
    held.belongs_to(made)
    return {"isAccepted": True}


def _refused(code: str, message: str) -> dict[str, Any]:
    return {"isAccepted": False, "code": code, "message": message}
