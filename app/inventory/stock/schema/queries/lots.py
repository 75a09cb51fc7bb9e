"""Queries of lots and serial numbers."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Annotated

import strawberry
from tortoise.expressions import Q

from app.core.actor import Actor
from app.core.graphql.conditions import conditions_for
from app.core.graphql.filters import (
    BooleanFilter,
    DateFilter,
    StringFilter,
    among_q,
    combined,
    string_q,
)
from app.core.graphql.node import After, Before, Connection, First, Last, connection
from app.core.graphql.policy import query
from app.core.graphql.scalars import arg, doc
from app.core.ids import row_id
from app.core.pagination import Order, PageArgs
from app.inventory.policies import VIEW
from app.inventory.stock import models, queries
from app.inventory.stock.schema.types import StockLot

BY_CREATION = Order(("created_at", "id"))


@strawberry.input(description="Filter conditions for lots.")
class StockLotFilter:
    sku: StringFilter | None = doc("Filter by SKU.", default=None)
    number: StringFilter | None = doc("Filter by lot number or serial number, ignoring case.", default=None)
    location: StringFilter | None = doc(
        "Filter by the code of a location that stocks or has stocked the lot, limited to locations "
        "whose stock the caller can see.",
        default=None,
    )
    expires_on: DateFilter | None = doc("Filter by expiry date.", default=None)
    is_on_hand: BooleanFilter | None = doc(
        "Filter by whether the lot is on hand at locations whose stock the caller can see.", default=None
    )
    and_: list["StockLotFilter"] | None = doc(
        "Additional conditions, all of which must match.", default=None, name="and"
    )
    or_: list["StockLotFilter"] | None = doc(
        "Additional conditions, at least one of which must match.", default=None, name="or"
    )
    not_: "StockLotFilter | None" = doc("Condition that must not match.", default=None, name="not")


def _numbered(given: StringFilter) -> Q:
    """The condition that a lot has such a number, ignoring case."""
    q = string_q("number", replace(given, eq=None, in_=None))
    if given.eq is not None:
        q &= queries.any_numbered([given.eq])
    if given.in_ is not None:
        q &= queries.any_numbered(given.in_)
    return q


def _stocked_at(actor: Actor, given: StringFilter) -> Q:
    return queries.lots_stocked_at(actor, string_q("code", given))


def _on_hand(actor: Actor, given: BooleanFilter) -> Q:
    return queries.lots_on_hand(actor, given.eq)


_conditions: Callable[[Actor, StockLotFilter], Q] = conditions_for(
    StockLotFilter,
    models.Lot,
    {"location": _stocked_at, "is_on_hand": _on_hand},
    sku=lambda given: among_q("variant_id", queries.variant_ids(string_q("sku", given))),
    number=_numbered,
)


@strawberry.type
class LotQuery:
    @query(VIEW)
    async def stock_lot(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID | None, arg("ID of the lot.")] = None,
        sku: Annotated[
            str | None, arg("SKU of the lot, as an alternative to the ID; requires the number.")
        ] = None,
        number: Annotated[str | None, arg("Lot number or serial number.")] = None,
    ) -> StockLot | None:
        """A lot or serial number, by its ID or by its SKU and number."""
        rows = queries.lots_visible_to(info.context.actor)
        if id is not None:
            return await rows.get_or_none(id=row_id(id, "StockLot", "id"))  # type: ignore[return-value]
        chosen = rows.filter(variant_id__in=queries.variant_ids(Q(sku=sku or "")))
        return await queries.lot_numbered(chosen, number or "")  # type: ignore[return-value]

    @query(VIEW)
    async def stock_lots(
        self,
        info: strawberry.Info,
        filter: Annotated[StockLotFilter | None, arg("Filter conditions for lots.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[StockLot]:
        """Lots and serial numbers, in the order in which they were first received."""
        actor = info.context.actor
        rows = queries.lots_visible_to(actor).filter(combined(filter, partial(_conditions, actor)))
        return await connection(rows, PageArgs(BY_CREATION, first, after, last, before))
