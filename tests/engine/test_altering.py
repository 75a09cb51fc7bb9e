"""Altered tables keep their indexes and constraints."""

from pathlib import Path
from typing import Any

import pytest
from tortoise import fields
from tortoise.connection import get_connection
from tortoise.exceptions import IntegrityError
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.schema_generator.state import State
from tortoise.migrations.schema_generator.state_apps import StateApps

from app.core.database.migrating import CreateCheckedModel, Migration
from tests.conftest import ON_POSTGRES
from tests.migrations import checks, empty_database, structure

pytestmark = pytest.mark.on_both

PARCEL = ops.CreateModel(
    name="Parcel",
    fields=[
        ("id", fields.IntField(primary_key=True)),
        ("code", fields.CharField(max_length=9, unique=True)),
    ],
    options={"app": "app", "table": "parcel"},
)
ITEM = CreateCheckedModel(
    name="Item",
    fields=[
        ("id", fields.IntField(primary_key=True)),
        ("parcel", fields.ForeignKeyField("app.Parcel", related_name="items", db_index=True)),
        ("sku", fields.CharField(max_length=9, unique=True)),
        ("quantity", fields.IntField(db_index=True)),
        ("note", fields.CharField(max_length=9, null=True)),
        ("shelf", fields.CharField(max_length=9)),
    ],
    options={
        "app": "app",
        "table": "item",
        "unique_together": (("parcel", "shelf"),),
        "indexes": [Index(fields=["note", "quantity"])],
        "constraints": [CheckConstraint(check="quantity > 0", name="item_of_something")],
    },
)


class Changes:
    """A database with parcels and items, to which migration operations are applied."""

    def __init__(self) -> None:
        self._state = State({}, StateApps({"app": "default"}))

    async def apply(self, *operations: Any) -> None:
        made = type("Made", (Migration,), {"operations": list(operations)})("0001", "app")
        executor = MigrationExecutor(get_connection("default"), {})
        await made.apply(self._state, schema_editor=executor._schema_editor(atomic=False))

    async def indexes(self) -> set[tuple[str, bool]]:
        """The columns of the indexes of items, and whether they are unique, without the primary key."""
        found = [part for part in await structure(get_connection("default")) if part[:2] == ("item", "index")]
        return {(part[4], part[2] in (1, "true")) for part in found if part[3] in (0, "false")}


ALL = {
    ("parcel_id", False),
    ("sku", True),
    ("quantity", False),
    ("parcel_id,shelf", True),
    ("note,quantity", False),
}


@pytest.fixture
async def changes(tmp_path: Path) -> Any:
    async with empty_database(tmp_path):
        made = Changes()
        await made.apply(PARCEL, ITEM)
        await _run("INSERT INTO parcel (id, code) VALUES (1, 'P1')")
        await _run("INSERT INTO item (id, parcel_id, sku, quantity, shelf) VALUES (1, 1, 'A', 2, 'S')")
        yield made


async def _run(statement: str) -> Any:
    return (await get_connection("default").execute_query(statement))[1]


async def test_altering_a_column_preserves_the_indexes_and_constraints_of_the_table(changes: Changes):
    assert await changes.indexes() == ALL
    await changes.apply(
        ops.AlterField("Item", "note", fields.CharField(max_length=20, default="", null=True))
    )
    assert await changes.indexes() == ALL
    assert await checks(get_connection("default")) == {"item_of_something"}
    (row,) = await _run("SELECT sku, quantity, shelf FROM item")
    assert tuple(dict(row).values()) == ("A", 2, "S")
    for broken in ("2, 1, 'A', 1, 'T'", "2, 1, 'B', 1, 'S'", "2, 1, 'B', 0, 'T'", "2, 9, 'B', 1, 'T'"):
        with pytest.raises(IntegrityError):
            await _run(f"INSERT INTO item (id, parcel_id, sku, quantity, shelf) VALUES ({broken})")


async def test_an_index_of_a_column_is_dropped_and_created(changes: Changes):
    await changes.apply(ops.AlterField("Item", "quantity", fields.IntField()))
    assert await changes.indexes() == ALL - {("quantity", False)}
    await changes.apply(ops.AlterField("Item", "quantity", fields.IntField(db_index=True)))
    assert await changes.indexes() == ALL


async def test_a_new_column_is_created_with_its_index(changes: Changes):
    await changes.apply(
        ops.AddField("Item", "box", fields.ForeignKeyField("app.Parcel", related_name=False, null=True, db_index=True)),
        ops.AddField("Item", "due_on", fields.DateField(null=True, db_index=True)),
        ops.AddField("Item", "serial", fields.CharField(max_length=9, null=True, unique=True)),
    )  # fmt: skip
    assert await changes.indexes() == ALL | {("box_id", False), ("due_on", False), ("serial", True)}


async def test_removing_a_column_drops_its_indexes_and_no_others(changes: Changes):
    await changes.apply(ops.RemoveField("Item", "note"))
    assert await changes.indexes() == ALL - {("note,quantity", False)}
    assert len(await _run("SELECT * FROM item")) == 1


async def test_a_column_is_removed_from_a_table_that_others_refer_to(changes: Changes):
    await changes.apply(ops.AddField("Parcel", "weight", fields.IntField(null=True, db_index=True)))
    await changes.apply(ops.RemoveField("Parcel", "weight"))
    assert [dict(row) for row in await _run("SELECT * FROM parcel")] == [{"id": 1, "code": "P1"}]
    assert len(await _run("SELECT * FROM item")) == 1


async def test_removing_a_unique_constraint_drops_nothing_else(changes: Changes):
    await changes.apply(ops.RemoveConstraint("Item", fields=["parcel", "shelf"]))
    assert await changes.indexes() == ALL - {("parcel_id,shelf", True)}
    await _run("INSERT INTO item (id, parcel_id, sku, quantity, shelf) VALUES (2, 1, 'B', 1, 'S')")


@pytest.mark.parametrize(
    "change",
    [
        ops.AlterField("Parcel", "code", fields.CharField(max_length=9, unique=True, null=True)),
        ops.AddConstraint("Parcel", CheckConstraint(check="id > 0", name="parcel_numbered")),
    ],
)
async def test_sqlite_refuses_to_recreate_a_table_that_others_refer_to(changes: Changes, change: Any):
    """SQLite would treat the items as if their parcels were deleted."""
    if ON_POSTGRES:
        await changes.apply(change)
    else:
        with pytest.raises(RuntimeError, match="because item refer to its rows"):
            await changes.apply(change)
    assert len(await _run("SELECT * FROM item")) == 1
