"""Records the progress of work at locations on an order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from app.core.database import Change, write_together
from app.core.uow import UnitOfWork
from app.core.versions import touch
from app.orders import derived_statuses, lifecycle, queries
from app.orders.components import parts_to_json
from app.orders.events import OrderCompleted, OrderReopened
from app.orders.lifecycle import OrderStatus, WarehouseStage
from app.orders.models import Order, OrderLine


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of an order: the furthest stage of open work, and units by line."""

    stage: WarehouseStage
    is_out_for_delivery: bool = False
    shipped: Mapping[UUID, int] = field(default_factory=dict[UUID, int])
    delivered: Mapping[UUID, int] = field(default_factory=dict[UUID, int])
    # For partially shipped bundles: the units of each component.
    parts: Mapping[UUID, Mapping[UUID, int]] = field(default_factory=dict[UUID, Mapping[UUID, int]])


class Progressed(NamedTuple):
    """An order with its lines, as a command has changed them: passed to `UnitOfWork.book`."""

    order: Order
    lines: Sequence[OrderLine]


def progressed(uow: UnitOfWork, order_id: UUID) -> Progressed | None:
    """An order with its lines as this transaction has changed it last; None if it has not."""
    for each in reversed(uow.booked):
        if isinstance(each, Progressed) and each.order.id == order_id:
            return each
    return None


async def record_progress(
    uow: UnitOfWork, order: Order, progress: Progress, lines: list[OrderLine] | None = None
) -> None:
    """Record progress on a locked order; updates its derived statuses and whether it is complete."""
    own = lines if lines is not None else await queries.lines(order.id)
    await write_together((), note_progress(uow, order, progress, own))


def note_progress(
    uow: UnitOfWork, order: Order, progress: Progress, lines: Sequence[OrderLine]
) -> tuple[Change, Change]:
    """`record_progress` without writing: the caller has more to write."""
    changed = []
    for line in lines:
        parts = parts_to_json(progress.parts.get(line.id, {}))
        now = (progress.shipped.get(line.id, 0), progress.delivered.get(line.id, 0), parts)
        if (line.quantity_shipped, line.quantity_delivered, line.parts_shipped) != now:
            line.quantity_shipped, line.quantity_delivered, line.parts_shipped = now
            changed.append(line)
    order.warehouse_stage, order.is_out_for_delivery = progress.stage, progress.is_out_for_delivery
    derived_statuses.derive(order, lines)
    complete_or_reopen(uow, order)
    uow.book([Progressed(order, lines)])
    of_lines = Change(changed, ("quantity_shipped", "quantity_delivered", "parts_shipped"))
    return of_lines, _saved(uow, order)


async def record_issued(
    uow: UnitOfWork, order: Order, lines: Sequence[OrderLine], issued: Mapping[UUID, int]
) -> None:
    """Record on a locked order the gift cards that were issued for units of its lines."""
    changed = [line for line in lines if issued.get(line.id)]
    for line in changed:
        line.quantity_shipped += issued[line.id]
        line.quantity_delivered += issued[line.id]
    derived_statuses.derive(order, lines)
    complete_or_reopen(uow, order)
    of_lines = Change(changed, ("quantity_shipped", "quantity_delivered"))
    await write_together((), (of_lines, _saved(uow, order)))


def complete_or_reopen(uow: UnitOfWork, order: Order) -> None:
    """Move an order to COMPLETED, or back, by its derived statuses. The caller saves the row."""
    settled = derived_statuses.is_settled(
        **derived_statuses.money_of(order), credited_minor=order.credited_minor
    )
    complete = derived_statuses.is_complete(order.fulfillment_status, order.return_status, is_settled=settled)
    if complete and order.status is OrderStatus.CONFIRMED:
        lifecycle.lifecycle.move(order, lifecycle.complete)
        uow.announce(OrderCompleted(subject_id=order.id, channel_id=order.channel_id))
    elif not complete and order.status is OrderStatus.COMPLETED:
        lifecycle.lifecycle.move(order, lifecycle.reopen)
        uow.announce(OrderReopened(subject_id=order.id, channel_id=order.channel_id))


def _saved(uow: UnitOfWork, order: Order) -> Change:
    touch(order, uow.at)
    columns = (
        *derived_statuses.COLUMNS,
        "status",
        "warehouse_stage",
        "is_out_for_delivery",
        "updated_at",
        "version",
    )
    return Change([order], columns)
