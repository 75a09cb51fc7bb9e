"""A relay in front of a database server, which can break connections and refuse new ones."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from tests import services
from tests.closing import stop_accepting


class Relay:
    """Listens on its own port and passes bytes on while it is up."""

    def __init__(self, url: str) -> None:
        self._to = urlsplit(url)
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self.port = services.free_port()

    @property
    def url(self) -> str:
        """The URL of the database through the relay."""
        host = f"{self._to.username or 'postgres'}@127.0.0.1:{self.port}"
        return urlunsplit(self._to._replace(netloc=host))

    async def up(self) -> None:
        self._server = await asyncio.start_server(self._accepted, "127.0.0.1", self.port)

    async def down(self) -> None:
        """Break every connection and refuse new ones."""
        assert self._server is not None
        await stop_accepting(self._server)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0.01)  # aborted connections are closed in the next rounds of the loop

    def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._server is None or not self._server.is_serving():  # accepted while it was closed
            writer.transport.abort()
            return
        task = asyncio.create_task(self._passed(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: writer.transport.abort())

    async def _passed(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened: list[asyncio.StreamWriter] = []
        try:
            source, target = await asyncio.open_connection(self._to.hostname, self._to.port or 5432)
            opened.append(target)
            ways = {
                asyncio.ensure_future(_copied(reader, target)),
                asyncio.ensure_future(_copied(source, writer)),
            }
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            for each in opened:
                each.transport.abort()


async def _copied(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while block := await source.read(65_536):
            target.write(block)
            await target.drain()


@contextlib.asynccontextmanager
async def relayed(url: str) -> AsyncIterator[Relay]:
    relay = Relay(url)
    await relay.up()
    try:
        yield relay
    finally:
        await relay.down()
