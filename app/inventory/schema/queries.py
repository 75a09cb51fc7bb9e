"""Asking for stock."""

from collections.abc import Collection
from functools import partial
from typing import Annotated
from uuid import UUID

import strawberry
from tortoise.expressions import Q, Subquery

from app.catalog.models import Variant as VariantRow
from app.core.actor import Actor
from app.core.graphql.filters import (
    BooleanFilter,
    DateTimeFilter,
    IdFilter,
    IntFilter,
    StringFilter,
    any_id_q,
    combined,
    enum_q,
    id_q,
    ids_named,
    range_q,
    string_q,
)
from app.core.graphql.node import After, Before, Connection, First, Last, connection
from app.core.graphql.policy import query
from app.core.graphql.scalars import arg, doc
from app.core.ids import row_id
from app.core.pagination import Order, PageArgs
from app.inventory import queries, referring
from app.inventory.lifecycle import StockReason
from app.inventory.models import Location as LocationRow
from app.inventory.models import StockLevel as LevelRow
from app.inventory.schema.documents import DocumentQuery
from app.inventory.schema.lots import LotQuery
from app.inventory.schema.types import VIEW, Location, StockLevel, StockMovement

BY_CREATION = Order(("created_at", "id"))
LATEST = Order(("at", "id"), descending=True)


@strawberry.input(description="Which stock levels.")
class StockLevelFilter:
    variant_id: IdFilter | None = doc("Of these variants.", default=None)
    location_id: IdFilter | None = doc("In these locations.", default=None)
    sku: StringFilter | None = doc("Of variants with such a SKU.", default=None)
    location: StringFilter | None = doc("In locations with such a code.", default=None)
    on_hand: IntFilter | None = doc("By what is on hand.", default=None)
    reserved: IntFilter | None = doc("By what is reserved.", default=None)
    available: IntFilter | None = doc("By what is available.", default=None)
    unavailable: IntFilter | None = doc("By what cannot be sold.", default=None)
    incoming: IntFilter | None = doc("By what is on its way here.", default=None)
    is_low: BooleanFilter | None = doc(
        "By whether what is available is at or below the reorder point.", default=None
    )
    updated_at: DateTimeFilter | None = doc(
        "By when they last changed by hand; reservations do not count.", default=None
    )
    and_: list["StockLevelFilter"] | None = doc("All of these too.", default=None, name="and")
    or_: list["StockLevelFilter"] | None = doc("At least one of these too.", default=None, name="or")
    not_: "StockLevelFilter | None" = doc("And not this.", default=None, name="not")


@strawberry.input(description="Which stock movements.")
class StockMovementFilter:
    sku: StringFilter | None = doc("Of variants with such a SKU.", default=None)
    location: StringFilter | None = doc("In locations with such a code.", default=None)
    reason: list[StockReason] | None = doc("For one of these reasons.", default=None)
    at: DateTimeFilter | None = doc("By when.", default=None)
    reference_id: IdFilter | None = doc(
        "By what they were for, such as an order, a receipt or a transfer, of what the caller may see.",
        default=None,
    )
    and_: list["StockMovementFilter"] | None = doc("All of these too.", default=None, name="and")
    or_: list["StockMovementFilter"] | None = doc("At least one of these too.", default=None, name="or")
    not_: "StockMovementFilter | None" = doc("And not this.", default=None, name="not")


def level_conditions(given: StockLevelFilter) -> Q:
    q = id_q("variant_id", given.variant_id, "Variant") & id_q("location_id", given.location_id, "Location")
    q &= range_q("on_hand", given.on_hand) & range_q("reserved", given.reserved)
    q &= range_q("unavailable", given.unavailable) & range_q("incoming", given.incoming)
    q &= range_q("updated_at", given.updated_at)
    if given.available is not None:
        exact = given.available.eq
        least = given.available.gte if exact is None else exact
        most = given.available.lte if exact is None else exact
        q &= queries.available_q((least, most))
    if given.is_low is not None:
        q &= queries.low_q(given.is_low.eq)
    return q & _of(given.sku, given.location)


def _of(sku: StringFilter | None, location: StringFilter | None) -> Q:
    q = Q()
    if sku is not None:
        q &= Q(variant_id__in=Subquery(VariantRow.filter(string_q("sku", sku)).values("id")))
    if location is not None:
        q &= Q(location_id__in=Subquery(LocationRow.filter(string_q("code", location)).values("id")))
    return q


async def _movement_q(actor: Actor, given: StockMovementFilter | None) -> Q:
    """What a filter means for an actor: what it may not see, nothing was for."""
    named = ids_named(given, lambda part: part.reference_id)
    seen = await referring.seen_among(actor, named)
    return combined(given, partial(_movement_conditions, seen=seen))


def _movement_conditions(given: StockMovementFilter, seen: Collection[UUID]) -> Q:
    q = enum_q("reason", given.reason) & range_q("at", given.at)
    q &= any_id_q("reference_id", given.reference_id, seen)
    if given.sku is not None or given.location is not None:
        q &= Q(level_id__in=Subquery(LevelRow.filter(_of(given.sku, given.location)).values("id")))
    return q


@strawberry.type
class InventoryQuery(LotQuery, DocumentQuery):
    @query(VIEW)
    async def location(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID | None, arg("The location's id.")] = None,
        code: Annotated[str | None, arg("The location's code.")] = None,
    ) -> Location | None:
        """A location by id or code."""
        rows = queries.locations_visible_to(info.context.actor)
        if id is not None:
            return await rows.get_or_none(id=row_id(id, "Location", "id"))  # type: ignore[return-value]
        return await rows.get_or_none(code=code or "")  # type: ignore[return-value]

    @query(VIEW)
    async def locations(
        self,
        info: strawberry.Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Location]:
        """The locations, the oldest first."""
        rows = queries.locations_visible_to(info.context.actor)
        return await connection(rows, PageArgs(BY_CREATION, first, after, last, before))

    @query(VIEW)
    async def stock_levels(
        self,
        info: strawberry.Info,
        filter: Annotated[StockLevelFilter | None, arg("Which levels.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[StockLevel]:
        """How much of what is where, in the order in which the levels were made."""
        rows = queries.visible_to(info.context.actor).filter(combined(filter, level_conditions))
        found = await connection(rows, PageArgs(BY_CREATION, first, after, last, before))
        await queries.with_expired(found.page.rows)
        return found

    @query(VIEW)
    async def stock_movements(
        self,
        info: strawberry.Info,
        filter: Annotated[StockMovementFilter | None, arg("Which movements.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[StockMovement]:
        """The ledger of stock, the latest first."""
        actor = info.context.actor
        rows = queries.movements_visible_to(actor).filter(await _movement_q(actor, filter))
        return await connection(rows, PageArgs(LATEST, first, after, last, before))
