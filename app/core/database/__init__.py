"""The database: SQLite for one process, PostgreSQL for many. Connecting, and SQL that both speak."""

from app.core.database.connecting import connect, disconnect, tortoise_config
from app.core.database.sql import execute, fetch, is_postgres, number_of

__all__ = ["connect", "disconnect", "execute", "fetch", "is_postgres", "number_of", "tortoise_config"]
