"""What suppliers answer and send, through the graph: by staff, or by a supplier's own token."""

from datetime import date
from typing import Annotated, Any

import strawberry

from app.access.permissions import Permission
from app.core.graphql.errors import mutation
from app.core.graphql.policy import needs
from app.core.graphql.scalars import ExpectedVersion, Text, arg, doc
from app.core.ids import row_id
from app.fulfillment import service
from app.fulfillment.schema.mutations import STEPS, TAKES
from app.fulfillment.schema.types import FulfillmentOrder
from app.fulfillment.service import ShipData

ANSWER = needs(Permission.DROP_SHIP_ANSWER)


@strawberry.input(description="That a supplier will send it.")
class DropShipAcceptInput:
    id: strawberry.ID = doc("The fulfillment order.")
    ships_on: date | None = doc("On which day; left out, as was asked.", default=None)


@strawberry.input(description="That a supplier will not send it.")
class DropShipRejectInput:
    id: strawberry.ID = doc("The fulfillment order.")
    reason: Text = doc("Why; up to 500 characters.", default="")
    has_stock: bool = doc(
        "The supplier has it, and refuses for another reason: its location goes on being asked by others.",
        default=False,
    )
    may_ask_again: bool = doc(
        "The supplier gave it back to be asked anew, for example for fewer: it may get the same lines again.",
        default=False,
    )


@strawberry.input(description="How a supplier has sent it.")
class DropShipShipInput:
    id: strawberry.ID = doc("The fulfillment order.")
    carrier: str = doc("Who carries it.")
    tracking_numbers: list[str] = doc("The packages' numbers; one package for each.", default_factory=list)
    tracking_url: Text = doc("The carrier's page; `{number}` stands for the tracking number.", default="")
    expected_on: date | None = doc("When it should arrive; else as promised.", default=None)


def _id(given: strawberry.ID) -> Any:
    return row_id(given, "FulfillmentOrder", "id")


@strawberry.type
class DropShipMutation:
    @mutation("DropShipAcceptResult", FulfillmentOrder, policy=ANSWER, refuses=STEPS)
    async def drop_ship_accept(
        self,
        info: strawberry.Info,
        input: Annotated[DropShipAcceptInput, arg("Which, and when.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Note that a supplier will send what it was asked for, and on which day.

        A later day than was reckoned with moves the promised day of the order, and the buyer is told.
        """
        return await service.accept(
            info.context.actor, _id(input.id), ships_on=input.ships_on, expected_version=expected_version
        )

    @mutation("DropShipRejectResult", FulfillmentOrder, policy=ANSWER, refuses=STEPS)
    async def drop_ship_reject(
        self,
        info: strawberry.Info,
        input: Annotated[DropShipRejectInput, arg("Which, and why.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Note that a supplier will not send what it was asked for: others do, else it waits for stock.

        The supplier is not asked again for these lines. What was free of them in its location is taken off
        until its next feed (`stockBulkSet`), unless `hasStock`. With `mayAskAgain` the supplier gave the work
        back, and can be given it anew: so a part of what it was asked for is cancelled.
        """
        return await service.reject(
            info.context.actor,
            _id(input.id),
            reason=input.reason,
            has_stock=input.has_stock,
            may_ask_again=input.may_ask_again,
            expected_version=expected_version,
        )

    @mutation("DropShipShipResult", FulfillmentOrder, policy=ANSWER, refuses=TAKES)
    async def drop_ship_ship(
        self,
        info: strawberry.Info,
        input: Annotated[DropShipShipInput, arg("Which, and how.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Note that a supplier has sent what it was asked for; the buyer is told."""
        data = ShipData(
            carrier=input.carrier,
            tracking_numbers=input.tracking_numbers,
            tracking_url=input.tracking_url,
            expected_on=input.expected_on,
        )
        return await service.ship_direct(
            info.context.actor, _id(input.id), data, expected_version=expected_version
        )
