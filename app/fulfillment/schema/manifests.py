"""Manifests in GraphQL."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from typing import Annotated, Any

import strawberry

from app.core.graphql.conditions import conditions
from app.core.graphql.errors import mutation
from app.core.graphql.filters import DateFilter, DateTimeFilter, StringFilter, string_q
from app.core.graphql.levels import level_field
from app.core.graphql.node import After, Before, Connection, First, Last, Node, connection
from app.core.graphql.policy import AROUND_IT, PART_OF_IT, query
from app.core.graphql.scalars import arg, doc, serves
from app.core.pagination import Order as Sort
from app.core.pagination import PageArgs
from app.fulfillment import models, queries
from app.fulfillment.schema.errors import MANAGE
from app.fulfillment.schema.types import VIEW, Shipment
from app.fulfillment.service.carriers import manifests as manifests_commands
from app.inventory.locations import queries as locations
from app.inventory.locations.schema.filters import location_q
from app.inventory.locations.schema.types import Location

NEWEST = Sort(("created_at", "id"), descending=True)


@strawberry.type(
    description="List of the packages handed over to a carrier at one time, for the driver to sign."
)
class Manifest(Node):
    is_type_of = serves(models.Manifest)

    number: str = doc("Human-readable number.")
    carrier: str = doc("Carrier that receives the packages.")
    day: date = doc("Date of the handover, in the time zone of the location.")
    packages: int = doc("Number of packages on the manifest.")
    weight_grams: int | None = doc("Total weight in grams; null if a package was not weighed.")
    created_by: str = doc("Name of the user or app that created the manifest.")
    created_at: datetime = doc("Date and time of creation.")

    @level_field(Location, reach=AROUND_IT)
    async def location(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Location that the goods leave from."""
        return await info.context.load_many(locations.locations_by_id, [root.location_id for root in roots])

    @level_field(list[Shipment] | None, VIEW, reach=PART_OF_IT)
    async def shipments(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Shipments on the manifest, ordered by shipping time, oldest first; null without the permission
        FULFILLMENT_VIEW."""
        return await info.context.load_many(queries.shipments_by_manifest, [root.id for root in roots])


@strawberry.input(description="Filter conditions for manifests.")
class ManifestFilter:
    location: StringFilter | None = doc("Filter by location code.", default=None)
    carrier: StringFilter | None = doc("Filter by carrier code.", default=None)
    day: DateFilter | None = doc("Filter by date.", default=None)
    number: StringFilter | None = doc("Filter by number, which is the printed barcode.", default=None)
    created_at: DateTimeFilter | None = doc("Filter by creation time.", default=None)


_conditions = conditions(
    ManifestFilter,
    models.Manifest,
    location=partial(location_q, "location_id"),
    number=lambda given: string_q("number", given, spelled=str.upper),
)


@strawberry.input(description="Input for creating a manifest.")
class ManifestCreateInput:
    location: str = doc("Code of the location.")
    carrier: str = doc("Code of the carrier.")


@strawberry.type
class ManifestQuery:
    @query(VIEW)
    async def manifests(
        self,
        info: strawberry.Info,
        filter: Annotated[ManifestFilter | None, arg("Filter conditions.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Manifest]:
        """Manifests of packages handed over to carriers, newest first."""
        rows = queries.manifests_visible_to(info.context.actor)
        if filter is not None:
            rows = rows.filter(_conditions(filter))
        return await connection(rows, PageArgs(NEWEST, first, after, last, before))


@strawberry.type
class ManifestMutation:
    @mutation("ManifestCreateResult", Manifest, policy=MANAGE)
    async def manifest_create(
        self,
        info: strawberry.Info,
        input: Annotated[ManifestCreateInput, arg("The location and the carrier.")],
    ) -> models.Manifest:
        """Create a manifest of everything that has shipped with a carrier and is not on a manifest yet, for
        the driver to sign."""
        actor = info.context.actor
        location = await locations.location(actor, "location", code=input.location)
        return await manifests_commands.create_manifest(actor, location, carrier=input.carrier)
