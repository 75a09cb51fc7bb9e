"""Units that were promised and are not on the shelf."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from app.core.uow import UnitOfWork, command
from app.inventory.stock import queries
from app.inventory.stock.lifecycle import ClaimantKind, ReservationPriority, StockReason
from app.inventory.stock.service.backlog import reserve_or_queue
from app.inventory.stock.service.ledger import Reference
from app.inventory.stock.service.lot_numbers import LotData
from app.inventory.stock.service.reserving import reserve_at
from app.inventory.stock.service.shipping import issue


@command
async def replace_missing(
    uow: UnitOfWork,
    *,
    channel_id: UUID,
    location_id: UUID,
    variant_id: UUID,
    quantity: int,
    claimant: UUID,
    priority: ReservationPriority,
    to: dict[str, Any] | None = None,
    lots: Sequence[LotData] = (),
) -> int:
    """Write units off that are kept for a claimant in a location and cannot be found, and keep others.

    The location is not asked for others: its shelf has just been looked at. What no other location has
    waits for stock; returns how many units that are. `lots` say which cannot be found, where that is known.

    Raises:
        InsufficientStock: fewer are kept there for the claimant.
    """
    # Everything that may be touched is locked at once, in the usual order.
    await queries.locked_levels_of_channel(channel_id, [variant_id], uow.at)
    reference = Reference(ClaimantKind.ORDER.value, claimant, "Missing when it was picked")
    picked = {(await queries.skus_of([variant_id]))[variant_id]: lots} if lots else {}
    await issue(
        uow,
        reference,
        StockReason.LOSS,
        {variant_id: quantity},
        location_id,
        picked,
        names_all=False,
    )
    return await reserve_or_queue(
        uow,
        channel_id=channel_id,
        variant_id=variant_id,
        quantity=quantity,
        claimant=claimant,
        priority=priority,
        to=to,
        not_from=location_id,
    )


@command
async def substitute_missing(
    uow: UnitOfWork,
    *,
    location_id: UUID,
    missing: Mapping[UUID, int],
    instead: Mapping[UUID, int],
    claimant: UUID,
    lots: Mapping[str, Sequence[LotData]],
) -> None:
    """Write units off that are kept for a claimant in a location and cannot be found, and keep others there.

    `lots` say which of a SKU cannot be found, where that is known.

    Raises:
        InsufficientStock: fewer are kept there, or the location has not enough of the others.
    """
    reference = Reference(ClaimantKind.ORDER.value, claimant, "Missing when it was picked")
    await issue(uow, reference, StockReason.LOSS, missing, location_id, lots, names_all=False)
    await reserve_at(
        uow,
        location_id=location_id,
        demand=instead,
        claimant=claimant,
        claimant_kind=ClaimantKind.ORDER,
        priority=ReservationPriority.ORDER,
    )
