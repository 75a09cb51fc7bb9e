"""Mutations that split and merge fulfillment orders."""

from typing import Annotated

import strawberry

from app.core.graphql.errors import mutation
from app.core.graphql.scalars import ExpectedVersion, arg, doc
from app.core.ids import row_id
from app.fulfillment import models
from app.fulfillment.schema.errors import MANAGE, STEPS
from app.fulfillment.schema.types import FulfillmentOrder
from app.fulfillment.service.warehouse import splitting
from app.orders.schema.inputs import units_by_line


@strawberry.input(description="Units of a line of a fulfillment order.")
class FulfillmentSplitLineInput:
    line_id: strawberry.ID = doc("The fulfillment order line.")
    quantity: int = doc("Number of units of the line.")


@strawberry.input(description="Input for splitting a fulfillment order.")
class FulfillmentSplitInput:
    id: strawberry.ID = doc("The fulfillment order; work on it must not have started.")
    lines: list[FulfillmentSplitLineInput] = doc("Lines to split off; at least one unit must remain.")


@strawberry.input(description="Input for merging fulfillment orders of the same order and location.")
class FulfillmentMergeInput:
    id: strawberry.ID = doc("The fulfillment order to keep.")
    other_ids: list[strawberry.ID] = doc("Fulfillment orders to merge into it: 1 to 20, in the same status.")


@strawberry.type
class SplitMutation:
    @mutation("FulfillmentSplitResult", FulfillmentOrder, policy=MANAGE, refuses=STEPS)
    async def fulfillment_split(
        self,
        info: strawberry.Info,
        input: Annotated[FulfillmentSplitInput, arg("Units to split off.")],
        expected_version: ExpectedVersion = None,
    ) -> models.FulfillmentOrder:
        """Split units off a fulfillment order that has not been started. Returns the new
        fulfillment order."""
        return await splitting.split(
            info.context.actor,
            row_id(input.id, "FulfillmentOrder", "id"),
            units_by_line(input.lines, "FulfillmentLine"),
            expected_version=expected_version,
        )

    @mutation("FulfillmentMergeResult", FulfillmentOrder, policy=MANAGE, refuses=STEPS)
    async def fulfillment_merge(
        self,
        info: strawberry.Info,
        input: Annotated[FulfillmentMergeInput, arg("Fulfillment orders to merge.")],
        expected_version: ExpectedVersion = None,
    ) -> models.FulfillmentOrder:
        """Merge fulfillment orders of the same order and location into one."""
        return await splitting.merge(
            info.context.actor,
            row_id(input.id, "FulfillmentOrder", "id"),
            [
                row_id(id, "FulfillmentOrder", "other_ids", str(index))
                for index, id in enumerate(input.other_ids)
            ],
            expected_version=expected_version,
        )
