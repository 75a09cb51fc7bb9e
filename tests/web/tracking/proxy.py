"""A proxy between browser and server that can drop all data and keep the connections open."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from tests.closing import stop_accepting


class Proxy:
    def __init__(self, port: int) -> None:
        self._to = port
        self._running: set[asyncio.Task[None]] = set()
        self.is_dropping = False
        self.url = ""

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        upstream_reader, upstream_writer = await asyncio.open_connection("127.0.0.1", self._to)
        try:
            await asyncio.gather(self._pass(reader, upstream_writer), self._pass(upstream_reader, writer))
        finally:
            for each in (writer, upstream_writer):
                each.close()
                with contextlib.suppress(ConnectionError):
                    await each.wait_closed()
            self._running.discard(task)

    async def end(self) -> None:
        """Close the connections that are still open."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65_536):
                if not self.is_dropping:
                    writer.write(data)
                    await writer.drain()
        writer.close()


@contextlib.asynccontextmanager
async def proxying(port: int) -> AsyncIterator[Proxy]:
    """A proxy to a port of this machine."""
    proxy = Proxy(port)
    server = await asyncio.start_server(proxy.accept, "127.0.0.1", 0)
    proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield proxy
    finally:
        await stop_accepting(server)
        await proxy.end()
