from typing import Any

from app.core.database.migrating import Migration as Base
from tortoise import fields
from tortoise.migrations import operations as ops


async def fill(apps: Any, editor: Any) -> None:
    """Customers ask for orders of their own only; the journal says of each request who asked."""
    await editor.client.execute_script("""
        UPDATE order_cancel_request SET is_from_buyer = TRUE WHERE EXISTS (
            SELECT 1 FROM journal_entry j
            WHERE j.subject_kind = 'order' AND j.subject_id = order_cancel_request.order_id
              AND j.name = 'order_cancel_requested' AND j.actor_kind = 'customer'
              AND j.at = order_cancel_request.requested_at
        )
    """)


async def leave(apps: Any, editor: Any) -> None:
    pass


class Migration(Base):
    dependencies = [('app', '0042_cancelled_supplier_returns')]

    initial = False

    operations = [
        ops.AddField(
            model_name="CancelRequest",
            name="is_from_buyer",
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.RunPython(fill, leave),
    ]
