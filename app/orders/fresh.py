"""An order that is being placed and not yet written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.inventory.location_kinds import LocationKind
from app.inventory.stock.queries import HeldUnits
from app.inventory.stock.service.reserving import ReservationResult
from app.orders.models import Order, OrderLine
from app.orders.service.pricing import PricedOrder
from app.stored_value.spending import Spent


@dataclass(frozen=True, slots=True)
class FreshOrder:
    """A new order with its lines, reserved stock and the kinds of its locations.

    Listeners of its events may still change its row.
    """

    order: Order
    lines: Sequence[OrderLine]
    held: Sequence[HeldUnits]
    kinds: Mapping[UUID, LocationKind]
    tracked: Mapping[UUID, bool]  # by variant of the lines
    spent: Sequence[Spent]  # gift cards and store credit with which it is paid

    @classmethod
    def of(
        cls,
        order: Order,
        lines: Sequence[OrderLine],
        priced: PricedOrder,
        kept: ReservationResult,
        spent: Sequence[Spent],
    ) -> "FreshOrder":
        picks = {pick.level_id: pick for pick in kept.plan.picks}
        return cls(
            order,
            lines,
            [
                HeldUnits(
                    picks[row.level_id].location_id,
                    picks[row.level_id].variant_id,
                    row.quantity,
                    row.quantity - row.waiting,
                )
                for row in kept.reservations
            ],
            {candidate.site.id: candidate.site.kind for candidate in kept.plan.candidates},
            {item.sold.variant_id: item.sold.tracks_stock for item in priced.items},
            spent,
        )
