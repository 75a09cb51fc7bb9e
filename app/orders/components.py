"""What an order's lines are made of, and how much of that is still to be sent: pure.

The only place that reads and writes the lines' columns `components` and `parts_shipped`; neither is set but
for bundles.

    components: [{"variant_id": …, "quantity": 2}]
    parts_shipped: {variant id: units}
"""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol
from uuid import UUID

from app.core.units import units_from_json, units_to_json


class Made(Protocol):
    """A line, what one of it is made of, and what has become of its units."""

    variant_id: Any
    quantity: int
    quantity_cancelled: int
    quantity_shipped: int
    components: Any
    parts_shipped: Any


def needs_of(line: Made) -> dict[UUID, int]:
    """The units of each variant that one of a line is made of: itself, or a bundle's components."""
    if not line.components:
        return {line.variant_id: 1}
    return {UUID(part["variant_id"]): int(part["quantity"]) for part in line.components}


def components_to_json(units: Iterable[tuple[UUID, int]]) -> list[dict[str, Any]]:
    """What one bundle is made of, as its line keeps it."""
    return [{"variant_id": str(id), "quantity": quantity} for id, quantity in units]


def sent_of(line: Made) -> dict[UUID, int]:
    """The units of each variant that have left: of a bundle, not always what makes whole ones."""
    if line.parts_shipped:
        return units_from_json(line.parts_shipped)
    return {id: line.quantity_shipped * each for id, each in needs_of(line).items()}


def parts_to_json(units: Mapping[UUID, int]) -> dict[str, int] | None:
    """The units of components that have left, as a line keeps them; None for nothing to say."""
    return units_to_json(units) or None


def left_of(line: Made) -> dict[UUID, int]:
    """The units of each variant that are still to be sent."""
    wanted, sent = line.quantity - line.quantity_cancelled, sent_of(line)
    return {id: wanted * each - sent.get(id, 0) for id, each in needs_of(line).items()}


def begun(line: Made) -> int:
    """How many of a line have left at least in part: they cannot be cancelled any more."""
    return units_for(line, sent_of(line))


def unbegun(line: Made) -> int:
    """How many of a line can still be cancelled: wanted, and nothing of them has left."""
    return line.quantity - line.quantity_cancelled - begun(line)


def units_for(line: Made, units: Mapping[UUID, int]) -> int:
    """How many of a line so many units of its variants belong to, a part of one counted as one."""
    return max(-(-units.get(id, 0) // each) for id, each in needs_of(line).items())


def whole_of(line: Made, units: Mapping[UUID, int]) -> int:
    """How many of a line so many units of its variants make up: of a bundle, whole bundles."""
    return min(units.get(id, 0) // each for id, each in needs_of(line).items())
