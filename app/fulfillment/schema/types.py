"""The nouns of fulfilment."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import strawberry

from app.access.permissions import Permission
from app.catalog import queries as catalog
from app.catalog.schema import Variant
from app.core.graphql.empty import link_or_none, none_if_empty
from app.core.graphql.levels import level_field
from app.core.graphql.next_steps import NextStep
from app.core.graphql.node import Node
from app.core.graphql.policy import ABOUT_IT, AROUND_IT, OWN_SCOPE, PART_OF_IT, field, needs
from app.core.graphql.scalars import Money, doc, graphql_enum, money, serves
from app.customers.schema import Address
from app.fulfillment import models, queries
from app.fulfillment.contents import read
from app.fulfillment.lifecycle import (
    FulfillmentOrderStatus,
    PickListKind,
    PickListStatus,
    ShipmentStage,
)
from app.fulfillment.schema.next_steps import steps_of_all
from app.fulfillment.schema.places import held_at_work, held_for_order, held_here
from app.inventory import queries as stock
from app.inventory.schema import Location
from app.orders import queries as orders
from app.orders.schema import Order

graphql_enum(FulfillmentOrderStatus, "Where a fulfillment order stands.")
graphql_enum(ShipmentStage, "Where a package is.")
graphql_enum(PickListKind, "How a pick list is walked.")
graphql_enum(PickListStatus, "Whether a pick list is done.")

VIEW = needs(Permission.FULFILLMENT_VIEW)
ORDERS = needs(Permission.ORDERS_VIEW)


@strawberry.type(description="Units of a lot, or a serial number, by its number.")
class LotUnits:
    number: str = doc("The lot's number, or the serial number.")
    quantity: int = doc("How many units.")

    @classmethod
    def of(cls, lots: Mapping[str, int]) -> "list[LotUnits]":
        return [cls(number=number, quantity=units) for number, units in lots.items()]


@strawberry.type(description="Units of a lot, or a serial number, of a fulfillment line.")
class FulfillmentLot:
    number: str = doc("The lot's number, or the serial number.")
    quantity: int = doc("How many units.")
    is_picked: bool = doc("Whether they are in hand, or have left; else they are to be taken.")
    expires_on: date | None = doc(
        "The last day on which a lot that is to be taken may be used; null if it does not expire, or is "
        "picked."
    )

    @classmethod
    def of(cls, lots: Sequence[queries.LineLot]) -> "list[FulfillmentLot]":
        return [
            cls(number=lot.number, quantity=lot.quantity, is_picked=lot.is_picked, expires_on=lot.expires_on)
            for lot in lots
        ]


@strawberry.type(description="What is in a package of a line.")
class PackageContent:
    sku: str = doc("The SKU.")
    name: str = doc("What it is.")
    quantity: int = doc("How many.")
    returned: int = doc("How many of them came back and were put away.", default=0)
    lots: list[LotUnits] = doc(
        "Which lots or serial numbers left in it; empty before it has left, and where it is not kept by lot.",
        default_factory=list,
    )


@strawberry.type(description="What a carrier, or somebody, said of a package.")
class TrackingRecord(Node):
    is_type_of = serves(models.TrackingRecord)

    stage: ShipmentStage = doc("Where it was.")
    at: datetime = doc("When.")
    text: str | None = none_if_empty("In the carrier's words; null if it said nothing.")
    place: str | None = none_if_empty("Where in the world; null if it did not say.")
    source: str = doc("Who said it.")
    is_correction: bool = doc(
        "Whether staff put the stage right with it (`shipmentTrackingCorrect`): what was said for before "
        "counts no more, and `text` says why."
    )
    received_at: datetime = doc("When we heard of it.")


@strawberry.type(description="A parcel.")
class Package(Node):
    is_type_of = serves(models.Package)

    position: int = doc("Its place among the packages, from 1.")
    box: str | None = none_if_empty("The code of its box; null if nobody said.")
    weight_grams: int | None = doc("Its weight.")
    length_mm: int | None = doc("Its longest side, in millimetres.")
    width_mm: int | None = doc("Its second side.")
    height_mm: int | None = doc("Its third side.")
    tracking_number: str | None = doc("What the carrier knows it by.")
    tracking_url: str | None = link_or_none("The carrier's page; null without one.")
    stage: ShipmentStage | None = doc("Where it is; null until it has left.")
    delivered_at: datetime | None = doc("When it arrived.")
    signed_by: str | None = none_if_empty("Who took it; null if nobody signed.")
    received_back_at: datetime | None = doc(
        "When what was in it was last put away after it came back; null if nothing was."
    )

    @field()
    def contents(self, root: strawberry.Parent[Any]) -> list[PackageContent]:
        """What is in it."""
        return [
            PackageContent(
                sku=each.sku,
                name=each.name,
                quantity=each.quantity,
                returned=each.returned,
                lots=LotUnits.of(each.lots),
            )
            for each in read(root.contents)
        ]

    @level_field(list[TrackingRecord] | None, VIEW, held_at_work)
    async def records(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """What was said of it, by when it happened."""
        return await info.context.load_many(queries.records_by_package, [root.id for root in roots])


@strawberry.type(description="Units of a SKU that a location is to send.")
class FulfillmentLine(Node):
    is_type_of = serves(models.FulfillmentLine)

    position: int = doc("Its place, from 1.")
    sku: str = doc("What to take; a bundle is taken by its components.")
    name: str = doc("What it is.")
    quantity: int = doc("How many to send.")
    picked: int = doc("How many of them are taken from the shelf.")
    delivered: int = doc("Of what has left, how many are in packages that have arrived.")
    returned: int = doc("Of what has left, how many came back and were put away.")

    @level_field(list[FulfillmentLot])
    async def lots(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Which lots or serial numbers: those that were picked or have left, and of what is still to be taken
        those that are kept for its order. Empty where it is not kept by lot."""
        found = await info.context.load_many(queries.lots_by_line, [root.id for root in roots])
        return [FulfillmentLot.of(lots) for lots in found]

    @level_field(Variant, reach=ABOUT_IT)
    async def variant(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """What it is, as the catalogue shows it today."""
        return await info.context.load_many(catalog.variants_by_id, [root.variant_id for root in roots])


@strawberry.type(description="What left a location for an order at one time.")
class Shipment(Node):
    is_type_of = serves(models.Shipment)

    number: str = doc("Its number: that of its fulfillment order.")
    carrier: str = doc("Who carries it.")
    service: str | None = none_if_empty("The carrier's service; null if nobody said.")
    stage: ShipmentStage = doc(
        "Where it is: the package that is least far and not put away again, trouble before all else."
    )
    shipped_at: datetime = doc("When it left.")
    expected_on: date | None = doc("When it should arrive.")
    delivered_at: datetime | None = doc(
        "When the last package arrived; null while one is on its way or waits to be put away."
    )
    updated_at: datetime = doc("When it last changed.")
    version: int = doc("Goes up with each change.")

    @level_field(Money | None, VIEW, held_here)
    async def cost(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """What the carrier takes."""
        return [
            None if root.cost_minor is None else money(root.cost_minor, root.cost_currency) for root in roots
        ]

    @level_field(list[Package])
    async def packages(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Its packages."""
        return await info.context.load_many(queries.packages_by_shipment, [root.id for root in roots])

    @level_field(Location | None, VIEW, held_here, reach=AROUND_IT)
    async def location(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """From where it left."""
        return await info.context.load_many(stock.locations_by_id, [root.location_id for root in roots])

    @level_field(Order | None, ORDERS, held_for_order, reach=OWN_SCOPE)
    async def order(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The order that it is of; null for whoever may not see orders."""
        return await info.context.load_many(orders.orders_by_id, [root.order_id for root in roots])


@strawberry.type(description="The work of one location for one order.")
class FulfillmentOrder(Node):
    is_type_of = serves(models.FulfillmentOrder)

    number: str = doc("Its order's number, and which of them it is.")
    status: FulfillmentOrderStatus = doc("Where it stands.")
    is_held: bool = doc("Whether its order is on hold.")
    is_drop_ship: bool = doc("Whether a supplier sends it.")
    priority: int = doc("0 to 9: the highest is worked on first.")
    units: int = doc("How many units it has.")
    ships_on: date = doc("The day on which it is to leave.")
    promised_on: date | None = doc("The day that the buyer was told.")
    shipping_method: str | None = none_if_empty("The code of the order's shipping method; null for none.")
    carrier: str | None = none_if_empty("Who carries it; null until it has left.")
    picker: str | None = none_if_empty("Who picks it; null until somebody does.")
    cancel_reason: str | None = none_if_empty("Why it was cancelled; null if it was not.")
    released_at: datetime | None = doc("When the location was told to start.")
    picked_at: datetime | None = doc("When the last unit was taken.")
    packed_at: datetime | None = doc("When it was packed.")
    shipped_at: datetime | None = doc("When it left.")
    delivered_at: datetime | None = doc("When it arrived.")
    created_at: datetime = doc("When it was given to the location.")
    updated_at: datetime = doc("When it last changed.")
    version: int = doc("Goes up with each change; see `expectedVersion`.")

    @field()
    def cursor(self, root: strawberry.Parent[Any]) -> str | None:
        """In fulfillmentQueueUpdated, the place of the message: give it as `after` to go on from here. Null
        elsewhere."""
        return root.cursor

    @level_field(list[FulfillmentLine])
    async def lines(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """What is to be sent."""
        return await info.context.load_many(queries.lines_by_fulfillment_order, [root.id for root in roots])

    @level_field(list[Package])
    async def packages(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Into what it is packed."""
        ids = [root.id for root in roots]
        return await info.context.load_many(queries.packages_by_fulfillment_order, ids)

    @level_field(list[Shipment], reach=PART_OF_IT)
    async def shipments(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """As what it left."""
        ids = [root.id for root in roots]
        return await info.context.load_many(queries.shipments_by_fulfillment_order, ids)

    @level_field(Location, reach=AROUND_IT)
    async def location(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Who sends it."""
        return await info.context.load_many(stock.locations_by_id, [root.location_id for root in roots])

    @level_field(Order | None, ORDERS, held_for_order, reach=OWN_SCOPE)
    async def order(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The order that it is of; null for whoever may not see orders."""
        return await info.context.load_many(orders.orders_by_id, [root.order_id for root in roots])

    @level_field(Address | None, VIEW, held_here)
    async def ship_to(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Where it goes. Seen by whoever works on it."""
        found = await info.context.load_many(orders.orders_by_id, [root.order_id for root in roots])
        return [Address.of(order.shipping_address) for order in found]

    @level_field(list[NextStep])
    async def next_steps(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """What can be done with it now, and what cannot and why."""
        return await steps_of_all(roots, info)


@strawberry.type(description="One thing to take on a pick list.")
class PickTask(Node):
    is_type_of = serves(models.PickTask)

    position: int = doc("Its place in the walk, from 1.")
    bin: str | None = none_if_empty("Where on the shelves; null if nobody said.")

    @level_field(FulfillmentLine | None, VIEW)
    async def line(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """What to take, and how much of it is taken."""
        return await info.context.load_many(queries.lines_by_id, [root.line_id for root in roots])

    @level_field(list[FulfillmentLot] | None, VIEW)
    async def lots(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Which lots or serial numbers to take, and which are taken: those of its line."""
        found = await info.context.load_many(queries.lots_by_line, [root.line_id for root in roots])
        return [FulfillmentLot.of(lots) for lots in found]


@strawberry.type(description="A walk along the shelves.")
class PickList(Node):
    is_type_of = serves(models.PickList)

    number: int = doc("Its number.")
    kind: PickListKind = doc("How it is walked.")
    status: PickListStatus = doc("Whether it is done.")
    zone: str | None = none_if_empty("In which zone; null for all of the location.")
    picker: str | None = none_if_empty("Who walks; null until somebody is named.")
    created_at: datetime = doc("When it was made.")
    updated_at: datetime = doc("When it last changed.")
    version: int = doc("Goes up with each change.")

    @level_field(list[PickTask])
    async def tasks(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """What to take, in the order of the walk."""
        return await info.context.load_many(queries.tasks_by_list, [root.id for root in roots])

    @level_field(Location, reach=AROUND_IT)
    async def location(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Where."""
        return await info.context.load_many(stock.locations_by_id, [root.location_id for root in roots])
