"""The pick-up location that a cart or an order requests."""

from app.channels.models import Channel
from app.core.problems import ProblemCode
from app.inventory.locations.models import PickupSetting
from app.inventory.locations.queries import pickup as pickup_queries
from app.inventory.sourcing import Hours, zone_of
from app.orders.cart import CartWarningCode
from app.orders.pickup import Pickup
from app.orders.service.faults import CartProblems
from app.settings import settings


async def requested_pickup(
    channel: Channel, code: str, faults: CartProblems
) -> tuple[Pickup, Hours | None] | None:
    """The pick-up at a location with the hours of the location; None if it is not offered.

    That it is not offered is a problem, or a warning for a cart that has the location already.
    """
    row = await pickup_queries.offered_at(channel.id, code)
    if row is not None:
        return pickup_of(row), Hours.from_json(row.place.hours)
    if code == faults.had.pickup:
        faults.aside.pickup_location = code
        text = "Orders can no longer be picked up at this location."
        faults.aside.warn(CartWarningCode.PICKUP_NOT_OFFERED, text, "pickup_location", given=code)
        return None
    (offered,) = await pickup_queries.offered_in([channel.id])
    faults.problems.add(
        "Orders of this channel cannot be picked up at this location. Choose another one.",
        "pickup_location",
        code=ProblemCode.UNKNOWN_CHOICE,
        given=code[:80],
        choices=[each.place.code for each in offered],
    )
    return None


def pickup_of(row: PickupSetting) -> Pickup:
    """The terms of a pick-up at a location, as an order records them."""
    place = row.place
    return Pickup(
        location_id=row.location_id,
        code=place.code,
        name=place.name,
        address=place.address,
        time_zone=zone_of(place.hours) or settings().time_zone,
        instructions=row.instructions,
        price_minor=row.price_minor,
        preparation_minutes=row.preparation_minutes,
        days_kept=row.days_kept,
    )
