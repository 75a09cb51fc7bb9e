"""GraphQL types of transfers."""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import compress
from typing import Any

import strawberry

from app.access.permissions import Permission
from app.catalog import queries as catalog
from app.catalog.schema import Variant
from app.core.database import values_of
from app.core.graphql.empty import none_if_empty
from app.core.graphql.levels import level_field
from app.core.graphql.next_steps import NextStep
from app.core.graphql.node import Node
from app.core.graphql.policy import ABOUT_IT, AROUND_IT, field
from app.core.graphql.scalars import doc, graphql_enum, serves
from app.inventory.locations import queries as locations
from app.inventory.locations.schema.places import held_in
from app.inventory.locations.schema.types import Location
from app.inventory.transfers import models, queries
from app.inventory.transfers.lifecycle import TransferStatus
from app.inventory.transfers.next_steps import steps_of_transfer

graphql_enum(TransferStatus, "Status of a stock transfer.")


@strawberry.type(description="One SKU of a transfer.")
class StockTransferLine:
    is_type_of = serves(models.TransferLine)

    quantity: int = doc("Number of units planned for the transfer.")
    shipped: int = doc("Number of units shipped.")
    received: int = doc("Number of units that arrived in good condition.")
    damaged: int = doc("Number of units that arrived damaged.")
    missing: int = doc("Number of units that did not arrive and were written off.")
    returned: int = doc("Number of units that were turned back and are at the source location again.")
    surplus: int = doc("Number of units found in excess of the number shipped.")

    @field()
    def in_transit(self, root: strawberry.Parent[Any]) -> int:
        """Number of units still in transit."""
        return int(root.on_the_way)

    @field(reach=ABOUT_IT)
    async def variant(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Variant:
        """The variant."""
        return await info.context.load(catalog.variants_by_id, root.variant_id)


@strawberry.type(description="Transfer of stock from one location to another.")
class StockTransfer(Node):
    is_type_of = serves(models.Transfer)

    status: TransferStatus = doc("Current status.")
    expected_on: date | None = doc("Expected arrival date; null if unknown.")
    note: str | None = none_if_empty("Note; null if there is none.")
    external_reference: str | None = doc("Key in an external system; null if there is none.")
    version: int = doc(
        "Version number; increases with every change. Pass it as `expectedVersion` to detect concurrent "
        "edits."
    )
    created_at: datetime = doc("Date and time of creation.")
    updated_at: datetime = doc("Date and time of the last change.")
    shipped_at: datetime | None = doc("Time of shipping; null before.")
    received_at: datetime | None = doc("Date and time of the arrival of the last units; null before.")

    @field(reach=AROUND_IT)
    async def source(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Location:
        """Location that the goods leave from."""
        return await info.context.load(locations.locations_by_id, root.source_id)

    @field(reach=AROUND_IT)
    async def destination(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Location:
        """Destination location."""
        return await info.context.load(locations.locations_by_id, root.destination_id)

    @field()
    async def lines(self, root: strawberry.Parent[Any], info: strawberry.Info) -> list[StockTransferLine]:
        """Lines of the transfer."""
        return await info.context.load(queries.lines_by_transfer, root.id)

    @level_field(list[NextStep])
    async def next_steps(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Steps that are possible in the current status, and steps that the caller cannot take."""
        sources = await held_in(info, Permission.STOCK_MANAGE, values_of(roots, "source_id"))
        destinations = await held_in(info, Permission.STOCK_MANAGE, values_of(roots, "destination_id"))
        managed_ends = [
            set(compress((root.source_id, root.destination_id), held))
            for root, *held in zip(roots, sources, destinations, strict=True)
        ]
        return [
            [NextStep.of(each) for each in steps_of_transfer(root, managed)]
            for root, managed in zip(roots, managed_ends, strict=True)
        ]
