"""localstripe, Stripe's API without Stripe, as a process of its own."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from tests import services

ROOT = Path(__file__).parents[2]
KEY = "sk_test_of_the_tests"


class LocalStripe:
    """The process at a URL, and what a storefront or the gateway's own desk does with it."""

    def __init__(self, url: str) -> None:
        self.url = url

    async def do(self, method: str, path: str, **form: Any) -> dict[str, Any]:
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            answer = await client.request(method, self.url + path, data=form, auth=(KEY, ""))
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json() if answer.content else {}
        return found

    async def card(self, number: str) -> str:
        """The token of a card, as Stripe's fields in a storefront get it."""
        card = {"number": number, "exp_month": "12", "exp_year": "2030", "cvc": "123"}
        form = {f"card[{name}]": value for name, value in card.items()}
        return str((await self.do("POST", "/v1/payment_methods", type="card", **form))["id"])


@asynccontextmanager
async def running(folder: Path, module: str = "localstripe") -> AsyncIterator[LocalStripe]:
    """Start the process; if it ends early, its output is shown."""
    port = services.free_port()
    log = folder / "localstripe.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", module, "--from-scratch", "--port", str(port)],
            cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        for _ in range(300):
            assert process.poll() is None, f"localstripe has ended:\n{log.read_text()}"
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            await asyncio.sleep(0.1)
        yield LocalStripe(f"http://127.0.0.1:{port}")
        assert process.poll() is None, f"localstripe has ended:\n{log.read_text()}"
    finally:
        process.kill()
        process.wait()
