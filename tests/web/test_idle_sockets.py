"""A socket that only waits holds nothing of what it has said."""

import gc
import tracemalloc

import httpx

from tests.web.asgi import Socket

LONG = "x" * 200_000


async def test_what_a_client_says_of_itself_and_in_pings_is_not_kept(application: httpx.ASGITransport):
    async def opened(said: str) -> Socket:
        socket = Socket(application, None)
        socket.say(type="connection_init", payload={"said": said})
        socket.say(type="ping", payload={"said": said})
        await socket.until(lambda: len(socket.heard) == 2)
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
