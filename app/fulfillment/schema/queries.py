"""Asking for the work of locations."""

from typing import Annotated

import strawberry
from tortoise.expressions import Q

from app.core.graphql.filters import (
    DateFilter,
    DateTimeFilter,
    IdFilter,
    IntFilter,
    StringFilter,
    combined,
    enum_q,
    id_q,
    range_q,
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
from app.fulfillment import queries
from app.fulfillment.lifecycle import FulfillmentOrderStatus, PickListStatus, ShipmentStage
from app.fulfillment.schema.types import ORDERS, VIEW, FulfillmentOrder, PickList, Shipment
from app.inventory import queries as stock

BY_URGENCY = Sort(("urgency", "id"))
NEWEST = Sort(("created_at", "id"), descending=True)
LATEST = Sort(("shipped_at", "id"), descending=True)
MOST_DIGITS = 18  # of a pick list's number


def _number(text: str) -> str:
    """The number of a fulfillment order, or its shipment, as it is kept."""
    return spelled(text).lstrip("#").upper()


@strawberry.input(description="Which fulfillment orders.")
class FulfillmentOrderFilter:
    status: list[FulfillmentOrderStatus] | None = doc("In one of these states.", default=None)
    location: StringFilter | None = doc("At locations with such a code.", default=None)
    location_id: IdFilter | None = doc("At these locations.", default=None)
    order_id: IdFilter | None = doc("Of these orders.", default=None, policy=ORDERS)
    number: StringFilter | None = doc("By number.", default=None)
    sku: StringFilter | None = doc("With such a SKU on it.", default=None)
    shipping_method: StringFilter | None = doc("With such a shipping method.", default=None)
    carrier: StringFilter | None = doc("With such a carrier.", default=None)
    tracking_number: KeyFilter | None = doc("With a parcel of such a tracking number.", default=None)
    priority: IntFilter | None = doc("By priority.", default=None)
    is_held: bool | None = doc("Whose order is on hold, or is not.", default=None)
    is_drop_ship: bool | None = doc("Sent by a supplier, or not.", default=None)
    ships_on: DateFilter | None = doc("By the day on which it is to leave.", default=None)
    promised_on: DateFilter | None = doc("By the day that the buyer was told.", default=None)
    created_at: DateTimeFilter | None = doc("By when it was given to the location: its age.", default=None)
    updated_at: DateTimeFilter | None = doc("By when it last changed.", default=None)
    and_: list["FulfillmentOrderFilter"] | None = doc("All of these too.", default=None, name="and")
    or_: list["FulfillmentOrderFilter"] | None = doc("At least one of these.", default=None, name="or")
    not_: "FulfillmentOrderFilter | None" = doc("And not this.", default=None, name="not")


def conditions(given: FulfillmentOrderFilter) -> Q:
    q = enum_q("status", given.status) & string_q("number", given.number, spelled=_number)
    q &= id_q("location_id", given.location_id, "Location") & id_q("order_id", given.order_id, "Order")
    q &= string_q("shipping_method", given.shipping_method) & string_q("carrier", given.carrier)
    q &= range_q("ships_on", given.ships_on) & range_q("promised_on", given.promised_on)
    q &= range_q("created_at", given.created_at) & range_q("updated_at", given.updated_at)
    if given.priority is not None:
        q &= range_q("priority", given.priority)
    if given.location is not None:
        q &= Q(location_id__in=stock.location_ids(string_q("code", given.location)))
    if given.tracking_number is not None:
        q &= Q(id__in=queries.with_parcel_like(_tracked(given.tracking_number)))
    if given.sku is not None:
        q &= queries.with_lines_like(string_q("sku", given.sku))
    for name in ("is_held", "is_drop_ship"):
        if getattr(given, name) is not None:
            q &= Q(**{name: getattr(given, name)})
    return q


def _tracked(given: KeyFilter) -> Q:
    """That a parcel has such a tracking number, however it is typed."""
    q = Q()
    if given.eq is not None:
        q &= Q(tracking_number=tracking_number(given.eq))
    if given.in_ is not None:
        q &= Q(tracking_number__in=[tracking_number(each) for each in given.in_])
    if given.starts_with is not None:
        q &= Q(tracking_number__startswith=tracking_number(given.starts_with))
    return q


@strawberry.input(description="Which shipments.")
class ShipmentFilter:
    stage: list[ShipmentStage] | None = doc("At one of these stages.", default=None)
    location: StringFilter | None = doc("From locations with such a code.", default=None)
    carrier: StringFilter | None = doc("With such a carrier.", default=None)
    number: StringFilter | None = doc("By number.", default=None)
    tracking_number: KeyFilter | None = doc("With a parcel of such a tracking number.", default=None)
    order_id: IdFilter | None = doc("Of these orders.", default=None, policy=ORDERS)
    shipped_at: DateTimeFilter | None = doc("By when they left.", default=None)
    expected_on: DateFilter | None = doc("By the day on which they should arrive.", default=None)
    updated_at: DateTimeFilter | None = doc("By when they last changed.", default=None)
    and_: list["ShipmentFilter"] | None = doc("All of these too.", default=None, name="and")
    or_: list["ShipmentFilter"] | None = doc("At least one of these too.", default=None, name="or")
    not_: "ShipmentFilter | None" = doc("And not this.", default=None, name="not")


def _shipments(given: ShipmentFilter) -> Q:
    q = enum_q("stage", given.stage) & string_q("carrier", given.carrier)
    q &= string_q("number", given.number, spelled=_number)
    q &= id_q("order_id", given.order_id, "Order") & range_q("shipped_at", given.shipped_at)
    q &= range_q("expected_on", given.expected_on) & range_q("updated_at", given.updated_at)
    if given.tracking_number is not None:
        q &= Q(id__in=queries.with_parcel_like(_tracked(given.tracking_number), "shipment_id"))
    if given.location is not None:
        q &= Q(location_id__in=stock.location_ids(string_q("code", given.location)))
    return q


@strawberry.input(description="Which pick lists.")
class PickListFilter:
    status: list[PickListStatus] | None = doc("In one of these states.", default=None)
    location: StringFilter | None = doc("At locations with such a code.", default=None)
    number: IntFilter | None = doc("By number: what follows `PL` in the printed barcode.", default=None)
    order_id: IdFilter | None = doc("With something of these orders on it.", default=None, policy=ORDERS)
    created_at: DateTimeFilter | None = doc("By when they were made.", default=None)
    updated_at: DateTimeFilter | None = doc("By when they last changed.", default=None)
    and_: list["PickListFilter"] | None = doc("All of these too.", default=None, name="and")
    or_: list["PickListFilter"] | None = doc("At least one of these too.", default=None, name="or")
    not_: "PickListFilter | None" = doc("And not this.", default=None, name="not")


def _lists(given: PickListFilter) -> Q:
    q = enum_q("status", given.status) & range_q("number", given.number)
    q &= range_q("created_at", given.created_at) & range_q("updated_at", given.updated_at)
    if given.order_id is not None:
        q &= queries.with_tasks_of(id_q("order_id", given.order_id, "Order"))
    if given.location is not None:
        q &= Q(location_id__in=stock.location_ids(string_q("code", given.location)))
    return q


@strawberry.type
class FulfillmentQuery:
    @query(VIEW)
    async def fulfillment_order(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID | None, arg("Its id.")] = None,
        number: Annotated[str | None, arg("Its number.")] = None,
    ) -> FulfillmentOrder | None:
        """A fulfillment order by id or number."""
        rows = queries.visible_to(info.context.actor)
        if id is not None:
            return await rows.get_or_none(id=row_id(id, "FulfillmentOrder", "id"))  # type: ignore[return-value]
        return await rows.get_or_none(number=_number(number or ""))  # type: ignore[return-value]

    @query(VIEW)
    async def fulfillment_orders(
        self,
        info: strawberry.Info,
        filter: Annotated[FulfillmentOrderFilter | None, arg("Which.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[FulfillmentOrder]:
        """The work of locations, the most urgent first: priority, the day it is to leave, age."""
        rows = queries.visible_to(info.context.actor).filter(combined(filter, conditions))
        return await connection(rows, PageArgs(BY_URGENCY, first, after, last, before))

    @query(VIEW)
    async def shipments(
        self,
        info: strawberry.Info,
        filter: Annotated[ShipmentFilter | None, arg("Which.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Shipment]:
        """What has left, the latest first."""
        rows = queries.shipments_visible_to(info.context.actor).filter(combined(filter, _shipments))
        return await connection(rows, PageArgs(LATEST, first, after, last, before))

    @query(VIEW)
    async def pick_list(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID | None, arg("Its id.")] = None,
        number: Annotated[
            str | None, arg("Its number, or the barcode on its page: `PL` and the number.")
        ] = None,
    ) -> PickList | None:
        """A pick list by id or number."""
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
        filter: Annotated[PickListFilter | None, arg("Which.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[PickList]:
        """The pick lists, the newest first."""
        rows = queries.pick_lists_visible_to(info.context.actor).filter(combined(filter, _lists))
        return await connection(rows, PageArgs(NEWEST, first, after, last, before))
