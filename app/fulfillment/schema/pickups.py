"""Mutations for orders that are picked up at their location."""

from datetime import date
from typing import Annotated

import strawberry

from app.core.graphql.errors import mutation
from app.core.graphql.scalars import ExpectedVersion, Text, arg, doc
from app.core.ids import row_id
from app.fulfillment import models
from app.fulfillment.schema.errors import MANAGE, STEPS, TAKES, WORK
from app.fulfillment.schema.types import FulfillmentOrder
from app.fulfillment.service.warehouse import pickups
from app.orders.schema.inputs import units_by_line


@strawberry.input(description="Input for marking a fulfillment order as ready for pick-up.")
class FulfillmentReadyInput:
    id: strawberry.ID = doc("The fulfillment order; its units are picked.")
    keep_until: date | None = doc(
        "Last day on which it can be picked up, in the time zone of the location; if omitted, it is kept for "
        "the days that the order recorded.",
        default=None,
    )


@strawberry.input(description="Input for keeping a fulfillment order for pick-up until another day.")
class FulfillmentPickupExtendInput:
    id: strawberry.ID = doc("The fulfillment order, which is ready for pick-up.")
    keep_until: date = doc("Last day on which it can be picked up, in the time zone of the location.")


@strawberry.input(description="Units of a line that are handed over.")
class FulfillmentHandOverLineInput:
    line_id: strawberry.ID = doc("The fulfillment order line.")
    quantity: int = doc("Number of units of the line.")


@strawberry.input(description="Input for handing a fulfillment order over to the buyer.")
class FulfillmentHandOverInput:
    id: strawberry.ID = doc("The fulfillment order, which is ready for pick-up.")
    lines: list[FulfillmentHandOverLineInput] | None = doc(
        "Units that are handed over; if omitted, all of them. The rest stays ready for pick-up in a "
        "fulfillment order of its own.",
        default=None,
    )
    collected_by: Text = doc(
        "Name of the person who collects it, up to 120 characters. Stored as `signedBy` of the packages.",
        default="",
    )
    note: Text = doc(
        "Note, such as the kind of identification that was shown, up to 300 characters; for staff only.",
        default="",
    )


@strawberry.type
class PickupMutation:
    @mutation("FulfillmentReadyResult", FulfillmentOrder, policy=MANAGE, refuses=WORK)
    async def fulfillment_ready(
        self,
        info: strawberry.Info,
        input: Annotated[FulfillmentReadyInput, arg("The fulfillment order.")],
        expected_version: ExpectedVersion = None,
    ) -> models.FulfillmentOrder:
        """Mark a picked or packed fulfillment order as ready for pick-up. The buyer is notified by email
        and on the tracking page."""
        return await pickups.make_ready(
            info.context.actor,
            row_id(input.id, "FulfillmentOrder", "id"),
            keep_until=input.keep_until,
            expected_version=expected_version,
        )

    @mutation("FulfillmentReadyUndoResult", FulfillmentOrder, policy=MANAGE, refuses=STEPS)
    async def fulfillment_ready_undo(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, arg("The fulfillment order.")],
        expected_version: ExpectedVersion = None,
    ) -> models.FulfillmentOrder:
        """Undo that a fulfillment order is ready for pick-up: it is PICKED, and its packages are opened."""
        return await pickups.undo_ready(
            info.context.actor, row_id(id, "FulfillmentOrder", "id"), expected_version=expected_version
        )

    @mutation("FulfillmentPickupExtendResult", FulfillmentOrder, policy=MANAGE, refuses=STEPS)
    async def fulfillment_pickup_extend(
        self,
        info: strawberry.Info,
        input: Annotated[FulfillmentPickupExtendInput, arg("The fulfillment order and the day.")],
        expected_version: ExpectedVersion = None,
    ) -> models.FulfillmentOrder:
        """Keep a fulfillment order that is ready for pick-up until another day."""
        return await pickups.extend(
            info.context.actor,
            row_id(input.id, "FulfillmentOrder", "id"),
            input.keep_until,
            expected_version=expected_version,
        )

    @mutation("FulfillmentHandOverResult", FulfillmentOrder, policy=MANAGE, refuses=TAKES)
    async def fulfillment_hand_over(
        self,
        info: strawberry.Info,
        input: Annotated[FulfillmentHandOverInput, arg("The fulfillment order.")],
        expected_version: ExpectedVersion = None,
    ) -> models.FulfillmentOrder:
        """Hand a fulfillment order, or units of it, over to the buyer who picks it up. The units leave stock
        and count as delivered."""
        lines = None if input.lines is None else units_by_line(input.lines, "FulfillmentLine")
        return await pickups.hand_over(
            info.context.actor,
            row_id(input.id, "FulfillmentOrder", "id"),
            units=lines,
            collected_by=input.collected_by,
            note=input.note,
            expected_version=expected_version,
        )
