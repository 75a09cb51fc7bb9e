"""Event handlers of promotions."""

from app.core.uow import UnitOfWork
from app.customers.events import CustomerMerged
from app.promotions.service.using import move_uses_of_customer


async def move_uses(uow: UnitOfWork, event: CustomerMerged) -> None:
    """Count the discount codes that a merged customer used with those of the customer who has its orders."""
    await move_uses_of_customer(event.subject_id, event.into_id)
