"""What becomes of shipments, through the graph."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

from app.core import refusals
from app.core.graphql.errors import mutation
from app.core.graphql.scalars import Text, arg, doc, graphql_enum
from app.core.ids import row_id
from app.fulfillment import service
from app.fulfillment.lifecycle import ShipmentStage
from app.fulfillment.schema.mutations import MANAGE
from app.fulfillment.schema.types import Shipment
from app.fulfillment.service import Resolution, TrackingData
from app.inventory.lifecycle import StockBucket

graphql_enum(Resolution, "What becomes of an order whose parcel came back.")


@strawberry.input(description="What becomes of a parcel that came back.")
class ShipmentReceiveBackInput:
    shipment_id: strawberry.ID = doc("The shipment.")
    resolution: Resolution = doc("What becomes of its units.")
    bucket: StockBucket = doc("In what state the goods are.", default=StockBucket.AVAILABLE)


@strawberry.input(description="News of a shipment.")
class ShipmentTrackingRecordInput:
    shipment_id: strawberry.ID = doc("The shipment.")
    package_id: strawberry.ID | None = doc("One of its packages; left out: all.", default=None)
    stage: ShipmentStage = doc("Where it is.")
    at: datetime | None = doc("When it happened; left out: now.", default=None)
    text: Text = doc("In the carrier's words.", default="")
    place: Text = doc("Where in the world.", default="")
    reference: Text = doc("The carrier's id of the message: said twice, it counts once.", default="")
    signed_by: Text = doc("Who took it.", default="")


@strawberry.input(description="That a shipment has arrived.")
class ShipmentDeliverInput:
    shipment_id: strawberry.ID = doc("The shipment.")
    at: datetime | None = doc("When; left out: now.", default=None)
    signed_by: Text = doc("Who took it.", default="")


@strawberry.type
class ShipmentMutation:
    @mutation("ShipmentReceiveBackResult", Shipment, policy=MANAGE, refuses=(refusals.IllegalTransition,))
    async def shipment_receive_back(
        self, info: strawberry.Info, input: Annotated[ShipmentReceiveBackInput, arg("Which, and how.")]
    ) -> Any:
        """Put a parcel that the carrier brought back on the shelf, or aside; send it again or cancel it."""
        return await service.receive_back(
            info.context.actor,
            row_id(input.shipment_id, "Shipment", "shipment_id"),
            resolution=input.resolution,
            bucket=input.bucket,
        )

    @mutation("ShipmentTrackingRecordResult", Shipment, policy=MANAGE)
    async def shipment_tracking_record(
        self,
        info: strawberry.Info,
        input: Annotated[ShipmentTrackingRecordInput, arg("The news.")],
    ) -> Any:
        """Note where a shipment, or one of its packages, is. News may come late and twice."""
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
        """Note that all packages of a shipment have arrived."""
        return await service.deliver(
            info.context.actor,
            row_id(input.shipment_id, "Shipment", "shipment_id"),
            at=input.at,
            signed_by=input.signed_by,
        )
