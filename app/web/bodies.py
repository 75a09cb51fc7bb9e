"""What is sent to pages and hooks, read no further than it may be long."""

from starlette.requests import Request


class TooLong(Exception):
    """More was sent than is read."""


async def bounded(request: Request, most: int) -> bytes:
    """The body of a request.

    Raises:
        TooLong: it has more than `most` bytes; the rest is not read.
    """
    parts, length = [], 0
    async for part in request.stream():
        length += len(part)
        if length > most:
            raise TooLong
        parts.append(part)
    return b"".join(parts)
