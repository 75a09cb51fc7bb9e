"""Real servers in processes of their own, for what only shows over a socket."""

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx

from tests import services

ROOT = Path(__file__).parent.parent


class Server:
    """One server process."""

    def __init__(self, database_url: str, *, module: str = "app.cli", **settings: str) -> None:
        self.port = services.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._module = module
        self._environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("ORDERGRAPH_")},
            "ORDERGRAPH_ENV": "development",
            "ORDERGRAPH_DATABASE_URL": database_url,
            "ORDERGRAPH_SECRET_KEY": os.environ["ORDERGRAPH_SECRET_KEY"],
            "ORDERGRAPH_LOG_LEVEL": "WARNING",
            **settings,
        }
        self.process: subprocess.Popen[bytes] | None = None

    async def start(self) -> "Server":
        self.process = subprocess.Popen(
            [sys.executable, "-m", self._module, "serve", "--port", str(self.port)],
            cwd=ROOT,
            env=self._environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        async with httpx.AsyncClient() as client:
            for _ in range(600):
                if self.process.poll() is not None:
                    assert self.process.stderr is not None
                    raise RuntimeError(self.process.stderr.read().decode()[-2000:])
                with contextlib.suppress(httpx.TransportError):
                    if (await client.get(self.url + "/health/ready")).status_code == 200:
                        return self
                await asyncio.sleep(0.05)
        raise RuntimeError("the server did not get ready")

    def kill(self) -> None:
        """As a power cut would: no goodbye."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        if self.process.stderr is not None:
            self.process.stderr.close()

    def stop(self) -> int:
        """Politely; the exit code."""
        assert self.process is not None
        self.process.terminate()
        code = self.process.wait(15)
        if self.process.stderr is not None:
            self.process.stderr.close()
        return code

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """A command of the command line on the same database."""
        return subprocess.run(
            [sys.executable, "-m", "app.cli", *arguments],
            cwd=ROOT,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )


@contextlib.asynccontextmanager
async def serving(database_url: str, count: int = 1, **options: Any) -> AsyncIterator[list[Server]]:
    """Some servers on one migrated database."""
    servers = [Server(database_url, **options) for _ in range(count)]
    try:
        await asyncio.gather(*(server.start() for server in servers))
        yield servers
    finally:
        for server in servers:
            if server.process is not None and server.process.poll() is None:
                server.kill()
