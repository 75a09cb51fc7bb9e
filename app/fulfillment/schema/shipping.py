"""What becomes of shipments, through the graph."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

from app.core import refusals
from app.core.graphql.errors import mutation
from app.core.graphql.scalars import Text, arg, doc, graphql_enum
from app.core.ids import row_id
from app.fulfillment import service
from app.fulfillment.lifecycle import Resolution, ShipmentStage
from app.fulfillment.schema.mutations import MANAGE, PickedLotInput
from app.fulfillment.schema.types import Shipment
from app.fulfillment.service import LineBack, ParcelBack, TrackingData
from app.inventory import queries as stock
from app.inventory.lifecycle import StockBucket
from app.inventory.models import Location
from app.inventory.service import LotData

graphql_enum(Resolution, "What becomes of an order whose parcel came back.")


@strawberry.input(description="Units of a SKU that came back in a package.")
class ReceivedBackLineInput:
    sku: str = doc("The SKU.")
    quantity: int = doc("How many of it. What is not named can be put away later.")
    lots: list[PickedLotInput] = doc(
        "Which, where it is kept by lot or serial number; left out: those that left in the package.",
        default_factory=list,
    )
    bucket: StockBucket | None = doc("In what state they are; left out: as the package says.", default=None)
    resolution: Resolution | None = doc("What becomes of them; left out: as the package says.", default=None)


@strawberry.input(description="A package that came back.")
class ReceivedBackPackageInput:
    package_id: strawberry.ID = doc("The package; its stage is RETURNED_TO_SENDER.")
    lines: list[ReceivedBackLineInput] = doc(
        "What of it is put away; left out: all that was in it. A SKU can stand there several times, in "
        "several states.",
        default_factory=list,
    )
    bucket: StockBucket | None = doc(
        "In what state its goods are; left out: as the input says.", default=None
    )
    resolution: Resolution | None = doc(
        "What becomes of its units; left out: as the input says.", default=None
    )
    location_id: strawberry.ID | None = doc(
        "The location that puts it away; left out: as the input says.", default=None
    )


@strawberry.input(description="What becomes of packages that came back.")
class ShipmentReceiveBackInput:
    shipment_id: strawberry.ID = doc("The shipment.")
    resolution: Resolution = doc("What becomes of the units.")
    bucket: StockBucket = doc("In what state the goods are.", default=StockBucket.AVAILABLE)
    location_id: strawberry.ID | None = doc(
        "The location that puts them away; left out: the one that they left.", default=None
    )
    packages: list[ReceivedBackPackageInput] = doc(
        "Which packages; left out: all that were returned to sender and are not put away.",
        default_factory=list,
    )


@strawberry.input(description="News of a shipment.")
class ShipmentTrackingRecordInput:
    shipment_id: strawberry.ID = doc("The shipment.")
    package_id: strawberry.ID | None = doc(
        "One of its packages; left out: all that have not arrived, or all where all have.", default=None
    )
    stage: ShipmentStage = doc("Where it is.")
    at: datetime | None = doc(
        "When it happened, not before it left; left out: now. The same stage, time and place said twice "
        "count once; without a time, when it is said again within five minutes.",
        default=None,
    )
    text: Text = doc("In the carrier's words.", default="")
    place: Text = doc("Where in the world.", default="")
    reference: Text = doc("The carrier's id of the message: said twice, it counts once.", default="")
    signed_by: Text = doc("Who took it.", default="")


@strawberry.input(description="That a shipment has arrived.")
class ShipmentDeliverInput:
    shipment_id: strawberry.ID = doc("The shipment.")
    package_id: strawberry.ID | None = doc(
        "One of its packages; left out: all that are still on their way.", default=None
    )
    at: datetime | None = doc("When; left out: now.", default=None)
    signed_by: Text = doc("Who took it.", default="")


@strawberry.input(description="Where a package is in truth, after a wrong scan.")
class ShipmentTrackingCorrectInput:
    shipment_id: strawberry.ID = doc("The shipment.")
    package_id: strawberry.ID | None = doc("Its package; left out: the only one that it has.", default=None)
    stage: ShipmentStage = doc("Where it is.")
    reason: str = doc("Why, in 1 to 300 characters, for staff.")


@strawberry.type
class ShipmentMutation:
    @mutation("ShipmentReceiveBackResult", Shipment, policy=MANAGE, refuses=(refusals.IllegalTransition,))
    async def shipment_receive_back(
        self, info: strawberry.Info, input: Annotated[ShipmentReceiveBackInput, arg("Which, and how.")]
    ) -> Any:
        """Put packages that the carrier brought back on the shelf, or aside; send them again or cancel them.

        Only what was in packages that were returned to sender is touched: the others arrive, or have.
        """
        return await service.receive_back(
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
        input: Annotated[ShipmentTrackingRecordInput, arg("The news.")],
    ) -> Any:
        """Note where a shipment, or one of its packages, is. News may come late and twice.

        The stage follows from all news by when it happened, and never goes back because of a late one; see
        `shipmentTrackingCorrect` for a wrong one.
        """
        package = input.package_id
        return await service.record(
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
        self, info: strawberry.Info, input: Annotated[ShipmentDeliverInput, arg("What has arrived.")]
    ) -> Any:
        """Note that a package of a shipment has arrived, or all that are still on their way."""
        return await service.deliver(
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
        input: Annotated[ShipmentTrackingCorrectInput, arg("What is right.")],
    ) -> Any:
        """Put the stage of a package right after a wrong scan, also back from DELIVERED.

        What was said for before counts no more. The order's timeline says who corrected what, and why.
        """
        package = input.package_id
        return await service.correct(
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
    return await stock.location(info.context.actor, *at, id=row_id(given, "Location", *at))


async def _parcel(info: strawberry.Info, given: ReceivedBackPackageInput, *path: str) -> ParcelBack:
    return ParcelBack(
        row_id(given.package_id, "Package", *path, "package_id"),
        lines=[
            LineBack(
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
