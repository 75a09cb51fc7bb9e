"""All connections of a process: their maximum number, and their time limits."""

import asyncio
import resource
from collections import Counter
from functools import cache
from typing import Protocol

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from app.core.networks import TOGETHER, networks_of
from app.settings import Settings, settings
from app.web.guarding import bounds
from app.web.guarding.refusals import TOO_MANY, TOO_MANY_OF_ADDRESS, Refusal

# File descriptors besides connections: database, bus, logs, files read at run time.
OTHER_FILES = 200
LEAST = 50  # connections, whatever the limit of file descriptors
REFUSED_AT_ONCE = 200  # connections over the limit that are kept until they are answered


class Guarded(Protocol):
    """A connection as seen by the guard."""

    transport: asyncio.Transport

    def look(self, now: float) -> None:
        """Close the connection if its client exceeds a time limit."""


class Guard:
    """Counts connections, and checks each of them periodically."""

    def __init__(self, config: Settings) -> None:
        places = raise_file_limit() - OTHER_FILES - REFUSED_AT_ONCE
        self._most = min(config.max_connections, max(places, LEAST))
        self._per_address = config.max_connections_per_address
        self._proxies = ProxyHeadersMiddleware(_nothing, config.trusted_proxies).trusted_hosts
        self.most_bytes = bounds.most_bytes_of_a_request(config.max_body_bytes)
        self._open: dict[Guarded, tuple[str, ...]] = {}  # and the networks that each counts for
        self._of_network: Counter[str] = Counter()
        # Connections that wait for a request, longest waiting first. They register themselves.
        self.idle: dict[Guarded, None] = {}
        self._looking: asyncio.TimerHandle | None = None

    def admit(self, connection: Guarded, client: tuple[str, int] | None) -> Refusal | None:
        """Count a new connection; return a refusal for its first request if there are too many.

        If all places are taken, the connection that has waited longest for its next request is closed.
        Connections of proxies are not counted by address.
        """
        self._open[connection] = networks = self._counted(client)
        self._of_network.update(networks)
        too_many = len(self._open) - self._most
        of_network = max(map(self._too_many_of, networks, (1, TOGETHER)), default=0)
        refusal = None
        if of_network > 0:
            refusal = TOO_MANY_OF_ADDRESS
        elif too_many > 0 and not self._make_room():
            refusal = TOO_MANY
        if refusal is None:
            self.idle[connection] = None
        elif max(too_many, of_network) > REFUSED_AT_ONCE:
            connection.transport.abort()
        if self._looking is None:
            self._looking = asyncio.get_running_loop().call_later(bounds.LOOK_EVERY, self._look)
        return refusal

    def hand_over(self, before: Guarded, after: Guarded) -> None:
        """Transfer a connection to another protocol object after an upgrade."""
        self._open[after] = self._open.pop(before)
        self.idle.pop(before, None)

    def leave(self, connection: Guarded) -> None:
        """Remove a closed connection."""
        self.idle.pop(connection, None)
        for network in self._open.pop(connection, ()):
            self._of_network[network] -= 1
            if not self._of_network[network]:
                del self._of_network[network]

    def _counted(self, client: tuple[str, int] | None) -> tuple[str, ...]:
        """The networks that a client counts for."""
        if client is None or client[0] in self._proxies:
            return ()
        return tuple(each for each in networks_of(client[0]) if each is not None)

    def _too_many_of(self, network: str, times: int) -> int:
        return self._of_network[network] - self._per_address * times

    def _make_room(self) -> bool:
        longest = next(iter(self.idle), None)
        if longest is None:
            return False
        del self.idle[longest]
        longest.transport.close()
        return True

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        for connection in list(self._open):
            connection.look(now)
        self._looking = loop.call_later(bounds.LOOK_EVERY, self._look) if self._open else None


@cache
def guard() -> Guard:
    """The process's guard."""
    return Guard(settings())


def raise_file_limit() -> int:
    """Raise the process's limit of open files to the maximum and return it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return 1_000_000_000 if hard == resource.RLIM_INFINITY else hard


async def _nothing(*_: object) -> None:
    """A placeholder for the application of the middleware, of which only the list of proxies is used."""
