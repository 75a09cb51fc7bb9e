"""Mutations of locations."""

from datetime import date, time
from typing import Annotated

import strawberry

from app.access.permissions import Permission
from app.channels import queries as channels
from app.channels.models import Channel as ChannelRow
from app.channels.schema import MANAGE as MANAGE_CHANNELS
from app.channels.schema import Channel
from app.core import refusals
from app.core.graphql.changes import changes_of
from app.core.graphql.errors import mutation
from app.core.graphql.once import Idempotent
from app.core.graphql.policy import needs
from app.core.graphql.scalars import (
    CountryCode,
    ExpectedVersion,
    Metadata,
    MoneyInput,
    arg,
    doc,
)
from app.core.ids import row_id
from app.core.money import Money as MoneyValue
from app.core.problems import ProblemCode
from app.core.weekdays import Weekday
from app.customers.schema.addresses import AddressInput
from app.inventory.location_kinds import LocationKind
from app.inventory.locations import models, queries, service
from app.inventory.locations.schema.types import Location
from app.inventory.locations.service import HoursData
from app.inventory.policies import MANAGE
from app.inventory.sourcing import DropShip, ShortPick, Split, Strategy
from app.settings import settings

OPEN = needs(Permission.STOCK_MANAGE, everywhere=True)


@strawberry.input(description="Opening hours of a location on one day.")
class OpeningHoursInput:
    day: Weekday = doc("Day of the week.")
    opens: time = doc("Opening time, in the time zone of the location.")
    closes: time = doc("Closing time, in the time zone of the location.")


@strawberry.input(description="Opening hours of a location.")
class LocationHoursInput:
    time_zone: str = doc("IANA time zone of the times, such as Europe/Berlin.")
    week: list[OpeningHoursInput] = doc("Opening hours of each open day of the week.")
    cut_off: time | None = doc(
        "Cut-off time: orders received before it on an open day ship on the same day; defaults to "
        "the closing time if null.",
        default=None,
    )
    holidays: list[date] = doc("Dates on which the location is closed.", default_factory=list)

    def data(self) -> HoursData:
        week: dict[int, tuple[time, time]] = {}
        for index, each in enumerate(self.week):
            if int(each.day.value) in week:
                text = (
                    "Each day can be listed only once. Enter the opening and closing time, including breaks."
                )
                raise refusals.Invalid(text, "hours", "week", str(index), "day", code=ProblemCode.REPEATED)
            week[int(each.day.value)] = (each.opens, each.closes)
        return HoursData(self.time_zone, week, self.cut_off, self.holidays)


@strawberry.input(
    description="Input for setting the sourcing policy of a channel. Omitted fields keep their "
    "values; the initial policy is PRIORITY, ANY, LAST_RESORT and WAIT, without "
    "limits."
)
class SourcingPolicySetInput:
    channel: str = doc("Code of the channel.")
    strategy: Strategy | None = doc(
        "Strategy that determines which location is preferred.", default=strawberry.UNSET
    )
    split: Split | None = doc(
        "Whether an order can be split into several shipments.", default=strawberry.UNSET
    )
    drop_ship: DropShip | None = doc(
        "Policy for shipments directly from suppliers (drop shipping).", default=strawberry.UNSET
    )
    max_parcels: int | None = doc(
        "Maximum number of shipments of an order, one per location; null for no limit.",
        default=strawberry.UNSET,
    )
    min_parcel_units: int | None = doc(
        "Minimum number of units of a shipment; a smaller shipment is planned only if the other "
        "locations cannot ship the units.",
        default=strawberry.UNSET,
    )
    ships_complete: bool | None = doc(
        "Whether the order ships only when all of its units can ship.", default=strawberry.UNSET
    )
    earliest_first: bool | None = doc(
        "Whether locations that can ship today are preferred to locations that cannot.",
        default=strawberry.UNSET,
    )
    short_pick: ShortPick | None = doc(
        "What to do with units that are missing from the shelf and not available at any other location.",
        default=strawberry.UNSET,
    )


def _minor(given: MoneyInput | None, name: str) -> int:
    if given is None:
        return 0
    currency = settings().cost_currency
    if given.currency != currency:
        raise refusals.Invalid(
            f"Costs must be in {currency}.",
            name,
            "currency",
            code=ProblemCode.WRONG_CURRENCY,
            currency=currency,
        )
    return MoneyValue.of(given.amount, currency, name, "amount").minor


@strawberry.input(description="Input for creating a location.")
class LocationCreateInput:
    code: str = doc("Unique short code: lowercase letters, digits, - and _.")
    name: str = doc("Display name.")
    kind: LocationKind = doc("Type of location.", default=LocationKind.WAREHOUSE)
    address: AddressInput | None = doc(
        "Address of the location; its coordinates are used to calculate distances for NEAREST.", default=None
    )
    countries: list[CountryCode] | None = doc(
        "Countries that the location ships to (ISO 3166-1); null for all.", default=None
    )
    hours: LocationHoursInput | None = doc(
        "Opening hours; null if the location ships every day.", default=None
    )
    pick_capacity: int | None = doc(
        "Maximum number of orders that the location can pick per day; null for no limit.", default=None
    )
    parcel_cost: MoneyInput | None = doc(
        "Cost of shipping a package from the location, in the currency of the stock valuation.", default=None
    )
    unit_cost: MoneyInput | None = doc(
        "Cost of picking and packing a unit, in the currency of the stock valuation.",
        default=None,
    )
    external_reference: str | None = doc("Key in an external system.", default=None)
    metadata: Metadata | None = doc("Custom JSON data of the company.", default=None)


@strawberry.input(description="Input for updating a location; omitted fields keep their values.")
class LocationUpdateInput:
    id: strawberry.ID = doc("The location.")
    name: str | None = doc("Display name.", default=strawberry.UNSET)
    is_active: bool | None = doc("Whether channels can sell from the location.", default=strawberry.UNSET)
    address: AddressInput | None = doc("Address of the location.", default=strawberry.UNSET)
    countries: list[CountryCode] | None = doc(
        "Countries that the location ships to; null for all.", default=strawberry.UNSET
    )
    hours: LocationHoursInput | None = doc(
        "Opening hours; null if the location ships every day.", default=strawberry.UNSET
    )
    pick_capacity: int | None = doc(
        "Maximum number of orders that the location can pick per day.", default=strawberry.UNSET
    )
    parcel_cost: MoneyInput | None = doc(
        "Cost of shipping a package from the location, in the currency of the stock valuation.",
        default=strawberry.UNSET,
    )
    unit_cost: MoneyInput | None = doc(
        "Cost of picking and packing a unit, in the currency of the stock valuation.",
        default=strawberry.UNSET,
    )
    metadata: Metadata | None = doc("Custom JSON data of the company.", default=strawberry.UNSET)


@strawberry.input(description="Input for setting the locations that a channel sells from.")
class ChannelLocationsSetInput:
    channel: str = doc("Code of the channel.")
    locations: list[str] = doc("Codes of the locations, in order of priority.")


@strawberry.type
class LocationMutation:
    @mutation(
        "LocationCreateResult", Location, policy=OPEN, refuses=(refusals.AlreadyExists,), once=models.Location
    )
    async def location_create(
        self,
        info: strawberry.Info,
        input: Annotated[LocationCreateInput, arg("The new location.")],
    ) -> Idempotent:
        """Create a location. The permission must be held for all channels and locations."""
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
        return Idempotent(
            lambda uow: service.create_location(uow, data),
            request=data,
        )

    @mutation("LocationUpdateResult", Location, policy=MANAGE)
    async def location_update(
        self,
        info: strawberry.Info,
        input: Annotated[LocationUpdateInput, arg("The changes.")],
        expected_version: ExpectedVersion = None,
    ) -> models.Location:
        """Update the settings of a location. The permission must be held at the location for all channels."""
        nullable = ("address", "countries", "hours", "pick_capacity")
        changes = changes_of(input, nullable=nullable, besides=("id",))
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
    ) -> ChannelRow:
        """Set the locations that a channel sells from, replacing the current ones. The permission must be
        held for the whole channel and for the locations."""
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
        self,
        info: strawberry.Info,
        input: Annotated[SourcingPolicySetInput, arg("Channel and sourcing rules.")],
    ) -> ChannelRow:
        """Set the sourcing policy of a channel. The permission must be held for the whole channel."""
        actor = info.context.actor
        channel = await channels.covered(input.channel, actor, Permission.CHANNELS_MANAGE, "channel")
        sent = changes_of(input, nullable=("max_parcels",), besides=("channel",))
        await service.change_sourcing_policy(actor, channel, sent)
        return channel
