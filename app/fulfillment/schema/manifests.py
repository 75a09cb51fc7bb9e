"""What was handed to carriers, in the graph."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any

import strawberry

from app.core.graphql.errors import mutation
from app.core.graphql.filters import DateFilter, DateTimeFilter, StringFilter, range_q, string_q
from app.core.graphql.levels import level_field
from app.core.graphql.node import After, Before, Connection, First, Last, Node, connection
from app.core.graphql.policy import AROUND_IT, PART_OF_IT, query
from app.core.graphql.scalars import arg, doc, serves
from app.core.pagination import Order as Sort
from app.core.pagination import PageArgs
from app.fulfillment import models, queries, service
from app.fulfillment.schema.mutations import MANAGE
from app.fulfillment.schema.types import VIEW, Shipment
from app.inventory import queries as stock
from app.inventory.schema import Location

NEWEST = Sort(("created_at", "id"), descending=True)


@strawberry.type(description="What was handed to a carrier at one time: its driver signs it.")
class Manifest(Node):
    is_type_of = serves(models.Manifest)

    number: str = doc("Its number.")
    carrier: str = doc("To which carrier.")
    day: date = doc("On which day, by the location's clock.")
    packages: int = doc("How many packages are on it.")
    weight_grams: int | None = doc("What they weigh; null where one was not weighed.")
    created_by: str = doc("Who made it.")
    created_at: datetime = doc("When.")

    @level_field(Location, reach=AROUND_IT)
    async def location(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """From where."""
        return await info.context.load_many(stock.locations_by_id, [root.location_id for root in roots])

    @level_field(list[Shipment] | None, VIEW, reach=PART_OF_IT)
    async def shipments(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """What is on it, the first that left first."""
        return await info.context.load_many(queries.shipments_by_manifest, [root.id for root in roots])


@strawberry.input(description="Which manifests.")
class ManifestFilter:
    location: StringFilter | None = doc("Of locations with such a code.", default=None)
    carrier: StringFilter | None = doc("Of such carriers.", default=None)
    day: DateFilter | None = doc("By day.", default=None)
    number: StringFilter | None = doc("By number: the printed barcode.", default=None)
    created_at: DateTimeFilter | None = doc("By when they were made.", default=None)


@strawberry.input(description="What is handed to a carrier.")
class ManifestCreateInput:
    location: str = doc("The code of the location.")
    carrier: str = doc("The carrier's code.")


@strawberry.type
class ManifestQuery:
    @query(VIEW)
    async def manifests(
        self,
        info: strawberry.Info,
        filter: Annotated[ManifestFilter | None, arg("Which.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Manifest]:
        """What was handed to carriers, the newest first."""
        rows = queries.manifests_visible_to(info.context.actor)
        if filter is not None:
            rows = rows.filter(string_q("carrier", filter.carrier) & range_q("day", filter.day))
            rows = rows.filter(string_q("number", filter.number, spelled=str.upper))
            rows = rows.filter(range_q("created_at", filter.created_at))
            if filter.location is not None:
                rows = rows.filter(location_id__in=stock.location_ids(string_q("code", filter.location)))
        return await connection(rows, PageArgs(NEWEST, first, after, last, before))


@strawberry.type
class ManifestMutation:
    @mutation("ManifestCreateResult", Manifest, policy=MANAGE)
    async def manifest_create(
        self, info: strawberry.Info, input: Annotated[ManifestCreateInput, arg("From where, to whom.")]
    ) -> Any:
        """Put on a sheet what has left with a carrier and is on none yet: its driver signs it."""
        actor = info.context.actor
        location = await stock.location(actor, "location", code=input.location)
        return await service.create_manifest(actor, location, carrier=input.carrier)
