"""A visitor of a shop who requests pages at a steady rate, and the time of each answer.

There are two measures: wall-clock time, and the server's CPU time meanwhile. On an idle machine they are nearly the
same, since the server works in one thread; on a busy one wall-clock time includes the time of other programs.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import httpx

EVERY = 0.07  # seconds between two requests, whether or not the first is answered
AT_ONCE = 4  # requests at most, as a visitor who waits does not request more
PAGE = """{ products(channel: "web", first: 20) { nodes { name slug
  variants { sku price(channel: "web") { amount currency } available(channel: "web") } } } }"""
ORDER = """query($token: String!) { trackOrder(token: $token) {
  number status stageTitle lines { name quantity } } }"""


class Wait(NamedTuple):
    """The time that a visitor waited for one answer, in seconds."""

    clock: float
    work: float  # of the server


class Visitor:
    """Browses the catalogue and tracks an order, from its own address."""

    def __init__(self, url: str, token: str, busy: Callable[[], float]) -> None:
        self._busy = busy
        limits = httpx.Limits(
            max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE, keepalive_expiry=600
        )
        transport = httpx.AsyncHTTPTransport(local_address="127.0.2.1", limits=limits)
        self._http = httpx.AsyncClient(base_url=url, transport=transport, timeout=30)
        self._token = token
        self._number = 0

    async def browse(self, until: "asyncio.Future[Any]") -> list[Wait]:
        """Send requests until a future is done; returns the time of each answer."""
        waits: list[Wait] = []
        asked: set[asyncio.Task[Wait]] = set()
        while not until.done():
            asked.add(asyncio.create_task(self._look()))
            await asyncio.sleep(EVERY)
            if len(asked) >= AT_ONCE:
                await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
            answered = {each for each in asked if each.done()}
            waits += [each.result() for each in answered]
            asked -= answered
        return waits + list(await asyncio.gather(*asked))

    async def _look(self) -> Wait:
        self._number += 1
        before, asked = self._busy(), time.perf_counter()
        body: dict[str, Any] = {"query": PAGE}
        if self._number % 3 == 0:
            body = {"query": ORDER, "variables": {"token": self._token}}
        with contextlib.suppress(httpx.TimeoutException):
            answer = (await self._http.post("/graphql", json=body)).json()
            assert "errors" not in answer, answer
        return Wait(time.perf_counter() - asked, self._busy() - before)

    async def leave(self) -> None:
        await self._http.aclose()
