"""Looking names up."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence

# The addresses of a host, by its name and port. May raise NameNotFound, or OSError where nobody knows.
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class NameNotFound(Exception):
    """There is no such name, or it has no address."""


_NONE = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


async def system(host: str, port: int) -> list[str]:
    """The addresses that the operating system knows, in the order in which it would try them.

    Raises:
        NameNotFound.
        OSError: the name servers do not answer.
    """
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        if error.errno in _NONE:
            raise NameNotFound(host) from error
        raise
    return list(dict.fromkeys(str(each[4][0]) for each in found))
