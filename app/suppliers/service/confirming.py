"""Confirmed delivery dates."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from app.core.database import update_each
from app.core.days import checked_coming_day
from app.core.problems import ProblemCode
from app.core.refusals import Problems
from app.core.steps import LifecycleStep
from app.core.uow import UnitOfWork, command
from app.core.versions import write_changes
from app.inventory.stock import queries as stock
from app.inventory.stock.service import inbound
from app.suppliers import lifecycle, queries
from app.suppliers.conditions import PERMISSIONS
from app.suppliers.events import PurchaseOrderConfirmed
from app.suppliers.lifecycle import PurchaseOrderStatus
from app.suppliers.models import PurchaseOrder, PurchaseOrderLine
from app.suppliers.service.ordering import locked_for_goods


@command
async def confirm_purchase_order(
    uow: UnitOfWork,
    id: UUID,
    *,
    expected_on: date | None = None,
    days: Sequence[tuple[str, date]] = (),
    expected_version: int | None = None,
) -> PurchaseOrder:
    """Record the delivery date confirmed by the supplier, for all or the remaining goods.

    `expected_on` applies to every line that is not in `days`, which has dates of single SKUs; without it
    those lines keep theirs. Orders that wait for the goods get a new promised day, and buyers are notified.

    Raises:
        NotFound, StaleVersion, IllegalTransition.
        Invalid, ValidationFailed: no date at all, an invalid date, or a SKU that is not in the order, is
            listed
            twice or was received.
    """
    order = await locked_for_goods(uow, PERMISSIONS[LifecycleStep.CONFIRM], id, expected_version)
    rest = order.status is PurchaseOrderStatus.PARTIALLY_RECEIVED
    lifecycle.lifecycle.move(order, lifecycle.confirm_rest if rest else lifecycle.confirm)
    lines = await queries.lines_of(order.id)
    named = await _checked(lines, expected_on, days)
    changed = []
    for line in lines:
        day = named.get(line.id, None if expected_on is not None else line.expected_on)
        if line.received < line.quantity and line.expected_on != day:
            line.expected_on = day
            changed.append(line)
    await update_each(changed, "expected_on")
    on = expected_on or order.expected_on
    assert on is not None  # set when it was sent
    await inbound.reschedule(uow, order.id, {line.variant_id: line.expected_on or on for line in lines})
    changes = {"status": order.status, "expected_on": on, "confirmed_at": uow.at}
    await write_changes(order, changes, uow.at)
    uow.announce(PurchaseOrderConfirmed(subject_id=order.id, number=order.number, expected_on=on.isoformat()))
    return order


async def _checked(
    lines: Sequence[PurchaseOrderLine], expected_on: date | None, days: Sequence[tuple[str, date]]
) -> Mapping[UUID, date]:
    """The dates for single lines, by the line's id."""
    problems = Problems()
    if expected_on is None and not days:
        problems.add(
            "Enter a date for the order, or dates of lines.", "expected_on", code=ProblemCode.REQUIRED
        )
    if expected_on is not None:
        with problems.caught():
            checked_coming_day(expected_on, "expected_on")
    skus = await stock.skus_of(line.variant_id for line in lines)
    by_sku = {skus[line.variant_id]: line for line in lines}
    named: dict[UUID, date] = {}
    for index, (sku, day) in enumerate(days):
        line, at = by_sku.get(sku), ("lines", str(index))
        if line is None:
            problems.add(
                "This SKU is not part of the purchase order.", *at, "sku", code=ProblemCode.NOT_FOUND
            )
            continue
        if line.id in named:
            problems.add("This SKU is listed twice.", *at, "sku", code=ProblemCode.REPEATED)
        if line.received >= line.quantity:
            problems.add("All goods are received.", *at, "sku", code=ProblemCode.NOT_POSSIBLE_NOW)
        with problems.caught(*at):
            named[line.id] = checked_coming_day(day, "expected_on")
    problems.refuse()
    return named
