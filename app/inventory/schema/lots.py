"""Asking for lots and serial numbers."""

from dataclasses import replace
from functools import partial
from typing import Annotated

import strawberry
from tortoise.expressions import Q

from app.core.actor import Actor
from app.core.graphql.filters import (
    BooleanFilter,
    DateFilter,
    StringFilter,
    among_q,
    combined,
    range_q,
    string_q,
)
from app.core.graphql.node import After, Before, Connection, First, Last, connection
from app.core.graphql.policy import query
from app.core.graphql.scalars import arg, doc
from app.core.ids import row_id
from app.core.pagination import Order, PageArgs
from app.inventory import queries
from app.inventory.schema.types import VIEW, StockLot

BY_CREATION = Order(("created_at", "id"))


@strawberry.input(description="Which lots.")
class StockLotFilter:
    sku: StringFilter | None = doc("Of variants with such a SKU.", default=None)
    number: StringFilter | None = doc("With such a number, whatever the capitals.", default=None)
    location: StringFilter | None = doc(
        "That locations with such a code have, or had, as far as the caller sees.", default=None
    )
    expires_on: DateFilter | None = doc("By the last day on which they may be used.", default=None)
    is_on_hand: BooleanFilter | None = doc(
        "By whether any of it is on hand where the caller sees stock.", default=None
    )
    and_: list["StockLotFilter"] | None = doc("All of these too.", default=None, name="and")
    or_: list["StockLotFilter"] | None = doc("At least one of these too.", default=None, name="or")
    not_: "StockLotFilter | None" = doc("And not this.", default=None, name="not")


def _numbered(given: StringFilter | None) -> Q:
    """That a lot has such a number, whatever the capitals."""
    if given is None:
        return Q()
    q = string_q("number", replace(given, eq=None, in_=None))
    if given.eq is not None:
        q &= queries.any_numbered([given.eq])
    if given.in_ is not None:
        q &= queries.any_numbered(given.in_)
    return q


def _conditions(actor: Actor, given: StockLotFilter) -> Q:
    q = _numbered(given.number) & range_q("expires_on", given.expires_on)
    if given.sku is not None:
        q &= among_q("variant_id", queries.variant_ids(string_q("sku", given.sku)))
    code = string_q("code", given.location) if given.location is not None else None
    on_hand = given.is_on_hand.eq if given.is_on_hand is not None else None
    return q & queries.lots_q(actor, code=code, is_on_hand=on_hand)


@strawberry.type
class LotQuery:
    @query(VIEW)
    async def stock_lot(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID | None, arg("The lot's id.")] = None,
        sku: Annotated[str | None, arg("Or its SKU, with its number.")] = None,
        number: Annotated[str | None, arg("The lot's number, or the serial number.")] = None,
    ) -> StockLot | None:
        """A lot or a serial number, by its id or by its SKU and number."""
        rows = queries.lots_visible_to(info.context.actor)
        if id is not None:
            return await rows.get_or_none(id=row_id(id, "StockLot", "id"))  # type: ignore[return-value]
        chosen = rows.filter(variant_id__in=queries.variant_ids(Q(sku=sku or "")))
        return await queries.lot_numbered(chosen, number or "")  # type: ignore[return-value]

    @query(VIEW)
    async def stock_lots(
        self,
        info: strawberry.Info,
        filter: Annotated[StockLotFilter | None, arg("Which lots.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[StockLot]:
        """Lots and serial numbers, in the order in which they first came."""
        actor = info.context.actor
        rows = queries.lots_visible_to(actor).filter(combined(filter, partial(_conditions, actor)))
        return await connection(rows, PageArgs(BY_CREATION, first, after, last, before))
