"""Sends one request to another server."""

import asyncio
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.core.outgoing import resolving
from app.core.outgoing.resolving import Resolve
from app.settings import settings

_HEADER_NAME = re.compile(r"[A-Za-z0-9-]+")
_HEADER_VALUE = re.compile(r"[!-~](?:[ -~]*[!-~])?")  # visible ASCII, with spaces only within


@dataclass(frozen=True, slots=True)
class Answer:
    """The response of a server. A redirect is returned like any response; it is not followed."""

    status: int
    content: bytes


class Unreachable(Exception):
    """No complete response arrived in time and within the size limit; whether the request was processed is
    unknown.
    """


class UnsendableHeader(Exception):
    """A header has characters that HTTP does not transmit; nothing was sent."""


async def ask(
    method: str,
    url: str,
    *,
    json: Any = None,
    form: Mapping[str, str] | None = None,
    content: bytes | None = None,
    credentials: tuple[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    patience: float,
    largest: int,
    resolve: Resolve | None = None,
    tls: ssl.SSLContext | None = None,
) -> Answer:
    """Send a request and read its response.

    The address is vetted at this connection, in addition to when it was set. No proxy and no credentials of
    the environment are used.

    Args:
        json: Content of the request as JSON.
        form: Content of the request as a form, instead of `json`.
        content: Content of the request as it is, instead of both.
        credentials: User name and password for HTTP basic authentication.
        headers: Further headers. Their values are not logged.
        patience: Time limit in seconds for the whole request.
        largest: Maximum size of the response in bytes.
        resolve: Name resolution; the operating system's if omitted.
        tls: TLS context; the usual certificate authorities if omitted.

    Raises:
        AddressRefused: the address must not be requested; nothing was sent.
        UnsendableHeader: nothing was sent.
        Unreachable.
    """
    _check_headers(headers or {})
    import httpx  # noqa: PLC0415  # eight megabytes that only who asks others need spend

    from app.core.outgoing.transport import GuardedTransport, RefusedAtConnection  # noqa: PLC0415

    # A compressed response could expand beyond the limit.
    sent = {name.lower(): value for name, value in (headers or {}).items()} | {"accept-encoding": "identity"}
    transport = GuardedTransport(
        resolve or resolving.system, in_development=settings().is_development, tls=tls
    )
    client = httpx.AsyncClient(
        transport=transport,
        timeout=patience,
        trust_env=False,
        follow_redirects=False,
        headers=sent,
    )
    try:
        async with (
            asyncio.timeout(patience),
            client,
            client.stream(method, url, json=json, data=form, content=content, auth=credentials) as answer,
        ):
            if answer.headers.get("content-encoding", "identity").lower() != "identity":
                raise Unreachable(
                    "The response is compressed, although the request does not accept compression."
                )
            content = b""
            async for part in answer.aiter_raw():
                content += part
                if len(content) > largest:
                    raise Unreachable(f"The response is larger than {largest:,} bytes.")
            return Answer(answer.status_code, content)
    except RefusedAtConnection as error:
        raise error.refusal from error
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
        raise Unreachable(f"No response ({type(error).__name__}).") from error


def _check_headers(headers: Mapping[str, str]) -> None:
    """Raises UnsendableHeader, with the name of the header and not its value."""
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
            raise UnsendableHeader(
                f"the header {name} must be visible ASCII characters, without blanks around it."
            )
