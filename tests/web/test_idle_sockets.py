"""An idle socket does not keep the payloads that its client has sent."""

import gc
import tracemalloc

import httpx

from tests.web.asgi import Socket

LONG = "x" * 200_000


async def test_payloads_of_connection_init_and_pings_are_not_kept(application: httpx.ASGITransport):
    async def opened(text: str) -> Socket:
        socket = Socket(application, None)
        socket.send(type="connection_init", payload={"text": text})
        socket.send(type="ping", payload={"text": text})
        await socket.until(lambda: len(socket.received) == 2)
        return socket

    first = await opened("")  # what is made once
    tracemalloc.start()
    sockets = [await opened(LONG) for _ in range(10)]
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 5 * len(LONG), held
    for socket in (first, *sockets):
        socket.leave()
        await socket.ends()
