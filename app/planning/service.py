"""The command of planning: creating drafts from suggestions."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar
from uuid import UUID

from app.core.actor import Actor
from app.core.uow import UnitOfWork, command
from app.inventory.locations import queries as locations
from app.inventory.locations.models import Location
from app.inventory.stock.queries import replenishment
from app.inventory.transfers import service as transfer_service
from app.inventory.transfers.models import Transfer
from app.inventory.transfers.service.drafts import MOST_LINES as MOST_TRANSFER_LINES
from app.inventory.transfers.service.drafts import TransferData, TransferItem
from app.planning.lifecycle import SuggestionKind
from app.planning.planning import PlanRow, Rules, drafted, plan
from app.planning.replenishing import Need, Suggestion, suggest
from app.suppliers import queries as suppliers
from app.suppliers.models import PurchaseOrder
from app.suppliers.service import ordering
from app.suppliers.service.lines import MOST_LINES, PurchaseItem
from app.suppliers.service.ordering import PurchaseOrderData

T = TypeVar("T")
NOTE = "Suggested by replenishment."


@dataclass(frozen=True, slots=True)
class Run:
    """The suggestions of a run, and the drafts that it created."""

    suggestions: list[Suggestion]
    purchase_orders: list[PurchaseOrder]
    transfers: list[Transfer]


async def replenish(
    actor: Actor,
    location_ids: Sequence[UUID],
    skus: Sequence[str] | None,
    rules: Rules,
    *,
    for_whom: Collection[UUID] | None = None,
    may_transfer: bool = True,
    is_dry_run: bool = False,
) -> Run:
    """Calculate what locations need, and create draft transfers and purchase orders.

    `for_whom` are the locations to replenish; the others only give surplus.

    Quantities on drafts count as ordered, so a second run suggests nothing again.

    Raises:
        InsufficientStock: units to transfer were promised meanwhile; nothing is stored.
    """
    rows = await plan(location_ids, skus, rules)
    whom = location_ids if for_whom is None else for_whom
    if is_dry_run:
        return Run(suggest(needs_of(rows, whom), may_transfer=may_transfer), [], [])
    return await _write(actor, rows, location_ids, whom, may_transfer)


def needs_of(rows: Sequence[PlanRow], for_whom: Collection[UUID]) -> list[Need]:
    """The rows of a plan as needs of some locations, and the surplus of the others."""
    needs = [need_of(row) for row in rows]
    return [need if need.location_id in for_whom else _with_enough(need) for need in needs]


def _with_enough(need: Need) -> Need:
    return replace(need, position=max(need.position, need.wanted.order_up_to))


def need_of(row: PlanRow, more: int = 0) -> Need:
    """A row of the plan as a need; `more` units of it were added to drafts."""
    item = row.item
    return Need(
        variant_id=row.level.variant_id,
        location_id=row.level.location_id,
        available=row.level.available,
        position=row.position + more,
        wanted=row.wanted,
        supplier_id=item.supplier_id if item else None,
        pack=item.pack_quantity if item else 1,
        least=item.min_quantity if item else 1,
    )


@command
async def _write(
    uow: UnitOfWork,
    rows: Sequence[PlanRow],
    location_ids: Sequence[UUID],
    whom: Collection[UUID],
    may_transfer: bool,
) -> Run:
    # A concurrent run waits here and then sees the drafts of the first one.
    await ordering.one_at_a_time()
    # Drafts before levels: a draft sent in between is counted twice rather than not at all.
    now = await drafted(location_ids)
    fresh = {level.id: level for level in await replenishment.levels_to_plan(location_ids, None)}
    for row in rows:
        row.level = fresh.get(row.level.id, row.level)
    needs = [
        need_of(row, now.get((row.level.location_id, row.level.variant_id), 0) - row.on_drafts)
        for row in rows
    ]
    needs = [need if need.location_id in whom else _with_enough(need) for need in needs]
    found = suggest(needs, may_transfer=may_transfer)
    skus = {row.level.variant_id: row.level.sku for row in rows}
    ids = sorted({id for each in found for id in (each.location_id, each.source_id) if id})
    places = {row.id: row for row in await locations.locations_by_id(ids) if row is not None}
    return Run(found, await _buy(uow, found, skus, places), await _move(uow, found, skus, places))


async def _move(
    uow: UnitOfWork, found: Sequence[Suggestion], skus: dict[UUID, str], places: dict[UUID, Location]
) -> list[Transfer]:
    routes: dict[tuple[UUID, UUID], list[TransferItem]] = {}
    for each in found:
        if each.kind is SuggestionKind.TRANSFER and each.source_id is not None:
            route = routes.setdefault((each.source_id, each.location_id), [])
            route.append(TransferItem(skus[each.variant_id], each.quantity))
    made = []
    for (source, destination), lines in sorted(routes.items()):
        for part in _parts(lines, MOST_TRANSFER_LINES):
            data = TransferData(places[source], places[destination], part, note=NOTE)
            made.append(await transfer_service.create_transfer(uow, data))
    return made


async def _buy(
    uow: UnitOfWork, found: Sequence[Suggestion], skus: dict[UUID, str], places: dict[UUID, Location]
) -> list[PurchaseOrder]:
    orders: dict[tuple[UUID, UUID], list[PurchaseItem]] = {}
    for each in found:
        if each.kind is SuggestionKind.PURCHASE and each.supplier_id is not None:
            order = orders.setdefault((each.supplier_id, each.location_id), [])
            order.append(PurchaseItem(skus[each.variant_id], each.quantity))
    ids = sorted({supplier for supplier, _ in orders})
    known = {row.id: row for row in await suppliers.suppliers_by_id(ids) if row is not None}
    made = []
    for (supplier, location), lines in sorted(orders.items()):
        for part in _parts(lines, MOST_LINES):
            data = PurchaseOrderData(known[supplier], places[location], part, note=NOTE)
            made.append(await ordering.create_purchase_order(uow, data))
    return made


def _parts(lines: Sequence[T], most: int) -> list[Sequence[T]]:
    return [lines[start : start + most] for start in range(0, len(lines), most)]
