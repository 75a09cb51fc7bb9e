"""Errors of an unavailable database become `ServiceBusy`; they leak no connection or lock, and an unknown outcome
is reported as unknown.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
from tortoise.exceptions import OperationalError

from app.channels.models import Channel
from app.core import transaction
from app.core.database import execute, failures, fetch, is_postgres, tortoise_config
from app.core.database.postgres import Client
from app.core.refusals import ServiceBusy
from app.settings import settings
from tests import make
from tests.ask import PLACE, Api, order_input
from tests.conftest import _DATABASE, ON_POSTGRES
from tests.statements import statements

on_postgres = pytest.mark.skipif(not ON_POSTGRES, reason="SQLite has no such state")
on_sqlite = pytest.mark.skipif(ON_POSTGRES, reason="PostgreSQL has no such state")
# Serialization, deadlock, lock and statement time limits, disk full, memory, connections, shutdown, a
# standby, I/O.
STATES = ["40001", "40P01", "55P03", "57014", "53100", "53200", "53300", "57P01", "57P03", "25006", "58030"]


def _raising(state: str) -> str:
    return f"DO $$ BEGIN RAISE EXCEPTION 'for the test' USING ERRCODE = '{state}'; END $$"


@on_postgres
@pytest.mark.parametrize("state", STATES)
async def test_temporary_database_errors_become_service_busy(state: str, clean: None):
    with pytest.raises(ServiceBusy):
        await execute(_raising(state))
    with pytest.raises(ServiceBusy) as caught:
        await transaction.run(lambda: execute(_raising(state)))
    assert not caught.value.is_outcome_unknown
    assert await fetch("SELECT 1 AS one")


@on_postgres
@pytest.mark.parametrize("state", ["42703", "23514", "22003", "XX000"])
async def test_errors_of_a_statement_do_not_become_service_busy(state: str, clean: None):
    for run in (execute, lambda sql: transaction.run(lambda: execute(sql))):
        with pytest.raises(Exception, match="for the test") as caught:
            await run(_raising(state))
        assert not isinstance(caught.value, ServiceBusy)


CODES = {
    "SQLITE_BUSY", "SQLITE_BUSY_SNAPSHOT", "SQLITE_LOCKED", "SQLITE_FULL", "SQLITE_READONLY", "SQLITE_CANTOPEN",
    "SQLITE_IOERR", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_FSYNC", "SQLITE_NOMEM",
}  # fmt: skip


@pytest.mark.parametrize("name", [*sorted(CODES), "SQLITE_ERROR", "SQLITE_CORRUPT", "SQLITE_TOOBIG"])
def test_temporary_error_codes_of_sqlite_are_distinguished_from_others(name: str):
    error = sqlite3.OperationalError(name)
    error.sqlite_errorcode = getattr(sqlite3, name)
    assert failures.is_passing(OperationalError(error)) == (name in CODES)


@on_postgres
async def test_a_statement_that_fails_after_preparation_does_not_time_out_the_next_one(clean: None):
    """The server's time limit counts from the preparation; it must not stop the next statement."""
    async with _client_of_one_connection() as client:
        for number in range(2):
            with pytest.raises(OperationalError):  # raised by the driver before execution
                await client.fetch_directly(f"SELECT {number} + $1::int AS n", ["no number"])
            await asyncio.sleep(0.7)  # longer than the time limit
            assert await client.fetch_directly("SELECT 1 AS one", [])


@on_postgres
async def test_a_statement_cancelled_at_any_time_does_not_stay_active(clean: None):
    """Also between its preparation and its execution, when the driver has nothing to cancel."""
    watcher = await asyncpg.connect(_DATABASE)
    try:
        async with _client_of_one_connection() as client:
            own = (await client.fetch_directly("SELECT pg_backend_pid() AS pid", []))[0]["pid"]
            for number in range(400):
                task = asyncio.ensure_future(client.fetch_directly(f"SELECT {number} + $1::int AS n", [1]))
                for _ in range(number % 20):
                    await asyncio.sleep(0)
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                state = await watcher.fetchval("SELECT state FROM pg_stat_activity WHERE pid = $1", own)
                if state is None:  # it was closed instead
                    own = (await client.fetch_directly("SELECT pg_backend_pid() AS pid", []))[0]["pid"]
                else:
                    assert state == "idle", number
    finally:
        await watcher.close()


@asynccontextmanager
async def _client_of_one_connection() -> AsyncIterator[Client]:
    """A client like the application's, with one connection whose statements may take 0.6 seconds."""
    given = tortoise_config(settings())["connections"]["default"]["credentials"]
    limits = given["server_settings"] | {"statement_timeout": "600"}
    client = Client(**given | {"maxsize": 1, "server_settings": limits}, connection_name="one")
    await client.create_connection(with_db=True)
    try:
        yield client
    finally:
        await client.close()


@on_postgres
async def test_connections_terminated_by_the_server_are_replaced(api: Api):
    await make.shop()
    for _ in range(12):  # more often than the pool has connections
        await _end_all_others()
        busy = await asyncio.gather(
            *(transaction.run(lambda: fetch("SELECT 1 AS one")) for _ in range(3)), return_exceptions=True
        )
        assert all(isinstance(each, (list, ServiceBusy)) for each in busy), busy
    async with asyncio.timeout(20):
        all_at_once = asyncio.Barrier(8)

        async def meeting() -> None:
            await Channel.all().count()
            await all_at_once.wait()

        await asyncio.gather(*(transaction.run(meeting) for _ in range(8)))


async def _end_all_others() -> None:
    connection = await asyncpg.connect(_DATABASE)
    try:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND application_name = 'ordergraph'"
        )
    finally:
        await connection.close()


@on_sqlite
async def test_a_transaction_that_cannot_begin_holds_no_lock(clean: None):
    other = sqlite3.connect(_DATABASE.removeprefix("sqlite:///"), isolation_level=None)
    await fetch("PRAGMA busy_timeout = 50")
    try:
        other.execute("BEGIN IMMEDIATE")
        for _ in range(3):
            async with asyncio.timeout(10):
                with pytest.raises(ServiceBusy):
                    await make.shop()
        other.execute("ROLLBACK")
        async with asyncio.timeout(10):
            await make.shop()
    finally:
        other.close()
        await fetch("PRAGMA busy_timeout = 10000")


@on_sqlite
async def test_a_transaction_whose_commit_fails_is_rolled_back(clean: None):
    async def body() -> None:
        await execute("PRAGMA defer_foreign_keys = ON")
        await execute("UPDATE shipping_method SET channel_id = 'nowhere'")

    shop = await make.shop()
    with pytest.raises(Exception, match="FOREIGN KEY"):
        await transaction.run(body)
    assert await fetch("SELECT id FROM shipping_method WHERE channel_id = $1", shop.channel.id)
    await make.shop("another")


@on_sqlite
async def test_a_transaction_that_sqlite_rolled_back_within_a_savepoint_is_not_reported_as_stored(
    clean: None,
):
    """SQLite rolls back like this when the disk is full or fails; a later statement would then commit by itself."""
    await make.shop()

    async def rolled_back() -> None:
        await execute("ROLLBACK")
        raise OperationalError("why it was rolled back")

    async def body() -> None:
        await execute("UPDATE channel SET name = 'First'")
        await transaction.savepoint(rolled_back)

    async def continues() -> None:
        with contextlib.suppress(OperationalError):
            await body()

    with pytest.raises(OperationalError, match="why it was rolled back"):
        await transaction.run(body)
    with pytest.raises(ServiceBusy) as unknown:
        await transaction.run(continues)
    assert unknown.value.is_outcome_unknown
    assert (await Channel.get()).name != "First"
    await make.shop("another")


CREATE = """mutation($code: String!) { channelCreate(input: {code: $code, name: "N", currency: "USD"}) {
  __typename ... on UserError { errorCode message } ... on ServiceBusy { retryAfter isOutcomeUnknown } } }"""


@on_postgres
async def test_a_commit_whose_confirmation_is_lost_has_an_unknown_outcome(api: Api):
    staff = api.as_(await make.token())
    async with _at_commit("channel", "PERFORM pg_terminate_backend(pg_backend_pid())"):
        found = await staff.do(CREATE, code="x")
    assert found["__typename"] == "ServiceBusy" and found["isOutcomeUnknown"] is True
    assert "idempotencyKey" in found["message"] and "Nothing was changed" not in found["message"]
    assert (await staff.do(CREATE, code="y"))["__typename"] == "Channel"


@on_postgres
async def test_a_commit_that_the_server_refuses_is_rolled_back(api: Api):
    staff = api.as_(await make.token())
    async with _at_commit("channel", "RAISE EXCEPTION 'no room' USING ERRCODE = '53100'"):
        found = await staff.do(CREATE, code="x")
    assert found == {
        "__typename": "ServiceBusy",
        "errorCode": "SERVICE_BUSY",
        "message": "The service is busy. Nothing was changed; try again shortly.",
        "retryAfter": 1,
        "isOutcomeUnknown": False,
    }
    assert await Channel.all().count() == 0


@on_postgres
async def test_a_retry_with_the_same_idempotency_key_is_safe_after_an_unknown_outcome(api: Api):
    shop = await make.shop()
    await shop.sell("A", stock=10)
    async with _at_commit("sales_order", "PERFORM pg_terminate_backend(pg_backend_pid())"):
        lost = await api.do(PLACE, input=order_input(("A", 1)), key="k")
    assert lost["__typename"] == "ServiceBusy"
    placed = [(await api.do(PLACE, input=order_input(("A", 1)), key="k"))["number"] for _ in range(2)]
    assert len(set(placed)) == 1
    assert (await fetch("SELECT count(*) AS n FROM sales_order"))[0]["n"] == 1


@asynccontextmanager
async def _at_commit(table: str, what: str) -> AsyncIterator[None]:
    """Run a statement at the COMMIT of every transaction that inserts into a table."""
    connection = await asyncpg.connect(_DATABASE)
    try:
        await connection.execute(
            f"CREATE FUNCTION at_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {what}; RETURN NULL; END $$;"
            f'CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON "{table}" DEFERRABLE INITIALLY DEFERRED '
            "FOR EACH ROW EXECUTE FUNCTION at_commit()"
        )
        yield
    finally:
        await connection.execute("DROP FUNCTION IF EXISTS at_commit() CASCADE")
        await connection.close()


async def _fill(api: Api) -> dict[str, Any]:
    """Store data through the API until the disk is full."""
    for number in range(400):
        found = await api.do(CREATE, code=f"c{number}")
        if found["__typename"] != "Channel":
            return found
    raise AssertionError("the disk is not full")


@asynccontextmanager
async def _no_room() -> AsyncIterator[None]:
    """A database with a full disk: SQLite may add no pages; in PostgreSQL, triggers raise the error of a full disk."""
    if not is_postgres():
        pages = (await fetch("PRAGMA page_count"))[0]["page_count"]
        await fetch(f"PRAGMA max_page_count = {pages + 2}")
        try:
            yield
        finally:
            await fetch("PRAGMA max_page_count = 1073741823")
        return
    connection = await asyncpg.connect(_DATABASE)
    raising = "RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'"
    try:
        await connection.execute(
            f"CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {raising}; END $$;"
            + "".join(
                f'CREATE TRIGGER no_room BEFORE INSERT ON "{table}" FOR EACH ROW EXECUTE FUNCTION no_room();'
                for table in ("channel", "idempotency_key")
            )
        )
        yield
    finally:
        await connection.execute("DROP FUNCTION IF EXISTS no_room() CASCADE")
        await connection.close()


async def test_a_full_disk_is_reported_by_commands_and_by_readiness_until_space_is_free(api: Api):
    staff = api.as_(await make.token())
    assert (await api.client.get("/health/ready")).json() == {"status": "ready"}
    async with _no_room():
        found = await _fill(staff)
        assert found["__typename"] == "ServiceBusy" and found["isOutcomeUnknown"] is False
        before = await Channel.all().count()
        for _ in range(3):
            ready = await api.client.get("/health/ready")
            assert (ready.status_code, ready.json()["status"]) == (503, "the database is not writable")
        assert (await api.client.get("/health/live")).status_code == 200
        assert len((await staff.ask("{ channels { nodes { id } } }"))["channels"]["nodes"]) >= min(before, 20)
    ready = await api.client.get("/health/ready")
    assert (ready.status_code, ready.json()) == (200, {"status": "ready"})
    assert (await staff.do(CREATE, code="room"))["__typename"] == "Channel"
    assert (await fetch("SELECT count(*) AS n FROM idempotency_key"))[0]["n"] == 0


@on_sqlite
async def test_a_read_only_database_is_reported_by_commands_and_by_readiness(api: Api):
    staff = api.as_(await make.token())
    await fetch("PRAGMA query_only = ON")
    try:
        assert (await staff.do(CREATE, code="x"))["__typename"] == "ServiceBusy"
        assert (await api.client.get("/health/ready")).status_code == 503
    finally:
        await fetch("PRAGMA query_only = OFF")
    assert (await api.client.get("/health/ready")).status_code == 200


async def test_readiness_checks_write_nothing_while_the_database_works(api: Api):
    with statements() as ran:
        for _ in range(3):
            assert (await api.client.get("/health/ready")).status_code == 200
    assert len(ran) == 3 and all(each.startswith("SELECT ") for each in ran), ran
