"""Discount codes get limits, and who uses one is noted: of the orders that are there, whoever placed them."""

import orjson
from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint

AT_ONCE = 1_000


async def fill(_apps, editor):
    client = editor.client
    is_postgres = client.capabilities.dialect == "postgres"
    known = {str(row["id"]) for row in await client.execute_query_dict("SELECT id FROM discount")}
    last = None
    while rows := await _page(client, is_postgres, last):
        last = rows[-1]["id"]
        await _insert(client, is_postgres, [use for row in rows for use in _uses(row, known)])


async def _page(client, is_postgres, after):
    later = f" AND id > {'$1' if is_postgres else '?'}" if after is not None else ""
    return await client.execute_query_dict(
        "SELECT id, customer_id, email, discounts FROM sales_order WHERE discounts IS NOT NULL "
        f"AND status IN ('placed', 'confirmed', 'completed'){later} ORDER BY id LIMIT {AT_ONCE}",
        [after] if after is not None else [],
    )


def _uses(row, known):
    found = row["discounts"]
    found = orjson.loads(found) if isinstance(found, (str, bytes)) else found
    customer = None if row["customer_id"] is None else str(row["customer_id"])
    mailbox = _mailbox(row["email"]) if row["email"] else ""
    for id in dict.fromkeys(each["id"] for each in found):
        if id in known:
            yield [str(uuid4()), id, str(row["id"]), customer, mailbox]


def _mailbox(email):
    """`ada+shop@example.com` is delivered to `ada@example.com`."""
    local, _, domain = email.rpartition("@")
    return f"{local.partition('+')[0] or local}@{domain}"


async def _insert(client, is_postgres, rows):
    if not rows:
        return
    columns = "INSERT INTO discount_use (id, discount_id, order_id, customer_id, mailbox)"
    if is_postgres:
        arrays = [list(column) for column in zip(*rows, strict=True)]
        kinds = "$1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[]"
        await client.execute_query(f"{columns} SELECT * FROM unnest({kinds})", arrays)
    else:
        await client.execute_many(f"{columns} VALUES (?, ?, ?, ?, ?)", rows)


async def leave(_apps, editor):
    """Going back takes table and columns away; nothing else is to be undone."""


class Migration(Base):
    dependencies = [('app', '0036_parcels')]

    initial = False

    operations = [
        ops.CreateModel(
            name='DiscountUse',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('discount', fields.ForeignKeyField('app.Discount', source_field='discount_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('order_id', fields.UUIDField(db_index=True)),
                ('customer_id', fields.UUIDField(null=True)),
                ('mailbox', fields.CharField(max_length=254)),
            ],
            options={'table': 'discount_use', 'app': 'app', 'unique_together': (('discount', 'order_id'),), 'indexes': [Index(fields=['discount_id', 'mailbox']), Index(fields=['discount_id', 'customer_id'])], 'pk_attr': 'id', 'table_description': 'An order that uses a code, and whose it is. It goes when the order gives the use back.'},
            bases=['Row'],
        ),
        ops.AlterModelOptions(
            name='Discount',
            options={'table': 'discount', 'app': 'app', 'unique_together': (('channel', 'code'),), 'constraints': [CheckConstraint(check='usage_limit IS NULL OR used <= usage_limit', name='discount_within_limit')], 'pk_attr': 'id', 'table_description': 'A code that takes something off the lines of an order, or off its shipping.'},
        ),
        ops.AddField(
            model_name='Discount',
            name='categories',
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name='Discount',
            name='countries',
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name='Discount',
            name='products',
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name='Discount',
            name='uses_per_customer',
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name='Order',
            name='shipping_discount_minor',
            field=fields.BigIntField(default=0, db_default=0),
        ),
        ops.RunPython(fill, leave),
    ]
