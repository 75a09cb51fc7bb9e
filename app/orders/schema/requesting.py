"""Wishes to cancel, in the graph."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import strawberry

from app.access.permissions import Permission
from app.core import refusals
from app.core.graphql.empty import none_if_empty
from app.core.graphql.errors import mutation
from app.core.graphql.extending import extends
from app.core.graphql.filters import DateTimeFilter, enum_q, range_q
from app.core.graphql.levels import level_field
from app.core.graphql.next_steps import NextStep
from app.core.graphql.node import After, Before, Connection, First, Last, Node, connection
from app.core.graphql.policy import AROUND_IT, PART_OF_IT, SIGNED_IN, field, needs, query
from app.core.graphql.scalars import Text, arg, doc, graphql_enum, serves
from app.core.ids import row_id, to_global
from app.core.pagination import Order as Sort
from app.core.pagination import PageArgs
from app.core.units import units_from_json
from app.orders import models, queries, service
from app.orders import refusals as own
from app.orders.lifecycle import CancelReason, CancelRequestStatus
from app.orders.schema.mutations import OrderCancelLineInput, units_by_line
from app.orders.schema.next_steps import steps_of_requests
from app.orders.schema.types import VIEW_IT, Order

graphql_enum(CancelRequestStatus, "What has become of a wish to cancel.")

VIEW = needs(Permission.ORDERS_VIEW)
CANCEL = needs(Permission.ORDERS_CANCEL)
_ELDEST = Sort(("requested_at", "id"))


@strawberry.type(description="Units of a line that are wished away.")
class OrderCancelRequestLine:
    line_id: strawberry.ID = doc("The line.")
    quantity: int = doc("How many of it.")


def _is_for_staff(request: Any, info: strawberry.Info) -> bool:
    """Whether the caller sees the request as staff: of an order that was reached by its token, maybe not."""
    actor = info.context.actor
    return VIEW.allows(actor) and (request.channel_id is None or VIEW_IT.shows(actor, request))


def _shows_asker(request: Any, info: strawberry.Info) -> bool:
    return bool(request.is_from_buyer) or _is_for_staff(request, info)


@strawberry.type(description="A wish to cancel an order, or a part of it, for which somebody must be asked.")
class OrderCancelRequest(Node):
    is_type_of = serves(models.CancelRequest)

    status: CancelRequestStatus = doc("What has become of it.")
    reason: CancelReason = doc("Why.")
    requested_at: datetime = doc("When.")
    answered_at: datetime | None = doc("When it was answered; null while it is open.")
    answer: str | None = none_if_empty("What the answer says; null if it says nothing, or there is none yet.")

    @field()
    def note(self, root: strawberry.Parent[Any], info: strawberry.Info) -> str | None:
        """What was noted; null if nothing. A buyer sees what a buyer noted, and not what staff did."""
        return root.note or None if _shows_asker(root, info) else None

    @field()
    def requested_by(self, root: strawberry.Parent[Any], info: strawberry.Info) -> str | None:
        """Who asked; null for the buyer where staff did."""
        return root.requested_by if _shows_asker(root, info) else None

    @field(VIEW)
    def answered_by(self, root: strawberry.Parent[Any], info: strawberry.Info) -> str | None:
        """Who answered it; null for others than staff."""
        return root.answered_by or None if _is_for_staff(root, info) else None

    @field()
    def lines(self, root: strawberry.Parent[Any]) -> list[OrderCancelRequestLine] | None:
        """What is to be cancelled; null for all that has not left."""
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
        """What can be done with it from where it stands; nothing for the buyer, who waits for the answer."""
        shown = [root for root in roots if _is_for_staff(root, info)]
        orders = await info.context.load_many(queries.orders_by_id, [root.order_id for root in shown])
        steps = iter(await steps_of_requests(shown, orders, info))
        return [next(steps) if _is_for_staff(root, info) else [] for root in roots]


@extends(Order)
class OrderCancelRequests:
    @level_field(list[OrderCancelRequest], reach=PART_OF_IT)
    async def cancel_requests(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """What was asked of it by a buyer who was too late to cancel, the eldest first."""
        found = await info.context.load_many(queries.cancel_requests_by_order, [root.id for root in roots])
        for root, requests in zip(roots, found, strict=True):
            for request in requests:
                request.channel_id = root.channel_id
        return found


@strawberry.input(description="Which wishes to cancel.")
class OrderCancelRequestFilter:
    status: list[CancelRequestStatus] | None = doc("In one of these states.", default=None)
    requested_at: DateTimeFilter | None = doc("By when they were made.", default=None)


@strawberry.type
class RequestQuery:
    @query(VIEW)
    async def order_cancel_requests(
        self,
        info: strawberry.Info,
        filter: Annotated[OrderCancelRequestFilter | None, arg("Which.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[OrderCancelRequest]:
        """What buyers want cancelled, the eldest first."""
        rows = queries.cancel_requests_visible_to(info.context.actor)
        if filter is not None:
            rows = rows.filter(enum_q("status", filter.status) & range_q("requested_at", filter.requested_at))
        return await connection(rows, PageArgs(_ELDEST, first, after, last, before))


@strawberry.input(description="What is to be cancelled, and why.")
class OrderCancelRequestInput:
    id: strawberry.ID = doc("The order.")
    reason: CancelReason = doc("Why.", default=CancelReason.CUSTOMER)
    note: Text = doc("More about why; up to 500 characters.", default="")
    lines: list[OrderCancelLineInput] | None = doc(
        "Only so many units of these lines; left out, all that has not left.", default=None
    )


@strawberry.input(description="The answer to a wish to cancel.")
class OrderCancelRequestAnswerInput:
    id: strawberry.ID = doc("The request.")
    note: Text = doc("What is said of it; the buyer sees it. Up to 500 characters.", default="")


def _id(given: strawberry.ID) -> Any:
    return row_id(given, "OrderCancelRequest", "id")


@strawberry.type
class RequestMutation:
    @mutation(
        "OrderCancelRequestResult",
        OrderCancelRequest,
        policy=SIGNED_IN,
        refuses=(
            refusals.IllegalTransition,
            refusals.AlreadyExists,
            own.OrderAlreadyShipped,
        ),
    )
    async def order_cancel_request(
        self, info: strawberry.Info, input: Annotated[OrderCancelRequestInput, arg("Which order, and why.")]
    ) -> Any:
        """Ask for an order to be cancelled when it is too late to do it: it is on hold until the answer.

        A customer asks for an own order, staff with ORDERS_MANAGE for anybody's.
        """
        return await service.request_cancel(
            info.context.actor,
            row_id(input.id, "Order", "id"),
            reason=input.reason,
            note=input.note,
            lines=None if input.lines is None else units_by_line(input.lines),
        )

    @mutation(
        "OrderCancelRequestGrantResult",
        OrderCancelRequest,
        policy=CANCEL,
        refuses=(refusals.IllegalTransition, own.OrderAlreadyShipped, own.WithSupplier),
    )
    async def order_cancel_request_grant(
        self, info: strawberry.Info, input: Annotated[OrderCancelRequestAnswerInput, arg("The answer.")]
    ) -> Any:
        """Cancel what a buyer asked for, as far as it has not left meanwhile."""
        return await service.grant_cancel(info.context.actor, _id(input.id), note=input.note)

    @mutation(
        "OrderCancelRequestDeclineResult",
        OrderCancelRequest,
        policy=CANCEL,
        refuses=(refusals.IllegalTransition,),
    )
    async def order_cancel_request_decline(
        self, info: strawberry.Info, input: Annotated[OrderCancelRequestAnswerInput, arg("The answer.")]
    ) -> Any:
        """Let an order go on that a buyer asked to cancel; the buyer is told."""
        return await service.decline_cancel(info.context.actor, _id(input.id), note=input.note)
