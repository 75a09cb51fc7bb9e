"""Revaluation after a cost becomes known later: pure functions.

Each cost layer is replayed from the change on, in the order in which its units came and left. Incoming units
have the cost paid for them, or their part of the batch that they belong to; outgoing units take their share
of the layer, rounded as before (see `valuation`). So every layer, and everything that left one, has exactly
the value that it would have had if the cost had been known at once.

With the moving average the layer is the level's pool. Of a change D of a receipt, a draw of q units from a
pool of p takes D × q ÷ p, so the pool keeps D × (pool left ÷ pool then), multiplied over the draws since (IAS
2 §27: the average is recalculated as each shipment is received; IAS 8 §42: an error is corrected as if it had
never occurred).
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from uuid import UUID

from app.inventory.stock.valuation import Share, share

Order = tuple[int, datetime, UUID]


@dataclass(frozen=True, slots=True)
class Flow:
    """Units that entered a layer or left it (negative `quantity`); see `models.CostFlow`."""

    id: UUID
    layer_id: UUID
    order: Order
    quantity: int
    value: int
    batch_id: UUID | None
    share: Share | None  # the part of its batch, for incoming units


@dataclass(slots=True)
class Held:
    """The content of a layer during the replay."""

    quantity: int = 0
    value: int = 0


@dataclass(slots=True)
class Revalued:
    """The new value of each flow, and the content of each layer at the end."""

    values: dict[UUID, int] = field(default_factory=dict)
    held: dict[UUID, Held] = field(default_factory=dict)


def revalue(
    flows: Sequence[Flow], before: Mapping[UUID, Held], given: Mapping[UUID, int], left: Iterable[Flow] = ()
) -> Revalued:
    """Replay layers from `before` on, with the new values `given` of some flows.

    `left` are flows of other layers that left in a batch of which something came in here.

    Raises:
        ValueError: the order of the flows is impossible.
    """
    done = Revalued(held={id: Held(held.quantity, held.value) for id, held in before.items()})
    batches = _Batches(flows, left)
    layers: dict[UUID, list[Flow]] = defaultdict(list)
    for flow in sorted(flows, key=lambda flow: flow.order):
        layers[flow.layer_id].append(flow)
    after = {flow.id: later for each in layers.values() for flow, later in pairwise(each)}
    waits_for = {each[0].id: batches.before(each[0]) for each in layers.values()}
    waits_for |= {later.id: 1 + batches.before(later) for later in after.values()}
    ready = deque(each[0] for each in layers.values() if not waits_for[each[0].id])
    while ready:
        flow = ready.popleft()
        held = done.held.setdefault(flow.layer_id, Held())
        worth = _value(flow, held, given, batches)
        done.values[flow.id] = worth
        held.quantity += flow.quantity
        held.value += worth if flow.quantity > 0 else -worth
        following = batches.note(flow, worth)
        if flow.id in after:
            following.append(after[flow.id])
        for each in following:
            waits_for[each.id] -= 1
            if not waits_for[each.id]:
                ready.append(each)
    if len(done.values) != len(flows):
        raise ValueError("received goods are part of goods that left later")
    return done


def _value(flow: Flow, held: Held, given: Mapping[UUID, int], batches: "_Batches") -> int:
    if flow.quantity < 0:
        return (
            share(held.value, min(-flow.quantity, held.quantity), held.quantity) if held.quantity > 0 else 0
        )
    if flow.id in given:
        return given[flow.id]
    total = batches.total(flow)
    return flow.value if total is None or flow.share is None else flow.share.of(total)


class _Batches:
    """What left together, its value, and what came in from it."""

    def __init__(self, flows: Iterable[Flow], left: Iterable[Flow]) -> None:
        self._worth: dict[UUID, int] = {}
        self._out: dict[UUID, int] = defaultdict(int)
        self._in: dict[UUID, list[Flow]] = defaultdict(list)
        known = {flow.id for flow in flows}
        for flow in left:
            if flow.id not in known and flow.batch_id is not None:
                self._worth[flow.batch_id] = self._worth.get(flow.batch_id, 0) + flow.value
        for flow in flows:
            if flow.batch_id is None:
                continue
            if flow.quantity < 0:
                self._out[flow.batch_id] += 1
                self._worth.setdefault(flow.batch_id, 0)
            else:
                self._in[flow.batch_id].append(flow)

    def before(self, flow: Flow) -> int:
        """The number of flows that must be processed before this one."""
        return self._out[flow.batch_id] if flow.quantity >= 0 and flow.batch_id is not None else 0

    def total(self, flow: Flow) -> int | None:
        """The value of the batch of an incoming flow; None if nothing is known to have left in it."""
        return self._worth.get(flow.batch_id) if flow.batch_id is not None else None

    def note(self, flow: Flow, worth: int) -> list[Flow]:
        """Record the value of a flow; return the flows that came in from its batch."""
        if flow.quantity >= 0 or flow.batch_id is None:
            return []
        self._worth[flow.batch_id] += worth
        return list(self._in[flow.batch_id])
