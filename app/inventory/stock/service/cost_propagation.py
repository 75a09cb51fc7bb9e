"""Follows a later cost to wherever its units have gone: stock, kits, transfers, sales.

The value of each cost flow is recalculated (`revaluing`); the differences are posted now, with the reasons of
the original movements.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from app.core.database import insert, update_each
from app.core.ids import new_id
from app.core.transaction import TryAgain
from app.core.uow import UnitOfWork
from app.inventory.stock import queries
from app.inventory.stock.lifecycle import StockReason, ValueAccount
from app.inventory.stock.models import CostFlow, CostLayer, ValueEntry
from app.inventory.stock.revaluing import Flow, Held, Revalued, revalue
from app.inventory.stock.valuation import Share

A = ValueAccount


@dataclass(slots=True)
class Reach:
    """All flows that a cost can have reached, by id, and the first affected version of each layer."""

    flows: dict[UUID, CostFlow] = field(default_factory=dict)
    since: dict[UUID, int] = field(default_factory=dict)

    @property
    def level_ids(self) -> set[UUID]:
        return {flow.level_id for flow in self.flows.values()}


@dataclass(frozen=True, slots=True)
class Change:
    """A flow with a new value; the account that the difference comes from, and the reason."""

    flow: CostFlow
    value: int
    account: ValueAccount
    reason: StockReason


class Cause(NamedTuple):
    """The cause of a changed cost: a receipt and a note."""

    receipt_id: UUID
    note: str = ""


async def reach_of(starts: Mapping[UUID, int]) -> Reach:
    """The flows that units of some layers can have reached, for each from a version of its level on."""
    reach, batches = Reach(), set[UUID]()
    todo = dict(starts)
    while todo:
        rows = await queries.flows_since(todo)
        reach.since |= todo
        reach.flows |= {row.id: row for row in rows}
        left = {row.batch_id for row in rows if row.quantity < 0 and row.batch_id is not None} - batches
        batches |= left
        todo = {}
        for row in await queries.flows_into(left) if left else []:
            if row.version < min(
                reach.since.get(row.layer_id, row.version + 1), todo.get(row.layer_id, row.version + 1)
            ):
                todo[row.layer_id] = row.version
    return reach


async def locked_reach(starts: Sequence[CostFlow], level_ids: Iterable[UUID] = ()) -> Reach:
    """The flows that some flows can have reached; all of their levels and some others are locked in the
    common order.
    """
    since: dict[UUID, int] = {}
    for flow in starts:
        since[flow.layer_id] = min(flow.version, since.get(flow.layer_id, flow.version))
    found = (await reach_of(since)).level_ids | set(level_ids)
    await queries.locked_levels_by_id(found)
    reach = await reach_of(since)
    if not reach.level_ids <= found:
        raise TryAgain  # units have reached another level meanwhile
    return reach


async def follow_cost(uow: UnitOfWork, reach: Reach, changes: Sequence[Change], cause: Cause) -> None:
    """Post the effects of changed flow values on everything that they have reached."""
    flows = list(reach.flows.values())
    before = {id: Held(*held) for id, held in (await queries.held_before(reach.since)).items()}
    done = revalue(
        [plain(flow) for flow in flows],
        before,
        {change.flow.id: change.value for change in changes},
        map(plain, await _left_with(flows)),
    )
    layers = {row.id: row for row in await queries.layers_by_id(reach.since)}
    booked = _differences(flows, layers, done, {change.flow.id: change for change in changes}, cause)
    await _write(flows, layers, done)
    balances = await queries.level_values({key.level_id for key in booked})
    entries = [_entry(uow, key, amount, balances, cause) for key, amount in booked.items() if amount]
    await insert(entries)
    uow.book(entries)


async def _left_with(flows: Iterable[CostFlow]) -> list[CostFlow]:
    """The flows that left in a batch of which one of the flows came in."""
    batches = {flow.batch_id for flow in flows if flow.quantity > 0 and flow.batch_id is not None}
    return await queries.flows_out_with(batches) if batches else []


def plain(flow: CostFlow) -> Flow:
    """A flow for the replay."""
    share = None  # purchases have their own cost, and supplier-owned stock has none
    if flow.quantity > 0 and flow.batch_id is not None and flow.account is not A.SUPPLIERS:
        share = Share(flow.batch_id, flow.part_start, flow.part_size, flow.part_whole)
    return Flow(flow.id, flow.layer_id, flow.order, flow.quantity, flow.value_minor, flow.batch_id, share)


class _Key(NamedTuple):
    """The key by which differences are summed."""

    level_id: UUID
    home: ValueAccount
    account: ValueAccount
    reason: StockReason
    reference_kind: str
    reference_id: UUID | None


def _differences(
    flows: Iterable[CostFlow],
    layers: Mapping[UUID, CostLayer],
    done: Revalued,
    changes: Mapping[UUID, Change],
    cause: Cause,
) -> dict[_Key, int]:
    """The change in value of each level, by account and reason."""
    found: dict[_Key, int] = defaultdict(int)
    for flow in flows:
        home = A.IN_TRANSIT if layers[flow.layer_id].in_transit else A.ASSET
        change = changes.get(flow.id)
        account, reason = (change.account, change.reason) if change else (flow.account, flow.reason)
        if account is home:
            continue  # from one layer to another of the same account
        reference: tuple[str, UUID | None] = ("receipt", cause.receipt_id)
        if A.IN_TRANSIT in (home, account):
            reference = ("transfer", flow.reference_id)
        elif account is A.ASSEMBLY:
            reference = ("assembly", flow.reference_id)
        sign = 1 if flow.quantity >= 0 else -1  # nothing is left of a reversed receipt
        key = _Key(flow.level_id, home, account, reason, *reference)
        found[key] += sign * (done.values[flow.id] - flow.value_minor)
    return found


async def _write(flows: Iterable[CostFlow], layers: Mapping[UUID, CostLayer], done: Revalued) -> None:
    changed = [flow for flow in flows if flow.value_minor != done.values[flow.id]]
    for flow in changed:
        worth = done.values[flow.id]
        if flow.quantity >= 0:
            layers[flow.layer_id].value_minor += worth - flow.value_minor
        flow.value_minor = worth
    await update_each(changed, "value_minor")
    touched = {flow.layer_id for flow in changed}
    for id, layer in layers.items():
        held = done.held.get(id, Held())
        if (layer.remaining, layer.remaining_minor) != (held.quantity, held.value):
            layer.remaining, layer.remaining_minor = held.quantity, held.value
            layer.is_open = held.quantity > 0
            touched.add(id)
    columns = ("value_minor", "remaining", "remaining_minor", "is_open")
    await update_each([layers[id] for id in sorted(touched)], *columns)


def _entry(
    uow: UnitOfWork, key: _Key, amount: int, balances: Mapping[UUID, tuple[int, int]], cause: Cause
) -> ValueEntry:
    units, worth = balances[key.level_id]
    return ValueEntry(
        id=new_id(),
        level_id=key.level_id,
        from_account=key.account if amount > 0 else key.home,
        to_account=key.home if amount > 0 else key.account,
        quantity=0,
        amount_minor=abs(amount),
        balance_quantity=units,
        balance_minor=worth,
        reason=key.reason,
        reference_kind=key.reference_kind,
        reference_id=key.reference_id,
        note=cause.note,
        at=uow.at,
    )
