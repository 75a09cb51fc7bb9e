"""Transfers in the graph."""

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
from app.inventory import models, queries
from app.inventory.lifecycle import TransferStatus
from app.inventory.next_steps import steps_of_transfer
from app.inventory.schema.places import held_in
from app.inventory.schema.types.stock import Location

graphql_enum(TransferStatus, "How far a transfer is.")


@strawberry.type(description="One SKU of a transfer.")
class StockTransferLine:
    is_type_of = serves(models.TransferLine)

    quantity: int = doc("How many units were prepared.")
    shipped: int = doc("How many left.")
    received: int = doc("How many arrived in order.")
    damaged: int = doc("How many arrived damaged.")
    missing: int = doc("How many did not arrive and are written off.")
    returned: int = doc("How many turned back and are where they came from.")
    surplus: int = doc("How many more were found than had been sent.")

    @field()
    def in_transit(self, root: strawberry.Parent[Any]) -> int:
        """How many are still on their way."""
        return int(root.on_the_way)

    @field(reach=ABOUT_IT)
    async def variant(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Variant:
        """Of what."""
        return await info.context.load(catalog.variants_by_id, root.variant_id)


@strawberry.type(description="Goods on their way from one location to another.")
class StockTransfer(Node):
    is_type_of = serves(models.Transfer)

    status: TransferStatus = doc("How far it is.")
    expected_on: date | None = doc("The day on which it is expected to arrive.")
    note: str | None = none_if_empty("What was noted; null if nothing.")
    external_reference: str | None = doc("Its key in another system.")
    version: int = doc("Goes up with each change; see `expectedVersion`.")
    created_at: datetime = doc("When it was prepared.")
    updated_at: datetime = doc("When it last changed.")
    shipped_at: datetime | None = doc("When it left.")
    received_at: datetime | None = doc("When the last of it arrived.")

    @field(reach=AROUND_IT)
    async def source(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Location:
        """From where."""
        return await info.context.load(queries.locations_by_id, root.source_id)

    @field(reach=AROUND_IT)
    async def destination(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Location:
        """To where."""
        return await info.context.load(queries.locations_by_id, root.destination_id)

    @field()
    async def lines(self, root: strawberry.Parent[Any], info: strawberry.Info) -> list[StockTransferLine]:
        """What it is made of."""
        return await info.context.load(queries.lines_by_transfer, root.id)

    @level_field(list[NextStep])
    async def next_steps(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """What can be done with it from where it stands, and what the caller may not."""
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
