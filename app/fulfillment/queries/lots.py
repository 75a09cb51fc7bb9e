"""Queries of lots and serial numbers that are picked, shipped, or allocated."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.core.database import among, read
from app.fulfillment import contents
from app.fulfillment.contents import Lots, added, deal, less, lots_of
from app.fulfillment.models import FulfillmentLine, FulfillmentOrder
from app.fulfillment.queries.orders import by_id, by_order, lines_of
from app.fulfillment.queries.pick_lists import lines_by_id
from app.fulfillment.queries.shipments import packages_of
from app.inventory.stock import queries as stock

_IN_HAND = "('picking', 'picked', 'packed', 'ready')"


async def picked_lots(location_id: UUID, variant_id: UUID) -> dict[str, dict[str, int]]:
    """The picked units of a variant at a location by lot number and fulfillment order.

    The caller has locked the variant's level there, so nobody else picks it meanwhile.
    """
    rows = await read(
        FulfillmentLine,
        "fulfillment_order_id IN "  # noqa: S608  # words of ours
        f"(SELECT id FROM fulfillment_order WHERE location_id = $1 AND status IN {_IN_HAND}) "
        "AND variant_id = $2 AND lots IS NOT NULL",
        location_id,
        variant_id,
    )
    works = {row.id: row for row in await by_id([row.fulfillment_order_id for row in rows]) if row}
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        number = works[row.fulfillment_order_id].number
        for lot, units in lots_of(row.lots).items():
            totes = found.setdefault(lot, {})
            totes[number] = totes.get(number, 0) + units
    return found


@dataclass(frozen=True, slots=True)
class LineLot:
    """Units of a lot of a fulfillment line: picked, or to be picked."""

    number: str
    quantity: int
    is_picked: bool
    expires_on: date | None = None


async def lots_by_line(ids: list[UUID]) -> list[list[LineLot]]:
    """Batch: the lots of each fulfillment line.

    Picked or shipped lots; for units still to be picked, the lots allocated to the order.
    """
    lines = await lines_by_id(ids)
    works = {row.id: row for row in await by_id([line.fulfillment_order_id for line in lines]) if row}
    lacking = [line for line in lines if _lacks(line, works[line.fulfillment_order_id])]
    kept = await _kept_by_line(lacking, works) if lacking else {}
    found = []
    for line in lines:
        picked = [LineLot(number, units, True) for number, units in lots_of(line.lots).items()]
        found.append(picked + kept.get(line.id, []))
    return found


def _lacks(line: FulfillmentLine, row: FulfillmentOrder) -> bool:
    """Whether some units of a line that were not shipped have no known lots."""
    return line.tracks_stock and row.status.is_ahead and sum(lots_of(line.lots).values()) < line.quantity


async def _kept_by_line(
    lacking: Sequence[FulfillmentLine], works: dict[UUID, FulfillmentOrder]
) -> dict[UUID, list[LineLot]]:
    order_ids = list({works[line.fulfillment_order_id].order_id for line in lacking})
    kept = await stock.kept_lots(order_ids)
    if not kept:
        return {}
    # The lots allocated to an order at a location are distributed over its lines in a fixed order.
    rows = {row.id: row for own in await by_order(order_ids) for row in own if row.status.is_ahead}
    parts: dict[tuple[UUID, UUID, UUID], list[FulfillmentLine]] = defaultdict(list)
    for line in await lines_of(rows):
        row = rows[line.fulfillment_order_id]
        parts[row.order_id, row.location_id, line.variant_id].append(line)
    found: dict[UUID, list[LineLot]] = {}
    for key, lots in kept.items():
        left: Lots = {lot.number: lot.quantity for lot in lots}
        expiry = {lot.number: lot.expires_on for lot in lots}
        for line in parts.get(key, ()):
            left = less(left, lots_of(line.lots))
        for line in parts.get(key, ()):
            own = deal(left, line.quantity - sum(lots_of(line.lots).values()))
            found[line.id] = [LineLot(number, units, False, expiry[number]) for number, units in own.items()]
    return found


@dataclass(frozen=True, slots=True)
class SentLot:
    """Units of a lot that were shipped for an order line and not returned."""

    variant_id: UUID
    sku: str
    number: str
    quantity: int


async def lots_by_order_line(ids: list[UUID]) -> list[list[SentLot]]:
    """Batch: the lots and serial numbers that were shipped for each order line and not returned."""
    parts = await read(FulfillmentLine, f"{among('order_line_id', 1)} ORDER BY id", ids)
    named = [part for part in parts if part.lots]
    packages = await packages_of({part.fulfillment_order_id for part in named})
    sent: dict[UUID, Lots] = {}
    for package in packages:
        if package.shipment_id is None:
            continue  # packed lots may still change
        for each in contents.read(package.contents):
            sent[each.line_id] = added(sent.get(each.line_id, {}), each.kept_lots)
    found: dict[UUID, dict[tuple[UUID, str, str], int]] = {id: {} for id in ids}
    for part in named:
        own = found[part.order_line_id]
        for number, units in sent.get(part.id, {}).items():
            key = part.variant_id, part.sku, number
            own[key] = own.get(key, 0) + units
    return [[SentLot(*key, units) for key, units in found[id].items()] for id in ids]
