"""Opening and changing locations through the graph."""

from datetime import date, time
from typing import Annotated, Any

import strawberry

from app.access.permissions import Permission
from app.channels import queries as channels
from app.channels.schema import MANAGE as MANAGE_CHANNELS
from app.channels.schema import Channel
from app.core import refusals
from app.core.graphql.changes import changes_of, changes_without_nulls
from app.core.graphql.errors import mutation
from app.core.graphql.policy import needs
from app.core.graphql.scalars import (
    CountryCode,
    ExpectedVersion,
    IdempotencyKey,
    Metadata,
    MoneyInput,
    arg,
    doc,
)
from app.core.ids import row_id
from app.core.money import Money as MoneyValue
from app.core.problems import ProblemCode
from app.core.weekdays import Weekday
from app.customers.schema import AddressInput
from app.inventory import models, queries, service
from app.inventory.lifecycle import LocationKind
from app.inventory.schema.types import Location
from app.inventory.service import HoursData
from app.inventory.sourcing import DropShip, ShortPick, Split, Strategy
from app.settings import settings

MANAGE = needs(Permission.STOCK_MANAGE)
OPEN = needs(Permission.STOCK_MANAGE, everywhere=True)


@strawberry.input(description="A day on which a location is open.")
class OpeningHoursInput:
    day: Weekday = doc("The day.")
    opens: time = doc("From when, in the location's time zone.")
    closes: time = doc("Until when.")


@strawberry.input(description="When a location is open.")
class LocationHoursInput:
    time_zone: str = doc("The IANA time zone that its times are in, such as Europe/Berlin.")
    week: list[OpeningHoursInput] = doc("The days on which it opens.")
    cut_off: time | None = doc(
        "What comes before it on an open day leaves on that day; null: before it closes.", default=None
    )
    holidays: list[date] = doc("Days on which it does not open.", default_factory=list)

    def data(self) -> HoursData:
        week: dict[int, tuple[time, time]] = {}
        for index, each in enumerate(self.week):
            if int(each.day.value) in week:
                text = "A day has one opening: say from when to when, breaks included."
                raise refusals.Invalid(text, "hours", "week", str(index), "day", code=ProblemCode.REPEATED)
            week[int(each.day.value)] = (each.opens, each.closes)
        return HoursData(self.time_zone, week, self.cut_off, self.holidays)


@strawberry.input(
    description="How a channel wants its orders sent. What is left out stays as it is; before anything is "
    "said, it is PRIORITY, ANY, LAST_RESORT and WAIT, with no limits."
)
class SourcingPolicySetInput:
    channel: str = doc("The channel's code.")
    strategy: Strategy | None = doc("Which location is asked first.", default=strawberry.UNSET)
    split: Split | None = doc("Whether an order may leave in several parcels.", default=strawberry.UNSET)
    drop_ship: DropShip | None = doc("When suppliers send directly.", default=strawberry.UNSET)
    max_parcels: int | None = doc(
        "In how many parcels it may leave; null for no limit.", default=strawberry.UNSET
    )
    min_parcel_units: int | None = doc(
        "A parcel of fewer units is sent only where nobody else can.", default=strawberry.UNSET
    )
    ships_complete: bool | None = doc(
        "Whether nothing leaves before everything can.", default=strawberry.UNSET
    )
    earliest_first: bool | None = doc(
        "Whether a location that can send today goes before one that cannot.", default=strawberry.UNSET
    )
    short_pick: ShortPick | None = doc(
        "What becomes of units that were missing on the shelf and are nowhere else.", default=strawberry.UNSET
    )


def _minor(given: MoneyInput | None, name: str) -> int:
    if given is None:
        return 0
    currency = settings().cost_currency
    if given.currency != currency:
        raise refusals.Invalid(
            f"Costs are kept in {currency}.",
            name,
            "currency",
            code=ProblemCode.WRONG_CURRENCY,
            currency=currency,
        )
    return MoneyValue.of(given.amount, currency, name, "amount").minor


@strawberry.input(description="A new location.")
class LocationCreateInput:
    code: str = doc("Its short name: small letters, digits, - and _.")
    name: str = doc("What people call it.")
    kind: LocationKind = doc("What kind of place it is.", default=LocationKind.WAREHOUSE)
    address: AddressInput | None = doc(
        "Where it is; with coordinates, NEAREST knows how far it is.", default=None
    )
    countries: list[CountryCode] | None = doc(
        "The countries that it sends to (ISO 3166-1); null for all.", default=None
    )
    hours: LocationHoursInput | None = doc("When it is open; null when it sends on every day.", default=None)
    pick_capacity: int | None = doc("How many orders it can pick in a day; null for no limit.", default=None)
    parcel_cost: MoneyInput | None = doc("What sending a parcel from it costs.", default=None)
    unit_cost: MoneyInput | None = doc("What picking and packing a unit costs.", default=None)
    external_reference: str | None = doc("Its key in another system.", default=None)
    metadata: Metadata | None = doc("Whatever the company keeps with it.", default=None)


@strawberry.input(description="Changes of a location; what is left out stays.")
class LocationUpdateInput:
    id: strawberry.ID = doc("The location.")
    name: str | None = doc("What people call it.", default=strawberry.UNSET)
    is_active: bool | None = doc("Whether channels sell from it.", default=strawberry.UNSET)
    address: AddressInput | None = doc("Where it is.", default=strawberry.UNSET)
    countries: list[CountryCode] | None = doc(
        "The countries that it sends to; null for all.", default=strawberry.UNSET
    )
    hours: LocationHoursInput | None = doc(
        "When it is open; null when it sends on every day.", default=strawberry.UNSET
    )
    pick_capacity: int | None = doc("How many orders it can pick in a day.", default=strawberry.UNSET)
    parcel_cost: MoneyInput | None = doc("What sending a parcel from it costs.", default=strawberry.UNSET)
    unit_cost: MoneyInput | None = doc("What picking and packing a unit costs.", default=strawberry.UNSET)
    metadata: Metadata | None = doc("Whatever the company keeps with it.", default=strawberry.UNSET)


@strawberry.input(description="Which locations a channel sells from.")
class ChannelLocationsSetInput:
    channel: str = doc("The channel's code.")
    locations: list[str] = doc("The locations' codes, the first choice first.")


@strawberry.type
class LocationMutation:
    @mutation(
        "LocationCreateResult",
        Location,
        policy=OPEN,
        refuses=(refusals.AlreadyExists,),
    )
    async def location_create(
        self,
        info: strawberry.Info,
        input: Annotated[LocationCreateInput, arg("The new location.")],
        idempotency_key: IdempotencyKey = None,
    ) -> Any:
        """Open a location. The permission must hold in all channels and locations."""
        address = input.address.data(info.context.actor) if input.address else None
        given = vars(input) | {
            "address": address,
            "metadata": input.metadata or {},
            "hours": input.hours.data() if input.hours else None,
            "parcel_cost_minor": _minor(input.parcel_cost, "parcel_cost"),
            "unit_cost_minor": _minor(input.unit_cost, "unit_cost"),
        }
        del given["parcel_cost"], given["unit_cost"]
        data = service.LocationData(**given)
        return await info.context.once_row(
            idempotency_key,
            "locationCreate",
            data,
            lambda work: service.create_location(work, data),
            models.Location,
        )

    @mutation("LocationUpdateResult", Location, policy=MANAGE)
    async def location_update(
        self,
        info: strawberry.Info,
        input: Annotated[LocationUpdateInput, arg("The changes.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Change a location's settings. The permission must hold there for all channels."""
        nullable = ("address", "countries", "hours", "pick_capacity")
        names = ("name", "is_active", "metadata", "parcel_cost", "unit_cost")
        changes = changes_without_nulls(input, nullable, *nullable, *names)
        if changes.get("address") is not None:
            changes["address"] = changes["address"].data(info.context.actor)
        if changes.get("hours") is not None:
            changes["hours"] = changes["hours"].data()
        for name in ("parcel_cost", "unit_cost"):
            if name in changes:
                changes[f"{name}_minor"] = _minor(changes.pop(name), name)
        id = row_id(input.id, "Location", "id")
        return await service.update_location(
            info.context.actor, id, changes, expected_version=expected_version
        )

    @mutation("ChannelLocationsSetResult", Channel, policy=MANAGE_CHANNELS)
    async def channel_locations_set(
        self, info: strawberry.Info, input: Annotated[ChannelLocationsSetInput, arg("Channel and locations.")]
    ) -> Any:
        """Say from which locations a channel sells. Replaces what was said before.

        The permission must hold in the channel as a whole, and in the locations.
        """
        actor = info.context.actor
        channel = await channels.covered(input.channel, actor, Permission.CHANNELS_MANAGE, "channel")
        locations = [
            await queries.location_for(Permission.CHANNELS_MANAGE, actor, "locations", str(index), code=code)
            for index, code in enumerate(input.locations)
        ]
        await service.set_channel_locations(actor, channel, locations)
        return channel

    @mutation("SourcingPolicySetResult", Channel, policy=MANAGE_CHANNELS)
    async def sourcing_policy_set(
        self, info: strawberry.Info, input: Annotated[SourcingPolicySetInput, arg("Channel and rules.")]
    ) -> Any:
        """Say how a channel wants its orders sent. The permission must hold in the channel as a whole."""
        actor = info.context.actor
        channel = await channels.covered(input.channel, actor, Permission.CHANNELS_MANAGE, "channel")
        said = changes_of(input, nullable=("max_parcels",), besides=("channel",))
        await service.change_sourcing_policy(actor, channel, said)
        return channel
