"""Whether a supplier request prevents a cancellation."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.core.refusals import Refusal
from app.orders.models import OrderLine


@dataclass(frozen=True, slots=True)
class ToCancel:
    """Units of lines of an order that are to be cancelled, while others stay."""

    order_id: UUID
    lines: Sequence[OrderLine]
    chosen: Mapping[UUID, int]


# Returns the refusals because of supplier requests. Set by `wiring`, because fulfillment is a higher layer.
Find = Callable[[Sequence[ToCancel]], Awaitable[list[Refusal | None]]]
_find: list[Find] = []


def set_supplier_refusals(find: Find) -> None:
    """Set the function that returns the refusals because of supplier requests."""
    _find[:] = [find]


async def supplier_refusals(wanted: Sequence[ToCancel]) -> list[Refusal | None]:
    """The refusal of each cancellation because of a supplier request; None if there is none."""
    return await _find[0](wanted) if wanted and _find else [None] * len(wanted)
