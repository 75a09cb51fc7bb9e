"""What would have left from which cost layer, had units come earlier than they were written down: pure.

A level is gone through again from some moment on: what came in is put into layers, what left is drawn from
them, as `valuation` does. Only units are looked at; what they are worth is worked out afterwards.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from app.inventory.stock.valuation import Layer, draw


@dataclass(frozen=True, slots=True)
class Came:
    """Units that came in: the flow, the layer that it made or went into, and since when they are ours."""

    flow_id: UUID
    layer_id: UUID
    received_at: datetime
    quantity: int


@dataclass(frozen=True, slots=True)
class Went:
    """Units that left together; `key` is whatever the caller knows them by."""

    key: int
    quantity: int


@dataclass(slots=True)
class Redrawn:
    """Into which layer each flow came, and from which layers everything that left was drawn."""

    layers: dict[UUID, UUID] = field(default_factory=dict)
    draws: dict[int, list[tuple[UUID, int]]] = field(default_factory=dict)


def redrawn(open: Iterable[Layer], events: Sequence[Came | Went], *, is_average: bool) -> Redrawn:
    """Go through a level again, from the layers that were open on.

    Raises:
        ValueError: more left than was there.
    """
    done = Redrawn()
    layers = sorted(open, key=lambda layer: (layer.received_at, layer.id))
    for event in events:
        if isinstance(event, Went):
            drawn = draw(layers, event.quantity)
            done.draws[event.key] = [(each.layer_id, each.quantity) for each in drawn]
            layers = [layer for layer in layers if layer.quantity]
            continue
        into = layers[0] if is_average and layers else _layer_of(layers, event)
        into.quantity += event.quantity
        done.layers[event.flow_id] = into.id
    return done


def _layer_of(layers: list[Layer], event: Came) -> Layer:
    """The layer that units go into: the one that they are in by now, opened where it is not."""
    found = next((layer for layer in layers if layer.id == event.layer_id), None)
    if found is None:
        found = Layer(event.layer_id, event.received_at, 0, 0)
        layers.append(found)
        layers.sort(key=lambda layer: (layer.received_at, layer.id))
    return found
