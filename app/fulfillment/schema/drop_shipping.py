"""Answers and shipments of suppliers in GraphQL, by staff or with a supplier's own token."""

from datetime import date
from typing import Annotated
from uuid import UUID

import strawberry

from app.access.permissions import Permission
from app.core.graphql.errors import mutation
from app.core.graphql.policy import needs
from app.core.graphql.scalars import ExpectedVersion, Text, arg, doc
from app.core.ids import row_id
from app.fulfillment import models
from app.fulfillment.schema.errors import STEPS, TAKES
from app.fulfillment.schema.types import FulfillmentOrder
from app.fulfillment.service.suppliers import answers
from app.fulfillment.service.warehouse import drop_shipping
from app.fulfillment.service.warehouse.shipping import ShipData

ANSWER = needs(Permission.DROP_SHIP_ANSWER)


@strawberry.input(description="Input for recording that a supplier accepted a drop-ship order.")
class DropShipAcceptInput:
    id: strawberry.ID = doc("The fulfillment order.")
    ships_on: date | None = doc("Shipping date; defaults to the requested date.", default=None)


@strawberry.input(description="Input for recording that a supplier rejected a drop-ship order.")
class DropShipRejectInput:
    id: strawberry.ID = doc("The fulfillment order.")
    reason: Text = doc("Reason, up to 500 characters.", default="")
    has_stock: bool = doc(
        "Whether the supplier has the stock and rejects for another reason; its location then "
        "remains available for other orders.",
        default=False,
    )
    may_resubmit: bool = doc(
        "Whether the supplier returned the order to be requested again, for example for a smaller "
        "quantity; the supplier can then be given the same lines again.",
        default=False,
    )


@strawberry.input(description="Input for recording that a supplier shipped a drop-ship order.")
class DropShipShipInput:
    id: strawberry.ID = doc("The fulfillment order.")
    carrier: str = doc("The carrier.")
    tracking_numbers: list[str] = doc(
        "Tracking numbers of the packages; one package is created for each.", default_factory=list
    )
    tracking_url: Text = doc(
        "URL template of the carrier's tracking page, with `{number}` as the placeholder for the "
        "tracking number.",
        default="",
    )
    expected_on: date | None = doc("Expected delivery date; defaults to the promised date.", default=None)


def _id(given: strawberry.ID) -> UUID:
    return row_id(given, "FulfillmentOrder", "id")


@strawberry.type
class DropShipMutation:
    @mutation("DropShipAcceptResult", FulfillmentOrder, policy=ANSWER, refuses=STEPS)
    async def drop_ship_accept(
        self,
        info: strawberry.Info,
        input: Annotated[DropShipAcceptInput, arg("The fulfillment order and the shipping date.")],
        expected_version: ExpectedVersion = None,
    ) -> models.FulfillmentOrder:
        """Record that a supplier accepted a drop-ship order, with the shipping date. If the
        date is later than planned, the promised date of the order is updated and the buyer is notified."""
        return await answers.accept(
            info.context.actor, _id(input.id), ships_on=input.ships_on, expected_version=expected_version
        )

    @mutation("DropShipRejectResult", FulfillmentOrder, policy=ANSWER, refuses=STEPS)
    async def drop_ship_reject(
        self,
        info: strawberry.Info,
        input: Annotated[DropShipRejectInput, arg("The fulfillment order and the reason.")],
        expected_version: ExpectedVersion = None,
    ) -> models.FulfillmentOrder:
        """Record that a supplier rejected a drop-ship order. Its lines are sourced from other locations or
        backordered; the supplier is not asked again for these lines. The available stock of these
        SKUs at the supplier's location is removed until its next feed (`stockBulkSet`), unless `hasStock` is
        true. With `mayResubmit`, the supplier only returned the order and can be given it again, for example
        after a part of it is cancelled."""
        return await answers.reject(
            info.context.actor,
            _id(input.id),
            reason=input.reason,
            has_stock=input.has_stock,
            may_resubmit=input.may_resubmit,
            expected_version=expected_version,
        )

    @mutation("DropShipShipResult", FulfillmentOrder, policy=ANSWER, refuses=TAKES)
    async def drop_ship_ship(
        self,
        info: strawberry.Info,
        input: Annotated[DropShipShipInput, arg("Details of the shipment.")],
        expected_version: ExpectedVersion = None,
    ) -> models.FulfillmentOrder:
        """Record that a supplier shipped a drop-ship order; the buyer is notified."""
        data = ShipData(
            carrier=input.carrier,
            tracking_numbers=input.tracking_numbers,
            tracking_url=input.tracking_url,
            expected_on=input.expected_on,
        )
        return await drop_shipping.ship_direct(
            info.context.actor, _id(input.id), data, expected_version=expected_version
        )
