"""The running simulator, and what the gateway's own desk does with it."""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.getpaid import environment
from tests.services import free_port

KEY, SECRET = "sk_test_of_the_tests", "whsec_of_the_tests"
SECRETS = [{"name": "secret_key", "value": KEY}, {"name": "webhook_secret", "value": SECRET}]


class Simulator:
    """The process at a URL."""

    def __init__(self, url: str) -> None:
        self.url = url

    async def press(self, page: str, button: str) -> str:
        """Press a button of a hosted page; returns the address to which the buyer is sent back."""
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            assert (await client.get(page)).status_code == 200
            answer = await client.post(page, data={"action": button})
        assert answer.is_redirect, answer.text
        return str(answer.headers["location"])

    async def operate(self, page: str, action: str) -> None:
        """Let something happen to the payment of a page that nobody in the browser does, such as its expiry."""
        path = page.replace("/authorize/", "/ops/")
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            answer = await client.post(path, json={"action": action})
        assert answer.is_success, answer.text

    async def intent(self, page: str) -> dict[str, Any]:
        """The payment of a page."""
        id = page.rpartition("/")[2]
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            answer = await client.get(f"{self.url}/v1/payment_intents/pi_sim_{id}")
        found: dict[str, Any] = answer.json()
        return found


@asynccontextmanager
async def running(folder: Path, notify_url: str) -> AsyncIterator[Simulator]:
    """Start the process, which sends its messages to a URL; if it ends early, its output is shown."""
    python = await asyncio.to_thread(environment.python)
    port, log = free_port(), folder / "simulator.log"
    settings = {"SIMULATOR_STRIPE_WEBHOOK_SECRET": SECRET, "SIMULATOR_STRIPE_NOTIFY_URL": notify_url}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(python), "-m", "getpaid_simulator", "--host", "127.0.0.1", "--port", str(port)],
            env={**os.environ, **settings}, cwd=folder, stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            for _ in range(300):
                assert process.poll() is None, f"the simulator has ended:\n{log.read_text()}"
                try:
                    if (await client.get(f"{url}/sim/status")).json()["loadedProviders"]:
                        break
                except httpx.TransportError:
                    await asyncio.sleep(0.1)
        yield Simulator(url)
        assert process.poll() is None, f"the simulator has ended:\n{log.read_text()}"
    finally:
        process.kill()
        process.wait()
