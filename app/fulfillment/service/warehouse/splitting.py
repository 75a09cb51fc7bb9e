"""Splitting a fulfillment order, and merging fulfillment orders of the same order and location."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from app.access.permissions import Permission
from app.core.database import insert, update_each
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import IllegalTransition, Invalid, Problems
from app.core.steps import LifecycleStep
from app.core.uow import UnitOfWork, command
from app.fulfillment import lifecycle as life
from app.fulfillment import queries
from app.fulfillment.events import FulfillmentMerged, FulfillmentSplit
from app.fulfillment.lifecycle import FulfillmentOrderStatus
from app.fulfillment.models import FulfillmentLine, FulfillmentOrder
from app.fulfillment.service.event_fields import event_fields, units_of
from app.fulfillment.service.locking import lines_of, locked_with_order
from app.fulfillment.service.saving import save
from app.fulfillment.service.warehouse.pick_lists import drop_lines

S = FulfillmentOrderStatus
DIVISIBLE = (S.OPEN, S.RELEASED)
MOST_MERGED = 20
KEPT = (
    "order_id", "channel_id", "location_id", "status", "is_drop_ship", "is_pickup", "is_held", "urgency",
    "priority", "ships_on", "promised_on", "shipping_method", "released_at",
)  # fmt: skip


@command
async def split(
    uow: UnitOfWork, id: UUID, units: Mapping[UUID, int], *, expected_version: int | None = None
) -> FulfillmentOrder:
    """Split units of some lines off a fulfillment order.

    Returns the new fulfillment order, at the same location with the same status.

    Raises:
        NotFound, StaleVersion.
        IllegalTransition: it was begun, or its supplier was sent a request.
        ValidationFailed: lines of another fulfillment order, too many units, or nothing would remain.
    """
    order, row = await locked_with_order(uow, id, expected_version=expected_version)
    _refuse_indivisible(row, LifecycleStep.SPLIT)
    parts = await lines_of(row)
    _check(parts, units, row.units)
    siblings = await queries.of_order(order.id)
    made = FulfillmentOrder(
        id=new_id(),
        number=f"{order.number}-{len(siblings) + 1}",
        units=sum(units.values()),
        created_at=uow.at,
        updated_at=uow.at,
        **{name: getattr(row, name) for name in KEPT},
    )
    taken = [part for part in parts if units.get(part.id)]
    await insert([made])
    await insert([_part_of(made, part, units[part.id], n) for n, part in enumerate(taken, 1)])
    for part in taken:
        part.quantity -= units[part.id]
    await drop_lines(uow, [part for part in taken if not part.quantity])
    await update_each([part for part in taken if part.quantity], "quantity")
    row.units -= made.units
    await save(uow, row, "units")
    uow.announce(
        FulfillmentSplit(
            **event_fields(row),
            new_fulfillment_order_id=made.id,
            new_number=made.number,
            lines=[{"sku": part.sku, "quantity": units[part.id]} for part in taken],
        )
    )
    return made


def _refuse_indivisible(row: FulfillmentOrder, step: LifecycleStep) -> None:
    if row.status not in DIVISIBLE:
        raise IllegalTransition(step, row.status.value, life.lifecycle.names_from(row.status))


def _check(parts: Sequence[FulfillmentLine], units: Mapping[UUID, int], all_units: int) -> None:
    problems = Problems()
    by_id = {part.id: part for part in parts}
    for index, (line_id, wanted) in enumerate(units.items()):
        part = by_id.get(line_id)
        if part is None:
            problems.add(
                "This line does not belong to the fulfillment order.",
                "lines",
                str(index),
                "line_id",
                code=ProblemCode.NOT_FOUND,
            )
        elif not 1 <= wanted <= part.quantity:
            problems.add(
                f"It has {part.quantity} of it.",
                "lines",
                str(index),
                "quantity",
                code=ProblemCode.NOT_IN_RANGE,
                minimum=1,
                maximum=part.quantity,
            )
    if not units:
        problems.add("List the units to split off.", "lines", code=ProblemCode.REQUIRED)
    problems.refuse_if_any()
    if sum(units.values()) == all_units:
        raise Invalid(
            "At least one unit must remain in the fulfillment order.",
            "lines",
            code=ProblemCode.NOT_POSSIBLE_NOW,
        )


def _part_of(made: FulfillmentOrder, part: FulfillmentLine, units: int, position: int) -> FulfillmentLine:
    return FulfillmentLine(
        id=new_id(),
        fulfillment_order_id=made.id,
        order_line_id=part.order_line_id,
        variant_id=part.variant_id,
        sku=part.sku,
        name=part.name,
        tracks_stock=part.tracks_stock,
        quantity=units,
        position=position,
    )


@command
async def merge(
    uow: UnitOfWork, id: UUID, others: Sequence[UUID], *, expected_version: int | None = None
) -> FulfillmentOrder:
    """Merge fulfillment orders of one order and location into one.

    The others end; `id` gets their lines.

    Raises:
        NotFound, StaleVersion.
        Invalid: none or too many others, itself, or one of another order, location or status.
        IllegalTransition: one of them was begun, or a supplier was sent a request.
    """
    if not 1 <= len(others) <= MOST_MERGED or len(set(others)) != len(others):
        raise Invalid(
            f"List 1 to {MOST_MERGED} other fulfillment orders, each once.",
            "other_ids",
            code=ProblemCode.WRONG_COUNT,
            minimum=1,
            maximum=MOST_MERGED,
        )
    order, row = await locked_with_order(uow, id, expected_version=expected_version)
    _refuse_indivisible(row, LifecycleStep.MERGE)
    scope = uow.actor.scope_of(Permission.FULFILLMENT_MANAGE)
    siblings = {
        each.id: each
        for each in await queries.of_order(order.id)
        if scope.covers(each.channel_id, each.location_id)
    }
    _refuse_unlike(row, siblings, others)
    parts = await lines_of(row)
    for other_id in others:
        await _take_over(uow, row, parts, await queries.locked(other_id))
    row.ships_on = max(row.ships_on, *(siblings[other].ships_on for other in others))
    row.urgency = min(row.urgency, *(siblings[other].urgency for other in others))
    await save(uow, row, "units", "ships_on", "urgency")
    uow.announce(
        FulfillmentMerged(
            **event_fields(row), merged=[siblings[other].number for other in others], lines=units_of(parts)
        )
    )
    return row


def _refuse_unlike(
    row: FulfillmentOrder, siblings: Mapping[UUID, FulfillmentOrder], others: Sequence[UUID]
) -> None:
    """Raises Invalid: one of the others is of another order, at another location or in another status."""
    for index, other_id in enumerate(others):
        other = siblings.get(other_id)
        path = ("other_ids", str(index))
        if other is None or other_id == row.id:
            raise Invalid(
                "This must be another fulfillment order of the same order.", *path, code=ProblemCode.NOT_FOUND
            )
        if other.location_id != row.location_id:
            raise Invalid(
                f"{other.number} is at another location. Reassign it first.",
                *path,
                code=ProblemCode.NOT_POSSIBLE_NOW,
            )
        if other.status is not row.status:
            raise Invalid(
                f"{other.number} is {other.status.value}, {row.number} {row.status.value}.",
                *path,
                code=ProblemCode.NOT_POSSIBLE_NOW,
            )


async def _take_over(
    uow: UnitOfWork, row: FulfillmentOrder, parts: list[FulfillmentLine], other: FulfillmentOrder
) -> None:
    """Move the lines of another fulfillment order to `row`; equal lines are merged."""
    own = {(part.order_line_id, part.variant_id): part for part in parts}
    emptied = []
    for part in await lines_of(other):
        same = own.get((part.order_line_id, part.variant_id))
        if same is None:
            part.fulfillment_order_id, part.position = row.id, len(parts) + 1
            parts.append(part)
        else:
            same.quantity += part.quantity
            emptied.append(part)
    await drop_lines(uow, emptied)
    await update_each(parts, "fulfillment_order_id", "quantity", "position")
    row.units += other.units
    other.units = 0
    life.lifecycle.move(other, life.cancel)
    other.cancel_reason = f"Merged into {row.number}."
    await save(uow, other, "units", "cancel_reason")
