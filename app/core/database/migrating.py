"""What Tortoise's migrations leave out."""

import re
from pathlib import Path
from typing import Any

from tortoise import migrations
from tortoise.context import TortoiseContext
from tortoise.migrations import operations as ops
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.constraints import CheckConstraint
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_generator.state import State
from tortoise.migrations.schema_generator.state_apps import StateApps
from tortoise.migrations.writer import MigrationWriter, format_migration_name
from tortoise.models import Model

# What these do to a database follows from the state after them alone.
_LOOK_AHEAD = (
    ops.CreateModel, ops.AddField, ops.AddIndex, ops.AddConstraint, ops.AlterModelOptions, ops.RunPython,
)  # fmt: skip


class ModelsOfThatTime(StateApps):
    """The models as they are at one migration, each made ready for queries once.

    Tortoise 1.1.9 makes all of them ready again at each step, which takes most of the time of bringing up
    an empty database.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self._not_ready: set[type[Model]] = set()
        super().__init__(*arguments, **named)

    def register_model(self, app_label: str, model: type[Model]) -> None:
        super().register_model(app_label, model)
        self._not_ready.add(model)

    def unregister_model(self, app_label: str, model_name: str) -> None:
        model = self.apps.get(app_label, {}).get(model_name)
        super().unregister_model(app_label, model_name)
        if model is not None:
            self._not_ready.discard(model)

    def _build_initial_querysets(self) -> None:
        everything, self.apps = self.apps, {}
        for label, models in everything.items():
            self.apps[label] = {name: each for name, each in models.items() if each in self._not_ready}
        try:
            super()._build_initial_querysets()
        finally:
            self.apps = everything
        # A model that refers to one that is not there yet is made ready when that one is.
        self._not_ready = {model for model in self._not_ready if not model._meta._inited}


class Migration(migrations.Migration):
    """A migration that does not copy all models for each step that has no need of how they were.

    Tortoise 1.1.9 does, which takes seconds of bringing up an empty database.
    """

    async def apply(
        self,
        state: State,
        *,
        dry_run: bool = False,
        schema_editor: BaseSchemaEditor | None = None,
        collect_sql: bool = False,
    ) -> State:
        if not state.models:  # this migration is the first
            state.apps = ModelsOfThatTime(state.apps._default_connections, state.apps._connections)
        if dry_run or collect_sql or schema_editor is None:
            return await super().apply(
                state, dry_run=dry_run, schema_editor=schema_editor, collect_sql=collect_sql
            )
        in_steps = schema_editor.client.capabilities.supports_transactions
        for operation in self.operations:
            before = state if isinstance(operation, _LOOK_AHEAD) else state.clone()
            operation.state_forward(self.app_label, state)
            await self._run_database_forward(operation, before, state, schema_editor, in_steps)
        state.validate_relations_initialized()
        return state


class CreateCheckedModel(ops.CreateModel):
    """Creates a table together with its CHECK constraints.

    Tortoise 1.1.9's own CreateModel ignores them, and adding them afterwards makes SQLite's table anew
    without its unique constraints and indexes.
    """

    async def database_forward(
        self, app_label: str, old_state: Any, new_state: Any, state_editor: Any = None
    ) -> None:
        if state_editor is None:
            return
        checks = [c for c in (self.options or {}).get("constraints", ()) if isinstance(c, CheckConstraint)]
        extra = "".join(f', CONSTRAINT "{check.name}" CHECK ({check.check})' for check in checks)
        template = state_editor.TABLE_CREATE_TEMPLATE
        state_editor.TABLE_CREATE_TEMPLATE = template.replace("({fields})", "({fields}" + extra + ")")
        try:
            await super().database_forward(app_label, old_state, new_state, state_editor)
        finally:
            state_editor.TABLE_CREATE_TEMPLATE = template


class AddCheckedField(ops.AddField):
    """Adds a column together with a CHECK on it, which may speak of the table's other columns.

    SQLite has no way to add a CHECK to a table that is there, except with a column.
    """

    def __init__(self, model_name: str, name: str, field: Any, constraint: CheckConstraint) -> None:
        super().__init__(model_name, name, field)
        self.constraint = constraint

    def state_forward(self, app_label: str, state: Any) -> None:
        super().state_forward(app_label, state)
        ops.AddConstraint(self.model_name, self.constraint).state_forward(app_label, state)

    async def database_forward(
        self, app_label: str, old_state: Any, new_state: Any, state_editor: Any = None
    ) -> None:
        if state_editor is None:
            return
        template = state_editor.ADD_FIELD_TEMPLATE
        check = f'CONSTRAINT "{self.constraint.name}" CHECK ({self.constraint.check})'
        state_editor.ADD_FIELD_TEMPLATE = template.replace("{definition}", "{definition} " + check)
        try:
            await super().database_forward(app_label, old_state, new_state, state_editor)
        finally:
            state_editor.ADD_FIELD_TEMPLATE = template


class RemoveUnique(ops.RemoveConstraint):
    """Takes away a rule that columns are unique together.

    SQLite cannot drop one that a table was made with. There the table is made anew from its own definition
    without the rule, with all else that belongs to it; Tortoise's way would lose its indexes. Nothing may
    refer to the table.
    """

    async def database_forward(
        self, app_label: str, old_state: Any, new_state: Any, state_editor: Any = None
    ) -> None:
        if state_editor is None or state_editor.DIALECT != "sqlite":
            await super().database_forward(app_label, old_state, new_state, state_editor)
            return
        model = old_state.apps.get_model(f"{app_label}.{self.model_name}")
        table = model._meta.db_table
        columns = [model._meta.fields_map[name] for name in self.fields or ()]
        names = ", ".join(f'"{each.source_field or each.model_field_name}"' for each in columns)
        _, found = await state_editor.client.execute_query(
            f"SELECT type, sql FROM sqlite_master WHERE tbl_name = '{table}' AND sql IS NOT NULL"  # noqa: S608
        )
        (made,) = (row["sql"] for row in found if row["type"] == "table")
        rule = re.compile(r',\s*CONSTRAINT "[^"]*" UNIQUE \(' + re.escape(names) + r"\)")
        without, times = rule.subn("", made)
        if times != 1:
            raise RuntimeError(f"{table} has no such rule: {names}")
        anew = without.replace(f'"{table}"', f'"new__{table}"', 1)
        indexes = [row["sql"] for row in found if row["type"] == "index"]
        for statement in (
            anew,
            f'INSERT INTO "new__{table}" SELECT * FROM "{table}"',  # noqa: S608
            f'DROP TABLE "{table}"',
            f'ALTER TABLE "new__{table}" RENAME TO "{table}"',
            *indexes,
        ):
            await state_editor.client.execute_query(statement)


class DescribeField(ops.AlterField):
    """Notes that an enum has other members than before; the column is text, and stays as it is."""

    async def database_forward(
        self, app_label: str, old_state: Any, new_state: Any, state_editor: Any = None
    ) -> None:
        return

    async def database_backward(
        self, app_label: str, old_state: Any, new_state: Any, state_editor: Any = None
    ) -> None:
        return


async def unwritten_changes(config: dict[str, Any]) -> list[MigrationWriter]:
    """What the models have that the migrations have not."""
    async with TortoiseContext() as context:
        await context.init(config=config)
        assert context.apps is not None
        return list(await MigrationAutodetector(context.apps, config["apps"]).changes())


async def write_migration(config: dict[str, Any], name: str) -> list[Path]:
    """Write what the models have that the migrations have not; returns the new files."""
    return [_written(writer, name) for writer in await unwritten_changes(config)]


def _written(writer: MigrationWriter, name: str) -> Path:
    writer.name = format_migration_name(int(writer.name.split("_", 1)[0]), name)
    path = Path(writer.write())
    path.write_text(_with_our_base(_with_checks(path.read_text())))
    return path


def _with_checks(source: str) -> str:
    """Let tables with CHECK constraints be made by CreateCheckedModel."""

    def checked(match: re.Match[str]) -> str:
        block = match.group(0)
        return (
            block.replace("ops.CreateModel(", "CreateCheckedModel(") if "'constraints': [" in block else block
        )

    changed = re.sub(r" {8}ops\.CreateModel\(.*?\n {8}\),\n", checked, source, flags=re.DOTALL)
    if changed == source:
        return source
    return changed.replace(
        "from tortoise.migrations import operations as ops\n",
        "from tortoise.migrations import operations as ops\n"
        "from app.core.database.migrating import CreateCheckedModel\n",
    )


def _with_our_base(source: str) -> str:
    return source.replace(
        "from tortoise import migrations\n", "from app.core.database.migrating import Migration as Base\n"
    ).replace("class Migration(migrations.Migration):", "class Migration(Base):")
