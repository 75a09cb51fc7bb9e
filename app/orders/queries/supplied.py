"""Whether a supplier was asked for what is to be cancelled."""

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


# What suppliers were asked for is known some floors up, which says so here when the app is assembled.
Find = Callable[[Sequence[ToCancel]], Awaitable[list[Refusal | None]]]
_find: list[Find] = []


def supplier_refusals_are_found_by(find: Find) -> None:
    """Have a function say what refuses to cancel what a supplier was asked for."""
    _find[:] = [find]


async def supplier_refusals(wanted: Sequence[ToCancel]) -> list[Refusal | None]:
    """What refuses to cancel each because a supplier was asked for it; None if nothing does."""
    return await _find[0](wanted) if wanted and _find else [None] * len(wanted)
