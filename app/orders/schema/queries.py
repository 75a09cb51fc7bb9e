"""Order queries."""

from functools import partial
from typing import Annotated
from uuid import UUID

import strawberry
from tortoise.expressions import Q, Subquery

from app.access.permissions import Permission
from app.channels import queries as channels
from app.channels.models import Channel as ChannelRow
from app.core.contact import normalized_email
from app.core.described import Described
from app.core.folding import one_line
from app.core.graphql.conditions import conditions
from app.core.graphql.filters import (
    BigIntFilter,
    DateFilter,
    DateTimeFilter,
    IdFilter,
    StringFilter,
    combined,
    id_q,
    string_q,
)
from app.core.graphql.node import After, Before, Connection, First, Last, connection
from app.core.graphql.policy import ANYONE, SIGNED_IN, needs, query
from app.core.graphql.scalars import arg, doc, graphql_enum
from app.core.ids import row_id
from app.core.pagination import Order as Sort
from app.core.pagination import PageArgs
from app.core.refusals import NotFound
from app.core.search import EntryKind, KeyFilter
from app.inventory.stock.schema.types import SourcingPlan
from app.orders import models, queries
from app.orders.lifecycle import FulfillmentStatus, HoldKind, OrderStatus, PaymentStatus, TrackingStage
from app.orders.schema.sourcing import plan_of
from app.orders.schema.tracking import OrderTracking
from app.orders.schema.types import VIEW, Order

STAFF_ENTRIES = (EntryKind.TAG,)  # entries that find only orders which the caller may see as staff


class OrderSort(Described):
    CREATED_AT = "created_at", "By creation time."
    PLACED_AT = "placed_at", "By the time at which the order was placed; drafts are excluded."
    UPDATED_AT = "updated_at", "By the time of the last change."
    TOTAL = "total_minor", "By total in minor units, regardless of currency."


class Direction(Described):
    ASC = "asc", "Ascending: smallest or oldest first."
    DESC = "desc", "Descending: largest or newest first."


graphql_enum(OrderSort, "Sort fields for orders.")
graphql_enum(Direction, "Sort direction.")


@strawberry.input(description="Sort order for orders.")
class OrderOrder:
    field: OrderSort = doc("Sort field.", default=OrderSort.CREATED_AT)
    direction: Direction = doc("Sort direction.", default=Direction.DESC)


@strawberry.input(description="Filter conditions for orders.")
class OrderFilter:
    number: StringFilter | None = doc("Filter by number.", default=None)
    status: list[OrderStatus] | None = doc("Filter by status.", default=None)
    payment_status: list[PaymentStatus] | None = doc("Filter by payment status.", default=None)
    fulfillment_status: list[FulfillmentStatus] | None = doc("Filter by fulfillment status.", default=None)
    tracking_stage: list[TrackingStage] | None = doc("Filter by tracking stage.", default=None)
    is_on_hold: bool | None = doc("Filter by whether the order is on hold.", default=None)
    hold_kind: list[HoldKind] | None = doc(
        "Filter by the kind of an open hold; staff only.", default=None, policy=VIEW
    )
    channel: StringFilter | None = doc("Filter by channel code.", default=None)
    customer_id: IdFilter | None = doc("Filter by customer ID.", default=None)
    email: StringFilter | None = doc("Filter by email address.", default=None)
    phone: KeyFilter | None = doc("Filter by phone number, of the buyer or in an address.", default=None)
    name: KeyFilter | None = doc("Filter by the name in the shipping or billing address.", default=None)
    company_name: KeyFilter | None = doc(
        "Filter by the company name in the shipping or billing address.", default=None
    )
    postal_code: KeyFilter | None = doc(
        "Filter by the postal code of the shipping or billing address.", default=None
    )
    purchase_order_number: KeyFilter | None = doc(
        "Filter by the buyer's purchase order number.", default=None
    )
    tracking_number: KeyFilter | None = doc("Filter by tracking number of a package.", default=None)
    tags: KeyFilter | None = doc("Filter by tag; staff only.", default=None, policy=VIEW)
    is_delayed: bool | None = doc(
        "Filter by whether the order will arrive later than promised.", default=None
    )
    promised_on: DateFilter | None = doc("Filter by promised delivery date.", default=None)
    external_reference: StringFilter | None = doc("Filter by key in an external system.", default=None)
    sku: StringFilter | None = doc("Filter by SKU of a line.", default=None)
    total_minor: BigIntFilter | None = doc("Filter by total in minor units: cents, yen.", default=None)
    created_at: DateTimeFilter | None = doc("Filter by creation time.", default=None)
    placed_at: DateTimeFilter | None = doc("Filter by the time at which the order was placed.", default=None)
    updated_at: DateTimeFilter | None = doc("Filter by time of the last change.", default=None)
    and_: list["OrderFilter"] | None = doc(
        "Additional conditions, all of which must match.", default=None, name="and"
    )
    or_: list["OrderFilter"] | None = doc(
        "Additional conditions, at least one of which must match.", default=None, name="or"
    )
    not_: "OrderFilter | None" = doc("Condition that must not match.", default=None, name="not")


def _number(text: str) -> str:
    return one_line(text).lstrip("#").upper()


order_conditions = conditions(
    OrderFilter,
    models.Order,
    number=lambda given: string_q("number", given, spelled=_number),
    is_on_hold=lambda given: queries.held() if given else Q(open_holds=0),
    hold_kind=queries.held_for,
    channel=lambda given: Q(channel_id__in=Subquery(ChannelRow.filter(string_q("code", given)).values("id"))),
    customer_id=lambda given: id_q("customer_id", given, "Customer"),
    email=lambda given: string_q("email", given, spelled=normalized_email),
    phone=partial(queries.with_entry, EntryKind.PHONE),
    name=partial(queries.with_entry, EntryKind.NAME),
    company_name=partial(queries.with_entry, EntryKind.COMPANY),
    postal_code=partial(queries.with_entry, EntryKind.POSTAL_CODE),
    purchase_order_number=partial(queries.with_entry, EntryKind.PURCHASE_ORDER),
    tracking_number=partial(queries.with_entry, EntryKind.TRACKING),
    tags=partial(queries.with_entry, EntryKind.TAG),
    sku=lambda given: queries.with_sku(string_q("sku", given)),
)


async def _proven(info: strawberry.Info, id: UUID | None, number: str, token: str) -> models.Order | None:
    """The order of a token, while guests may read it."""
    order = await queries.with_token(id, number, token)
    if order is None or order.status is OrderStatus.DRAFT:
        return order  # a cart without a limit
    channel = await info.context.load(channels.channels_by_id, order.channel_id)
    return order if queries.is_open_to_guests(order, channel, info.context.moment) else None


@strawberry.type
class OrderQuery:
    @query(ANYONE)
    async def order(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID | None, arg("ID of the order.")] = None,
        number: Annotated[str | None, arg("Order number.")] = None,
        token: Annotated[
            str | None,
            arg("The order's `accessToken`, as proof for guests. Not needed by signed-in callers."),
        ] = None,
    ) -> Order | None:
        """An order by ID or number. Staff can read the orders of their channels, customers their own orders.
        Guests can read a cart with its `accessToken`, and the order placed from it for the number of days set
        by the channel's `guestOrderDays`; null after that period and for any other token."""
        actor = info.context.actor
        if token is None:
            SIGNED_IN.check(actor)
        order_id = None if id is None else row_id(id, "Order", "id")
        quoted = (number or "").strip()
        if token is not None:
            proven = await _proven(info, order_id, quoted, token)
            if proven is not None:
                return proven  # type: ignore[return-value]
        if order_id is None:
            return await queries.by_number(actor, quoted)  # type: ignore[return-value]
        return await queries.visible_to(actor).get_or_none(id=order_id)  # type: ignore[return-value]

    @query(SIGNED_IN)
    async def orders(
        self,
        info: strawberry.Info,
        filter: Annotated[OrderFilter | None, arg("Filter conditions for orders.")] = None,
        order_by: Annotated[OrderOrder | None, arg("Sort order; newest first if omitted.")] = None,
        search: Annotated[
            str | None,
            arg(
                "Full-text search, ignoring case, accents and punctuation: part of a number or name, "
                "an email address, a phone number in any format, a postal code, a tracking number, a "
                "purchase order number, or an external reference; for staff also a tag. All words "
                "must match."
            ),
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Order]:
        """Orders that the caller can see."""
        actor = info.context.actor
        rows = queries.visible_to(actor).filter(combined(filter, order_conditions))
        if search and search.strip():
            sees_all = actor.may(Permission.ORDERS_VIEW)
            rows = rows.filter(queries.found_by(search, besides=() if sees_all else STAFF_ENTRIES))
        order = order_by or OrderOrder()
        if order.field is OrderSort.PLACED_AT:
            rows = rows.filter(placed_at__isnull=False)
        sort = Sort((order.field.value, "id"), descending=order.direction is Direction.DESC)
        return await connection(rows, PageArgs(sort, first, after, last, before))

    @query(needs(Permission.STOCK_VIEW))
    async def sourcing_plan(
        self, info: strawberry.Info, order_id: Annotated[strawberry.ID, arg("ID of the order or draft.")]
    ) -> SourcingPlan:
        """Sourcing plan of an order: the locations that ship it, and the reasons. For a draft, the plan as if
        the draft were placed now."""
        actor = info.context.actor
        order = await queries.order(actor, row_id(order_id, "Order", "order_id"), "order_id")
        if not await queries.is_within(actor.scope_of(Permission.STOCK_VIEW), order):
            raise NotFound.of("order", "order_id")
        return await plan_of(order)

    @query(ANYONE)
    async def track_order(
        self, info: strawberry.Info, token: Annotated[str, arg("Secret token of the tracking link.")]
    ) -> OrderTracking | None:
        """Tracking data of an order, for callers that have its tracking link; null for an unknown or revoked
        link."""
        return await OrderTracking.of_link(token)
