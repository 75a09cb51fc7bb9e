"""Real servers in separate processes, for behavior that only shows over a socket."""

import asyncio
import contextlib
import os
import subprocess
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx

from tests import forking, services

ROOT = Path(__file__).parent.parent


class Server:
    """One server process."""

    def __init__(
        self, database_url: str, *, module: str = "app.cli", number: int = 0, **settings: str
    ) -> None:
        self.port = services.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._module = module
        self._number = number  # among those that serve together
        self._environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("ORDERGRAPH_")},
            "ORDERGRAPH_ENV": "development",
            "ORDERGRAPH_DATABASE_URL": database_url,
            "ORDERGRAPH_SECRET_KEY": os.environ["ORDERGRAPH_SECRET_KEY"],
            "ORDERGRAPH_LOG_LEVEL": "WARNING",
            "ORDERGRAPH_MAIL_FOLDER": "",
            **settings,
        }
        self.process: forking.Process | None = None
        # A file, because an unread pipe fills up and stops the server.
        self._errors = Path(tempfile.mkdtemp(prefix="ordergraph-tests-")) / "stderr"

    def output(self) -> str:
        """The end of the server's output."""
        return self._errors.read_text(errors="replace")[-3000:]

    async def start(self) -> "Server":
        with self._errors.open("ab") as errors:
            arguments = ["serve", "--port", str(self.port)]
            self.process = forking.Process(
                self._module, arguments, self._environment, errors, errors, self._number
            )
        async with httpx.AsyncClient(timeout=30) as client:
            for _ in range(1_200):
                if self.process.poll() is not None:
                    raise RuntimeError(self.output())
                with contextlib.suppress(httpx.TransportError):
                    if (await client.get(self.url + "/health/ready")).status_code == 200:
                        return self
                await asyncio.sleep(0.05)
        raise RuntimeError("the server did not get ready")

    def kill(self) -> None:
        """Kill the process, like a power failure."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self.process = None

    def stop(self) -> int:
        """Terminate the process; return the exit code."""
        assert self.process is not None
        self.process.terminate()
        code = self.process.wait(60)
        self.process = None
        return code

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a command on the same database."""
        return forking.run("app.cli", [*arguments], self._environment)


@contextlib.asynccontextmanager
async def serving(database_url: str, count: int = 1, **options: Any) -> AsyncIterator[list[Server]]:
    """Servers on one migrated database."""
    servers = [Server(database_url, number=number, **options) for number in range(count)]
    try:
        await asyncio.gather(*(server.start() for server in servers))
        yield servers
    finally:
        died = [
            server for server in servers if server.process is not None and server.process.poll() is not None
        ]
        for server in servers:
            if server.process is not None:
                server.kill()
        if died:
            raise RuntimeError(
                f"a server ended by itself, with {died[0]} and this output: {died[0].output()}"
            )
