"""A migrated database has the tables of the models, from any starting point."""

import re
from pathlib import Path
from typing import Any

import pytest
from drilling.databases import Databases, Postgres, Sqlite
from tortoise import Tortoise
from tortoise.connection import get_connection

from app.fulfillment import queries as fulfillment
from app.inventory.stock import queries as inventory
from app.orders import queries as orders
from app.payments import queries as payments
from tests import services
from tests.conftest import ON_POSTGRES
from tests.migrations import OldDatabase, checks, database_at, empty_database, structure

pytestmark = pytest.mark.on_both

# Their key is all of their columns, which models cannot express; see migration 0025.
SEARCH_TABLES = ("customer_search", "order_search")
# PostgreSQL's index for word prefixes; see migration 0002.
PREFIXES = ("search_word", "index", "false", "false", "word,product_id", "")
AT = "2026-01-01 00:00:00+00:00"
ID = "00000000-0000-7000-8000-00000000000"


@pytest.fixture
async def of_models(tmp_path: Path) -> set[tuple[Any, ...]]:
    """The structure of a database created from the present models."""
    async with empty_database(tmp_path):
        await Tortoise.generate_schemas()
        return without_search(await structure(get_connection("default")))


def without_search(found: set[tuple[Any, ...]]) -> set[tuple[Any, ...]]:
    return {part for part in found if part[0] not in SEARCH_TABLES and part != PREFIXES}


async def test_migrations_create_the_tables_of_the_models(of_models: set[tuple[Any, ...]], clean: None):
    found = await structure(get_connection("default"))
    assert without_search(found) == of_models
    keys = {part[4] for part in found if part[0] in SEARCH_TABLES and part[1] == "index"}
    owners = ("customer_id", "order_id")
    assert keys == {each for owner in owners for each in (f"{owner},kind,token", f"token,kind,{owner}")}


async def test_migrations_create_every_check_constraint_of_the_models(clean: None):
    assert Tortoise.apps is not None
    models = Tortoise.apps["app"].values()
    named = {each.name for model in models for each in model._meta.constraints or ()}
    assert len(named) > 30
    assert await checks(get_connection("default")) == named


async def test_the_migrated_database_of_the_first_version_matches_the_models_and_is_consistent(
    of_models: set[tuple[Any, ...]], tmp_path: Path
):
    databases: Databases = Postgres(services.postgres_url()) if ON_POSTGRES else Sqlite(tmp_path)
    async with empty_database(tmp_path) as old:
        await databases.load_first_version(old.url)
        (before,) = await old.rows("SELECT COUNT(*) AS n FROM sales_order")
        await old.bring_up_to_date()
        assert without_search(await old.structure()) == of_models
        assert await old.rows("SELECT COUNT(*) AS n FROM sales_order") == [before]
        assert before["n"] > 100
        for each in (inventory, orders, payments, fulfillment):
            assert await each.differences() == []


async def test_indexes_lost_by_earlier_migrations_are_recreated(
    of_models: set[tuple[Any, ...]], tmp_path: Path
):
    request = (
        "INSERT INTO account_request (id, purpose, email, name, token_hash, mailbox, hour, nth, expires_at, created_at) "
        f"VALUES ('{ID}{{n}}', 'register', 'a@example.com', '', '{{n}}', '{{mailbox}}', '{AT}', {{nth}}, '{AT}', '{AT}')"
    )
    async with database_at("0044_sign_in_and_staff", tmp_path) as old:
        await lose_indexes(old)
        numbered = (("1", "a", 1), ("2", "a", 1), ("3", "a", 2), ("4", "b", 1))
        await old.run(*(request.format(n=n, mailbox=mailbox, nth=nth) for n, mailbox, nth in numbered))
        await old.bring_up_to_date()
        assert without_search(await old.structure()) == of_models
        found = await old.rows("SELECT mailbox, nth FROM account_request ORDER BY id")
    assert [(row["mailbox"], row["nth"]) for row in found] == [("a", 1), ("a", 2), ("a", 3), ("b", 1)]


async def lose_indexes(old: OldDatabase) -> None:
    """Drop the indexes that earlier versions lost, and those of one more table."""
    rows = await old.rows(_INDEXES_OF_POSTGRES if ON_POSTGRES else _INDEXES_OF_SQLITE)
    lost = [
        row for row in rows if row["place"] in ("account_request", "message", "reservation", "order_hold")
    ]
    assert len(lost) > 9
    for row in lost:
        rule = f'ALTER TABLE {row["place"]} DROP CONSTRAINT "{row["name"]}"'
        await old.run(rule if row["is_rule"] else f'DROP INDEX "{row["name"]}"')
    if not ON_POSTGRES:  # constraints are part of the table's definition
        (table,) = await old.rows("SELECT sql FROM sqlite_master WHERE name = 'account_request'")
        without, times = re.subn(r',\s*CONSTRAINT "[^"]*" UNIQUE \([^)]*\)', "", table["sql"])
        assert times == 1
        await old.run("DROP TABLE account_request", without)


_INDEXES_OF_SQLITE = (
    "SELECT tbl_name AS place, name, 0 AS is_rule FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
)
_INDEXES_OF_POSTGRES = """
    SELECT i.indrelid::regclass::text AS place, i.indexrelid::regclass::text AS name, c.oid IS NOT NULL AS is_rule
      FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype = 'u'
      JOIN pg_class t ON t.oid = i.indrelid AND t.relnamespace = 'public'::regnamespace WHERE NOT i.indisprimary
"""
