"""The bus: processes wake each other when the journal has new events. It carries no data."""

from collections.abc import Callable
from typing import Protocol

from app.settings import Misconfigured, Settings


class Bus(Protocol):
    """Wakes all processes. A lost message delays an event by up to a second; no event is lost."""

    async def listen(self, wake: Callable[[], None]) -> None:
        """Call `wake` for each message from any process."""

    async def publish(self) -> None:
        """Send a message to every listening process."""

    async def close(self) -> None: ...

    @property
    def is_connected(self) -> bool:
        """Whether messages from other processes currently reach this process."""


def make_bus(settings: Settings) -> Bus:
    """The bus that the settings choose.

    Raises:
        Misconfigured: the URL names no supported bus, or one that cannot serve several workers.
    """
    # Each bus imports a client library that the others do not need.
    from app.core.bus.memory import MemoryBus  # noqa: PLC0415
    from app.core.bus.postgres import PostgresBus  # noqa: PLC0415
    from app.core.bus.redis import RedisBus  # noqa: PLC0415

    url = settings.bus
    if url.startswith("memory:"):
        return MemoryBus()
    if url.startswith("postgres"):
        return PostgresBus(url if "@" in url or url.count("/") > 2 else settings.database_url)
    if url.startswith(("redis:", "rediss:")):
        return RedisBus(url)
    raise Misconfigured(
        f"ORDERGRAPH_BUS_URL must begin with memory://, postgres:// or redis://, not {url!r}."
    )
