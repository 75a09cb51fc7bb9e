"""Reserved units that are missing during picking."""

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
    to: Mapping[str, Any] | None = None,
    lots: Sequence[LotData] = (),
) -> int:
    """Write off missing units that are reserved for a claimant at a location, and reserve others.

    The location itself is not used for others, because its stock was just checked. What no other location has
    is backordered; returns the number of these units. `lots` are the missing lots, if known.

    Raises:
        InsufficientStock: fewer are reserved there for the claimant.
    """
    # Everything that may be changed is locked at once, in the common order.
    await queries.locked_levels_of_channel(channel_id, [variant_id], uow.at)
    reference = Reference(ClaimantKind.ORDER.value, claimant, "Missing during picking")
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
    """Write off missing units that are reserved for a claimant at a location, and reserve substitutes there.

    `lots` are the missing lots of a SKU, if known.

    Raises:
        InsufficientStock: fewer are reserved there, or the location has too few substitutes.
    """
    reference = Reference(ClaimantKind.ORDER.value, claimant, "Missing during picking")
    await issue(uow, reference, StockReason.LOSS, missing, location_id, lots, names_all=False)
    await reserve_at(
        uow,
        location_id=location_id,
        demand=instead,
        claimant=claimant,
        claimant_kind=ClaimantKind.ORDER,
        priority=ReservationPriority.ORDER,
    )
