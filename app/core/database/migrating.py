"""Operations for migrations, in addition to Tortoise's.

Migrations import only this module and frozen code.
"""

from typing import Any

from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint

from app.engine.database.migration import Migration
from app.settings import settings

__all__ = ["AddCheckedField", "CreateCheckedModel", "Migration", "setting"]


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
    """Adds a column with a CHECK constraint, which may refer to other columns of the table.

    SQLite can add a CHECK to an existing table only together with a column.
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


def setting(name: str) -> object:
    """A setting that rows depend on, such as the currency in which stock is valued."""
    return getattr(settings(), name)
