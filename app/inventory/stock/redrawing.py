"""Which cost layers would have been used if units had arrived earlier than recorded: pure functions.

A level is replayed from a time on: incoming units are put into layers, outgoing units are drawn from them, as
`valuation` does. Only quantities are considered; values are calculated afterwards.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from app.inventory.stock.valuation import Layer, draw


@dataclass(frozen=True, slots=True)
class UnitsIn:
    """Incoming units: the flow, its layer, and since when they are owned."""

    flow_id: UUID
    layer_id: UUID
    received_at: datetime
    quantity: int


@dataclass(frozen=True, slots=True)
class UnitsOut:
    """Units that left together; `key` identifies them for the caller."""

    key: int
    quantity: int


@dataclass(slots=True)
class Redrawn:
    """The layer that each flow came into, and the layers that everything was drawn from."""

    layers: dict[UUID, UUID] = field(default_factory=dict)
    draws: dict[int, list[tuple[UUID, int]]] = field(default_factory=dict)


def redrawn(open: Iterable[Layer], events: Sequence[UnitsIn | UnitsOut], *, is_average: bool) -> Redrawn:
    """Replay a level, starting with the open layers.

    Raises:
        ValueError: more left than was there.
    """
    done = Redrawn()
    layers = sorted(open, key=lambda layer: (layer.received_at, layer.id))
    for event in events:
        if isinstance(event, UnitsOut):
            drawn = draw(layers, event.quantity)
            done.draws[event.key] = [(each.layer_id, each.quantity) for each in drawn]
            layers = [layer for layer in layers if layer.quantity]
            continue
        into = layers[0] if is_average and layers else _layer_of(layers, event)
        into.quantity += event.quantity
        done.layers[event.flow_id] = into.id
    return done


def _layer_of(layers: list[Layer], event: UnitsIn) -> Layer:
    """The layer that units go into: their present one, opened if it is not."""
    found = next((layer for layer in layers if layer.id == event.layer_id), None)
    if found is None:
        found = Layer(event.layer_id, event.received_at, 0, 0)
        layers.append(found)
        layers.sort(key=lambda layer: (layer.received_at, layer.id))
    return found
