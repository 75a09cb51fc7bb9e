"""Pick-up locations of channels in GraphQL."""

from typing import Annotated, Any

import strawberry

from app.access.permissions import Permission
from app.channels import queries as channels
from app.channels.models import Channel
from app.channels.schema import MANAGE
from app.channels.schema.amounts import in_currency
from app.core.graphql.changes import changes_of
from app.core.graphql.errors import mutation
from app.core.graphql.policy import ANYONE, field, query
from app.core.graphql.scalars import Money, MoneyInput, arg, doc, money
from app.customers.schema.addresses import Address
from app.inventory.locations import models, queries, service
from app.inventory.locations.queries import pickup as pickup_queries
from app.inventory.locations.schema.types import LocationHours
from app.inventory.sourcing import zone_of
from app.settings import settings

INSTRUCTIONS = "What buyers have to know about the pick-up, such as the entrance, up to 1,000 characters"
PREPARATION = "Minutes of the opening hours that the location needs until an order is ready"
DAYS_KEPT = "Number of days for which an order that is ready is kept at the location"


@strawberry.type(description="A location at which buyers of a channel can pick up their orders.")
class PickupLocation:
    row: strawberry.Private[models.PickupSetting]
    currency: strawberry.Private[str]

    @classmethod
    def of(cls, row: models.PickupSetting, channel: Channel) -> "PickupLocation":
        return cls(row=row, currency=channel.currency)

    @field()
    def code(self) -> str:
        """Code of the location, for `pickupLocation` of a cart or an order."""
        return str(self.row.place.code)

    @field()
    def name(self) -> str:
        """Name of the location."""
        return str(self.row.place.name)

    @field()
    def address(self) -> Address | None:
        """Address of the location; null if it was removed, in which case pick-up is not offered."""
        return Address.of(self.row.place.address)

    @field()
    def hours(self) -> LocationHours | None:
        """Opening hours; null if the location is always open."""
        return LocationHours.of(self.row.place.hours)

    @field()
    def time_zone(self) -> str:
        """IANA time zone of the location, such as Europe/Berlin."""
        return zone_of(self.row.place.hours) or settings().time_zone

    @field()
    def instructions(self) -> str | None:
        """What buyers have to know about the pick-up, such as the entrance; null if nothing is set."""
        return self.row.instructions or None

    @field()
    def price(self) -> Money:
        """Price of a pick-up."""
        return money(self.row.price_minor, self.currency)

    @field()
    def preparation_minutes(self) -> int:
        """Minutes of the opening hours that the location needs until an order is ready."""
        return self.row.preparation_minutes

    @field()
    def days_kept(self) -> int:
        """Number of days for which an order that is ready is kept at the location."""
        return self.row.days_kept

    @field()
    def is_active(self) -> bool:
        """Whether pick-up is offered at the location; true in lists for buyers."""
        return self.row.is_active


@strawberry.input(
    description="Input for offering pick-up at a location, or changing or ending the offer. Omitted fields "
    "keep their values."
)
class PickupSettingSetInput:
    channel: str = doc("Code of the channel.")
    location: str = doc(
        "Code of the location. The channel must sell from it, and it must have an address. Its opening hours "
        "and time zone are set with `locationUpdate`."
    )
    instructions: str | None = doc(f"{INSTRUCTIONS}; empty for none.", default=strawberry.UNSET)
    price: MoneyInput | None = doc(
        "Price of a pick-up in the currency of the channel; 0 for a new pick-up location. It is taxed at the "
        "rates of the goods.",
        default=strawberry.UNSET,
    )
    preparation_minutes: int | None = doc(
        f"{PREPARATION}: 0 to 43,200; 120 for a new pick-up location.", default=strawberry.UNSET
    )
    days_kept: int | None = doc(
        f"{DAYS_KEPT}: 1 to 365; 7 for a new pick-up location.", default=strawberry.UNSET
    )
    is_active: bool | None = doc(
        "Whether pick-up is offered. Orders already placed are still picked up after it has ended.",
        default=strawberry.UNSET,
    )


@strawberry.type
class PickupMutation:
    @mutation("PickupSettingSetResult", PickupLocation, policy=MANAGE)
    async def pickup_setting_set(
        self, info: strawberry.Info, input: Annotated[PickupSettingSetInput, arg("The pick-up location.")]
    ) -> PickupLocation:
        """Offer pick-up at a location to the buyers of a channel, or change or end the offer. The permission
        must be held for the whole channel and for the location."""
        actor = info.context.actor
        channel = await channels.covered(input.channel, actor, Permission.CHANNELS_MANAGE, "channel")
        location = await queries.location_for(
            Permission.CHANNELS_MANAGE, actor, "location", code=input.location
        )
        sent = changes_of(input, besides=("channel", "location"))
        if "price" in sent:
            sent["price_minor"] = in_currency(sent.pop("price"), channel.currency, "price")
        return PickupLocation.of(await service.set_pickup(actor, channel, location, **sent), channel)


@strawberry.type
class PickupQuery:
    @query(ANYONE, depends_on=("channel", "location"))
    async def pickup_locations(
        self, info: strawberry.Info, channel: Annotated[str, arg("Code of the channel.")]
    ) -> list[PickupLocation]:
        """Locations at which orders of a channel can be picked up, at most 100, by code. `pickupOptions`
        returns their stock for some lines."""
        found = await channels.by_code(channel, info.context.actor, "channel")
        (rows,) = await pickup_queries.offered_in([found.id])
        return [PickupLocation.of(row, found) for row in rows]


@strawberry.type
class ChannelPickup:
    @field(MANAGE)
    async def pickup_settings(
        self, root: strawberry.Parent[Any], info: strawberry.Info
    ) -> list[PickupLocation] | None:
        """Pick-up locations of the channel, including inactive ones, by code; null without the permission
        CHANNELS_MANAGE for the whole channel."""
        if not info.context.actor.scope_of(Permission.CHANNELS_MANAGE).covers(root.id):
            return None
        rows = await info.context.load(pickup_queries.pickup_settings_by_channel, root.id)
        return [PickupLocation.of(row, root) for row in rows]
