"""Schema changes that keep indexes and constraints.

Tortoise 1.1.9 makes no index for a column that is added with one. On SQLite it changes a table by rebuilding
it, and loses the indexes, the multi-column unique constraints, and the index of a column that gets one.
"""

import re
from typing import Any

from tortoise.fields.base import Field
from tortoise.fields.relational import ManyToManyFieldInstance
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.migrations.schema_editor import AsyncpgSchemaEditor, SqliteSchemaEditor
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.models import Model


def editor(given: BaseSchemaEditor | None) -> BaseSchemaEditor | None:
    """The schema editor that keeps indexes and constraints, in place of Tortoise's for the same database.

    Tortoise 1.1.9 chooses its own by the name of the client's module, so the database is asked instead.
    """
    if given is None:
        return None
    ours = {"sqlite": SqliteTables, "postgres": PostgresTables}.get(given.client.capabilities.dialect)
    return given if ours is None else ours(given.client, atomic=given.atomic, collect_sql=given.collect_sql)


class _Tables(BaseSchemaEditor):
    async def add_field(self, model: type[Model], field_name: str) -> None:
        await super().add_field(model, field_name)
        field = model._meta.fields_map[field_name]
        if isinstance(field, ManyToManyFieldInstance):
            return
        column = model._meta.fields_map[field.source_field or field_name]
        if column.index and not column.unique:
            await self.add_index(model, Index(fields=(_named(column),)))


class PostgresTables(_Tables, AsyncpgSchemaEditor):
    """PostgreSQL alters tables in place; only the index of a new column is missing."""


class SqliteTables(_Tables, SqliteSchemaEditor):
    """Drops columns in place; rebuilds the table with its indexes and constraints for other changes.

    Rebuilding drops the old table. SQLite then treats rows that refer to it as if the rows they refer to were
    deleted, so rebuilding is refused for a table that others refer to.
    """

    async def remove_field(self, model: type[Model], field: Field[Any]) -> None:
        if isinstance(field, ManyToManyFieldInstance):
            await super().remove_field(model, field)
            return
        column = _named(field)
        for name, columns, _ in await self._indexes(model._meta.db_table):
            if column in columns:
                await self.client.execute_query(f'DROP INDEX "{name}"')
        await self._run_sql(
            self.DELETE_FIELD_TEMPLATE.format(table=self.quote(model._meta.db_table), column=column)
        )

    async def _alter_field(self, model: type[Model], old_field: Field[Any], new_field: Field[Any]) -> None:
        if old_field.index and not new_field.index:
            await self.remove_index(model, Index(fields=(_named(old_field),)))
        await super()._alter_field(model, old_field, new_field)
        if new_field.index and not old_field.index:
            await self.add_index(model, Index(fields=(_named(new_field),)))

    async def _remake_table(self, model: type[Model], *changes: Any, **named: Any) -> None:
        table = model._meta.db_table
        await self._refuse_if_referred_to(table)
        indexes = [made for _, _, made in await self._indexes(table)]
        together = await self._unique_together(table)
        await super()._remake_table(model, *changes, **named)
        for made in indexes:
            await self.client.execute_query(made)
        for columns in together:
            await self.add_constraint(model, UniqueConstraint(fields=columns))

    async def remove_constraint(
        self, model: type[Model], constraint: UniqueConstraint | CheckConstraint
    ) -> None:
        """SQLite cannot drop a constraint of an existing table: the table is rebuilt without it."""
        if isinstance(constraint, CheckConstraint):
            await super().remove_constraint(model, constraint)
            return
        table = model._meta.db_table
        columns = tuple(self._resolve_fields_to_columns(model, constraint.fields))
        if columns not in await self._unique_together(table):
            await super().remove_constraint(model, constraint)
            return
        await self._refuse_if_referred_to(table)
        names = ", ".join(map(self.quote, columns))
        rule = re.compile(r',\s*CONSTRAINT "[^"]*" UNIQUE \(' + re.escape(names) + r"\)")
        (without, times) = rule.subn("", await self._definition(table))
        if times != 1:
            raise RuntimeError(f"{table} does not have the expected definition: {names} are not unique.")
        indexes = [made for _, _, made in await self._indexes(table)]
        for statement in (
            without.replace(f'"{table}"', f'"new__{table}"', 1),
            f'INSERT INTO "new__{table}" SELECT * FROM "{table}"',  # noqa: S608
            f'DROP TABLE "{table}"',
            f'ALTER TABLE "new__{table}" RENAME TO "{table}"',
            *indexes,
        ):
            await self.client.execute_query(statement)

    async def _definition(self, table: str) -> str:
        (row,) = await self._read("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", table)
        return str(row["sql"])

    async def _indexes(self, table: str) -> list[tuple[str, tuple[str, ...], str]]:
        """The names, columns and statements of the indexes that were created after the table."""
        found = await self._read(
            "SELECT name, sql FROM sqlite_master WHERE tbl_name = ? AND type = 'index' AND sql IS NOT NULL",
            table,
        )
        return [(row["name"], await self._columns(row["name"]), row["sql"]) for row in found]

    async def _unique_together(self, table: str) -> list[tuple[str, ...]]:
        """The columns of the multi-column unique constraints in the table's definition."""
        found = await self._read(
            "SELECT name FROM pragma_index_list(?) WHERE origin = 'u' ORDER BY seq", table
        )
        columns = [await self._columns(row["name"]) for row in found]
        return [each for each in columns if len(each) > 1]

    async def _columns(self, index: str) -> tuple[str, ...]:
        return tuple(row["name"] for row in await self._read("SELECT name FROM pragma_index_info(?)", index))

    async def _refuse_if_referred_to(self, table: str) -> None:
        found = await self._read(
            "SELECT DISTINCT m.name FROM sqlite_master m, pragma_foreign_key_list(m.name) f "
            "WHERE m.type = 'table' AND f.\"table\" = ? ORDER BY m.name",
            table,
        )
        if found:
            others = ", ".join(row["name"] for row in found)
            raise RuntimeError(f"{table} cannot be recreated on SQLite, because {others} refer to its rows.")

    async def _read(self, query: str, *values: str) -> list[Any]:
        _, found = await self.client.execute_query(query, list(values))
        return list(found)


def _named(field: Field[Any]) -> str:
    return field.source_field or field.model_field_name
