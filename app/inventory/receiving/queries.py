"""Queries of receipts."""

from uuid import UUID

from tortoise.queryset import QuerySet

from app.access.permissions import Permission
from app.core.actor import Actor
from app.core.loading import grouped
from app.core.refusals import NotFound
from app.inventory.locations.queries import within
from app.inventory.receiving.models import Receipt, ReceiptLine
from app.inventory.stock.lifecycle import StockReason
from app.inventory.stock.models import StockLevel, StockMovement


async def receipt(actor: Actor, id: UUID, *path: str) -> Receipt:
    """A receipt at a location that an actor may see.

    Raises:
        NotFound: it does not exist, or the actor may not see it.
    """
    found = await receipts_visible_to(actor).get_or_none(id=id)
    if found is None:
        raise NotFound.of("receipt", *path)
    return found


async def locked_receipt(permission: Permission, actor: Actor, id: UUID, *path: str) -> Receipt:
    """A locked receipt, for an action that requires a permission at its location.

    Raises:
        NotFound: it does not exist, or the actor may not see it or does not have the permission for it.
    """
    rows = within(receipts_visible_to(actor), actor.scope_of(permission))
    found = await rows.select_for_update().get_or_none(id=id)
    if found is None:
        raise NotFound.of("receipt", *path)
    return found


def receipts_visible_to(actor: Actor) -> QuerySet[Receipt]:
    """The receipts of the locations for which an actor may see stock."""
    return within(Receipt.all(), actor.scope_of(Permission.STOCK_VIEW))


async def receipts_by_source(ids: list[UUID]) -> list[list[Receipt]]:
    """Batch: the receipts of each source, oldest first."""
    return grouped(ids, await Receipt.filter(source_id__in=ids).order_by("at", "id"), "source_id")


async def movement_of_receipt(receipt_id: UUID, level_id: UUID, id: UUID | None) -> StockMovement:
    """The movement with which units of a receipt entered a level, by its id if known."""
    rows = StockMovement.filter(reference_id=receipt_id, level_id=level_id, reason=StockReason.RECEIPT)
    return await (rows if id is None else rows.filter(id=id)).order_by("id").first()  # type: ignore[return-value]


async def movements_for(reference_id: UUID) -> list[StockMovement]:
    """The movements of a reference, in order."""
    return await StockMovement.filter(reference_id=reference_id).order_by("at", "id")


async def receipt_lines(receipt_id: UUID) -> list[ReceiptLine]:
    return await ReceiptLine.filter(receipt_id=receipt_id).order_by("position")


async def lines_by_receipt(ids: list[UUID]) -> list[list[ReceiptLine]]:
    """Batch: the lines of each receipt, in order."""
    return grouped(ids, await ReceiptLine.filter(receipt_id__in=ids).order_by("position"), "receipt_id")


async def level_of_receipt(receipt_id: UUID) -> StockLevel:
    """The level of a receipt's first line."""
    (line,) = await ReceiptLine.filter(receipt_id=receipt_id).order_by("position").limit(1)
    return await StockLevel.get(id=line.level_id)
