"""Sending one request to another server."""

import asyncio
import ssl
from dataclasses import dataclass
from typing import Any

from app.core.outgoing import resolving
from app.core.outgoing.resolving import Resolve
from app.settings import settings


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered. A redirect is an answer like any other: it is not followed."""

    status: int
    content: bytes


class Unreachable(Exception):
    """No whole answer came, in time and of a size that is read; what became of the request is not known."""


async def ask(
    method: str,
    url: str,
    *,
    json: Any = None,
    credentials: tuple[str, str] | None = None,
    patience: float,
    largest: int,
    resolve: Resolve | None = None,
    tls: ssl.SSLContext | None = None,
) -> Answer:
    """Send a request and read its answer.

    The address is vetted at this connection, whatever it was when it was set. No proxy and no credentials of
    the environment are used.

    Args:
        credentials: A user name and a password, sent by HTTP's basic authentication.
        patience: Seconds in which all must be done.
        largest: Bytes that an answer may have.
        resolve: What looks names up; the operating system if left out.
        tls: What checks certificates; the usual authorities if left out.

    Raises:
        AddressRefused: the address must not be asked; nothing was sent.
        Unreachable.
    """
    import httpx  # noqa: PLC0415  # eight megabytes that only who asks others need spend

    from app.core.outgoing.transport import GuardedTransport, RefusedAtConnection  # noqa: PLC0415

    transport = GuardedTransport(
        resolve or resolving.system, in_development=settings().is_development, tls=tls
    )
    client = httpx.AsyncClient(
        transport=transport,
        timeout=patience,
        trust_env=False,
        follow_redirects=False,
        headers={"accept-encoding": "identity"},  # what is small on its way could be large when it is here
    )
    try:
        async with (
            asyncio.timeout(patience),
            client,
            client.stream(method, url, json=json, auth=credentials) as answer,
        ):
            if answer.headers.get("content-encoding", "identity").lower() != "identity":
                raise Unreachable("The answer is compressed, which was not asked for.")
            content = b""
            async for part in answer.aiter_raw():
                content += part
                if len(content) > largest:
                    raise Unreachable(f"The answer has more than {largest:,} bytes.")
            return Answer(answer.status_code, content)
    except RefusedAtConnection as error:
        raise error.refusal from error
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
        raise Unreachable(f"There is no answer ({type(error).__name__}).") from error
