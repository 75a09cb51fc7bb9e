"""The lots and serial numbers that can be picked at a location: in stock and not picked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from app.catalog import queries as catalog
from app.catalog.lifecycle import Tracking
from app.core.problems import ProblemCode
from app.core.refusals import Problem
from app.core.uow import UnitOfWork
from app.fulfillment import queries
from app.fulfillment.contents import Lots
from app.fulfillment.models import FulfillmentLine, FulfillmentOrder
from app.inventory.stock import queries as stock
from app.inventory.stock.queries import LotAtLocation


@dataclass(frozen=True, slots=True)
class PickedLot:
    """Scanned units of a lot, or a serial number."""

    number: str
    quantity: int


@dataclass(slots=True)
class AvailableLots:
    """The lots at a location while the scans of one input are processed: a unit is taken once."""

    uow: UnitOfWork
    row: FulfillmentOrder
    _taken: dict[tuple[UUID, str], int] = field(default_factory=dict[tuple[UUID, str], int])

    async def take(self, part: FulfillmentLine, lots: Sequence[PickedLot]) -> tuple[list[Problem], Lots]:
        """Take units of some lots of a line's variant: return the problems, else the units by number."""
        if not part.tracks_stock or await catalog.tracking_of(part.variant_id) is Tracking.NONE:
            text = f"{part.sku} is not tracked by lot or serial number."
            return [Problem(text, ("lots",), ProblemCode.NOT_APPLICABLE)], {}
        given = [lot.number.strip() for lot in lots]
        there = await stock.lots_at_location(self.row.location_id, part.variant_id, given, self.uow.at)
        totes = await queries.picked_lots(self.row.location_id, part.variant_id)
        found, taken = list[Problem](), Lots()
        for index, (number, lot) in enumerate(zip(given, lots, strict=True)):
            known = there.get(number)
            own = totes.get(known.number, {}) if known else {}
            problem = self._problem(part, known, number, lot.quantity, own)
            if problem is not None:
                found.append(problem.under("lots", str(index)))
            elif known is not None:
                key = part.variant_id, known.number
                self._taken[key] = self._taken.get(key, 0) + lot.quantity
                taken[known.number] = taken.get(known.number, 0) + lot.quantity
        return found, taken

    def _problem(
        self,
        part: FulfillmentLine,
        lot: LotAtLocation | None,
        number: str,
        units: int,
        totes: Mapping[str, int],
    ) -> Problem | None:
        if lot is None:
            text = f"There is no lot {number[:80]!r} of {part.sku}."
            return Problem(text, ("number",), ProblemCode.NOT_FOUND, {"given": number[:80]})
        if lot.is_serial and units != 1:
            text = f"{number} is the serial number of one unit."
            return Problem(text, ("quantity",), ProblemCode.NOT_IN_RANGE, {"minimum": 1, "maximum": 1})
        if lot.is_expired:
            return Problem(f"{number} has expired. Pick another.", ("number",), ProblemCode.NOT_POSSIBLE_NOW)
        free = max(0, lot.shelf - sum(totes.values()) - self._taken.get((part.variant_id, lot.number), 0))
        if units <= free:
            return None
        if not lot.shelf:
            text = f"{number} is not available here: {lot.where}. Pick another."
            return Problem(text, ("number",), ProblemCode.NOT_POSSIBLE_NOW)
        picked = f" The other units are picked for {', '.join(sorted(totes))}." if totes else ""
        text = f"Only {free} units of {number} are on the shelf and not picked yet.{picked} Pick another lot."
        field = "number" if lot.is_serial else "quantity"
        return Problem(text, (field,), ProblemCode.NOT_ENOUGH, {"available": free})
