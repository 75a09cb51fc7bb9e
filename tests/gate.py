"""A proxy before a server that passes connections on and can be shut, like a failed network."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from tests import services
from tests.closing import stop_accepting


class Gate:
    def __init__(self, target: str) -> None:
        self.port = services.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._target = int(target.rsplit(":", 1)[1])
        self._writers: set[asyncio.StreamWriter] = set()
        self._is_open = True

    def shut(self) -> None:
        """Close every connection; new ones are closed at once."""
        self._is_open = False
        for writer in list(self._writers):
            writer.transport.abort()

    def open(self) -> None:
        self._is_open = True

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._is_open:
            writer.transport.abort()
            return
        inner, outer = await asyncio.open_connection("127.0.0.1", self._target)
        self._writers |= {writer, outer}
        try:
            await asyncio.gather(_pump(reader, outer), _pump(inner, writer))
        finally:
            self._writers -= {writer, outer}


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    with contextlib.suppress(OSError):
        writer.close()


@contextlib.asynccontextmanager
async def gate(target: str) -> AsyncIterator[Gate]:
    """A gate before the server of a URL."""
    made = Gate(target)
    server = await asyncio.start_server(made._connected, "127.0.0.1", made.port)
    try:
        yield made
    finally:
        await stop_accepting(server)
        made.shut()
