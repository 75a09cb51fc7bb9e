"""`nextSteps` of fulfillment orders, for all objects of a level at once."""

from collections.abc import Sequence

import strawberry

from app.core.graphql.next_steps import NextStep
from app.fulfillment import queries
from app.fulfillment.lifecycle import FulfillmentOrderStatus
from app.fulfillment.models import FulfillmentOrder
from app.fulfillment.next_steps import StepContext, steps_of_fulfillment
from app.fulfillment.service.suppliers import requests
from app.orders import queries as orders


async def steps_of_all(rows: Sequence[FulfillmentOrder], info: strawberry.Info) -> list[list[NextStep]]:
    """The next steps of each fulfillment order."""
    load_many, actor = info.context.load_many, info.context.actor
    owners = await load_many(orders.orders_by_id, [row.order_id for row in rows])
    packed = [row.id for row in rows if row.status is FulfillmentOrderStatus.PACKED]
    found = await load_many(queries.packages_by_fulfillment_order, packed)
    packages = dict(zip(packed, found, strict=True))
    ids = [package.id for each in found for package in each]
    labels = dict(zip(ids, await load_many(queries.labels_by_package, ids), strict=True))
    unasked = await requests.request_refusals(
        [row for row in rows if row.is_drop_ship and row.status is FulfillmentOrderStatus.OPEN]
    )
    return [
        [
            NextStep.of(each)
            for each in steps_of_fulfillment(
                StepContext(
                    actor=actor,
                    row=row,
                    order=order,
                    packages=packages.get(row.id, ()),
                    labels=[labels[package.id] for package in packages.get(row.id, ())],
                    unasked=unasked.get(row.id),
                )
            )
        ]
        for row, order in zip(rows, owners, strict=True)
    ]
