"""Event handlers for the inventory's own events."""

from uuid import UUID

from app.core.uow import UnitOfWork
from app.inventory.stock import queries
from app.inventory.stock.events import StockChanged
from app.inventory.stock.lifecycle import StockReason
from app.inventory.stock.service import backlog

# These reasons may free units.
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


async def defer_backlog(uow: UnitOfWork, event: StockChanged) -> None:
    """Defer serving the backlog of the variants that became available."""
    if event.reason in FREES and await queries.has_backlog():
        for variant_id in await queries.variants_with_backlog(event.level_ids):
            uow.defer("stock.backlog", variant_id)


async def serve_backlog(uow: UnitOfWork, variant_id: UUID) -> None:
    """Reserve stock of a variant for the backlog."""
    await backlog.serve_backlog(uow, [variant_id])
