"""What Tortoise's migrations leave out."""

import re
from pathlib import Path
from typing import Any

from tortoise.context import TortoiseContext
from tortoise.migrations import operations as ops
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.constraints import CheckConstraint
from tortoise.migrations.writer import MigrationWriter, format_migration_name


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


async def write_migration(config: dict[str, Any], name: str) -> list[Path]:
    """Write what the models have that the migrations have not; returns the new files."""
    async with TortoiseContext() as context:
        await context.init(config=config)
        assert context.apps is not None
        writers = await MigrationAutodetector(context.apps, config["apps"]).changes()
    return [_written(writer, name) for writer in writers]


def _written(writer: MigrationWriter, name: str) -> Path:
    writer.name = format_migration_name(int(writer.name.split("_", 1)[0]), name)
    path = Path(writer.write())
    path.write_text(_with_checks(path.read_text()))
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
