"""The HTTP transport: connects only to addresses that the guard accepted."""

import ssl
from functools import cache

import httpx

from app.core.outgoing.guard import AddressRefused, vet
from app.core.outgoing.resolving import Resolve

MOST_TRIED = 4  # addresses tried for one name


class RefusedAtConnection(httpx.TransportError):
    """The guard refuses the address; `refusal` has the reason."""

    def __init__(self, refusal: AddressRefused) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


@cache
def verified() -> ssl.SSLContext:
    """A TLS context that verifies names against the usual authorities. Creating it takes about 20 ms."""
    return httpx.create_ssl_context(trust_env=False)


class GuardedTransport(httpx.AsyncBaseTransport):
    """Resolves the name of each request, vets the addresses and connects to one of them.

    The request keeps its name in the Host header, in TLS SNI and for certificate verification.
    """

    def __init__(self, resolve: Resolve, *, in_development: bool, tls: ssl.SSLContext | None = None) -> None:
        self._resolve = resolve
        self._in_development = in_development
        # No keep-alive: a connection belongs to an address that was vetted for one request.
        limits = httpx.Limits(max_keepalive_connections=0)
        self._inner = httpx.AsyncHTTPTransport(verify=tls or verified(), trust_env=False, limits=limits)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        try:
            vetted = await vet(
                f"{url.scheme}://{url.netloc.decode('ascii')}",
                self._resolve,
                in_development=self._in_development,
            )
        except AddressRefused as refusal:
            raise RefusedAtConnection(refusal) from refusal
        for address in vetted.addresses[:MOST_TRIED]:
            direct = httpx.Request(
                request.method,
                url.copy_with(host=address),
                headers=request.headers,
                stream=request.stream,
                extensions={**request.extensions, "sni_hostname": vetted.target.host},
            )
            try:
                return await self._inner.handle_async_request(direct)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failed = error
        raise failed

    async def aclose(self) -> None:
        await self._inner.aclose()
