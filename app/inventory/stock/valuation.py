"""What stock is worth: cost layers, pure and in whole minor units.

FIFO draws on the oldest layer first; the moving average keeps one layer for a level and draws its share.
Both are methods of IAS 2 §25 ("first-in, first-out or weighted average cost formula") and US GAAP ASC
330-10-30-9. A draw of `q` from a layer of `r` units worth `v` takes v × q ÷ r, rounded to a minor unit, half
up; the last unit takes what is left. So what was put in is exactly what has been taken out and what remains.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.core.money import split_minor


@dataclass(slots=True)
class Layer:
    """What remains of a receipt: so many units, worth so much together."""

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
    """The value of a part of the units, rounded half up; of all of them it is the whole value."""
    return (2 * value * part + whole) // (2 * whole)


@dataclass(frozen=True, slots=True)
class Share:
    """The part of a batch that comes in: `size` shares of `whole`, after `start` others.

    A batch is what left together, such as the units of a sale; of a receipt it is a line.
    """

    batch_id: UUID
    start: int = 0
    size: int = 1
    whole: int = 1

    def of(self, value: int) -> int:
        """What it is worth of what the batch is worth; all the shares together are worth all of it."""
        before = share(value, self.start, self.whole)
        return share(value, self.start + self.size, self.whole) - before


def draw(layers: Sequence[Layer], quantity: int) -> list[Draw]:
    """Take units from layers, the first first, and lower the layers by what was taken.

    Raises:
        ValueError: the layers hold fewer units. Nothing is lowered then.
    """
    if sum(layer.quantity for layer in layers) < quantity:
        raise ValueError("the layers hold less than is drawn")
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
    """Put all that remains into the first layer: the level's moving average."""
    for layer in layers[1:]:
        layers[0].quantity += layer.quantity
        layers[0].value_minor += layer.value_minor
        layer.quantity = layer.value_minor = 0


def total(layers: Sequence[Layer]) -> tuple[int, int]:
    """How many units, and what they are worth together."""
    return sum(layer.quantity for layer in layers), sum(layer.value_minor for layer in layers)


def spread(amount: int, weights: Sequence[int]) -> list[int]:
    """Landed cost (freight, duty, insurance) shared out over a receipt's lines; no cent is lost.

    The weights are the lines' values, quantities or weights. IAS 2 §11 counts such costs as cost of purchase.
    """
    return split_minor(amount, weights)


def by_bucket(value: int, quantities: Sequence[int]) -> list[int]:
    """A level's value shared out over where its units are; units are alike, so by quantity."""
    return split_minor(value, quantities) if any(quantities) else [0] * len(quantities)
