"""Receipts know what they came from, and how much of them was taken back.

Of a receipt of before it is known by the event that the purchase order had at the same moment.
"""

from app.core.database.migrating import Migration as Base
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

_FOUND = """
    FROM purchase_order p JOIN journal_entry j ON j.subject_id = p.id
    WHERE p.number = receipt.reference AND p.location_id = receipt.location_id
      AND j.name = 'purchase_order_received' AND j.at = receipt.at
"""


async def fill(_apps, editor):
    await editor.client.execute_query(
        f"UPDATE receipt SET source_kind = 'purchase_order', source_id = (SELECT p.id {_FOUND} LIMIT 1) "
        f"WHERE reference LIKE 'PO-%' AND EXISTS (SELECT 1 {_FOUND})"
    )
    await editor.client.execute_query(
        """
        UPDATE receipt_line SET incoming_id = (
            SELECT i.id FROM incoming_stock i JOIN receipt r ON r.source_id = i.source_id
            WHERE r.id = receipt_line.receipt_id AND i.level_id = receipt_line.level_id LIMIT 1
        ) WHERE receipt_id IN (SELECT id FROM receipt WHERE source_id IS NOT NULL)
        """
    )


async def leave(_apps, editor):
    """The columns go."""


class Migration(Base):
    dependencies = [("app", "0038_prices_by_hand")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Receipt",
            name="source_kind",
            field=fields.CharField(default="", db_default="", max_length=20),
        ),
        ops.AddField(model_name="Receipt", name="source_id", field=fields.UUIDField(null=True)),
        ops.AddIndex(model_name="Receipt", index=Index(fields=["source_id"])),
        ops.AddField(model_name="ReceiptLine", name="incoming_id", field=fields.UUIDField(null=True)),
        ops.AddField(
            model_name="ReceiptLine", name="reversed", field=fields.IntField(default=0, db_default=0)
        ),
        ops.RunPython(fill, leave),
    ]
