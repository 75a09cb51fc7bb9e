"""From a database URL to connected models."""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tortoise import Tortoise

from app.engine import switches
from app.engine.database.sql import fetch
from app.engine.database.starting import start
from app.engine.switches import Piece
from app.settings import Misconfigured, Settings

# Every module with models, under one label: with several labels, migrations lose their order.
MODEL_MODULES = [
    "app.core.journal.models",
    "app.core.deferred.models",
    "app.core.idempotency",
    "app.access.models",
    "app.channels.models",
    "app.catalog.models",
    "app.customers.models",
    "app.stored_value.models",
    "app.promotions.models",
    "app.inventory.locations.models",
    "app.inventory.stock.models",
    "app.inventory.receiving.models",
    "app.inventory.transfers.models",
    "app.inventory.counts.models",
    "app.orders.models",
    "app.payments.models",
    "app.payments.payout_models",
    "app.bank.models",
    "app.bank.transfer_models",
    "app.suppliers.models",
    "app.fulfillment.models",
    "app.accounting.models",
    "app.notifications.models",
]


def sqlite_path(url: str) -> str:
    """The file of a `sqlite:///relative`, `sqlite:////absolute` or `sqlite://:memory:` URL."""
    rest = url.removeprefix("sqlite://")
    return rest if rest == ":memory:" else rest.removeprefix("/")


def tortoise_config(settings: Settings) -> dict[str, Any]:
    """The configuration of Tortoise for the server, the migrations and the tests.

    Raises:
        Misconfigured: the URL names no supported database.
    """
    scheme = urlsplit(settings.database_url).scheme
    if scheme == "sqlite":
        connection = _sqlite(settings)
    elif scheme in ("postgres", "postgresql"):
        connection = _postgres(settings)
    else:
        raise Misconfigured(
            f"ORDERGRAPH_DATABASE_URL must begin with sqlite:// or postgres://, not {scheme!r}."
        )
    return {
        "connections": {"default": connection},
        "apps": {
            "app": {
                "models": MODEL_MODULES,
                "default_connection": "default",
                "migrations": "app.migrations",
            }
        },
        "use_tz": True,
        "timezone": "UTC",
    }


def _sqlite(settings: Settings) -> dict[str, Any]:
    return {
        "engine": "app.core.database.sqlite",
        "credentials": {
            "file_path": sqlite_path(settings.database_url),
            "journal_mode": "WAL",
            "synchronous": "FULL",  # a committed order survives a power failure
            "busy_timeout": 10_000,
            "foreign_keys": "ON",
            "cache_size": -65_536,  # 64 MiB of pages
            "temp_store": "MEMORY",
        },
    }


def _postgres(settings: Settings) -> dict[str, Any]:
    url = urlsplit(settings.database_url)
    query = dict(parse_qsl(url.query))
    has_plain_pool = Piece.POOL in settings.engine_off
    return {
        "engine": "app.engine.database.plain_pool" if has_plain_pool else "app.core.database.postgres",
        "credentials": {
            "host": query.get("host") or url.hostname or "localhost",
            "port": url.port or 5432,
            "user": unquote(url.username or "postgres"),
            "password": unquote(url.password) if url.password else None,
            "database": unquote(url.path.lstrip("/")) or "ordergraph",
            "minsize": 1,
            "maxsize": settings.pool_size,
            "acquire_timeout": settings.pool_timeout,
            "application_name": "ordergraph",
            "server_settings": {
                "statement_timeout": _milliseconds(settings.statement_timeout),
                "lock_timeout": _milliseconds(settings.lock_timeout),
                "idle_in_transaction_session_timeout": "60000",
                "timezone": "UTC",
                "standard_conforming_strings": "on",  # searches are written with literals that need it
                # Plan each statement once per connection: planning takes as long as running most statements.
                "plan_cache_mode": "force_generic_plan",
                "jit": "off",  # compiling costs more than running any short statement
            },
            **({"ssl": query["sslmode"]} if "sslmode" in query else {}),
        },
    }


def _milliseconds(seconds: float) -> str:
    return str(int(seconds * 1000))


async def connect(settings: Settings) -> None:
    """Connect the models of this process to the database of the settings."""
    switches.on.turn_off(settings.engine_off)
    await start(tortoise_config(settings))


async def disconnect() -> None:
    await Tortoise.close_connections()


async def ping() -> None:
    """Run a statement that reads nothing; raises what it raises when the database does not answer."""
    await fetch("SELECT 1 AS one")
