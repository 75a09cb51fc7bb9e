"""Receiving goods of a purchase order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.core.database import update_each
from app.core.problems import ProblemCode
from app.core.refusals import Invalid, Problems
from app.core.steps import LifecycleStep
from app.core.uow import UnitOfWork, command
from app.core.versions import write_changes
from app.inventory.locations import queries as locations
from app.inventory.receiving import service as receiving_service
from app.inventory.receiving.landed_costs import LandedCost
from app.inventory.receiving.service.receipt_costs import Cost
from app.inventory.receiving.service.received_lines import ReceivedLine
from app.inventory.stock import queries as stock
from app.inventory.stock.lifecycle import StockBucket
from app.inventory.stock.models import StockLevel
from app.inventory.stock.service import levels as levels_commands
from app.inventory.stock.service import units_of_measure
from app.inventory.stock.service.lot_numbers import LotData
from app.settings import settings
from app.suppliers import lifecycle, queries
from app.suppliers.conditions import PERMISSIONS
from app.suppliers.events import PurchaseOrderReceived
from app.suppliers.models import PurchaseOrder, PurchaseOrderLine, Supplier
from app.suppliers.service.ordering import SOURCE, locked_for_goods


@dataclass(frozen=True, slots=True)
class ArrivedItem:
    """A received quantity of a SKU, in pieces or in a unit such as a carton.

    The cost of a piece or unit is in minor units; None: as agreed. Lots are in pieces.
    """

    sku: str
    quantity: int
    cost_minor: int | None = None
    bucket: StockBucket = StockBucket.AVAILABLE
    lots: Sequence[LotData] = ()
    unit: str | None = None


@command
async def receive_purchase_order(
    uow: UnitOfWork,
    id: UUID,
    *,
    arrived: Sequence[ArrivedItem] | None = None,
    landed: Sequence[LandedCost] = (),
    rate: Decimal | None = None,
    note: str = "",
    accepts_more: bool = False,
    received_at: datetime | None = None,
    expected_version: int | None = None,
) -> PurchaseOrder:
    """Receive goods of a purchase order into stock at the agreed cost: everything open, or the given items.

    `rate` is the value of a unit of the order's currency in the currency of stock valuation; `received_at` is
    when the goods arrived, if recorded later. More than was ordered can be received up to the supplier's
    tolerance; `accepts_more` allows more than that.

    Raises:
        NotFound, StaleVersion, IllegalTransition.
        Invalid, ValidationFailed: a SKU that is not in the order, invalid quantities, or more than is
            allowed.
    """
    order = await locked_for_goods(uow, PERMISSIONS[LifecycleStep.RECEIVE], id, expected_version)
    lifecycle.lifecycle.move(order, lifecycle.receive_some)
    lines = await queries.lines_of(order.id)
    skus = await stock.skus_of(line.variant_id for line in lines)
    items = _all_that_is_open(lines, skus) if arrived is None else list(arrived)
    by_sku = {skus[line.variant_id]: line for line in lines}
    pieces = await _pieces(items, by_sku)
    if not accepts_more:
        (supplier,) = await queries.suppliers_by_id([order.supplier_id])
        assert supplier is not None
        _refuse_too_much(items, pieces, by_sku, tolerance_of(supplier))
    incoming = await _incoming(order.id)
    (location,) = await locations.locations_by_id([order.location_id])
    assert location is not None
    received = []
    for item, units in zip(items, pieces, strict=True):
        line = by_sku[item.sku]
        row = incoming.get(line.variant_id)
        cost = _cost(item, line, units, order.currency, rate)
        received.append(ReceivedLine(item.sku, units, cost, item.bucket, row, lots=item.lots))
        line.received += units
    await receiving_service.receive(
        uow,
        location=location,
        lines=received,
        landed=landed,
        reference=order.number,
        note=note,
        source=(SOURCE, order.id),
        received_at=received_at,
    )
    await update_each(lines, "received")
    await _write_status(uow, order, lines, sum(pieces), received_at or uow.at)
    return order


def tolerance_of(supplier: Supplier) -> int:
    """The over-receipt tolerance of a supplier in percent."""
    own: int | None = supplier.over_receipt_percent
    return settings().over_receipt_percent if own is None else own


async def _pieces(items: Sequence[ArrivedItem], by_sku: Mapping[str, PurchaseOrderLine]) -> list[int]:
    """The pieces of each item.

    Raises:
        Invalid: a SKU that is not in the order, or an unknown unit.
    """
    for index, item in enumerate(items):
        if item.sku not in by_sku:
            raise Invalid(
                "This SKU is not part of the purchase order.",
                "lines",
                str(index),
                "sku",
                code=ProblemCode.NOT_FOUND,
            )
    variants = await levels_commands.stocked_variants(
        [(item.sku, ("lines", str(i), "sku")) for i, item in enumerate(items)]
    )
    return [
        await units_of_measure.in_pieces(variant, item.quantity, item.unit, "lines", str(index))
        for index, (item, variant) in enumerate(zip(items, variants, strict=True))
    ]


def _refuse_too_much(
    items: Sequence[ArrivedItem],
    pieces: Sequence[int],
    by_sku: Mapping[str, PurchaseOrderLine],
    percent: int,
) -> None:
    """Refuse quantities beyond the ordered ones and the tolerance, over all items of a SKU together."""
    problems = Problems()
    come: dict[str, int] = {}
    for index, (item, units) in enumerate(zip(items, pieces, strict=True)):
        line = by_sku[item.sku]
        before = line.received + come.get(item.sku, 0)
        come[item.sku] = come.get(item.sku, 0) + units
        can = max(0, line.quantity * (100 + percent) // 100 - before)
        if units > can:
            problems.add(
                (
                    f"{line.quantity} units of {item.sku} are ordered and {before} received. With "
                    f"an over-receipt of {percent} %, at most {can} more are accepted. To accept "
                    "more, set acceptOverReceipt."
                ),
                "lines",
                str(index),
                "quantity",
                code=ProblemCode.TOO_LARGE,
                maximum=can,
            )
    problems.refuse()


def _cost(
    item: ArrivedItem, line: PurchaseOrderLine, pieces: int, currency: str, rate: Decimal | None
) -> Cost:
    """The cost of pieces: the given one, else their exact share of the agreed cost."""
    if item.cost_minor is None and line.unit_quantity == 1:
        return Cost(line.cost_minor, currency, rate=rate)
    if item.cost_minor is None:
        agreed = line.cost_of(line.received + pieces) - line.cost_of(line.received)
        return Cost(agreed, currency, is_total=True, rate=rate)
    if item.unit is None:
        return Cost(item.cost_minor, currency, rate=rate)
    return Cost(item.cost_minor * item.quantity, currency, is_total=True, rate=rate)


def _all_that_is_open(lines: Sequence[PurchaseOrderLine], skus: dict[UUID, str]) -> list[ArrivedItem]:
    return [
        ArrivedItem(skus[line.variant_id], line.quantity - line.received)
        for line in lines
        if line.received < line.quantity
    ]


async def _incoming(order_id: UUID) -> dict[UUID, UUID]:
    """The incoming stock of a purchase order by variant."""
    rows = await stock.open_incoming_of(order_id)
    levels = await stock.levels_by_id([row.level_id for row in rows])
    return {
        level.variant_id: row.id
        for row, level in zip(rows, levels, strict=True)
        if isinstance(level, StockLevel)
    }


async def _write_status(
    uow: UnitOfWork, order: PurchaseOrder, lines: Sequence[PurchaseOrderLine], units: int, at: datetime
) -> None:
    done = all(line.received >= line.quantity for line in lines)
    changes: dict[str, Any] = {"status": order.status}
    if done:
        lifecycle.lifecycle.move(order, lifecycle.receive_all)
        changes = {"status": order.status, "received_at": max(at, order.sent_at or at)}
    await write_changes(order, changes, uow.at)
    uow.announce(
        PurchaseOrderReceived(subject_id=order.id, number=order.number, units=units, is_complete=done)
    )
