"""The bus of a single process: it wakes itself at each commit already, so there is nothing to send."""

from collections.abc import Callable


class MemoryBus:
    is_connected = True

    async def listen(self, wake: Callable[[], None]) -> None:
        return None

    async def publish(self) -> None:
        return None

    async def close(self) -> None:
        return None
