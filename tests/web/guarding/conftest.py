"""A server for the tests of the limits below the application."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from tests import services
from tests.conftest import ON_POSTGRES
from tests.servers import Server, serving
from tests.template import copy_to
from tests.web.floods.lines import Line

PER_ADDRESS = 40


class Guarded:
    """A server with short time-outs, and connections to it from addresses that are not a proxy's."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._addresses = iter(range(1, 255))

    def address(self) -> str:
        """An address that no other test has used."""
        return f"127.0.5.{next(self._addresses)}"

    async def line(self, address: str = "") -> Line:
        return await Line.open(self.server.port, address or self.address())

    async def answer_to(self, *parts: bytes) -> bytes:
        """All that the server answers until it closes the connection."""
        line = await self.line()
        await line.send(*parts)
        async with asyncio.timeout(60):
            said = await line.rest()
        line.close()
        return said

    def memory(self) -> int:
        assert self.server.process is not None
        return int(psutil.Process(self.server.process.pid).memory_info().rss)

    async def until_closed(self, line: Line) -> None:
        """Wait until the server has closed a connection, whether or not its client has noticed."""
        assert self.server.process is not None
        process = psutil.Process(self.server.process.pid)
        async with asyncio.timeout(60):
            while any(each.raddr and each.raddr.port == line.port for each in process.net_connections()):
                await asyncio.sleep(0.1)


@pytest.fixture(scope="session")
async def guarded(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Guarded]:
    folder: Path = tmp_path_factory.mktemp("guarded")
    url = services.new_url() if ON_POSTGRES else f"sqlite:///{folder}/guarded.db"
    await copy_to(url)
    settings = {"ORDERGRAPH_MAX_CONNECTIONS_PER_ADDRESS": str(PER_ADDRESS)}
    async with serving(url, module="tests.web.guarding.hurried", **settings) as (server,):
        yield Guarded(server)
        said = server.output()
        assert "Traceback" not in said and "rror" not in said, said
    if ON_POSTGRES:
        await services.drop_database(url)
