"""Bulk mutations of fulfillment orders."""

from typing import Annotated
from uuid import UUID

import strawberry

from app.core.bulk import apply_each
from app.core.graphql.bulk import BulkResult, bulk_result
from app.core.graphql.errors import mutation
from app.core.graphql.scalars import arg
from app.core.ids import row_id
from app.fulfillment.schema.errors import MANAGE
from app.fulfillment.schema.packing import FulfillmentShipInput
from app.fulfillment.service.warehouse import releasing, shipping


@strawberry.type
class BulkMutation:
    @mutation("FulfillmentBulkReleaseResult", BulkResult, policy=MANAGE)
    async def fulfillment_bulk_release(
        self,
        info: strawberry.Info,
        ids: Annotated[list[strawberry.ID], arg("IDs of 1 to 1,000 fulfillment orders.")],
    ) -> BulkResult:
        """Release many fulfillment orders. Each is processed separately: an error in one does not affect the
        others."""
        actor = info.context.actor

        async def release(index: int, id: strawberry.ID) -> UUID:
            return (await releasing.release(actor, row_id(id, "FulfillmentOrder", "id"))).id

        return bulk_result(await apply_each(ids, release, "ids"), "FulfillmentOrder")

    @mutation("FulfillmentBulkShipResult", BulkResult, policy=MANAGE)
    async def fulfillment_bulk_ship(
        self,
        info: strawberry.Info,
        input: Annotated[
            list[FulfillmentShipInput], arg("1 to 1,000 fulfillment orders with their shipping details.")
        ],
    ) -> BulkResult:
        """Ship many fulfillment orders. Each is processed separately: an error in one does not affect the
        others."""
        actor = info.context.actor

        async def ship(index: int, row: FulfillmentShipInput) -> UUID:
            return (await shipping.ship(actor, row_id(row.id, "FulfillmentOrder", "id"), row.data())).id

        return bulk_result(await apply_each(input, ship, "input"), "FulfillmentOrder")
