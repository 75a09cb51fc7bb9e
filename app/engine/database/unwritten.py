"""Differences between the models and the migrations, and the migration for them."""

import copy
import re
from enum import Enum
from pathlib import Path
from typing import Any

from tortoise import fields
from tortoise.context import TortoiseContext
from tortoise.fields.base import Field
from tortoise.fields.data import CharEnumFieldInstance
from tortoise.migrations import operations as ops
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.schema_generator.state import State
from tortoise.migrations.writer import MigrationWriter, format_migration_name


class Unmerged(Exception):
    """Several migrations have the same predecessor, so no migration is the newest."""


class _AsStored(MigrationAutodetector):
    """Compares columns as the database stores them: enums are text, and descriptions are ignored."""

    def _current_state(self) -> State:
        return _stored(super()._current_state())

    async def _project_state(self) -> State:
        newest = [key.name for key in self.loader.graph.leaf_nodes()]
        if len(newest) > 1:
            raise Unmerged(f"These migrations have the same predecessor: {', '.join(newest)}.")
        return _stored(await super()._project_state())


def _stored(state: State) -> State:
    for model in state.models.values():
        model.description = ""
        model.options.pop("table_description", None)
        model.fields = {name: _column(field) for name, field in model.fields.items()}
    return state


def _column(field: Field[Any]) -> Field[Any]:
    """The field without what does not change the column: description, enum, application default."""
    if isinstance(field, CharEnumFieldInstance):
        _, _, options = field.deconstruct()
        text: Field[Any] = fields.CharField(**{k: v for k, v in options.items() if k != "enum_type"})
        text.model_field_name = field.model_field_name
    else:
        text = copy.copy(field)
    text.description = None
    if isinstance(text.default, Enum):
        text.default = text.default.value
    elif callable(text.default) and text.default.__module__.startswith("app."):
        text.default = None
    return text


async def unwritten_changes(config: dict[str, Any]) -> list[MigrationWriter]:
    """The changes of the models that no migration makes.

    Raises:
        Unmerged: there are several newest migrations.
    """
    async with TortoiseContext() as context:
        await context.init(config=config)
        assert context.apps is not None
        return list(await _AsStored(context.apps, config["apps"]).changes())


async def write_migration(config: dict[str, Any], name: str) -> list[Path]:
    """Write a migration for the changes of the models; return the new files."""
    return [_written(writer, name) for writer in await unwritten_changes(config)]


def named(operation: Any) -> str:
    """A migration operation in a few words: `Add index to Order (placed_at, id)`."""
    if isinstance(operation, ops.AddIndex):
        columns = operation.index.field_names
    elif isinstance(operation, ops.RemoveIndex | ops.RemoveConstraint):
        columns = operation.fields or [operation.name or ""]
    elif isinstance(operation, ops.AddConstraint):
        columns = getattr(operation.constraint, "fields", None) or [operation.constraint.name or ""]
    else:
        return str(operation.describe())
    return f"{operation.describe()} ({', '.join(columns)})"


def _written(writer: MigrationWriter, name: str) -> Path:
    writer.name = format_migration_name(int(writer.name.split("_", 1)[0]), name)
    path = Path(writer.write())
    path.write_text(_with_our_base(_with_checks(path.read_text())))
    return path


def _with_checks(source: str) -> str:
    """Use CreateCheckedModel for tables with CHECK constraints."""

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
