"""What the commands of the command line share: the database, and errors without a traceback."""

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator, Coroutine, Iterator
from typing import Any

import typer
from rich.console import Console

from app.settings import Misconfigured, settings

console = Console()


@contextlib.asynccontextmanager
async def database(*, writes: bool = True) -> AsyncIterator[None]:
    """Connect the database for one command, without time limits.

    On SQLite, a writing command must be the only process.
    """
    gc.disable()  # imported code is never garbage
    from app import wiring

    wiring.wire()

    gc.freeze()
    gc.enable()
    from app.core.database import connect, disconnect
    from app.core.database.connecting import sqlite_path
    from app.core.database.sqlite import claim

    config = settings()
    lock = claim(sqlite_path(config.database_url)) if config.is_sqlite and writes else None
    await connect(config.without_time_limits())
    try:
        yield
    finally:
        await disconnect()
        if lock is not None:
            lock.close()


@contextlib.contextmanager
def errors_in_one_line() -> Iterator[None]:
    """Print errors that the user can correct in one line and exit with 2, instead of a traceback."""
    from tortoise.exceptions import IntegrityError, OperationalError

    from app.core.database import failures
    from app.core.database.sqlite import DatabaseInUse
    from app.core.refusals import Refusal, ServiceBusy

    try:
        yield
    except (Misconfigured, DatabaseInUse, ServiceBusy, OSError) as error:
        print_error(failures.origin_of(error))
    except Refusal as error:
        where = f" ({'.'.join(error.path)})" if error.path else ""
        print_error(f"{error.message}{where}")
    except IntegrityError as error:
        print_error(f"The database rejected the change: {error}")
    except OperationalError as error:
        print_error(error)
        if _misses_something(str(error)):
            console.print("If the database has not been migrated yet, run `ordergraph migrate`.")
    else:
        return
    raise typer.Exit(2)


def print_error(what: object) -> None:
    console.print(str(what), style="red", markup=False, highlight=False)


def _misses_something(error: str) -> bool:
    """Whether the error is a missing table or column, in SQLite or PostgreSQL."""
    return "no such" in error or "has no column" in error or "does not exist" in error


def need_key() -> None:
    """Refuse to create orders, which have tracking links, without the secret key.

    Raises:
        Misconfigured: there is none.
    """
    from app.access import secrets

    secrets.deployment_key()


def run(work: Coroutine[Any, Any, None]) -> None:
    with errors_in_one_line():
        asyncio.run(work)
