"""Migrations use the models of their own state, and each model is finalised only when it changes."""

from pathlib import Path
from typing import Any

import pytest
from tortoise import Tortoise, fields
from tortoise.connection import get_connection
from tortoise.context import TortoiseContext
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor import SqliteSchemaEditor
from tortoise.migrations.schema_generator.state import State
from tortoise.migrations.schema_generator.state_apps import StateApps
from tortoise.models import MetaInfo

from app.core.database import tortoise_config
from app.core.database.migrated import is_up_to_date
from app.core.database.migrating import Migration
from app.settings import settings
from tests.migrations import database_at


async def write_rows(apps: Any, _editor: Any) -> None:
    parcel, item = apps.get_model("app", "Parcel"), apps.get_model("app", "Item")
    made = await parcel.create(code="P1", weight=3)
    await item.create(parcel=made, quantity=2)


async def read_rows(apps: Any, _editor: Any) -> None:
    item = apps.get_model("app", "Item")
    found = await item.filter(parcel__weight=3, note="").values("quantity", "parcel__code")
    assert found == [{"quantity": 2, "parcel__code": "P1"}]


class Tables(Migration):
    operations = [
        ops.CreateModel(
            name="Parcel",
            fields=[("id", fields.IntField(primary_key=True)), ("code", fields.CharField(max_length=9))],
            options={"app": "app", "table": "parcel"},
        ),
        ops.CreateModel(
            name="Item",
            fields=[
                ("id", fields.IntField(primary_key=True)),
                ("parcel", fields.ForeignKeyField("app.Parcel", related_name="items")),
                ("quantity", fields.IntField()),
            ],
            options={"app": "app", "table": "item"},
        ),
        ops.AddField("Parcel", "weight", fields.IntField(default=0, db_default=0)),
        ops.RunPython(write_rows),
    ]


class More(Migration):
    operations = [
        ops.CreateModel(
            name="Box",
            fields=[("id", fields.IntField(primary_key=True))],
            options={"app": "app", "table": "box"},
        ),
        ops.AddField("Item", "note", fields.CharField(max_length=9, default="", db_default="")),
        ops.RunPython(read_rows),
    ]


@pytest.fixture
async def editor(tmp_path: Path) -> Any:
    config = tortoise_config(settings().model_copy(update={"database_url": f"sqlite:///{tmp_path}/new.db"}))
    async with TortoiseContext() as context:
        await context.init(config=config)
        yield SqliteSchemaEditor(get_connection("default"), atomic=False)
        await Tortoise.close_connections()


@pytest.mark.divided  # on SQLite in any case
async def test_a_migration_queries_the_models_as_they_were_at_its_time(editor: Any):
    state = State({}, StateApps({"app": "default"}))
    await Tables("0001", "app").apply(state, schema_editor=editor)
    await More("0002", "app").apply(state, schema_editor=editor)


@pytest.mark.divided
async def test_a_model_is_finalised_once_for_each_of_its_changes(
    editor: Any, monkeypatch: pytest.MonkeyPatch
):
    finalised: list[str] = []
    finalise = MetaInfo.finalise_model

    def recorded(self: MetaInfo) -> None:
        finalised.append(self._model.__name__)
        finalise(self)

    monkeypatch.setattr(MetaInfo, "finalise_model", recorded)
    state = State({}, StateApps({"app": "default"}))
    await Tables("0001", "app").apply(state, schema_editor=editor)
    await More("0002", "app").apply(state, schema_editor=editor)
    # Parcel when it is created; then both at each of three steps, because they refer to each other; Box when
    # it is created.
    assert sorted(finalised) == ["Box", *["Item"] * 3, *["Parcel"] * 4]


async def test_a_database_is_up_to_date_if_every_migration_of_this_version_was_applied(
    tmp_path: Path, clean: None
):
    assert await is_up_to_date(tortoise_config(settings()))
    async with database_at("0001_initial", tmp_path) as old:
        assert not await is_up_to_date(old.config)
    empty = settings().model_copy(update={"database_url": f"sqlite:///{tmp_path}/empty.db"})
    assert not await is_up_to_date(tortoise_config(empty))
