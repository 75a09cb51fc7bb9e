"""Migrations that copy and prepare no more models than they need."""

from typing import Any

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_generator.state import State
from tortoise.migrations.schema_generator.state_apps import StateApps
from tortoise.models import Model

from app.engine.database import altering

# The database effect of these operations depends only on the state after them.
_LOOK_AHEAD = (
    ops.CreateModel, ops.AddField, ops.AddIndex, ops.AddConstraint, ops.AlterModelOptions, ops.RunPython,
)  # fmt: skip


class ModelsOfThatTime(StateApps):
    """The models at one migration; each is prepared for queries once.

    Tortoise 1.1.9 prepares all models again at each step, which is most of the time that migrating an empty
    database takes.
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
        # A model that refers to a missing model is prepared when that model is added.
        self._not_ready = {model for model in self._not_ready if not model._meta._inited}


class Migration(migrations.Migration):
    """A migration that keeps indexes and copies no more models than it needs.

    Tortoise 1.1.9 copies all models for each step, which takes seconds on an empty database, and drops the
    indexes of tables that it rebuilds; see `altering`.
    """

    async def apply(
        self,
        state: State,
        *,
        dry_run: bool = False,
        schema_editor: BaseSchemaEditor | None = None,
        collect_sql: bool = False,
    ) -> State:
        if not state.models:  # the first migration
            state.apps = ModelsOfThatTime(state.apps._default_connections, state.apps._connections)
        schema_editor = altering.editor(schema_editor)
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

    async def unapply(
        self,
        state: State,
        *,
        dry_run: bool = False,
        schema_editor: BaseSchemaEditor | None = None,
        collect_sql: bool = False,
    ) -> State:
        editor = altering.editor(schema_editor)
        return await super().unapply(state, dry_run=dry_run, schema_editor=editor, collect_sql=collect_sql)
