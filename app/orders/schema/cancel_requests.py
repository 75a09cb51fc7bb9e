"""Cancellation requests in GraphQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry

from app.access.permissions import Permission
from app.core import refusals
from app.core.graphql.conditions import conditions
from app.core.graphql.empty import none_if_empty
from app.core.graphql.errors import mutation
from app.core.graphql.filters import DateTimeFilter
from app.core.graphql.levels import level_field
from app.core.graphql.next_steps import NextStep
from app.core.graphql.node import After, Before, Connection, First, Last, Node, connection
from app.core.graphql.policy import ANYONE, AROUND_IT, PART_OF_IT, SIGNED_IN, field, needs, query
from app.core.graphql.scalars import Text, arg, doc, graphql_enum, serves
from app.core.ids import row_id, to_global
from app.core.pagination import Order as Sort
from app.core.pagination import PageArgs
from app.core.units import units_from_json
from app.orders import models, queries
from app.orders import refusals as own
from app.orders.lifecycle import CancelReason, CancelRequestStatus
from app.orders.schema import refusals as _types  # noqa: F401  # the refusals have their types
from app.orders.schema.inputs import ACCESS_TOKEN, OrderCancelLineInput, units_by_line
from app.orders.schema.next_steps import steps_of_requests
from app.orders.schema.types import VIEW_IT, Order
from app.orders.service import cancel_requests as cancel_requests_commands

graphql_enum(CancelRequestStatus, "Status of a cancellation request.")

VIEW = needs(Permission.ORDERS_VIEW)
CANCEL = needs(Permission.ORDERS_CANCEL)
_ELDEST = Sort(("requested_at", "id"))


@strawberry.type(description="Units of a line to cancel on request.")
class OrderCancelRequestLine:
    line_id: strawberry.ID = doc("ID of the order line.")
    quantity: int = doc("Number of units of the line.")


def _is_for_staff(request: Any, info: strawberry.Info) -> bool:
    """Whether the caller sees the request as staff; not necessarily for an order reached by its token."""
    actor = info.context.actor
    return VIEW.allows(actor) and (request.channel_id is None or VIEW_IT.shows(actor, request))


def _shows_asker(request: Any, info: strawberry.Info) -> bool:
    return bool(request.is_from_buyer) or _is_for_staff(request, info)


@strawberry.type(description="A request to cancel an order or a part of it that staff must answer.")
class OrderCancelRequest(Node):
    is_type_of = serves(models.CancelRequest)

    status: CancelRequestStatus = doc("Status of the cancellation request.")
    reason: CancelReason = doc("Reason.")
    requested_at: datetime = doc("Date and time of the request.")
    answered_at: datetime | None = doc("Time of the answer; null while the request is open.")
    answer: str | None = none_if_empty(
        "Text of the answer; null if it has none, or if the request is not answered yet."
    )

    @field()
    def note(self, root: strawberry.Parent[Any], info: strawberry.Info) -> str | None:
        """Note of the request; null if there is none. Buyers see notes by buyers, but not notes by staff."""
        return root.note or None if _shows_asker(root, info) else None

    @field()
    def requested_by(self, root: strawberry.Parent[Any], info: strawberry.Info) -> str | None:
        """Name of the requester; null for the buyer if staff made the request."""
        return root.requested_by if _shows_asker(root, info) else None

    @field(VIEW)
    def answered_by(self, root: strawberry.Parent[Any], info: strawberry.Info) -> str | None:
        """Name of the staff member who answered the request; null for callers other than staff."""
        return root.answered_by or None if _is_for_staff(root, info) else None

    @field()
    def lines(self, root: strawberry.Parent[Any]) -> list[OrderCancelRequestLine] | None:
        """Lines and quantities to cancel; null for everything that has not shipped."""
        if root.lines is None:
            return None
        return [
            OrderCancelRequestLine(line_id=strawberry.ID(to_global("OrderLine", id)), quantity=units)
            for id, units in units_from_json(root.lines).items()
        ]

    @level_field(Order, reach=AROUND_IT)
    async def order(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The order."""
        return await info.context.load_many(queries.orders_by_id, [root.order_id for root in roots])

    @level_field(list[NextStep])
    async def next_steps(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Steps that are possible in the current status; empty for the buyer."""
        shown = [root for root in roots if _is_for_staff(root, info)]
        orders = await info.context.load_many(queries.orders_by_id, [root.order_id for root in shown])
        steps = iter(await steps_of_requests(shown, orders, info))
        return [next(steps) if _is_for_staff(root, info) else [] for root in roots]


@strawberry.type
class OrderCancelRequests:
    @level_field(list[OrderCancelRequest], reach=PART_OF_IT)
    async def cancel_requests(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Requests of the buyer to cancel the order when it could no longer be cancelled directly, oldest
        first."""
        found = await info.context.load_many(queries.cancel_requests_by_order, [root.id for root in roots])
        for root, requests in zip(roots, found, strict=True):
            for request in requests:
                request.channel_id = root.channel_id
        return found


@strawberry.input(description="Filter conditions for cancellation requests.")
class OrderCancelRequestFilter:
    status: list[CancelRequestStatus] | None = doc("Filter by status.", default=None)
    requested_at: DateTimeFilter | None = doc("Filter by creation time.", default=None)


_conditions = conditions(OrderCancelRequestFilter, models.CancelRequest)


@strawberry.type
class RequestQuery:
    @query(VIEW)
    async def order_cancel_requests(
        self,
        info: strawberry.Info,
        filter: Annotated[OrderCancelRequestFilter | None, arg("Filter conditions.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[OrderCancelRequest]:
        """Cancellation requests of buyers, oldest first."""
        rows = queries.cancel_requests_visible_to(info.context.actor)
        if filter is not None:
            rows = rows.filter(_conditions(filter))
        return await connection(rows, PageArgs(_ELDEST, first, after, last, before))


@strawberry.input(description="Input for requesting the cancellation of an order.")
class OrderCancelRequestInput:
    id: strawberry.ID = doc("The order.")
    access_token: str | None = doc(ACCESS_TOKEN, default=None)
    reason: CancelReason = doc("Reason.", default=CancelReason.CUSTOMER)
    note: Text = doc("Additional explanation, up to 500 characters.", default="")
    lines: list[OrderCancelLineInput] | None = doc(
        "Lines and quantities to cancel; if omitted, everything that has not shipped.", default=None
    )


@strawberry.input(description="Input for answering a cancellation request.")
class OrderCancelRequestAnswerInput:
    id: strawberry.ID = doc("The cancellation request.")
    note: Text = doc("Explanation of the answer, visible to the buyer. Up to 500 characters.", default="")


def _id(given: strawberry.ID) -> UUID:
    return row_id(given, "OrderCancelRequest", "id")


@strawberry.type
class RequestMutation:
    @mutation(
        "OrderCancelRequestResult",
        OrderCancelRequest,
        policy=ANYONE,
        refuses=(
            refusals.IllegalTransition,
            refusals.AlreadyExists,
            own.OrderAlreadyShipped,
        ),
    )
    async def order_cancel_request(
        self,
        info: strawberry.Info,
        input: Annotated[OrderCancelRequestInput, arg("The order and the reason.")],
    ) -> models.CancelRequest:
        """Request the cancellation of an order that can no longer be cancelled directly. The order is on hold
        until the request is answered. Customers can request it for their own orders, guests with the order's
        `accessToken`, staff with ORDERS_MANAGE for any order."""
        if input.access_token is None:
            SIGNED_IN.check(info.context.actor)
        return await cancel_requests_commands.request_cancel(
            info.context.actor,
            row_id(input.id, "Order", "id"),
            reason=input.reason,
            note=input.note,
            lines=None if input.lines is None else units_by_line(input.lines),
            token=input.access_token,
        )

    @mutation(
        "OrderCancelRequestGrantResult",
        OrderCancelRequest,
        policy=CANCEL,
        refuses=(refusals.IllegalTransition, own.OrderAlreadyShipped, own.WithSupplier),
    )
    async def order_cancel_request_grant(
        self,
        info: strawberry.Info,
        input: Annotated[OrderCancelRequestAnswerInput, arg("Answer to the cancellation request.")],
    ) -> models.CancelRequest:
        """Grant a cancellation request: cancel the requested units, except those shipped in the meantime."""
        return await cancel_requests_commands.grant_cancel(info.context.actor, _id(input.id), note=input.note)

    @mutation(
        "OrderCancelRequestDeclineResult",
        OrderCancelRequest,
        policy=CANCEL,
        refuses=(refusals.IllegalTransition,),
    )
    async def order_cancel_request_decline(
        self,
        info: strawberry.Info,
        input: Annotated[OrderCancelRequestAnswerInput, arg("Answer to the cancellation request.")],
    ) -> models.CancelRequest:
        """Decline a cancellation request; processing of the order continues, and the buyer is notified."""
        return await cancel_requests_commands.decline_cancel(
            info.context.actor, _id(input.id), note=input.note
        )
