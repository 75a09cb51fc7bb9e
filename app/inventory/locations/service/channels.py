"""The locations and the sourcing policy of a channel."""

from dataclasses import fields as dataclass_fields
from dataclasses import replace
from typing import Any

from app.access.permissions import Permission
from app.channels import queries as channels
from app.channels.events import ChannelUpdated
from app.channels.models import Channel
from app.core.database import delete_where, insert
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.core.uow import UnitOfWork, command
from app.inventory.locations import queries
from app.inventory.locations.events import SourcingPolicySet
from app.inventory.locations.models import ChannelLocation, Location, SourcingPolicy
from app.inventory.sourcing import Policy


@command
async def change_sourcing_policy(uow: UnitOfWork, channel: Channel, changes: dict[str, Any]) -> None:
    """Change what is changes of how a channel wants its orders sent; the rest stays.

    Raises:
        NotFound: the channel is gone, or not for this actor.
        Invalid: limits that cannot be.
    """
    await channels.locked(channel.id, uow.actor, Permission.CHANNELS_MANAGE, "channel")
    (row,) = await queries.sourcing_policies([channel.id])
    names = [rule.name for rule in dataclass_fields(Policy)]
    now = Policy(**{name: getattr(row, name) for name in names}) if row else Policy()
    await set_sourcing_policy(uow, channel, replace(now, **changes))


@command
async def set_sourcing_policy(uow: UnitOfWork, channel: Channel, policy: Policy) -> None:
    """Say how a channel wants its orders sent. Replaces what was changes before.

    Raises:
        Invalid: limits that cannot be.
    """
    if policy.max_parcels is not None and not 1 <= policy.max_parcels <= 100:
        raise Invalid(
            "The maximum number of shipments must be between 1 and 100.",
            "max_parcels",
            code=ProblemCode.NOT_IN_RANGE,
            minimum=1,
            maximum=100,
        )
    if not 1 <= policy.min_parcel_units <= 1_000_000:
        raise Invalid(
            "The minimum number of units must be between 1 and 1,000,000.",
            "min_parcel_units",
            code=ProblemCode.NOT_IN_RANGE,
            minimum=1,
            maximum=1_000_000,
        )
    await delete_where(SourcingPolicy, "channel_id = $1", channel.id)
    await insert(
        [
            SourcingPolicy(
                channel_id=channel.id,
                **{rule.name: getattr(policy, rule.name) for rule in dataclass_fields(policy)},
            )
        ]
    )
    uow.announce(
        SourcingPolicySet(subject_id=channel.id, channel_id=channel.id, strategy=policy.strategy.value)
    )


@command
async def set_channel_locations(uow: UnitOfWork, channel: Channel, locations: list[Location]) -> None:
    """Say from which locations a channel sells, the first choice first. Replaces what was changes before.

    Raises:
        Invalid: a location stands in the list twice.
    """
    if len({location.id for location in locations}) != len(locations):
        raise Invalid("A location is listed twice.", "locations", code=ProblemCode.REPEATED)
    await delete_where(ChannelLocation, "channel_id = $1", channel.id)
    await ChannelLocation.bulk_create(
        [
            ChannelLocation(id=new_id(), channel_id=channel.id, location_id=location.id, rank=rank)
            for rank, location in enumerate(locations)
        ]
    )
    uow.announce(ChannelUpdated(subject_id=channel.id, channel_id=channel.id, changed=["locations"]))
