"""Valuation of stock: cost layers. Pure functions in whole minor units.

FIFO draws from the oldest layer first; the moving average keeps one layer per level and draws a share. Both
are methods of IAS 2 §25 ("first-in, first-out or weighted average cost formula") and US GAAP ASC 330-10-30-9.
A draw of `q` from a layer of `r` units with value `v` takes v × q ÷ r, rounded half up to a minor unit; the
last unit takes the rest. So the sum of what left and what remains is exactly what was put in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.core.money import split_minor


@dataclass(slots=True)
class Layer:
    """The remaining units of a receipt, and their total value."""

    id: UUID
    received_at: datetime
    quantity: int
    value_minor: int


@dataclass(frozen=True, slots=True)
class Draw:
    """What was taken from one layer."""

    layer_id: UUID
    received_at: datetime
    quantity: int
    value_minor: int


def share(value: int, part: int, whole: int) -> int:
    """The value of a part of the units, rounded half up; for all of them the whole value."""
    return (2 * value * part + whole) // (2 * whole)


@dataclass(frozen=True, slots=True)
class Share:
    """The part of a batch that comes in: `size` shares of `whole`, after `start` others.

    A batch is what left together, such as the units of a sale; for a receipt it is a line.
    """

    batch_id: UUID
    start: int = 0
    size: int = 1
    whole: int = 1

    def of(self, value: int) -> int:
        """The part's value of the batch's value; all parts add up exactly."""
        before = share(value, self.start, self.whole)
        return share(value, self.start + self.size, self.whole) - before


def draw(layers: Sequence[Layer], quantity: int) -> list[Draw]:
    """Take units from layers, first layer first, and reduce the layers.

    Raises:
        ValueError: the layers contain too few units. Nothing is changed then.
    """
    if sum(layer.quantity for layer in layers) < quantity:
        raise ValueError("the cost layers contain fewer units than are removed")
    drawn = []
    for layer in layers:
        if not quantity:
            break
        taken = min(quantity, layer.quantity)
        if taken:
            value = share(layer.value_minor, taken, layer.quantity)
            layer.quantity -= taken
            layer.value_minor -= value
            quantity -= taken
            drawn.append(Draw(layer.id, layer.received_at, taken, value))
    return drawn


def merge(layers: Sequence[Layer]) -> None:
    """Merge everything into the first layer: the level's moving average."""
    for layer in layers[1:]:
        layers[0].quantity += layer.quantity
        layers[0].value_minor += layer.value_minor
        layer.quantity = layer.value_minor = 0


def total(layers: Sequence[Layer]) -> tuple[int, int]:
    """The total units and value."""
    return sum(layer.quantity for layer in layers), sum(layer.value_minor for layer in layers)


def spread(amount: int, weights: Sequence[int]) -> list[int]:
    """Distribute a landed cost (freight, duty, insurance) over a receipt's lines exactly.

    The weights are the lines' values, quantities or weights. IAS 2 §11 counts such costs as cost of purchase.
    """
    return split_minor(amount, weights)


def by_bucket(value: int, quantities: Sequence[int]) -> list[int]:
    """A level's value distributed over the states of its units, by quantity."""
    return split_minor(value, quantities) if any(quantities) else [0] * len(quantities)
