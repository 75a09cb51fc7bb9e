"""Goods of a purchase order that come in."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.core.database import update_each
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.core.versions import write_changes
from app.core.work import Work, verb
from app.inventory import queries as stock
from app.inventory import service as inventory
from app.inventory.lifecycle import StockBucket
from app.inventory.models import StockLevel
from app.inventory.service.naming import LotData
from app.inventory.service.receiving import Cost, LandedCost, ReceivedLine
from app.suppliers import lifecycle, queries
from app.suppliers.events import PurchaseOrderReceived
from app.suppliers.models import PurchaseOrder, PurchaseOrderLine
from app.suppliers.service.ordering import SOURCE, locked_for_goods


@dataclass(frozen=True, slots=True)
class ArrivedItem:
    """Pieces of a SKU that came; the cost of one in minor units, None for what was agreed."""

    sku: str
    quantity: int
    cost_minor: int | None = None
    bucket: StockBucket = StockBucket.AVAILABLE
    lots: Sequence[LotData] = ()


@verb
async def receive_purchase_order(
    work: Work,
    id: UUID,
    *,
    arrived: Sequence[ArrivedItem] | None = None,
    landed: Sequence[LandedCost] = (),
    rate: Decimal | None = None,
    note: str = "",
    expected_version: int | None = None,
) -> PurchaseOrder:
    """Put what came of a purchase order on the shelf, at what was agreed: all that is open, or so many.

    `rate` is what a unit of the order's currency is worth in the one that stock is valued in. More than was
    ordered may come: it is received, and waits for nobody's order.

    Raises:
        NotFound, StaleVersion, IllegalTransition.
        Invalid, ValidationFailed: a SKU that is not in it, or quantities that cannot be.
    """
    order = await locked_for_goods(work, id, expected_version)
    lifecycle.lifecycle.move(order, lifecycle.receive_some)
    lines = await queries.lines_of(order.id)
    skus = await stock.skus_of(line.variant_id for line in lines)
    items = _all_that_is_open(lines, skus) if arrived is None else list(arrived)
    by_sku = {skus[line.variant_id]: line for line in lines}
    for index, item in enumerate(items):
        if item.sku not in by_sku:
            raise Invalid(
                "This SKU is not in the purchase order.",
                "lines",
                str(index),
                "sku",
                code=ProblemCode.NOT_FOUND,
            )
    incoming = await _incoming(order.id)
    (location,) = await stock.locations_by_id([order.location_id])
    assert location is not None
    received = []
    for item in items:
        line = by_sku[item.sku]
        cost = Cost(
            line.cost_minor if item.cost_minor is None else item.cost_minor, order.currency, rate=rate
        )
        row = incoming.get(line.variant_id)
        received.append(ReceivedLine(item.sku, item.quantity, cost, item.bucket, row, lots=item.lots))
        line.received += item.quantity
    await inventory.receive(
        work,
        location=location,
        lines=received,
        landed=landed,
        reference=order.number,
        note=note,
        source=(SOURCE, order.id),
    )
    await update_each(lines, "received")
    await _write_status(work, order, lines, sum(item.quantity for item in items))
    return order


def _all_that_is_open(lines: Sequence[PurchaseOrderLine], skus: dict[UUID, str]) -> list[ArrivedItem]:
    return [
        ArrivedItem(skus[line.variant_id], line.quantity - line.received)
        for line in lines
        if line.received < line.quantity
    ]


async def _incoming(order_id: UUID) -> dict[UUID, UUID]:
    """By variant, what is expected of a purchase order."""
    rows = await stock.open_incoming_of(order_id)
    levels = await stock.levels_by_id([row.level_id for row in rows])
    return {
        level.variant_id: row.id
        for row, level in zip(rows, levels, strict=True)
        if isinstance(level, StockLevel)
    }


async def _write_status(
    work: Work, order: PurchaseOrder, lines: Sequence[PurchaseOrderLine], units: int
) -> None:
    done = all(line.received >= line.quantity for line in lines)
    changes: dict[str, Any] = {"status": order.status}
    if done:
        lifecycle.lifecycle.move(order, lifecycle.receive_all)
        changes = {"status": order.status, "received_at": work.at}
    await write_changes(order, changes, work.at)
    work.announce(
        PurchaseOrderReceived(subject_id=order.id, number=order.number, units=units, is_complete=done)
    )
