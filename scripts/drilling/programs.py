"""Ordergraph as an operator runs it: commands, and a server in a separate process."""

import asyncio
import os
import secrets
import socket
import subprocess
import sys
import time
from typing import Protocol

import httpx

KEY = secrets.token_urlsafe(32)  # links of the drill's databases are valid only within the drill


class Failed(Exception):
    """A drill found an error."""


class Program(Protocol):
    """Ordergraph on one database."""

    url: str  # of the server

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of `ordergraph` and wait for its end."""

    async def start(self) -> object:
        """Start the server and wait until it is ready."""

    def stop(self) -> int:
        """Stop the server; return its exit code."""


class Installed:
    """The program of this environment."""

    def __init__(self, database_url: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = str(probe.getsockname()[1])
        self.url = f"http://127.0.0.1:{self._port}"
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("ORDERGRAPH_")},
            "ORDERGRAPH_ENV": "development",
            "ORDERGRAPH_DATABASE_URL": database_url,
            "ORDERGRAPH_SECRET_KEY": KEY,
            "ORDERGRAPH_LOG_LEVEL": "WARNING",
            "ORDERGRAPH_VISITOR_POINTS": "0",
        }
        self._server: subprocess.Popen[bytes] | None = None

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "app.cli", *arguments]

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            self._command(*arguments), env=self._environment, capture_output=True, text=True, check=False
        )

    async def start(self) -> None:
        self._server = subprocess.Popen(  # noqa: ASYNC220  # it returns immediately
            self._command("serve", "--port", self._port), env=self._environment, stderr=subprocess.DEVNULL
        )
        until = time.monotonic() + 60
        async with httpx.AsyncClient() as client:
            while time.monotonic() < until and self._server.poll() is None:
                try:
                    if (await client.get(self.url + "/health/ready")).status_code == 200:
                        return
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.1)
        raise Failed("the server did not get ready")

    def stop(self) -> int:
        assert self._server is not None
        self._server.terminate()
        return self._server.wait(30)


def succeed(program: Program, *arguments: str) -> str:
    """Run a command that must exit with 0; return its output.

    Raises:
        Failed: it exited with another code; the message contains its output.
    """
    done = program.run(*arguments)
    if done.returncode:
        raise Failed(f"ordergraph {' '.join(arguments)}: {done.stdout[-2_000:]}{done.stderr[-2_000:]}")
    return done.stdout
