"""The backlog: demand that cannot be reserved now and is served when stock arrives."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.core.database import delete_each, insert, update_each
from app.core.ids import new_id
from app.core.uow import UnitOfWork, command
from app.inventory.sourcing import Place
from app.inventory.stock import queries
from app.inventory.stock.events import BacklogServed
from app.inventory.stock.lifecycle import ClaimantKind, ReservationPriority
from app.inventory.stock.models import Backlog
from app.inventory.stock.refusals import InsufficientStock
from app.inventory.stock.service.reserving import reserve


@command
async def reserve_or_queue(
    uow: UnitOfWork,
    *,
    channel_id: UUID,
    variant_id: UUID,
    quantity: int,
    claimant: UUID,
    priority: ReservationPriority,
    to: Mapping[str, Any] | None = None,
    claimant_kind: ClaimantKind = ClaimantKind.ORDER,
    not_from: UUID | None = None,
) -> int:
    """Reserve as many units of a variant for a claimant as there are, and queue the rest.

    Locations that refused to ship it to the claimant are not used.

    Returns the number of queued units. `to` is the destination address, `not_from` a location that is not
    used.
    """
    kept = await _reserve_some(
        uow, channel_id, variant_id, quantity, claimant, claimant_kind, priority, to, not_from
    )
    if kept < quantity:
        row = Backlog(
            id=new_id(),
            channel_id=channel_id,
            variant_id=variant_id,
            claimant_kind=claimant_kind.value,
            claimant_id=claimant,
            quantity=quantity - kept,
            priority=int(priority),
            to=dict(to) if to else None,
            created_at=uow.at,
        )
        await insert([row])
    return quantity - kept


async def _reserve_some(
    uow: UnitOfWork,
    channel_id: UUID,
    variant_id: UUID,
    quantity: int,
    claimant: UUID,
    kind: ClaimantKind,
    priority: ReservationPriority,
    to: Mapping[str, Any] | None,
    not_from: UUID | None = None,
) -> int:
    """Reserve available units up to a quantity; return their number."""
    wanted = quantity
    refused = await queries.refusals_of(claimant)
    while wanted > 0:
        try:
            await reserve(
                uow,
                channel_id=channel_id,
                demand={variant_id: wanted},
                claimant=claimant,
                claimant_kind=kind,
                priority=priority,
                to=Place.of(to),
                not_from=not_from,
                refused=refused,
            )
        except InsufficientStock as refusal:
            there = refusal.shortages[0].available or 0
            wanted = min(there, wanted - 1)
        else:
            return wanted
    return 0


async def serve_backlog(uow: UnitOfWork, variant_ids: list[UUID]) -> int:
    """Reserve available stock for the backlog; return the number of units.

    Highest priority first, then longest waiting.
    """
    served = 0
    for row in await queries.locked_backlog(variant_ids):
        kept = await _reserve_some(
            uow,
            row.channel_id,
            row.variant_id,
            row.quantity,
            row.claimant_id,
            ClaimantKind(row.claimant_kind),
            ReservationPriority(row.priority),
            row.to,
        )
        if not kept:
            continue
        row.quantity -= kept
        if row.quantity:
            await update_each([row], "quantity")
        else:
            await delete_each([row])
        served += kept
        served_id = new_id()
        uow.is_new(served_id)
        uow.announce(
            BacklogServed(
                subject_id=served_id,
                claimant_kind=row.claimant_kind,
                claimant_id=row.claimant_id,
                variant_id=row.variant_id,
                units=kept,
            )
        )
    return served
