"""What has arrived and what came back is counted on lines, and known of each parcel."""

import orjson
from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from tortoise import fields

AT_ONCE = 500


async def fill(_apps, editor):
    """Until now a shipment arrived, or came back, as a whole."""
    client = editor.client
    is_postgres = client.capabilities.dialect == "postgres"
    for column, status in (("delivered", "delivered"), ("returned", "returned")):
        await client.execute_query(
            f"UPDATE fulfillment_line SET {column} = quantity WHERE fulfillment_order_id IN "
            f"(SELECT id FROM fulfillment_order WHERE status = '{status}')"
        )
    await client.execute_query(
        "UPDATE package SET received_back_at = (SELECT f.updated_at FROM fulfillment_order f "
        "WHERE f.id = package.fulfillment_order_id) WHERE fulfillment_order_id IN "
        "(SELECT id FROM fulfillment_order WHERE status = 'returned')"
    )
    await client.execute_query(
        "UPDATE sales_order SET tracking_stage = 'shipped' "
        "WHERE tracking_stage = 'partially_shipped' AND fulfillment_status = 'partially_delivered' "
        "AND NOT EXISTS (SELECT 1 FROM order_line l WHERE l.order_id = sales_order.id "
        "AND l.quantity_shipped < l.quantity - l.quantity_cancelled)"
    )
    last = None
    while rows := await _page(client, is_postgres, last):
        last = rows[-1]["id"]
        for row in rows:
            stored = row["contents"]
            contents = orjson.loads(stored) if isinstance(stored, (str, bytes)) else stored
            for each in contents:
                each["returned"] = each["quantity"]
            text = orjson.dumps(contents).decode()
            if is_postgres:
                await client.execute_query("UPDATE package SET contents = $1::jsonb WHERE id = $2", [text, row["id"]])
            else:
                await client.execute_query("UPDATE package SET contents = ? WHERE id = ?", [text, row["id"]])


async def _page(client, is_postgres, after):
    later = f" AND id > {'$1' if is_postgres else '?'}" if after is not None else ""
    return await client.execute_query_dict(
        f"SELECT id, contents FROM package WHERE received_back_at IS NOT NULL{later} ORDER BY id LIMIT {AT_ONCE}",
        [after] if after is not None else [],
    )


async def leave(_apps, editor):
    """Going back takes the columns away; nothing else is to be undone."""


class Migration(Base):
    dependencies = [("app", "0035_refusals_and_expected_days")]

    initial = False

    operations = [
        ops.AddField(
            model_name="FulfillmentLine",
            name="delivered",
            field=fields.IntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name="FulfillmentLine",
            name="returned",
            field=fields.IntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name="Package",
            name="received_back_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="TrackingRecord",
            name="is_correction",
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.RunPython(fill, leave),
    ]
