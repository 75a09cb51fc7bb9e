"""The default address of a customer becomes the default entry of the address book."""

import orjson
from app.core.database.migrating import Migration as Base
from app.migrations.frozen.ids import new_id
from tortoise import fields
from tortoise.migrations import operations as ops

AT_ONCE = 500
UNSAID = (None, "", [], False)


async def fill(_apps, editor):
    client = editor.client
    postgres = client.capabilities.dialect == "postgres"
    last = None
    while rows := await _page(client, postgres, "default_address IS NOT NULL", last):
        last = rows[-1]["id"]
        for row in rows:
            address = _read(row["default_address"])
            if not address:
                continue
            entry = await _entry(client, postgres, row["id"], address)
            if entry is None:  # it was never saved in the book
                entry = new_id()
                values = [_id(postgres, entry), row["id"], orjson.dumps(address).decode(), row["updated_at"]]
                await client.execute_query(
                    "INSERT INTO customer_address (id, customer_id, address, label, created_at) "
                    + ("VALUES ($1, $2, $3::jsonb, '', $4)" if postgres else "VALUES (?, ?, ?, '', ?)"),
                    values,
                )
            await client.execute_query(
                "UPDATE customer SET default_shipping_id = $1 WHERE id = $2"
                if postgres
                else "UPDATE customer SET default_shipping_id = ? WHERE id = ?",
                [_id(postgres, entry), row["id"]],
            )


async def restore(_apps, editor):
    client = editor.client
    await client.execute_query(
        "UPDATE customer SET default_address = (SELECT address FROM customer_address "
        "WHERE customer_address.id = customer.default_shipping_id) WHERE default_shipping_id IS NOT NULL"
    )


async def _page(client, postgres, condition, after):
    later = f" AND id > {'$1' if postgres else '?'}" if after is not None else ""
    return await client.execute_query_dict(
        f"SELECT id, default_address, updated_at FROM customer WHERE {condition}{later} "
        f"ORDER BY id LIMIT {AT_ONCE}",
        [after] if after is not None else [],
    )


async def _entry(client, postgres, customer_id, address):
    """The newest entry of the book that is this address."""
    entries = await client.execute_query_dict(
        f"SELECT id, address FROM customer_address WHERE customer_id = {'$1' if postgres else '?'} "
        "ORDER BY created_at DESC, id DESC",
        [customer_id],
    )
    wanted = _said(address)
    return next((each["id"] for each in entries if _said(_read(each["address"])) == wanted), None)


def _said(address):
    return {name: value for name, value in address.items() if value not in UNSAID}


def _read(stored):
    return orjson.loads(stored) if isinstance(stored, (str, bytes)) else stored


def _id(postgres, id):
    return id if postgres else str(id)


class Migration(Base):
    dependencies = [("app", "0049_deferred_tasks")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Customer",
            name="default_billing_id",
            field=fields.UUIDField(null=True),
        ),
        ops.AddField(
            model_name="Customer",
            name="default_shipping_id",
            field=fields.UUIDField(null=True),
        ),
        ops.RunPython(fill, restore),
        ops.RemoveField(model_name="Customer", name="default_address"),
    ]
