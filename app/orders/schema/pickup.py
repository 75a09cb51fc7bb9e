"""Pick-up of carts and orders in GraphQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry

from app.channels import queries as channels
from app.core.graphql.levels import level_field
from app.core.graphql.policy import ANYONE, field, query
from app.core.graphql.scalars import arg, doc, graphql_enum
from app.customers.schema.addresses import Address
from app.inventory.locations.schema.pickup import PickupLocation
from app.orders.lifecycle import OrderStatus
from app.orders.pickup import Pickup
from app.orders.pickup_options import PickupOption as Option
from app.orders.pickup_options import PickupUnavailableReason
from app.orders.schema.delivery import ShippingOptionsLineInput
from app.orders.service.faults import LineData
from app.orders.service.pickup import pickup_options_for, pickup_options_of_carts
from app.orders.service.pricing import OrderData

graphql_enum(PickupUnavailableReason, "Reason why a cart cannot be picked up at a location.")


@strawberry.type(description="Stock of a pick-up location for a line.")
class PickupOptionLine:
    sku: str = doc("SKU of the line.")
    quantity: int = doc("Number of units of the line.")
    available: int = doc("Number of these units that the location has; never more than `quantity`.")


@strawberry.type(description="A pick-up location of the channel for a cart.")
class PickupOption:
    option: strawberry.Private[Option]
    channel: strawberry.Private[Any]
    selected: strawberry.Private[str]

    @field()
    def location(self) -> PickupLocation:
        """The location."""
        return PickupLocation.of(self.option.setting, self.channel)

    @field()
    def lines(self) -> list[PickupOptionLine]:
        """Stock of the location for each line, in the order of the lines."""
        return [
            PickupOptionLine(sku=each.sku, quantity=each.quantity, available=each.available)
            for each in self.option.lines
        ]

    @field()
    def ready_by(self) -> datetime | None:
        """Time at which the order is ready if it is placed now, in UTC; null if the location is not
        available. The time zone of the location is `location.timeZone`."""
        return self.option.ready_by

    @field()
    def is_available(self) -> bool:
        """Whether the location can be chosen."""
        return self.option.unavailable is None

    @field()
    def is_selected(self) -> bool:
        """Whether it is the pick-up location of the cart."""
        return bool(self.option.setting.place.code == self.selected)

    @field()
    def reason_code(self) -> PickupUnavailableReason | None:
        """Machine-readable reason why the location is not available; null if it is."""
        return self.option.unavailable

    @field()
    def reason(self) -> str | None:
        """Reason in English for people; null if the location is available."""
        return self.option.reason


@strawberry.type(description="Pick-up of an order, with the terms that applied when it was chosen.")
class OrderPickup:
    row: strawberry.Private[Pickup]
    order_id: strawberry.Private[UUID]

    @field()
    def code(self) -> str:
        """Code of the location."""
        return self.row.code

    @field()
    def name(self) -> str:
        """Name of the location."""
        return self.row.name

    @field()
    def address(self) -> Address:
        """Address of the location. A placed order has it as `shippingAddress`."""
        return Address(**self.row.address)

    @field()
    def time_zone(self) -> str:
        """IANA time zone of the location, such as Europe/Berlin."""
        return self.row.time_zone

    @field()
    def instructions(self) -> str | None:
        """What the buyer has to know about the pick-up; null if nothing was set."""
        return self.row.instructions or None

    @field()
    def days_kept(self) -> int:
        """Number of days for which the order is kept at the location after it is ready."""
        return self.row.days_kept

    @field()
    def ready_by(self) -> datetime | None:
        """Time at which the order is ready, promised when it was placed; null for a cart, and for an order
        that waited for stock when it was placed. `Order.promisedOn` is the current date."""
        return self.row.ready_by


@strawberry.type
class OrderPickupFields:
    @field()
    def pickup(self, root: strawberry.Parent[Any]) -> OrderPickup | None:
        """Pick-up of the order at a location; null if it is shipped."""
        found = Pickup.of(root)
        return OrderPickup(row=found, order_id=root.id) if found else None

    @level_field(list[PickupOption])
    async def pickup_options(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Locations at which a cart can be picked up, by code, including those that do not have its items;
        empty for placed orders."""
        load, drafts = info.context.load, [root for root in roots if root.status is OrderStatus.DRAFT]
        loads = [load(pickup_options_of_carts, (root.id, root.version)) for root in drafts]
        found = {root.id: await each for root, each in zip(drafts, loads, strict=True)}
        owners = await info.context.load_many(channels.channels_by_id, [root.channel_id for root in roots])
        return [
            [
                PickupOption(option=each, channel=channel, selected=(root.pickup or {}).get("code", ""))
                for each in found.get(root.id, ())
            ]
            for root, channel in zip(roots, owners, strict=True)
        ]


@strawberry.type
class PickupOptionsQuery:
    @query(ANYONE)
    async def pickup_options(
        self,
        info: strawberry.Info,
        channel: Annotated[str, arg("Code of the channel.")],
        lines: Annotated[list[ShippingOptionsLineInput], arg("SKUs and quantities.")],
    ) -> list[PickupOption]:
        """Locations at which some lines can be picked up, by code, including those that do not have all of
        them. For a cart, use `Order.pickupOptions`."""
        data = OrderData(
            channel=channel,
            lines=[LineData(line.sku, line.quantity, place=at) for at, line in enumerate(lines)],
        )
        found, options = await pickup_options_for(info.context.actor, data)
        return [PickupOption(option=each, channel=found, selected="") for each in options]
