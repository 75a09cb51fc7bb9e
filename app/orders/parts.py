"""What an order's lines are made of, and how much of that is still to be sent: pure."""

from collections.abc import Mapping
from typing import Any, Protocol
from uuid import UUID


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


def sent_of(line: Made) -> dict[UUID, int]:
    """The units of each variant that have left: of a bundle, not always what makes whole ones."""
    if line.parts_shipped:
        return {UUID(id): int(units) for id, units in line.parts_shipped.items()}
    return {id: line.quantity_shipped * each for id, each in needs_of(line).items()}


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
