"""A mail server on this machine whose connections are closed with it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from aiosmtpd.smtp import SMTP


@contextlib.asynccontextmanager
async def mail_server(handler: Any) -> AsyncIterator[int]:
    """Serve SMTP until the end of the block; yields the port."""
    loop = asyncio.get_running_loop()
    sessions: list[SMTP] = []

    def accept() -> SMTP:
        sessions.append(SMTP(handler, loop=loop))
        return sessions[-1]

    server = await loop.create_server(accept, "127.0.0.1", 0)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        await asyncio.sleep(0.01)  # connections that were just accepted get their transport
        for session in sessions:
            if session.transport is not None:
                session.transport.abort()
        await asyncio.sleep(0)
