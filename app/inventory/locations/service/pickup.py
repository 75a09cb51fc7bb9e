"""Pick-up at the locations of a channel."""

from typing import Any

from app.access.permissions import Permission
from app.channels import queries as channels
from app.channels.events import ChannelUpdated
from app.channels.models import Channel
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import Problems
from app.core.uow import UnitOfWork, command
from app.inventory.location_kinds import LocationKind
from app.inventory.locations.models import Location, PickupSetting
from app.inventory.locations.queries import pickup as pickup_queries

MOST_PICKUP_LOCATIONS = 100  # per channel
LONGEST_INSTRUCTIONS = 1_000
LONGEST_PREPARATION = 30 * 24 * 60  # minutes
MOST_DAYS_KEPT = 365


@command
async def set_pickup(uow: UnitOfWork, /, channel: Channel, location: Location, **sent: Any) -> PickupSetting:
    """Offer pick-up at a location to the buyers of a channel, or change or end the offer.

    `sent` contains columns; missing ones stay unchanged.

    Raises:
        NotFound: the channel does not exist, or the actor may not change it.
        ValidationFailed: every invalid value; the location has no address, belongs to a supplier, or the
            channel does not sell from it.
    """
    await channels.locked(channel.id, uow.actor, Permission.CHANNELS_MANAGE, "channel")
    row = await pickup_queries.setting_of(channel.id, location.id)
    problems = Problems()
    _check_values(sent, problems)
    if sent.get("is_active", row is None or row.is_active):
        await _check_location(channel, location, problems)
    if row is None and await pickup_queries.number_of_settings(channel.id) >= MOST_PICKUP_LOCATIONS:
        problems.add(
            f"A channel can have at most {MOST_PICKUP_LOCATIONS} pick-up locations.",
            "location",
            code=ProblemCode.TOO_MANY,
            maximum=MOST_PICKUP_LOCATIONS,
        )
    problems.refuse_if_any()
    row = row or PickupSetting(id=new_id(), channel_id=channel.id, location_id=location.id)
    for name, value in sent.items():
        setattr(row, name, value)
    await row.save()
    row.place = location
    uow.announce(
        ChannelUpdated(
            subject_id=channel.id, channel_id=channel.id, changed=[f"pickup_setting:{location.code}"]
        )
    )
    return row


def _check_values(sent: dict[str, Any], problems: Problems) -> None:
    if len(sent.get("instructions", "")) > LONGEST_INSTRUCTIONS:
        problems.add(
            f"The instructions must have at most {LONGEST_INSTRUCTIONS} characters.",
            "instructions",
            code=ProblemCode.TOO_LONG,
            maximum=LONGEST_INSTRUCTIONS,
        )
    if sent.get("price_minor", 0) < 0:
        problems.add("The price must not be negative.", "price", code=ProblemCode.TOO_SMALL, minimum=0)
    for name, what, least, most in (
        ("preparation_minutes", "preparation time in minutes", 0, LONGEST_PREPARATION),
        ("days_kept", "number of days", 1, MOST_DAYS_KEPT),
    ):
        if name in sent and not least <= sent[name] <= most:
            problems.add(
                f"The {what} must be between {least} and {most}.",
                name,
                code=ProblemCode.NOT_IN_RANGE,
                minimum=least,
                maximum=most,
            )


async def _check_location(channel: Channel, location: Location, problems: Problems) -> None:
    """Note why orders of the channel cannot be picked up at a location."""
    text = ""
    if location.kind is LocationKind.DROP_SHIP:
        text = "This location belongs to a supplier. Orders are picked up at own locations only."
    elif not location.address:
        text = "This location has no address, by which orders are taxed. Set it first (locationUpdate)."
    elif not await pickup_queries.sells_from(channel.id, location.id):
        text = "The channel does not sell from this location. Add it first (channelLocationsSet)."
    if text:
        problems.add(text, "location", code=ProblemCode.NOT_POSSIBLE_NOW)
