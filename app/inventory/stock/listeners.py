"""What the inventory does when something happens to its own stock."""

from uuid import UUID

from app.core.uow import UnitOfWork
from app.inventory.stock import queries, service
from app.inventory.stock.events import StockChanged
from app.inventory.stock.lifecycle import StockReason

# After these, something may be free that was not.
FREES = {
    reason.value
    for reason in (
        StockReason.RECEIPT,
        StockReason.TRANSFER_IN,
        StockReason.RETURN,
        StockReason.FOUND,
        StockReason.COUNT,
        StockReason.CORRECTION,
        StockReason.QUARANTINE,
        StockReason.RELEASE,
        StockReason.ASSEMBLY,
    )
}


async def serve_who_waits(uow: UnitOfWork, event: StockChanged) -> None:
    """Have what has become free kept for the demand that waits for it, once this is committed."""
    if event.reason in FREES and await queries.there_is_a_backlog():
        for variant_id in await queries.variants_waited_for(event.level_ids):
            uow.defer("stock.backlog", variant_id)


async def serve(uow: UnitOfWork, variant_id: UUID) -> None:
    """Keep stock of a variant for the demand that waits for it."""
    await service.serve_backlog(uow, [variant_id])
