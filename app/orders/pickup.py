"""The pick-up of an order at a location: pure functions.

The only module that reads and writes the orders' column `pickup`.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from app.inventory.sourcing import Hours, Plan, ready_at

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Pickup:
    """A pick-up as it was offered when it was chosen. `address` is that of the location, as stored."""

    location_id: UUID
    code: str
    name: str
    address: Mapping[str, Any]
    time_zone: str
    instructions: str
    price_minor: int
    preparation_minutes: int
    days_kept: int
    ready_by: datetime | None = None  # promised when the order was placed; None: unknown

    @classmethod
    def of(cls, order: Any) -> "Pickup | None":
        """The pick-up of an order or cart; None if it is shipped."""
        stored: Mapping[str, Any] | None = order.pickup
        if not stored:
            return None
        ready = stored.get("ready_by")
        return cls(
            **{
                **stored,
                "location_id": UUID(stored["location_id"]),
                "ready_by": datetime.fromisoformat(ready) if ready else None,
            }
        )

    def to_json(self) -> dict[str, Any]:
        stored = asdict(self) | {"location_id": str(self.location_id), "address": dict(self.address)}
        return stored | {"ready_by": self.ready_by.isoformat() if self.ready_by else None}

    @property
    def destination(self) -> dict[str, Any]:
        """The destination for sourcing: only stock of the location is used."""
        return {**self.address, "pickup_at": str(self.location_id)}

    def promised(self, plan: Plan, at: datetime, *, is_waiting: bool, hours: Hours | None) -> "Pickup":
        """The same with the time at which an order of the time `at` is ready, from its stock.

        `hours` are those of the location. The time is unknown while a part of the order waits for stock.
        """
        ready = None if is_waiting else ready_by(plan, hours, self.preparation_minutes, at)
        return replace(self, ready_by=ready)

    def day_of(self, at: datetime) -> date:
        """The date of a time at the location."""
        return at.astimezone(ZoneInfo(self.time_zone)).date()

    def last_day(self, ready: datetime) -> date:
        """The last day on which an order that is ready at a time can be picked up."""
        return self.day_of(ready) + timedelta(days=self.days_kept)

    def end_of(self, day: date) -> datetime:
        """The end of a day at the location."""
        return datetime.combine(day + timedelta(days=1), datetime.min.time(), ZoneInfo(self.time_zone))


def ready_by(plan: Plan, hours: Hours | None, minutes: int, at: datetime) -> datetime | None:
    """When an order with this sourcing is ready, if it is prepared within the opening hours.

    In whole minutes. A location that is at its capacity begins on a later day. None: it does not open within
    a year.
    """
    begin = at if at == at.replace(second=0, microsecond=0) else at.replace(second=0, microsecond=0) + MINUTE
    day = plan.ships_on
    if day is not None and hours is not None:
        begin = max(begin, datetime.combine(day, datetime.min.time(), ZoneInfo(hours.time_zone)))
    return ready_at(hours, begin, minutes)


def destination_of(order: Any) -> Mapping[str, Any] | None:
    """The address to which an order is sourced: of the location of its pick-up, or of the buyer."""
    pickup = Pickup.of(order)
    if pickup is not None:
        return pickup.destination
    found: Mapping[str, Any] | None = order.shipping_address or order.destination
    return found
