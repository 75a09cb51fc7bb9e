"""Queries of stock levels and stock movements."""

from collections.abc import Callable, Collection
from functools import partial
from typing import Annotated
from uuid import UUID

import strawberry
from tortoise.expressions import Q

from app.core.actor import Actor
from app.core.graphql.conditions import conditions, conditions_for
from app.core.graphql.filters import (
    BooleanFilter,
    DateTimeFilter,
    IdFilter,
    IntFilter,
    StringFilter,
    among_q,
    any_id_q,
    combined,
    id_q,
    ids_named,
    string_q,
)
from app.core.graphql.node import After, Before, Connection, First, Last, connection
from app.core.graphql.policy import query
from app.core.graphql.scalars import arg, doc
from app.core.pagination import Order, PageArgs
from app.inventory.locations.schema.filters import location_q
from app.inventory.policies import VIEW
from app.inventory.stock import models, queries, references
from app.inventory.stock.lifecycle import StockReason
from app.inventory.stock.schema.types import StockLevel, StockMovement

BY_CREATION = Order(("created_at", "id"))
LATEST = Order(("at", "id"), descending=True)


@strawberry.input(description="Filter conditions for stock levels.")
class StockLevelFilter:
    variant_id: IdFilter | None = doc("Filter by variant ID.", default=None)
    location_id: IdFilter | None = doc("Filter by location ID.", default=None)
    sku: StringFilter | None = doc("Filter by SKU.", default=None)
    location: StringFilter | None = doc("Filter by location code.", default=None)
    on_hand: IntFilter | None = doc("Filter by on-hand quantity.", default=None)
    reserved: IntFilter | None = doc("Filter by reserved quantity.", default=None)
    available: IntFilter | None = doc("Filter by available quantity.", default=None)
    unavailable: IntFilter | None = doc("Filter by unavailable quantity.", default=None)
    incoming: IntFilter | None = doc("Filter by incoming quantity.", default=None)
    is_low: BooleanFilter | None = doc(
        "Filter by whether the available quantity is at or below the reorder point.", default=None
    )
    updated_at: DateTimeFilter | None = doc(
        "Filter by time of the last manual change, not including reservations.", default=None
    )
    and_: list["StockLevelFilter"] | None = doc(
        "Additional conditions, all of which must match.", default=None, name="and"
    )
    or_: list["StockLevelFilter"] | None = doc(
        "Additional conditions, at least one of which must match.", default=None, name="or"
    )
    not_: "StockLevelFilter | None" = doc("Condition that must not match.", default=None, name="not")


@strawberry.input(description="Filter conditions for stock movements.")
class StockMovementFilter:
    sku: StringFilter | None = doc("Filter by SKU.", default=None)
    location: StringFilter | None = doc("Filter by location code.", default=None)
    reason: list[StockReason] | None = doc("Filter by reason.", default=None)
    at: DateTimeFilter | None = doc("Filter by time.", default=None)
    reference_id: IdFilter | None = doc(
        "Filter by the ID of the order, receipt, transfer or other document that the caller can see.",
        default=None,
    )
    and_: list["StockMovementFilter"] | None = doc(
        "Additional conditions, all of which must match.", default=None, name="and"
    )
    or_: list["StockMovementFilter"] | None = doc(
        "Additional conditions, at least one of which must match.", default=None, name="or"
    )
    not_: "StockMovementFilter | None" = doc("Condition that must not match.", default=None, name="not")


def _available(given: IntFilter) -> Q:
    return queries.available_q(given.eq, given.eq) & queries.available_q(given.gte, given.lte)


level_conditions = conditions(
    StockLevelFilter,
    models.StockLevel,
    variant_id=lambda given: id_q("variant_id", given, "Variant"),
    location_id=lambda given: id_q("location_id", given, "Location"),
    sku=lambda given: among_q("variant_id", queries.variant_ids(string_q("sku", given))),
    location=partial(location_q, "location_id"),
    available=_available,
    is_low=lambda given: queries.low_q(given.eq),
)


def _about(seen: Collection[UUID], given: IdFilter) -> Q:
    return any_id_q("reference_id", given, seen)


_movement_conditions: Callable[[Collection[UUID], StockMovementFilter], Q] = conditions_for(
    StockMovementFilter,
    models.StockMovement,
    {"reference_id": _about},
    sku=lambda given: among_q("level_id", queries.level_ids(sku=string_q("sku", given))),
    location=lambda given: among_q("level_id", queries.level_ids(code=string_q("code", given))),
)


async def _movement_q(actor: Actor, given: StockMovementFilter | None) -> Q:
    """The condition of a filter for an actor; references that it may not see match nothing."""
    named = ids_named(given, lambda part: part.reference_id)
    seen = await references.seen_among(actor, named)
    return combined(given, partial(_movement_conditions, seen))


@strawberry.type
class LevelQuery:
    @query(VIEW)
    async def stock_levels(
        self,
        info: strawberry.Info,
        filter: Annotated[StockLevelFilter | None, arg("Filter conditions for stock levels.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[StockLevel]:
        """Stock levels: quantities by variant and location, in order of creation."""
        rows = queries.visible_to(info.context.actor).filter(combined(filter, level_conditions))
        found = await connection(rows, PageArgs(BY_CREATION, first, after, last, before))
        await queries.with_expired(found.page.rows)
        return found

    @query(VIEW)
    async def stock_movements(
        self,
        info: strawberry.Info,
        filter: Annotated[StockMovementFilter | None, arg("Filter conditions for stock movements.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[StockMovement]:
        """Stock movements (the stock ledger), newest first."""
        actor = info.context.actor
        rows = queries.movements_visible_to(actor).filter(await _movement_q(actor, filter))
        return await connection(rows, PageArgs(LATEST, first, after, last, before))
