"""Tables of what orders and customers are found by, filled for those that are there."""

from types import SimpleNamespace
from uuid import uuid4

import orjson
from app.core.database.migrating import Migration as Base
from app.migrations.frozen.searching import entries_of
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

AT_ONCE = 1_000


class CreateSearchTable(ops.CreateModel):
    """Creates a table whose key is all its columns, which Tortoise's models cannot say.

    Its texts are in the order of their bytes, so that one index serves "begins with" on both databases.
    """

    async def database_forward(self, app_label, old_state, new_state, state_editor=None):
        if state_editor is None:
            return
        table, owner = self.options["table"], self.options["pk_attr"]
        if state_editor.client.capabilities.dialect == "postgres":
            id, collate, end = "UUID", ' COLLATE "C"', ""
        else:
            id, collate, end = "CHAR(36)", "", " WITHOUT ROWID"
        await state_editor.client.execute_script(
            f"CREATE TABLE {table} ({owner} {id} NOT NULL, kind VARCHAR(12) NOT NULL, "
            f"token VARCHAR(60){collate} NOT NULL, PRIMARY KEY ({owner}, kind, token)){end};"
            f"CREATE INDEX idx_{table}_token ON {table} (token, kind, {owner});"
        )


def _json(value):
    return orjson.loads(value) if isinstance(value, (str, bytes)) else value


def of_order(row):
    addresses = [found for found in (_json(row.shipping_address), _json(row.billing_address)) if found]
    return _entries(
        addresses,
        ("number", [row.number]),
        ("email", [row.email]),
        ("phone", [row.phone]),
        ("po", [row.purchase_order_number]),
        ("reference", [row.external_reference]),
        ("tag", _json(row.tags) or []),
    )


def of_customer(row):
    address = _json(row.default_address)
    return _entries(
        [address] if address else [],
        ("email", [row.email]),
        ("phone", [row.phone]),
        ("name", [row.name]),
        ("reference", [row.external_reference]),
        ("tag", _json(row.tags) or []),
    )


def _entries(addresses, *said):
    parts = {"phone": "phone", "postal": "postal_code"}
    parts |= {"name": "name", "company": "company"}
    found = set()
    for kind, texts in said:
        found |= entries_of(kind, *texts)
    for kind, part in parts.items():
        found |= entries_of(kind, *(address.get(part) for address in addresses))
    return found


SOURCES = (
    (
        "order_search", "order_id", of_order,
        "SELECT id, number, email, phone, purchase_order_number, external_reference, tags, shipping_address, "
        "billing_address FROM sales_order",
    ),
    (
        "customer_search", "customer_id", of_customer,
        "SELECT id, email, phone, name, external_reference, tags, default_address FROM customer",
    ),
)


async def fill(_apps, editor):
    for table, owner, entries, select in SOURCES:
        rows = await _page(editor, select, None)
        while rows:
            new = [(str(row.id), kind, token) for row in rows for kind, token in sorted(entries(row))]
            await _insert(editor, table, owner, new)
            rows = await _page(editor, select, rows[-1].id)
    await _fill_parcels(editor)


async def _page(editor, select, after):
    places = "$1" if editor.client.capabilities.dialect == "postgres" else "?"
    later = f" WHERE id > {places}" if after is not None else ""
    rows = await editor.client.execute_query_dict(
        f"{select}{later} ORDER BY id LIMIT {AT_ONCE}", [after] if after is not None else []
    )
    return [SimpleNamespace(**dict(row)) for row in rows]


async def _insert(editor, table, owner, rows):
    if not rows:
        return
    columns = f"INSERT INTO {table} ({owner}, kind, token)"
    if editor.client.capabilities.dialect == "postgres":
        arrays = [list(column) for column in zip(*rows, strict=True)]
        await editor.client.execute_query(
            f"{columns} SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[]) ON CONFLICT DO NOTHING", arrays
        )
    else:
        await editor.client.execute_many(f"{columns} VALUES (?, ?, ?) ON CONFLICT DO NOTHING", [list(row) for row in rows])


async def _fill_parcels(editor):
    """The tracking numbers of parcels, under their orders."""
    last = ""
    where = "$1" if editor.client.capabilities.dialect == "postgres" else "?"
    while True:
        rows = await editor.client.execute_query_dict(
            "SELECT f.order_id AS id, p.tracking_number AS number, CAST(p.id AS VARCHAR(36)) AS package_id "
            "FROM package p JOIN fulfillment_order f ON f.id = p.fulfillment_order_id "
            f"WHERE p.tracking_number IS NOT NULL AND CAST(p.id AS VARCHAR(36)) > {where} "
            f"ORDER BY CAST(p.id AS VARCHAR(36)) LIMIT {AT_ONCE}",
            [last],
        )
        if not rows:
            return
        found = [
            (str(row["id"]), kind, token)
            for row in rows
            for kind, token in entries_of("tracking", row["number"])
        ]
        await _insert(editor, "order_search", "order_id", found)
        last = rows[-1]["package_id"]


async def leave(_apps, editor):
    """Going back takes the tables away; nothing else is to be undone."""


class Migration(Base):
    dependencies = [("app", "0024_recorded_terms")]

    initial = False

    operations = [
        CreateSearchTable(
            name="CustomerSearch",
            fields=[
                ("customer_id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("kind", fields.CharField(max_length=12)),
                ("token", fields.CharField(max_length=60)),
            ],
            options={
                "table": "customer_search",
                "app": "app",
                "indexes": [Index(fields=["token", "kind", "customer_id"])],
                "pk_attr": "customer_id",
                "table_description": "One text under which a customer is found, folded. Its key is all three "
                "columns; see the migration.",
            },
            bases=["Row"],
        ),
        CreateSearchTable(
            name="OrderSearch",
            fields=[
                ("order_id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("kind", fields.CharField(max_length=12)),
                ("token", fields.CharField(max_length=60)),
            ],
            options={
                "table": "order_search",
                "app": "app",
                "indexes": [Index(fields=["token", "kind", "order_id"])],
                "pk_attr": "order_id",
                "table_description": "One text under which an order is found, folded. Its key is all three "
                "columns; see the migration.",
            },
            bases=["Row"],
        ),
        ops.RunPython(fill, leave),
    ]
