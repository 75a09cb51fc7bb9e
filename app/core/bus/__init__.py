"""The bus: how processes wake each other when the journal has grown. It carries no facts."""

from collections.abc import Callable
from typing import Protocol

from app.settings import Misconfigured, Settings


class Bus(Protocol):
    """Something that can say "look" to every process. Losing a word costs a second, never an event."""

    async def listen(self, wake: Callable[[], None]) -> None:
        """Call `wake` at each word from any process."""

    async def publish(self) -> None:
        """Say the word to every listening process."""

    async def close(self) -> None: ...

    @property
    def is_connected(self) -> bool:
        """Whether words from other processes reach this one at present."""


def make_bus(settings: Settings) -> Bus:
    """The bus of the settings.

    Raises:
        Misconfigured: the URL names none that Ordergraph knows, or one that cannot serve several workers.
    """
    # Each bus brings a client library that the others do without.
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
