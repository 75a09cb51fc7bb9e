"""Event handlers of stored value."""

from app.core.database import update_where
from app.core.uow import UnitOfWork
from app.customers.events import CustomerMerged
from app.stored_value.models import StoredValue


async def move_credit(uow: UnitOfWork, event: CustomerMerged) -> None:
    """Give the store credit of a merged customer to the one it was merged into."""
    changes = "customer_id = $2, version = version + 1, updated_at = $3"
    await update_where(StoredValue, changes, "customer_id = $1", event.subject_id, event.into_id, uow.at)
