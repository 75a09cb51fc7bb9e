"""The components of order lines, and the units still to be sent: pure functions.

The only module that reads and writes the lines' columns `components` and `parts_shipped`, which are set for
bundles only.

    components: [{"variant_id": …, "quantity": 2}]
    parts_shipped: {variant id: units}
"""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol
from uuid import UUID

from app.core.units import units_from_json, units_to_json


class Made(Protocol):
    """A line with its components and quantities."""

    variant_id: Any
    quantity: int
    quantity_cancelled: int
    quantity_shipped: int
    components: Any
    parts_shipped: Any


def needs_of(line: Made) -> dict[UUID, int]:
    """The units of each variant in one of a line: the variant itself, or a bundle's components."""
    if not line.components:
        return {line.variant_id: 1}
    return {UUID(part["variant_id"]): int(part["quantity"]) for part in line.components}


def components_to_json(units: Iterable[tuple[UUID, int]]) -> list[dict[str, Any]]:
    """The components of one bundle, as stored on its line."""
    return [{"variant_id": str(id), "quantity": quantity} for id, quantity in units]


def sent_of(line: Made) -> dict[UUID, int]:
    """The units of each variant that were shipped; for a bundle they need not make whole bundles."""
    if line.parts_shipped:
        return units_from_json(line.parts_shipped)
    return {id: line.quantity_shipped * each for id, each in needs_of(line).items()}


def parts_to_json(units: Mapping[UUID, int]) -> dict[str, int] | None:
    """The shipped units of components, as stored on a line; None if empty."""
    return units_to_json(units) or None


def left_of(line: Made) -> dict[UUID, int]:
    """The units of each variant still to be sent."""
    wanted, sent = line.quantity - line.quantity_cancelled, sent_of(line)
    return {id: wanted * each - sent.get(id, 0) for id, each in needs_of(line).items()}


def begun(line: Made) -> int:
    """The quantity of a line that was shipped at least in part and can no longer be cancelled."""
    return units_for(line, sent_of(line))


def unbegun(line: Made) -> int:
    """The quantity of a line that can still be cancelled."""
    return line.quantity - line.quantity_cancelled - begun(line)


def units_for(line: Made, units: Mapping[UUID, int]) -> int:
    """The quantity of a line that some units of its variants belong to; a partial bundle counts as one."""
    return max(-(-units.get(id, 0) // each) for id, each in needs_of(line).items())


def complete_units(line: Made, units: Mapping[UUID, int]) -> int:
    """The whole quantity of a line that some units of its variants make up; only whole bundles count."""
    return min(units.get(id, 0) // each for id, each in needs_of(line).items())
