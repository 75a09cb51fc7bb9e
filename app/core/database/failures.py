"""Which errors say that the database cannot serve now: away, restarting, full, or out of time.

Such an error is nobody's mistake and passes. Whatever raises it answers `ServiceBusy`. All other errors of
the drivers are faults of a statement and stay what they are.
"""

import sqlite3

import asyncpg
import structlog
from tortoise.exceptions import BaseORMException

from app.core.refusals import ServiceBusy

# Of SQLSTATE, the classes: connection lost (08), transaction rolled back (40), out of resources (53), stopped
# by an operator or a time limit (57), fault of the system below (58).
_CLASSES = ("08", "40", "53", "57", "58")
# And single states: a lock was not free in time, a session or transaction sat idle or ran for too long, a
# standby.
_STATES = ("55P03", "25P03", "25P04", "25006")
_NO_WRITES = ("53100", "25006", "58030")  # the disk is full, the database is read-only, the disk fails
_LOST = ("closed", "closing", "released back")  # how asyncpg refuses a connection that was lost before
_GOODBYES = (asyncpg.AdminShutdownError, asyncpg.CrashShutdownError, asyncpg.IdleSessionTimeoutError)
_CONFUSED = asyncpg.ProtocolViolationError  # of class 08, and a bug

_SQLITE_NO_WRITES = (
    sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN,
)  # fmt: skip
_SQLITE = (
    *_SQLITE_NO_WRITES,
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_PROTOCOL,
)  # fmt: skip

_log = structlog.get_logger("database")


def cause_of(error: BaseException) -> BaseException:
    """The driver's own error, which Tortoise wraps in one of its own."""
    while isinstance(error, BaseORMException) and error.args and isinstance(error.args[0], BaseException):
        error = error.args[0]
    return error


def origin_of(error: BaseException) -> BaseException:
    """What the driver said first: at a terminal that is more than that the service is busy."""
    while isinstance(error, ServiceBusy) and error.__cause__ is not None:
        error = error.__cause__
    return cause_of(error)


def is_passing(error: BaseException) -> bool:
    """Whether the database could not serve a statement now, as opposed to a statement that is wrong."""
    cause = cause_of(error)
    if isinstance(cause, asyncpg.PostgresError):
        state = cause.sqlstate or ""
        return (state[:2] in _CLASSES or state in _STATES) and not isinstance(cause, _CONFUSED)
    if isinstance(cause, (asyncpg.InterfaceError, asyncpg.InternalClientError)):
        return is_of_a_lost_connection(cause)
    if isinstance(cause, sqlite3.Error):
        return _sqlite_code(cause) in _SQLITE
    return isinstance(cause, (ConnectionError, TimeoutError))


def is_of_a_lost_connection(error: BaseException) -> bool:
    """Whether a connection was lost, now or before: asyncpg has several classes for that."""
    if isinstance(error, asyncpg.InternalClientError):
        return "cannot switch to state" in str(error)  # the server has said goodbye, and is not gone yet
    if isinstance(error, asyncpg.InterfaceError):
        return any(words in str(error) for words in _LOST)
    return isinstance(error, (ConnectionError, asyncpg.PostgresConnectionError, *_GOODBYES))


def keeps_from_writing(error: BaseException) -> bool:
    """Whether the database still answers but cannot store anything."""
    cause = cause_of(error)
    if isinstance(cause, asyncpg.PostgresError):
        return cause.sqlstate in _NO_WRITES
    return isinstance(cause, sqlite3.Error) and _sqlite_code(cause) in _SQLITE_NO_WRITES


def leaves_commit_open(error: BaseException) -> bool:
    """Whether a transaction whose COMMIT ended so may be stored after all.

    PostgreSQL rolls back what it answers with an ERROR. Where the connection broke instead, the answer was
    lost and the commit may not be. SQLite does not know what a failing disk has kept.
    """
    cause = cause_of(error)
    if isinstance(cause, asyncpg.PostgresError):
        return bool((cause.severity_en or cause.severity) != "ERROR")
    if isinstance(cause, sqlite3.Error):
        return _sqlite_code(cause) == sqlite3.SQLITE_IOERR
    return True


def _sqlite_code(error: sqlite3.Error) -> int:
    """The primary result code: extended ones say more in their higher bits."""
    return int(getattr(error, "sqlite_errorcode", None) or 0) & 0xFF


def busy(error: BaseException) -> ServiceBusy:
    """What a read answers that met a passing error."""
    note(error)
    return ServiceBusy("The service is busy. Try again shortly.")


def note(error: BaseException) -> None:
    """Write a passing error to the log: the caller is told only that the service is busy."""
    cause = cause_of(error)
    _log.warning("database.failed", error=type(cause).__name__, state=getattr(cause, "sqlstate", None))
