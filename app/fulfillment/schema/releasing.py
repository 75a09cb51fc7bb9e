"""Mutations that release, recall and reassign fulfillment orders."""

from typing import Annotated

import strawberry

from app.core.graphql.errors import mutation
from app.core.graphql.scalars import ExpectedVersion, Text, arg, doc
from app.core.ids import row_id
from app.fulfillment import models, queries
from app.fulfillment.schema.errors import MANAGE, STEPS, WORK
from app.fulfillment.schema.types import FulfillmentOrder
from app.fulfillment.service.warehouse import reassigning, releasing
from app.inventory.locations import queries as locations
from app.inventory.stock import refusals as stock_refusals


@strawberry.input(description="Input for reassigning a fulfillment order to another location.")
class FulfillmentReassignInput:
    id: strawberry.ID = doc("The fulfillment order.")
    location_id: strawberry.ID | None = doc(
        "ID of the new location; if omitted, sourcing selects the location.", default=None
    )
    reason: Text = doc("Reason, up to 500 characters.", default="")


@strawberry.type
class ReleaseMutation:
    @mutation("FulfillmentReleaseResult", FulfillmentOrder, policy=MANAGE, refuses=WORK)
    async def fulfillment_release(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, arg("The fulfillment order.")],
        expected_version: ExpectedVersion = None,
    ) -> models.FulfillmentOrder:
        """Release a fulfillment order, so that its location can start work."""
        return await releasing.release(
            info.context.actor, row_id(id, "FulfillmentOrder", "id"), expected_version=expected_version
        )

    @mutation("FulfillmentRecallResult", FulfillmentOrder, policy=MANAGE, refuses=STEPS)
    async def fulfillment_recall(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, arg("The fulfillment order.")],
        expected_version: ExpectedVersion = None,
    ) -> models.FulfillmentOrder:
        """Undo the release of a fulfillment order that has not been started."""
        return await releasing.recall(
            info.context.actor, row_id(id, "FulfillmentOrder", "id"), expected_version=expected_version
        )

    @mutation(
        "FulfillmentReassignResult",
        FulfillmentOrder,
        policy=MANAGE,
        refuses=(*STEPS, stock_refusals.InsufficientStock),
    )
    async def fulfillment_reassign(
        self,
        info: strawberry.Info,
        input: Annotated[FulfillmentReassignInput, arg("The fulfillment order and its new location.")],
        expected_version: ExpectedVersion = None,
    ) -> models.FulfillmentOrder | None:
        """Reassign the part of a fulfillment order that has not been started to another location. Returns the
        remaining part of the original fulfillment order."""
        actor = info.context.actor
        to = None
        if input.location_id is not None:
            to = await locations.location(
                actor, "location_id", id=row_id(input.location_id, "Location", "location_id")
            )
        row = await reassigning.reassign(
            actor,
            row_id(input.id, "FulfillmentOrder", "id"),
            to=to,
            reason=input.reason,
            expected_version=expected_version,
        )
        return (await queries.by_id([row.id]))[0]
