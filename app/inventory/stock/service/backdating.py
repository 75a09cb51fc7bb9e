"""Receipts that are recorded after the goods arrived.

The goods count from the time of arrival. Units that left since are drawn again from the layers of that time,
so that their cost is what it would have been; the differences are posted now. Units that were transferred
keep the age that they had when they left.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from app.core.database import delete_each, insert, update_each
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.core.uow import UnitOfWork
from app.inventory.stock import queries
from app.inventory.stock.lifecycle import CostMethod
from app.inventory.stock.models import CostFlow, CostLayer
from app.inventory.stock.redrawing import Redrawn, UnitsIn, UnitsOut, redrawn
from app.inventory.stock.service.cost_propagation import Cause, follow_cost, reach_of
from app.inventory.stock.valuation import Layer
from app.settings import settings

LONGEST = timedelta(days=366)


def checked_received_at(at: datetime | None, uow: UnitOfWork, *path: str) -> datetime | None:
    """The time of arrival, if it is not now.

    Raises:
        Invalid: it is in the future, or more than a year ago.
    """
    if at is None:
        return None
    if at > uow.at:
        raise Invalid("The time of receipt must not be in the future.", *path, code=ProblemCode.IN_THE_FUTURE)
    if at < uow.at - LONGEST:
        raise Invalid(
            f"The time must not be more than {LONGEST.days} days ago.",
            *path,
            code=ProblemCode.OUT_OF_RANGE,
            earliest=uow.at - LONGEST,
            latest=uow.at,
        )
    return at


async def lock_since(level_ids: Collection[UUID], at: datetime) -> None:
    """Lock some levels, and all levels that their units can have reached since, in the common order."""
    reach = await reach_of(await queries.layers_moved_since(level_ids, at))
    await queries.locked_levels_by_id({*level_ids, *reach.level_ids})


async def count_from(uow: UnitOfWork, at: datetime, line_ids: Iterable[UUID], cause: Cause) -> None:
    """Count the lines of a receipt from the time at which their goods arrived.

    The caller has locked the levels with `lock_since`.
    """
    starts: dict[UUID, int] = {}
    came = await queries.flows_into(line_ids)
    for level_id, own in groupby(sorted(came, key=lambda flow: flow.level_id), lambda flow: flow.level_id):
        version = await queries.version_after(level_id, at)
        if version is None:
            continue  # no movements since
        starts |= await _draw_anew(level_id, version, list(own))
    if starts:
        await follow_cost(uow, await reach_of(starts), [], cause)


@dataclass(slots=True)
class _Group:
    """Flows that left together, from any number of layers."""

    flows: list[CostFlow] = field(default_factory=list)

    @property
    def quantity(self) -> int:
        return -sum(flow.quantity for flow in self.flows)


async def _draw_anew(level_id: UUID, version: int, own: Sequence[CostFlow]) -> dict[UUID, int]:
    """Replay a level from a version on, before which units have arrived.

    Returns the affected layers with that version.
    """
    moved = {flow.id for flow in own}
    held = await queries.held_in_level_before(level_id, version)
    flows = await queries.flows_in_level_since(level_id, version)
    layers = {row.id: row for row in await queries.layers_by_id({*held, *(flow.layer_id for flow in flows)})}
    for flow in flows:
        flow.version = version if flow.id in moved else flow.version
    merged = [flow for flow in flows if _is_merging(flow)]
    moving = [flow for flow in flows if flow.quantity and not _is_merging(flow)]
    rows = sorted(moving, key=lambda flow: flow.order)
    groups, events = _events(rows, layers)
    opened = [Layer(id, layers[id].received_at, units, 0) for id, units in held.items() if units]
    is_average = CostMethod(settings().cost_method) is CostMethod.AVERAGE
    done = redrawn(opened, events, is_average=is_average)
    await _rewrite(rows, groups, done, layers)
    await delete_each(merged)
    return dict.fromkeys(layers, version)


def _is_merging(flow: CostFlow) -> bool:
    """Whether the movement only merged layers because the valuation method changed."""
    return flow.movement_id is None and flow.batch_id is not None


def _events(
    rows: Sequence[CostFlow], layers: Mapping[UUID, CostLayer]
) -> tuple[list[_Group], list[UnitsIn | UnitsOut]]:
    """The movements of a level in order; what left together counts as one."""
    groups: list[_Group] = []
    events: list[UnitsIn | UnitsOut] = []
    keys: dict[tuple[UUID | None, UUID | None], int] = {}
    for flow in rows:
        if flow.quantity > 0:
            events.append(UnitsIn(flow.id, flow.layer_id, layers[flow.layer_id].received_at, flow.quantity))
            continue
        key = (flow.movement_id, flow.batch_id)
        if key not in keys:
            keys[key] = len(groups)
            groups.append(_Group())
            events.append(UnitsOut(keys[key], 0))
        groups[keys[key]].flows.append(flow)
    return groups, [UnitsOut(e.key, groups[e.key].quantity) if isinstance(e, UnitsOut) else e for e in events]


async def _rewrite(
    rows: Sequence[CostFlow], groups: Sequence[_Group], done: Redrawn, layers: Mapping[UUID, CostLayer]
) -> None:
    """Write the replayed flows. Their total value is unchanged until they are revalued."""
    new: list[CostFlow] = []
    gone: list[CostFlow] = []
    for flow in rows:
        if flow.quantity > 0 and flow.layer_id != done.layers[flow.id]:
            before, after = layers[flow.layer_id], layers[done.layers[flow.id]]
            for layer, sign in ((before, -1), (after, 1)):
                layer.quantity += sign * flow.quantity
                layer.value_minor += sign * flow.value_minor
            flow.layer_id = after.id
    for key, group in enumerate(groups):
        draws = done.draws[key]
        if draws == [(flow.layer_id, -flow.quantity) for flow in group.flows]:
            continue
        worth = sum(flow.value_minor for flow in group.flows)
        for index, (layer_id, units) in enumerate(draws):
            flow = group.flows[index] if index < len(group.flows) else _copy(group.flows[0])
            new += [flow] if index >= len(group.flows) else []
            flow.layer_id, flow.quantity, flow.value_minor = layer_id, -units, 0 if index else worth
        gone += group.flows[len(draws) :]
    dropped = {flow.id for flow in gone}
    kept = [flow for flow in rows if flow.id not in dropped]
    await delete_each(gone)
    await update_each(kept, "layer_id", "version", "quantity", "value_minor")
    await insert(new)
    for layer in layers.values():
        layer.remaining = layer.remaining_minor = 0  # set when everything is calculated
        layer.is_open = False
    await update_each(
        list(layers.values()), "quantity", "value_minor", "remaining", "remaining_minor", "is_open"
    )


def _copy(flow: CostFlow) -> CostFlow:
    names = ("level_id", "version", "at", "account", "batch_id", "part_start", "part_size", "part_whole",
             "reason", "movement_id", "reference_id", "leaves_with")  # fmt: skip
    values = {name: getattr(flow, name) for name in names}
    return CostFlow(id=new_id(), layer_id=flow.layer_id, quantity=0, value_minor=0, **values)
