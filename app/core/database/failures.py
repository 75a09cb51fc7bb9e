"""Which errors mean that the database is temporarily unavailable: away, restarting, full, or out of time.

Such errors are answered with `ServiceBusy`. All other driver errors are faults of a statement and are not
changed.
"""

import sqlite3

import asyncpg
import structlog
from tortoise.exceptions import BaseORMException

from app.core.refusals import ServiceBusy

# SQLSTATE classes: connection lost (08), transaction rolled back (40), out of resources (53), stopped by an
# operator or a time limit (57), system error (58).
_CLASSES = ("08", "40", "53", "57", "58")
# Single SQLSTATE codes: lock timeout, idle or long-running transaction or session ended, standby.
_STATES = ("55P03", "25P03", "25P04", "25006")
_NO_WRITES = ("53100", "25006", "58030")  # the disk is full, the database is read-only, the disk fails
_LOST = ("closed", "closing", "released back")  # messages of asyncpg about a connection that was lost earlier
_GOODBYES = (asyncpg.AdminShutdownError, asyncpg.CrashShutdownError, asyncpg.IdleSessionTimeoutError)
_CONFUSED = asyncpg.ProtocolViolationError  # in class 08, but it is a bug

_SQLITE_NO_WRITES = (
    sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN,
)  # fmt: skip
_SQLITE = (
    *_SQLITE_NO_WRITES,
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_PROTOCOL,
)  # fmt: skip

_log = structlog.get_logger("database")


def cause_of(error: BaseException) -> BaseException:
    """The driver's error, which Tortoise wraps in its own."""
    while isinstance(error, BaseORMException) and error.args and isinstance(error.args[0], BaseException):
        error = error.args[0]
    return error


def origin_of(error: BaseException) -> BaseException:
    """The first error of the driver, with more detail than "the service is busy"."""
    while isinstance(error, ServiceBusy) and error.__cause__ is not None:
        error = error.__cause__
    return cause_of(error)


def is_passing(error: BaseException) -> bool:
    """Whether the database is temporarily unavailable, as opposed to the statement being wrong."""
    cause = cause_of(error)
    if isinstance(cause, asyncpg.PostgresError):
        state = cause.sqlstate or ""
        return (state[:2] in _CLASSES or state in _STATES) and not isinstance(cause, _CONFUSED)
    if isinstance(cause, (asyncpg.InterfaceError, asyncpg.InternalClientError)):
        return is_lost_connection(cause)
    if isinstance(cause, sqlite3.Error):
        return _sqlite_code(cause) in _SQLITE
    return isinstance(cause, (ConnectionError, TimeoutError))


def is_lost_connection(error: BaseException) -> bool:
    """Whether a connection was lost; asyncpg has several exception classes for it."""
    if isinstance(error, asyncpg.InternalClientError):
        return "cannot switch to state" in str(error)  # the server is closing the connection
    if isinstance(error, asyncpg.InterfaceError):
        return any(words in str(error) for words in _LOST)
    return isinstance(error, (ConnectionError, asyncpg.PostgresConnectionError, *_GOODBYES))


def is_missing_reference(error: BaseException) -> bool:
    """Whether a written row refers to one that does not exist. SQLite reports the deletion of a row that
    others refer to with the same error.
    """
    cause = cause_of(error)
    if isinstance(cause, asyncpg.ForeignKeyViolationError):
        return "is not present" in (cause.detail or "")
    code = getattr(cause, "sqlite_errorcode", None)
    return code == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY


def prevents_writing(error: BaseException) -> bool:
    """Whether the database can be read but not written."""
    cause = cause_of(error)
    if isinstance(cause, asyncpg.PostgresError):
        return cause.sqlstate in _NO_WRITES
    return isinstance(cause, sqlite3.Error) and _sqlite_code(cause) in _SQLITE_NO_WRITES


def may_have_committed(error: BaseException) -> bool:
    """Whether a transaction may be stored although its COMMIT failed with this error.

    If PostgreSQL answers with an ERROR, it rolled back. If the connection broke, the result of the commit is
    unknown. With SQLite the result is unknown when the disk fails.
    """
    cause = cause_of(error)
    if isinstance(cause, asyncpg.PostgresError):
        return bool((cause.severity_en or cause.severity) != "ERROR")
    if isinstance(cause, sqlite3.Error):
        return _sqlite_code(cause) == sqlite3.SQLITE_IOERR
    return True


def _sqlite_code(error: sqlite3.Error) -> int:
    """The primary result code; extended result codes use the higher bits."""
    return int(getattr(error, "sqlite_errorcode", None) or 0) & 0xFF


def busy(error: BaseException) -> ServiceBusy:
    """The refusal for a read that met a temporary error."""
    note(error)
    return ServiceBusy("The service is busy. Try again shortly.")


def unknown_outcome() -> ServiceBusy:
    """What a transaction answers of which SQLite has undone a part by itself."""
    return ServiceBusy.with_unknown_outcome()


def note(error: BaseException) -> None:
    """Log a temporary error; the caller is only told that the service is busy."""
    cause = cause_of(error)
    _log.warning("database.failed", error=type(cause).__name__, state=getattr(cause, "sqlstate", None))
