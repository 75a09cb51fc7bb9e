"""Locations that refuse to ship, such as a supplier without stock."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from app.core.database import insert
from app.core.ids import new_id
from app.core.uow import UnitOfWork, command
from app.inventory.stock import queries
from app.inventory.stock.lifecycle import ClaimantKind, StockBucket, StockReason
from app.inventory.stock.lot_allocation import LotUnits, take
from app.inventory.stock.models import SourceRefusal, StockLevel
from app.inventory.stock.service.ledger import Move, Reference, apply


@command
async def note_refusal(
    uow: UnitOfWork,
    *,
    location_id: UUID,
    variant_ids: Iterable[UUID],
    claimant: UUID,
    has_stock: bool,
    note: str,
) -> None:
    """Exclude a location from shipping some variants to a claimant, and from being promised to others.

    Its free units are written off until somebody, or the supplier's feed, sets a quantity; with `has_stock`
    it refused for another reason, and they stay. Reservations of other claimants stay.
    """
    wanted = sorted(variant_ids)
    known = await queries.refusals_of(claimant)
    await insert(
        [
            SourceRefusal(
                id=new_id(),
                claimant_id=claimant,
                location_id=location_id,
                variant_id=variant_id,
                created_at=uow.at,
            )
            for variant_id in wanted
            if (location_id, variant_id) not in known
        ]
    )
    if has_stock:
        return
    reference = Reference(ClaimantKind.ORDER.value, claimant, note)
    for level in await queries.locked_levels(wanted, [location_id]):
        await _take_off_free(uow, level, reference)


async def _take_off_free(uow: UnitOfWork, level: StockLevel, reference: Reference) -> None:
    free = level.on_hand - level.reserved - level.unavailable
    if free <= 0:
        return
    lots: tuple[LotUnits, ...] = ()
    if level.is_tracked:
        lots = tuple(take(await queries.shelves_of(level.id, date.min), free))
    move = Move(level.id, StockBucket.AVAILABLE, StockBucket.OUTSIDE, free, StockReason.CORRECTION, lots=lots)
    await apply(uow, [level], [move], reference)
