"""Mutations for tracking, and for parcels returned to sender."""

from datetime import datetime
from typing import Annotated

import strawberry

from app.core import refusals
from app.core.graphql.errors import mutation
from app.core.graphql.scalars import Text, arg, doc, graphql_enum
from app.core.ids import row_id
from app.fulfillment import models
from app.fulfillment.lifecycle import Resolution, ShipmentStage
from app.fulfillment.schema.errors import MANAGE
from app.fulfillment.schema.picking import PickedLotInput
from app.fulfillment.schema.types import Shipment
from app.fulfillment.service.carriers import return_to_sender, tracking
from app.fulfillment.service.carriers.returned_lots import ReturnedLine
from app.fulfillment.service.carriers.returned_parcels import ReturnedParcel
from app.fulfillment.service.carriers.tracking import TrackingData
from app.inventory.locations import queries as locations
from app.inventory.locations.models import Location
from app.inventory.stock.lifecycle import StockBucket
from app.inventory.stock.schema.types import levels as _levels  # noqa: F401  # StockBucket is an enum of the API
from app.inventory.stock.service.lot_numbers import LotData

graphql_enum(Resolution, "What to do with units of an order whose package was returned.")


@strawberry.input(description="Units of a SKU that came back in a package.")
class ReceivedBackLineInput:
    sku: str = doc("The SKU.")
    quantity: int = doc("Number of units of the SKU. Units that are not listed can be received later.")
    lots: list[PickedLotInput] = doc(
        "Lots or serial numbers of a tracked SKU; if omitted, those that were shipped in the package.",
        default_factory=list,
    )
    bucket: StockBucket | None = doc(
        "Stock state of the units; defaults to the value of the package.", default=None
    )
    resolution: Resolution | None = doc(
        "What to do with the units; defaults to the value of the package.", default=None
    )


@strawberry.input(description="A returned package.")
class ReceivedBackPackageInput:
    package_id: strawberry.ID = doc("ID of the package; its stage must be RETURNED_TO_SENDER.")
    lines: list[ReceivedBackLineInput] = doc(
        "Units to receive; if omitted, the entire content of the package. A SKU can be listed "
        "several times with different stock states.",
        default_factory=list,
    )
    bucket: StockBucket | None = doc(
        "Stock state of the units; defaults to the value of the input.", default=None
    )
    resolution: Resolution | None = doc(
        "What to do with the units; defaults to the value of the input.", default=None
    )
    location_id: strawberry.ID | None = doc(
        "ID of the location that receives the package; defaults to the value of the input.", default=None
    )


@strawberry.input(description="Input for receiving returned packages.")
class ShipmentReceiveBackInput:
    shipment_id: strawberry.ID = doc("ID of the shipment.")
    resolution: Resolution = doc("What to do with the units.")
    bucket: StockBucket = doc("Stock state of the units.", default=StockBucket.AVAILABLE)
    location_id: strawberry.ID | None = doc(
        "ID of the location that receives the packages; defaults to the location that shipped them.",
        default=None,
    )
    packages: list[ReceivedBackPackageInput] = doc(
        "Packages to receive; if omitted, all that were returned to the sender and are not received yet.",
        default_factory=list,
    )


@strawberry.input(description="Input for recording a tracking event of a shipment.")
class ShipmentTrackingRecordInput:
    shipment_id: strawberry.ID = doc("ID of the shipment.")
    package_id: strawberry.ID | None = doc(
        "ID of a package of the shipment; if omitted, all packages that are not delivered, or all if "
        "all are delivered.",
        default=None,
    )
    stage: ShipmentStage = doc("Tracking stage of the package.")
    at: datetime | None = doc(
        "Date and time of the event, not before the shipment left; defaults to the current time. An "
        "event with the same stage, time and place is recorded once; without a time, an event "
        "repeated within five minutes is ignored.",
        default=None,
    )
    text: Text = doc("Text of the event, as reported by the carrier.", default="")
    place: Text = doc("Place of the event.", default="")
    reference: Text = doc(
        "ID of the event at the carrier; an event with the same ID is recorded once.", default=""
    )
    signed_by: Text = doc("Name of the person who received the package.", default="")


@strawberry.input(description="Input for recording the delivery of a shipment.")
class ShipmentDeliverInput:
    shipment_id: strawberry.ID = doc("ID of the shipment.")
    package_id: strawberry.ID | None = doc(
        "ID of a package of the shipment; if omitted, all packages that are still in transit.", default=None
    )
    at: datetime | None = doc("Date and time of delivery; defaults to the current time.", default=None)
    signed_by: Text = doc("Name of the person who received the package.", default="")


@strawberry.input(description="Input for correcting the stage of a package after a wrong tracking event.")
class ShipmentTrackingCorrectInput:
    shipment_id: strawberry.ID = doc("ID of the shipment.")
    package_id: strawberry.ID | None = doc(
        "ID of the package; can be omitted if the shipment has only one.", default=None
    )
    stage: ShipmentStage = doc("Tracking stage of the package.")
    reason: str = doc("Reason for the correction: 1 to 300 characters, visible to staff only.")


@strawberry.type
class ShipmentMutation:
    @mutation("ShipmentReceiveBackResult", Shipment, policy=MANAGE, refuses=(refusals.IllegalTransition,))
    async def shipment_receive_back(
        self,
        info: strawberry.Info,
        input: Annotated[
            ShipmentReceiveBackInput, arg("The shipment, its packages, and what to do with their units.")
        ],
    ) -> models.Shipment:
        """Receive packages that the carrier returned, as available or set-aside stock, and ship their units
        again or cancel them. Only packages that were returned to the sender are affected, not packages that
        are delivered or still in transit."""
        return await return_to_sender.receive_back(
            info.context.actor,
            row_id(input.shipment_id, "Shipment", "shipment_id"),
            resolution=input.resolution,
            bucket=input.bucket,
            location=await _location(info, input.location_id),
            parcels=[
                await _parcel(info, package, "packages", str(index))
                for index, package in enumerate(input.packages)
            ],
        )

    @mutation("ShipmentTrackingRecordResult", Shipment, policy=MANAGE)
    async def shipment_tracking_record(
        self,
        info: strawberry.Info,
        input: Annotated[ShipmentTrackingRecordInput, arg("The tracking event.")],
    ) -> models.Shipment:
        """Record a tracking event for a shipment or one of its packages. Events can arrive late or more than
        once. The tracking stage is derived from all events in order of their time and never moves back
        because of a late event; to correct an incorrect one, use `shipmentTrackingCorrect`."""
        package = input.package_id
        return await tracking.record(
            info.context.actor,
            row_id(input.shipment_id, "Shipment", "shipment_id"),
            TrackingData(
                input.stage,
                at=input.at,
                text=input.text,
                place=input.place,
                reference=input.reference,
                signed_by=input.signed_by,
            ),
            package_id=row_id(package, "Package", "package_id") if package else None,
        )

    @mutation("ShipmentDeliverResult", Shipment, policy=MANAGE, refuses=(refusals.IllegalTransition,))
    async def shipment_deliver(
        self,
        info: strawberry.Info,
        input: Annotated[ShipmentDeliverInput, arg("The delivered shipment or package.")],
    ) -> models.Shipment:
        """Record the delivery of one package of a shipment, or of all packages still in transit."""
        return await tracking.deliver(
            info.context.actor,
            row_id(input.shipment_id, "Shipment", "shipment_id"),
            at=input.at,
            signed_by=input.signed_by,
            package_id=row_id(input.package_id, "Package", "package_id") if input.package_id else None,
        )

    @mutation("ShipmentTrackingCorrectResult", Shipment, policy=MANAGE)
    async def shipment_tracking_correct(
        self,
        info: strawberry.Info,
        input: Annotated[ShipmentTrackingCorrectInput, arg("The package and its correct stage.")],
    ) -> models.Shipment:
        """Correct the tracking stage of a package after an incorrect scan, even if it is DELIVERED. Earlier
        events are then ignored. The user and the reason are recorded in the order's timeline."""
        package = input.package_id
        return await tracking.correct(
            info.context.actor,
            row_id(input.shipment_id, "Shipment", "shipment_id"),
            stage=input.stage,
            reason=input.reason,
            package_id=row_id(package, "Package", "package_id") if package else None,
        )


async def _location(info: strawberry.Info, given: strawberry.ID | None, *path: str) -> Location | None:
    if given is None:
        return None
    at = (*path, "location_id")
    return await locations.location(info.context.actor, *at, id=row_id(given, "Location", *at))


async def _parcel(info: strawberry.Info, given: ReceivedBackPackageInput, *path: str) -> ReturnedParcel:
    return ReturnedParcel(
        row_id(given.package_id, "Package", *path, "package_id"),
        lines=[
            ReturnedLine(
                line.sku,
                line.quantity,
                [LotData(lot.number, lot.quantity) for lot in line.lots],
                line.bucket,
                line.resolution,
            )
            for line in given.lines
        ],
        bucket=given.bucket,
        resolution=given.resolution,
        location=await _location(info, given.location_id, *path),
    )
