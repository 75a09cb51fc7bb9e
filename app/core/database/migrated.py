"""Whether a database is up to date, without loading the models."""

import pkgutil
from pathlib import Path
from typing import Any

from tortoise import Tortoise
from tortoise.connection import get_connection
from tortoise.context import TortoiseContext
from tortoise.exceptions import OperationalError

from app import migrations

_ANY = ["app.core.deferred.models"]  # Tortoise connects only with models; this module imports nothing else


async def is_up_to_date(config: dict[str, Any]) -> bool:
    """Whether all migrations of this version were applied to the database.

    Loading the models and migrations takes a second, which most starts of a server do not need.
    """
    if _is_not_made(config):
        return False
    async with TortoiseContext() as context:
        await context.init(config={**config, "apps": {"app": {**config["apps"]["app"], "models": _ANY}}})
        try:
            _, rows = await get_connection("default").execute_query("SELECT name FROM tortoise_migrations")
        except OperationalError:  # an empty database does not have the table
            return False
        finally:
            await Tortoise.close_connections()
    there = {module.name for module in pkgutil.iter_modules(migrations.__path__) if not module.ispkg}
    return {row["name"] for row in rows} >= there


def _is_not_made(config: dict[str, Any]) -> bool:
    """Whether the configuration names a SQLite file that does not exist yet."""
    path = config["connections"]["default"]["credentials"].get("file_path")
    return path is not None and not Path(path).exists()
