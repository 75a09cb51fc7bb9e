"""The pick-up locations that a channel offers for lines, with their stock and reasons: pure functions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.core.described import Described
from app.inventory.locations.models import PickupSetting
from app.inventory.sourcing import Hours, Plan
from app.orders.pickup import ready_by


class PickupUnavailableReason(Described):
    NO_STOCK = "no_stock", "The location does not have enough stock for the lines."
    CLOSED = "closed", "The location is closed for the next year."


@dataclass(frozen=True, slots=True)
class LineToPickUp:
    """A line, with its units of each variant that must be in stock."""

    sku: str
    quantity: int
    demand: Mapping[UUID, int]


@dataclass(frozen=True, slots=True)
class PickupLineOption:
    """How many units of a line a location has, up to its quantity."""

    sku: str
    quantity: int
    available: int


@dataclass(frozen=True, slots=True)
class PickupOption:
    """A pick-up location for some lines. `ready_by` is the time if they are ordered now."""

    setting: PickupSetting
    lines: Sequence[PickupLineOption]
    ready_by: datetime | None
    unavailable: PickupUnavailableReason | None
    reason: str | None


def pickup_option(
    setting: PickupSetting, lines: Sequence[LineToPickUp], plan: Plan, at: datetime
) -> PickupOption:
    """A location for lines; `plan` is their sourcing from the stock of the location only."""
    shown = _lines(lines, plan)
    why: PickupUnavailableReason | None = None
    text = ready = None
    short = [each.sku for each in shown if each.available < each.quantity]
    if plan.short:
        why = PickupUnavailableReason.NO_STOCK
        text = f"This location does not have enough of these SKUs: {', '.join(short[:5])}."
    else:
        hours = Hours.from_json(setting.place.hours)
        ready = ready_by(plan, hours, setting.preparation_minutes, at)
        if ready is None:
            why, text = PickupUnavailableReason.CLOSED, "This location is closed for the next year."
    return PickupOption(setting, shown, ready, why, text)


def _lines(lines: Sequence[LineToPickUp], plan: Plan) -> list[PickupLineOption]:
    """The available units of each line; of lines with the same SKU or component, the first comes first."""
    pool = dict(plan.short)
    found = []
    for line in lines:
        units = line.quantity
        for variant, wanted in line.demand.items():
            if variant in pool:
                each = wanted // line.quantity
                units = min(units, max(0, pool[variant]) // each)
        for variant, wanted in line.demand.items():
            if variant in pool:
                pool[variant] -= units * (wanted // line.quantity)
        found.append(PickupLineOption(line.sku, line.quantity, units))
    return found
