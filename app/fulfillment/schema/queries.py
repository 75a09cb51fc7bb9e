"""Queries of fulfillment."""

from functools import partial
from typing import Annotated

import strawberry
from tortoise.expressions import Q

from app.core.graphql.conditions import conditions
from app.core.graphql.filters import (
    DateFilter,
    DateTimeFilter,
    IdFilter,
    IntFilter,
    StringFilter,
    combined,
    id_q,
    string_q,
)
from app.core.graphql.node import After, Before, Connection, First, Last, connection
from app.core.graphql.policy import query
from app.core.graphql.scalars import arg, doc
from app.core.ids import row_id
from app.core.pagination import Order as Sort
from app.core.pagination import PageArgs
from app.core.search import KeyFilter
from app.core.spelling import spelled, tracking_number
from app.fulfillment import models, queries
from app.fulfillment.lifecycle import FulfillmentOrderStatus, PickListStatus, ShipmentStage
from app.fulfillment.schema.types import ORDERS, VIEW, FulfillmentOrder, PickList, Shipment
from app.inventory.locations.schema.filters import location_q

BY_URGENCY = Sort(("urgency", "id"))
NEWEST = Sort(("created_at", "id"), descending=True)
LATEST = Sort(("shipped_at", "id"), descending=True)
MOST_DIGITS = 18  # of a pick list's number


def _number(text: str) -> str:
    """A fulfillment order or shipment number in its stored form."""
    return spelled(text).lstrip("#").upper()


@strawberry.input(description="Filter conditions for fulfillment orders.")
class FulfillmentOrderFilter:
    status: list[FulfillmentOrderStatus] | None = doc("Filter by status.", default=None)
    location: StringFilter | None = doc("Filter by location code.", default=None)
    location_id: IdFilter | None = doc("Filter by location ID.", default=None)
    order_id: IdFilter | None = doc("Filter by order ID.", default=None, policy=ORDERS)
    number: StringFilter | None = doc("Filter by number.", default=None)
    sku: StringFilter | None = doc("Filter by SKU of a line.", default=None)
    shipping_method: StringFilter | None = doc("Filter by shipping method code.", default=None)
    carrier: StringFilter | None = doc("Filter by carrier code.", default=None)
    tracking_number: KeyFilter | None = doc("Filter by tracking number of a package.", default=None)
    priority: IntFilter | None = doc("Filter by priority.", default=None)
    is_held: bool | None = doc("Filter by whether the order is on hold.", default=None)
    is_drop_ship: bool | None = doc(
        "Filter by whether a supplier ships directly (drop shipping).", default=None
    )
    is_pickup: bool | None = doc("Filter by whether the buyer picks it up at the location.", default=None)
    keep_until: DateFilter | None = doc("Filter by the last day on which it can be picked up.", default=None)
    ships_on: DateFilter | None = doc("Filter by planned shipping date.", default=None)
    promised_on: DateFilter | None = doc("Filter by the delivery date promised to the buyer.", default=None)
    created_at: DateTimeFilter | None = doc(
        "Filter by time of assignment to the location, which determines the age.", default=None
    )
    updated_at: DateTimeFilter | None = doc("Filter by time of the last change.", default=None)
    and_: list["FulfillmentOrderFilter"] | None = doc(
        "Additional conditions, all of which must match.", default=None, name="and"
    )
    or_: list["FulfillmentOrderFilter"] | None = doc(
        "Additional conditions, at least one of which must match.", default=None, name="or"
    )
    not_: "FulfillmentOrderFilter | None" = doc("Condition that must not match.", default=None, name="not")


work_conditions = conditions(
    FulfillmentOrderFilter,
    models.FulfillmentOrder,
    number=lambda given: string_q("number", given, spelled=_number),
    location=partial(location_q, "location_id"),
    location_id=lambda given: id_q("location_id", given, "Location"),
    order_id=lambda given: id_q("order_id", given, "Order"),
    sku=lambda given: queries.with_lines_like(string_q("sku", given)),
    tracking_number=lambda given: Q(id__in=queries.with_parcel_like(_tracked(given))),
)


def _tracked(given: KeyFilter) -> Q:
    """The condition that a parcel has a tracking number in any notation."""
    q = Q()
    if given.eq is not None:
        q &= Q(tracking_number=tracking_number(given.eq))
    if given.in_ is not None:
        q &= Q(tracking_number__in=[tracking_number(each) for each in given.in_])
    if given.starts_with is not None:
        q &= Q(tracking_number__startswith=tracking_number(given.starts_with))
    return q


@strawberry.input(description="Filter conditions for shipments.")
class ShipmentFilter:
    stage: list[ShipmentStage] | None = doc("Filter by tracking stage.", default=None)
    location: StringFilter | None = doc("Filter by the code of the source location.", default=None)
    carrier: StringFilter | None = doc("Filter by carrier code.", default=None)
    number: StringFilter | None = doc("Filter by number.", default=None)
    tracking_number: KeyFilter | None = doc("Filter by tracking number of a package.", default=None)
    order_id: IdFilter | None = doc("Filter by order ID.", default=None, policy=ORDERS)
    shipped_at: DateTimeFilter | None = doc("Filter by shipping time.", default=None)
    expected_on: DateFilter | None = doc("Filter by expected delivery date.", default=None)
    updated_at: DateTimeFilter | None = doc("Filter by time of the last change.", default=None)
    and_: list["ShipmentFilter"] | None = doc(
        "Additional conditions, all of which must match.", default=None, name="and"
    )
    or_: list["ShipmentFilter"] | None = doc(
        "Additional conditions, at least one of which must match.", default=None, name="or"
    )
    not_: "ShipmentFilter | None" = doc("Condition that must not match.", default=None, name="not")


_shipments = conditions(
    ShipmentFilter,
    models.Shipment,
    number=lambda given: string_q("number", given, spelled=_number),
    location=partial(location_q, "location_id"),
    order_id=lambda given: id_q("order_id", given, "Order"),
    tracking_number=lambda given: Q(id__in=queries.with_parcel_like(_tracked(given), "shipment_id")),
)


@strawberry.input(description="Filter conditions for pick lists.")
class PickListFilter:
    status: list[PickListStatus] | None = doc("Filter by status.", default=None)
    location: StringFilter | None = doc("Filter by location code.", default=None)
    number: IntFilter | None = doc(
        "Filter by number: the part after `PL` in the printed barcode.", default=None
    )
    order_id: IdFilter | None = doc(
        "Filter by ID of an order with units on the list.", default=None, policy=ORDERS
    )
    created_at: DateTimeFilter | None = doc("Filter by creation time.", default=None)
    updated_at: DateTimeFilter | None = doc("Filter by time of the last change.", default=None)
    and_: list["PickListFilter"] | None = doc(
        "Additional conditions, all of which must match.", default=None, name="and"
    )
    or_: list["PickListFilter"] | None = doc(
        "Additional conditions, at least one of which must match.", default=None, name="or"
    )
    not_: "PickListFilter | None" = doc("Condition that must not match.", default=None, name="not")


_lists = conditions(
    PickListFilter,
    models.PickList,
    location=partial(location_q, "location_id"),
    order_id=lambda given: queries.with_tasks_of(id_q("order_id", given, "Order")),
)


@strawberry.type
class FulfillmentQuery:
    @query(VIEW)
    async def fulfillment_order(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID | None, arg("Opaque ID of the object.")] = None,
        number: Annotated[str | None, arg("Human-readable number.")] = None,
    ) -> FulfillmentOrder | None:
        """A fulfillment order by ID or number."""
        rows = queries.visible_to(info.context.actor)
        if id is not None:
            return await rows.get_or_none(id=row_id(id, "FulfillmentOrder", "id"))  # type: ignore[return-value]
        return await rows.get_or_none(number=_number(number or ""))  # type: ignore[return-value]

    @query(VIEW)
    async def fulfillment_orders(
        self,
        info: strawberry.Info,
        filter: Annotated[FulfillmentOrderFilter | None, arg("Filter conditions.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[FulfillmentOrder]:
        """Fulfillment orders, most urgent first: by priority, planned shipping date and age."""
        rows = queries.visible_to(info.context.actor).filter(combined(filter, work_conditions))
        return await connection(rows, PageArgs(BY_URGENCY, first, after, last, before))

    @query(VIEW)
    async def shipments(
        self,
        info: strawberry.Info,
        filter: Annotated[ShipmentFilter | None, arg("Filter conditions.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Shipment]:
        """Shipments, newest first."""
        rows = queries.shipments_visible_to(info.context.actor).filter(combined(filter, _shipments))
        return await connection(rows, PageArgs(LATEST, first, after, last, before))

    @query(VIEW)
    async def pick_list(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID | None, arg("Opaque ID of the object.")] = None,
        number: Annotated[
            str | None,
            arg("Number of the pick list, or the barcode on the printed page: `PL` followed by the number."),
        ] = None,
    ) -> PickList | None:
        """A pick list by ID or number."""
        rows = queries.pick_lists_visible_to(info.context.actor)
        if id is not None:
            return await rows.get_or_none(id=row_id(id, "PickList", "id"))  # type: ignore[return-value]
        digits = spelled(number or "").upper().removeprefix("PL").strip(" -")
        known = digits.isascii() and digits.isdigit() and len(digits) <= MOST_DIGITS
        return await rows.get_or_none(number=int(digits)) if known else None  # type: ignore[return-value]

    @query(VIEW)
    async def pick_lists(
        self,
        info: strawberry.Info,
        filter: Annotated[PickListFilter | None, arg("Filter conditions.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[PickList]:
        """Pick lists, newest first."""
        rows = queries.pick_lists_visible_to(info.context.actor).filter(combined(filter, _lists))
        return await connection(rows, PageArgs(NEWEST, first, after, last, before))
