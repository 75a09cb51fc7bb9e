"""Splitting and merging the work of locations, through the graph."""

from typing import Annotated, Any

import strawberry

from app.core.graphql.errors import mutation
from app.core.graphql.scalars import ExpectedVersion, arg, doc
from app.core.ids import row_id
from app.fulfillment import service
from app.fulfillment.schema.mutations import MANAGE, STEPS
from app.fulfillment.schema.types import FulfillmentOrder
from app.orders.schema.mutations import units_by_line


@strawberry.input(description="Units of a line of a fulfillment order.")
class FulfillmentSplitLineInput:
    line_id: strawberry.ID = doc("The line of the fulfillment order.")
    quantity: int = doc("How many of it.")


@strawberry.input(description="What of a fulfillment order is to be sent by itself.")
class FulfillmentSplitInput:
    id: strawberry.ID = doc("The fulfillment order; nobody has begun with it.")
    lines: list[FulfillmentSplitLineInput] = doc("What is taken out of it; at least one unit stays.")


@strawberry.input(description="Fulfillment orders of one order and location that are to leave as one.")
class FulfillmentMergeInput:
    id: strawberry.ID = doc("The one that stays.")
    other_ids: list[strawberry.ID] = doc("Those that it takes over: 1 to 20, in the same state.")


@strawberry.type
class DividingMutation:
    @mutation("FulfillmentSplitResult", FulfillmentOrder, policy=MANAGE, refuses=STEPS)
    async def fulfillment_split(
        self,
        info: strawberry.Info,
        input: Annotated[FulfillmentSplitInput, arg("What is to be sent by itself.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Take units out of a fulfillment order that nobody has begun; the answer is the new one."""
        return await service.split(
            info.context.actor,
            row_id(input.id, "FulfillmentOrder", "id"),
            units_by_line(input.lines, "FulfillmentLine"),
            expected_version=expected_version,
        )

    @mutation("FulfillmentMergeResult", FulfillmentOrder, policy=MANAGE, refuses=STEPS)
    async def fulfillment_merge(
        self,
        info: strawberry.Info,
        input: Annotated[FulfillmentMergeInput, arg("Which of them.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Have several fulfillment orders of one order and location leave as one."""
        return await service.merge(
            info.context.actor,
            row_id(input.id, "FulfillmentOrder", "id"),
            [
                row_id(id, "FulfillmentOrder", "other_ids", str(index))
                for index, id in enumerate(input.other_ids)
            ],
            expected_version=expected_version,
        )
