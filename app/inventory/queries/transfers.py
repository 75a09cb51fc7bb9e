"""Reads of transfers."""

from collections.abc import Iterable
from uuid import UUID

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from app.access.permissions import Permission
from app.catalog.models import Variant
from app.core.actor import Actor
from app.core.loading import grouped
from app.core.refusals import NotFound
from app.inventory.models import CostLayer, Transfer, TransferLine
from app.inventory.queries.locations import locations_visible_to


def transfers_visible_to(actor: Actor) -> QuerySet[Transfer]:
    """The transfers of which an actor may see one end at least."""
    if not actor.may(Permission.STOCK_VIEW):
        return Transfer.filter(id__in=[])
    if actor.channels is None:
        return Transfer.all()
    seen = Subquery(locations_visible_to(actor).values("id"))
    return Transfer.filter(Q(source_id__in=seen) | Q(destination_id__in=seen))


async def locked_transfer(actor: Actor, id: UUID, *path: str) -> Transfer:
    """A transfer, locked.

    Raises:
        NotFound: there is none that this actor may see.
    """
    found = await transfers_visible_to(actor).select_for_update().get_or_none(id=id)
    if found is None:
        raise NotFound.of("transfer", *path)
    return found


async def transfer_reference_is_taken(reference: str) -> bool:
    return await Transfer.filter(external_reference=reference).exists()


async def transfer_lines(transfer_id: UUID) -> list[TransferLine]:
    return await TransferLine.filter(transfer_id=transfer_id).order_by("position")


async def lines_by_transfer(ids: list[UUID]) -> list[list[TransferLine]]:
    """Batch: the lines of each transfer, in its order."""
    return grouped(ids, await TransferLine.filter(transfer_id__in=ids).order_by("position"), "transfer_id")


def transfer_ids_with_sku(sku: Q) -> Subquery:
    """The ids of transfers of some SKUs, for use in a query whose rows are scoped."""
    variants = Subquery(Variant.filter(sku).values("id"))
    return Subquery(TransferLine.filter(variant_id__in=variants).values("transfer_id"))


async def transit_layers(line_ids: Iterable[UUID]) -> list[CostLayer]:
    """The cost layers of what is on its way, the oldest first."""
    return await CostLayer.filter(
        reference_id__in=list(line_ids), reference_kind="transfer_line", in_transit=True, is_open=True
    ).order_by("received_at", "id")
