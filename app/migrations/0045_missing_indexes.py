"""Indexes and unique constraints that earlier versions of migrations 0003 and 0044 lost are made again.

On SQLite these made the tables reservation, message and account_request anew without them; on both databases
the column account_request.staff_id was added without its index. Every table is looked at, so that a database
that lacks another index gets it too. Where nothing is missing, nothing is done.
"""

from app.core.database.migrating import Migration as Base
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import UniqueConstraint

_OF_SQLITE = """
    SELECT i.name AS name, i."unique" AS is_unique, c.name AS column_name
      FROM pragma_index_list('{table}') i, pragma_index_info(i.name) c ORDER BY i.name, c.seqno
"""
_OF_POSTGRES = """
    SELECT i.indexrelid::regclass::text AS name, i.indisunique AS is_unique, a.attname AS column_name
      FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY k (number, place)
      JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
     WHERE i.indrelid = '{table}'::regclass ORDER BY 1, k.place
"""


class RestoreIndexes(ops.TortoiseOperation):
    """Makes what the models of this time have and the database has not."""

    reduces_to_sql = False

    def describe(self):
        return "Restore missing indexes"

    async def database_forward(self, app_label, old_state, new_state, state_editor=None):
        for _, name in sorted(new_state.models):
            model = new_state.apps.get_model(f"{app_label}.{name}")
            plain, unique = await _indexes(state_editor, model._meta.db_table)
            for columns in _unique_columns(model):
                if columns not in unique:
                    await _part(state_editor, model._meta.db_table, columns)
                    await state_editor.add_constraint(model, UniqueConstraint(fields=columns))
            for columns in _indexed_columns(model):
                if columns not in plain:
                    await state_editor.add_index(model, Index(fields=columns))


async def _indexes(editor, table):
    """The columns of the table's indexes, and of the unique ones among them."""
    query = _OF_SQLITE if editor.DIALECT == "sqlite" else _OF_POSTGRES
    _, rows = await editor.client.execute_query(query.format(table=table))
    columns, unique = {}, set()
    for row in rows:
        columns.setdefault(row["name"], []).append(row["column_name"])
        if row["is_unique"]:
            unique.add(row["name"])
    return (
        {tuple(each) for name, each in columns.items() if name not in unique},
        {tuple(each) for name, each in columns.items() if name in unique},
    )


def _indexed_columns(model):
    fields = _columns(model)
    found = [(column,) for column, field in fields.items() if field.index and not field.unique]
    for index in model._meta.indexes:
        names = index.field_names if isinstance(index, Index) else index
        found.append(_of(model, names))
    return dict.fromkeys(found)


def _unique_columns(model):
    found = [(column,) for column, field in _columns(model).items() if field.unique and not field.pk]
    return dict.fromkeys([*found, *(_of(model, names) for names in model._meta.unique_together)])


def _columns(model):
    return {column: model._meta.fields_map[name] for name, column in model._meta.fields_db_projection.items()}


def _of(model, names):
    known = model._meta.fields_map
    return tuple((known[name].source_field if name in known else None) or name for name in names)


async def _part(editor, table, columns):
    """Number the requests of a mailbox and hour anew where two have the same number. Other tables lost no rule."""
    if (table, columns) != ("account_request", ("mailbox", "hour", "nth")):
        return
    _, rows = await editor.client.execute_query(
        "SELECT id, mailbox, hour, nth FROM account_request WHERE (mailbox, hour) IN (SELECT mailbox, hour "
        "FROM account_request GROUP BY mailbox, hour, nth HAVING COUNT(*) > 1) ORDER BY mailbox, hour, nth, id"
    )
    taken = {}
    for row in rows:
        numbers = taken.setdefault((row["mailbox"], row["hour"]), set())
        nth = row["nth"] if row["nth"] not in numbers else max(numbers) + 1
        numbers.add(nth)
        if nth != row["nth"]:
            await editor.client.execute_query(
                f"UPDATE account_request SET nth = {nth} WHERE id = '{row['id']}'"
            )


class Migration(Base):
    dependencies = [("app", "0044_sign_in_and_staff")]

    initial = False

    operations = [RestoreIndexes()]
