"""Reads request bodies of pages and webhooks up to a limit."""

from starlette.requests import Request


class TooLong(Exception):
    """The body exceeds the limit."""


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
