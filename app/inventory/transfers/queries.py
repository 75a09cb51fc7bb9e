"""Queries of transfers."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from app.access.permissions import Permission
from app.catalog.models import Variant
from app.core.actor import Actor
from app.core.database import among, fetch, uuid_of
from app.core.loading import grouped
from app.core.refusals import NotFound
from app.core.scope import Scope
from app.inventory.locations.queries import at
from app.inventory.stock.models import CostLayer
from app.inventory.transfers.lifecycle import TransferStatus
from app.inventory.transfers.models import Transfer, TransferLine


def transfers_visible_to(actor: Actor) -> QuerySet[Transfer]:
    """The transfers for which an actor may see stock at one end at least."""
    return _with_an_end_in(Transfer.all(), actor.scope_of(Permission.STOCK_VIEW))


def _with_an_end_in(rows: QuerySet[Transfer], scope: Scope) -> QuerySet[Transfer]:
    source, destination = at(scope, "source_id"), at(scope, "destination_id")
    return rows if source is None or destination is None else rows.filter(source | destination)


async def locked_transfer(permission: Permission, actor: Actor, id: UUID, *path: str) -> Transfer:
    """A locked transfer, for an action that requires a permission at one of its ends.

    The caller checks at which end, once the status is known.

    Raises:
        NotFound: it does not exist, or the actor may not see it or does not have the permission at either
            end.
    """
    rows = _with_an_end_in(transfers_visible_to(actor), actor.scope_of(permission))
    found = await rows.select_for_update().get_or_none(id=id)
    if found is None:
        raise NotFound.of("transfer", *path)
    return found


async def transfer_reference_is_taken(reference: str) -> bool:
    return await Transfer.filter(external_reference=reference).exists()


async def transfer_lines(transfer_id: UUID) -> list[TransferLine]:
    return await TransferLine.filter(transfer_id=transfer_id).order_by("position")


async def lines_by_transfer(ids: list[UUID]) -> list[list[TransferLine]]:
    """Batch: the lines of each transfer, in order."""
    return grouped(ids, await TransferLine.filter(transfer_id__in=ids).order_by("position"), "transfer_id")


def transfer_ids_with_sku(sku: Q) -> Subquery:
    """The ids of transfers with some SKUs, for a query that applies the scope."""
    variants = Subquery(Variant.filter(sku).values("id"))
    return Subquery(TransferLine.filter(variant_id__in=variants).values("transfer_id"))


async def transit_layers(line_ids: Iterable[UUID]) -> list[CostLayer]:
    """The cost layers of units in transit, oldest first."""
    return await CostLayer.filter(
        reference_id__in=list(line_ids), reference_kind="transfer_line", in_transit=True, is_open=True
    ).order_by("received_at", "id")


async def drafted_units(location_ids: Iterable[UUID]) -> dict[tuple[UUID, UUID], int]:
    """The units of each variant on draft transfers to a location."""
    rows = await fetch(
        f"""
        SELECT t.destination_id, l.variant_id, SUM(l.quantity) AS units
        FROM transfer_line l JOIN transfer t ON t.id = l.transfer_id
        WHERE {among("t.destination_id", 1)} AND t.status = '{TransferStatus.DRAFT.value}'
        GROUP BY t.destination_id, l.variant_id
        """,  # noqa: S608  # a status of ours
        list(location_ids),
    )
    return {(uuid_of(r["destination_id"]), uuid_of(r["variant_id"])): int(r["units"]) for r in rows}


async def value_in_transit(locations: Sequence[UUID], at: datetime) -> tuple[int, int]:
    """What was in transit to or from these locations."""
    rows = await fetch(
        f"""
        SELECT SUM(CASE e.to_account WHEN 'in_transit' THEN e.quantity ELSE -e.quantity END) AS units,
               SUM(CASE e.to_account WHEN 'in_transit' THEN e.amount_minor ELSE -e.amount_minor END) AS value
        FROM value_entry e JOIN stock_level s ON s.id = e.level_id
        WHERE (e.to_account = 'in_transit' OR e.from_account = 'in_transit') AND e.at <= $2
          AND e.reference_id IN (
              SELECT id FROM transfer WHERE {among("source_id", 1)} OR {among("destination_id", 1)}
          )
        """,  # noqa: S608  # columns of ours
        list(locations),
        at,
    )
    return int(rows[0]["units"] or 0), int(rows[0]["value"] or 0)
