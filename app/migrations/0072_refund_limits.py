from app.core.database.migrating import Migration as Base
from orjson import dumps, loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops
from tortoise import fields


async def fill(_apps, editor):
    """Refunds have a permission of their own: roles and tokens that could refund keep that."""
    run = editor.client.execute_query
    for table in ("role", "api_token"):
        _, found = await run(f"SELECT id, permissions FROM {table}")  # noqa: S608
        for row in found:
            stored = row["permissions"]
            held = set(loads(stored) if isinstance(stored, (str, bytes)) else stored)
            if "payments_manage" in held:
                written = dumps(sorted(held | {"payments_refund"})).decode()
                await run(f"UPDATE {table} SET permissions = '{written}' WHERE id = '{row['id']}'")  # noqa: S608


async def leave(_apps, editor):
    """Going back takes the permission away, which an earlier version does not know."""
    run = editor.client.execute_query
    for table in ("role", "api_token"):
        _, found = await run(f"SELECT id, permissions FROM {table}")  # noqa: S608
        for row in found:
            stored = row["permissions"]
            held = set(loads(stored) if isinstance(stored, (str, bytes)) else stored)
            written = dumps(sorted(held - {"payments_refund"})).decode()
            await run(f"UPDATE {table} SET permissions = '{written}' WHERE id = '{row['id']}'")  # noqa: S608


class Migration(Base):
    dependencies = [('app', '0071_payouts_that_are_returned')]

    initial = False

    operations = [
        ops.AddField(
            model_name='PaymentTransaction',
            name='refunded_by',
            field=fields.ForeignKeyField('app.Staff', source_field='refunded_by_id', null=True, db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT),
        ),
        ops.AddField(
            model_name='Role',
            name='refund_limits',
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.RunPython(fill, leave),
    ]
