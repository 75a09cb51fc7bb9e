"""The bus of a single process. It wakes itself at each commit, so nothing is sent."""

from collections.abc import Callable


class MemoryBus:
    is_connected = True

    async def listen(self, wake: Callable[[], None]) -> None:
        return None

    async def publish(self) -> None:
        return None

    async def close(self) -> None:
        return None
