"""GraphQL types of fulfillment."""

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
from app.customers.schema.addresses import Address
from app.fulfillment import models, queries
from app.fulfillment.contents import read
from app.fulfillment.lifecycle import (
    FulfillmentOrderStatus,
    PickListKind,
    PickListStatus,
    ShipmentStage,
)
from app.fulfillment.schema.next_steps import steps_of_all
from app.fulfillment.schema.permissions import held_at_work, held_for_order, held_here
from app.inventory.locations import queries as locations
from app.inventory.locations.schema.types import Location
from app.orders import queries as orders
from app.orders.schema import Order

graphql_enum(FulfillmentOrderStatus, "Status of a fulfillment order.")
graphql_enum(ShipmentStage, "Stage of a package in the delivery process.")
graphql_enum(PickListKind, "Kind of pick list.")
graphql_enum(PickListStatus, "Status of a pick list.")

VIEW = needs(Permission.FULFILLMENT_VIEW)
ORDERS = needs(Permission.ORDERS_VIEW)


@strawberry.type(description="A number of units of a lot, or a serial number.")
class LotUnits:
    number: str = doc("Lot number or serial number.")
    quantity: int = doc("Number of units.")

    @classmethod
    def of(cls, lots: Mapping[str, int]) -> "list[LotUnits]":
        return [cls(number=number, quantity=units) for number, units in lots.items()]


@strawberry.type(description="Units of a lot, or a serial number, on a fulfillment line.")
class FulfillmentLot:
    number: str = doc("Lot number or serial number.")
    quantity: int = doc("Number of units.")
    is_picked: bool = doc("Whether the units are picked or shipped; false if they are still to be picked.")
    expires_on: date | None = doc(
        "Expiry date (last day of use) of a lot that is still to be picked; null if the lot does "
        "not expire or is already picked."
    )

    @classmethod
    def of(cls, lots: Sequence[queries.LineLot]) -> "list[FulfillmentLot]":
        return [
            cls(number=lot.number, quantity=lot.quantity, is_picked=lot.is_picked, expires_on=lot.expires_on)
            for lot in lots
        ]


@strawberry.type(description="Units of a SKU in a package.")
class PackageContent:
    sku: str = doc("The SKU.")
    name: str = doc("Name of the item.")
    quantity: int = doc("Number of units.")
    returned: int = doc("Number of units that were returned and put away.", default=0)
    lots: list[LotUnits] = doc(
        "Lots or serial numbers shipped in the package; empty before shipping, and if the variant is "
        "not tracked by lot.",
        default_factory=list,
    )


@strawberry.type(description="Tracking event of a package, reported by a carrier or entered by staff.")
class TrackingRecord(Node):
    is_type_of = serves(models.TrackingRecord)

    stage: ShipmentStage = doc("Tracking stage of the package.")
    at: datetime = doc("Date and time of the event.")
    text: str | None = none_if_empty("Text of the event, as reported by the carrier; null if there is none.")
    place: str | None = none_if_empty("Place of the event; null if not specified.")
    source: str = doc("Source of the tracking event.")
    is_correction: bool = doc(
        "Whether this is a correction of the stage by staff (`shipmentTrackingCorrect`): earlier "
        "records no longer count, and `text` contains the reason."
    )
    received_at: datetime = doc("Date and time at which the system received the event.")


@strawberry.type(description="A package (parcel), with its own weight, label and tracking number.")
class Package(Node):
    is_type_of = serves(models.Package)

    position: int = doc("Position among the packages, starting at 1.")
    box: str | None = none_if_empty("Code of the box; null if not specified.")
    weight_grams: int | None = doc("Weight in grams; null if unknown.")
    length_mm: int | None = doc("Length (longest side) in millimeters; null if unknown.")
    width_mm: int | None = doc("Width in millimeters; null if unknown.")
    height_mm: int | None = doc("Height in millimeters; null if unknown.")
    tracking_number: str | None = doc("Tracking number of the carrier; null if there is none.")
    tracking_url: str | None = link_or_none("URL of the carrier's tracking page; null if there is none.")
    stage: ShipmentStage | None = doc("Tracking stage of the package; null until it has shipped.")
    delivered_at: datetime | None = doc("Time of delivery; null before.")
    signed_by: str | None = none_if_empty(
        "Name of the recipient who signed for the package; null without a signature."
    )
    received_back_at: datetime | None = doc(
        "Time at which returned contents of the package were last put away; null if none were."
    )

    @field()
    def contents(self, root: strawberry.Parent[Any]) -> list[PackageContent]:
        """Contents of the package."""
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
        """Tracking records of the package, in the order in which the events happened; null for callers other
        than staff."""
        return await info.context.load_many(queries.records_by_package, [root.id for root in roots])


@strawberry.type(description="A line of a fulfillment order: units of a SKU for a location to ship.")
class FulfillmentLine(Node):
    is_type_of = serves(models.FulfillmentLine)

    position: int = doc("Position of the line, starting at 1.")
    sku: str = doc("SKU to pick; a bundle is listed by its components.")
    name: str = doc("Name of the item.")
    quantity: int = doc("Number of units to ship.")
    picked: int = doc("Number of units picked.")
    delivered: int = doc("Number of shipped units whose packages were delivered.")
    returned: int = doc("Number of shipped units that were returned and put away.")

    @level_field(list[FulfillmentLot])
    async def lots(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Lots or serial numbers: those picked or shipped and, for units still to be picked, those reserved
        for the order. Empty if the variant is not tracked by lot."""
        found = await info.context.load_many(queries.lots_by_line, [root.id for root in roots])
        return [FulfillmentLot.of(lots) for lots in found]

    @level_field(Variant, reach=ABOUT_IT)
    async def variant(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The variant with its current catalog data."""
        return await info.context.load_many(catalog.variants_by_id, [root.variant_id for root in roots])


@strawberry.type(description="The goods that left a location for an order at one time.")
class Shipment(Node):
    is_type_of = serves(models.Shipment)

    number: str = doc("Number of the shipment, identical to that of its fulfillment order.")
    carrier: str = doc("The carrier.")
    service: str | None = none_if_empty("Service of the carrier; null if not specified.")
    stage: ShipmentStage = doc(
        "Stage of the shipment: that of its least advanced package that has not been received back; "
        "packages with problems take precedence."
    )
    shipped_at: datetime = doc("Time of shipping.")
    expected_on: date | None = doc("Expected delivery date; null if unknown.")
    delivered_at: datetime | None = doc(
        "Date and time of delivery of the last package; null while a package is in transit or waits "
        "to be received back."
    )
    updated_at: datetime = doc("Date and time of the last change.")
    version: int = doc("Version number; increases with every change.")

    @level_field(Money | None, VIEW, held_here)
    async def cost(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Shipping cost charged by the carrier; null if unknown, and without the permission
        FULFILLMENT_VIEW."""
        return [
            None if root.cost_minor is None else money(root.cost_minor, root.cost_currency) for root in roots
        ]

    @level_field(list[Package])
    async def packages(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Packages of the shipment."""
        return await info.context.load_many(queries.packages_by_shipment, [root.id for root in roots])

    @level_field(Location | None, VIEW, held_here, reach=AROUND_IT)
    async def location(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Location that shipped the goods; null without the permission FULFILLMENT_VIEW."""
        return await info.context.load_many(locations.locations_by_id, [root.location_id for root in roots])

    @level_field(Order | None, ORDERS, held_for_order, reach=OWN_SCOPE)
    async def order(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The order; null for callers who cannot see orders."""
        return await info.context.load_many(orders.orders_by_id, [root.order_id for root in roots])


@strawberry.type(description="The part of an order that one location ships.")
class FulfillmentOrder(Node):
    is_type_of = serves(models.FulfillmentOrder)

    number: str = doc("Order number followed by the position of the fulfillment order within the order.")
    status: FulfillmentOrderStatus = doc("Status of the fulfillment order.")
    is_held: bool = doc("Whether the order is on hold.")
    is_drop_ship: bool = doc("Whether a supplier ships it directly to the buyer (drop shipping).")
    is_pickup: bool = doc("Whether the buyer picks it up at the location.")
    ready_at: datetime | None = doc("Time from which it is ready for pick-up; null if it is not.")
    keep_until: date | None = doc(
        "Last day on which it can be picked up, in the time zone of the location; null if it is not ready."
    )
    pickup_ends_at: datetime | None = doc("End of that day at the location; null if it is not ready.")
    priority: int = doc("Priority from 0 to 9; the highest is processed first.")
    units: int = doc("Total number of units.")
    ships_on: date = doc("Planned shipping date.")
    promised_on: date | None = doc("Delivery date promised to the buyer; null if unknown.")
    shipping_method: str | None = none_if_empty("Code of the order's shipping method; null if there is none.")
    carrier: str | None = none_if_empty("The carrier; null until shipped.")
    picker: str | None = none_if_empty("Name of the picker; null until picking starts.")
    cancel_reason: str | None = none_if_empty("Reason for cancellation; null if not cancelled.")
    released_at: datetime | None = doc("Time of the release to the location; null before.")
    picked_at: datetime | None = doc("Time at which the last unit was picked; null before.")
    packed_at: datetime | None = doc("Time of packing; null before.")
    shipped_at: datetime | None = doc("Time of shipping; null before.")
    delivered_at: datetime | None = doc("Time of delivery; null before.")
    created_at: datetime = doc("Time of assignment to the location.")
    updated_at: datetime = doc("Date and time of the last change.")
    version: int = doc(
        "Version number; increases with every change. Pass it as `expectedVersion` to detect concurrent "
        "edits."
    )

    @field()
    def cursor(self, root: strawberry.Parent[Any]) -> str | None:
        """Cursor of the message in `fulfillmentQueueUpdated`; pass it as `after` to resume from it. Null
        elsewhere."""
        return root.cursor

    @level_field(list[FulfillmentLine])
    async def lines(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Lines to ship."""
        return await info.context.load_many(queries.lines_by_fulfillment_order, [root.id for root in roots])

    @level_field(list[Package])
    async def packages(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Packages of the fulfillment order."""
        ids = [root.id for root in roots]
        return await info.context.load_many(queries.packages_by_fulfillment_order, ids)

    @level_field(list[Shipment], reach=PART_OF_IT)
    async def shipments(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Shipments of the fulfillment order."""
        ids = [root.id for root in roots]
        return await info.context.load_many(queries.shipments_by_fulfillment_order, ids)

    @level_field(Location, reach=AROUND_IT)
    async def location(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Location that ships the goods."""
        return await info.context.load_many(locations.locations_by_id, [root.location_id for root in roots])

    @level_field(Order | None, ORDERS, held_for_order, reach=OWN_SCOPE)
    async def order(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The order; null for callers who cannot see orders."""
        return await info.context.load_many(orders.orders_by_id, [root.order_id for root in roots])

    @level_field(Address | None, VIEW, held_here)
    async def ship_to(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Shipping address; null without the permission FULFILLMENT_VIEW for the fulfillment order."""
        found = await info.context.load_many(orders.orders_by_id, [root.order_id for root in roots])
        return [Address.of(order.shipping_address) for order in found]

    @level_field(list[NextStep])
    async def next_steps(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Steps that are possible now, and steps that are not, with the reason."""
        return await steps_of_all(roots, info)


@strawberry.type(description="A task of a pick list.")
class PickTask(Node):
    is_type_of = serves(models.PickTask)

    position: int = doc("Position in the picking order, starting at 1.")
    bin: str | None = none_if_empty("Bin in which the units are stored; null if not specified.")

    @level_field(FulfillmentLine | None, VIEW)
    async def line(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Fulfillment order line to pick, with the number of units picked; null without the permission
        FULFILLMENT_VIEW."""
        return await info.context.load_many(queries.lines_by_id, [root.line_id for root in roots])

    @level_field(list[FulfillmentLot] | None, VIEW)
    async def lots(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Lots or serial numbers of the line that are to be picked or already picked; null without the
        permission FULFILLMENT_VIEW."""
        found = await info.context.load_many(queries.lots_by_line, [root.line_id for root in roots])
        return [FulfillmentLot.of(lots) for lots in found]


@strawberry.type(description="A pick list.")
class PickList(Node):
    is_type_of = serves(models.PickList)

    number: int = doc("Human-readable number.")
    kind: PickListKind = doc("Kind of pick list.")
    status: PickListStatus = doc("Status of the pick list.")
    zone: str | None = none_if_empty("Zone of the pick list; null for the whole location.")
    picker: str | None = none_if_empty("Name of the picker; null until assigned.")
    created_at: datetime = doc("Date and time of creation.")
    updated_at: datetime = doc("Date and time of the last change.")
    version: int = doc("Version number; increases with every change.")

    @level_field(list[PickTask])
    async def tasks(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Tasks in picking order."""
        return await info.context.load_many(queries.tasks_by_list, [root.id for root in roots])

    @level_field(Location, reach=AROUND_IT)
    async def location(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The location."""
        return await info.context.load_many(locations.locations_by_id, [root.location_id for root in roots])
