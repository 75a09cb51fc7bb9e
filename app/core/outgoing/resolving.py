"""Name resolution."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence

# Returns the addresses of a host and port. May raise NameNotFound, or OSError for a temporary failure.
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class NameNotFound(Exception):
    """The name does not exist or has no address."""


_NONE = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


async def system(host: str, port: int) -> list[str]:
    """The addresses from the operating system, in its order of preference.

    Raises:
        NameNotFound.
        OSError: the name servers do not respond.
    """
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        if error.errno in _NONE:
            raise NameNotFound(host) from error
        raise
    return list(dict.fromkeys(str(each[4][0]) for each in found))
