"""Starting Tortoise."""

from typing import Any

from tortoise import Tortoise


async def start(config: dict[str, Any]) -> None:
    """Connect the models of this process. All tasks and threads of it use the same connections."""
    await Tortoise.init(config=config, _enable_global_fallback=True)
