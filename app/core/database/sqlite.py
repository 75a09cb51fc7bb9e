"""The SQLite client that Tortoise finds by this module's name, and one process at a time for each file."""

import contextlib
import fcntl
import os
import stat
from typing import IO, Any, TypeVar

from app.core.database import failures
from app.engine.database.sqlite import ImmediateClient

T = TypeVar("T")


class Client(ImmediateClient):
    failures = failures

    def prepare_file(self) -> None:
        if self.filename != ":memory:":
            restrict_to_owner(self.filename)

    def upper(self, text: T) -> T | str:
        return upper(text)


client_class = Client


def restrict_to_owner(path: str) -> None:
    """Restrict the file permissions: a new file is readable by its owner only, an old one no longer by
    everybody.

    SQLite gives its `-wal` and `-shm` files the mode of the database file.
    """
    with contextlib.suppress(OSError):  # it exists, or SQLite will report why it cannot be created
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    for each in (path, f"{path}-wal", f"{path}-shm"):
        with contextlib.suppress(FileNotFoundError, PermissionError):  # a file of another owner is left alone
            mode = stat.S_IMODE(os.stat(each).st_mode)
            if mode & 0o007:
                os.chmod(each, mode & ~0o007)


def upper(text: T) -> T | str:
    """A text in capitals letter by letter, as PostgreSQL's `upper`; letters without a single capital stay."""
    if not isinstance(text, str):
        return text
    if text.isascii():
        return text.upper()
    return "".join(big if len(big := each.upper()) == 1 else each for each in text)


class DatabaseInUse(RuntimeError):
    """Another process uses this SQLite file."""


def claim(path: str) -> IO[Any] | None:
    """Make this process the only writer of the file until the returned handle closes.

    Raises:
        DatabaseInUse: another process holds it.
    """
    if path == ":memory:":
        return None
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    # Kept open on purpose: closing it releases the lock.
    handle = os.fdopen(os.open(path + ".lock", os.O_WRONLY | os.O_CREAT, 0o600), "w")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        handle.close()
        raise DatabaseInUse(
            f"{path} is in use by another Ordergraph process. SQLite serves one process: stop the other "
            "one first, or use PostgreSQL (ORDERGRAPH_DATABASE_URL=postgres://…)."
        ) from error
    return handle
