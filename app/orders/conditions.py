"""When each step of an order, a cart or a cancellation request can be taken, and by whom: pure functions.

The mutations and `nextSteps` call these functions.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.access.permissions import Permission
from app.channels import queries as channels
from app.channels.models import Channel
from app.core.actor import Actor
from app.core.problems import ProblemCode
from app.core.refusals import AlreadyExists, Forbidden, Invalid, NotFound
from app.core.steps import LifecycleStep as Step
from app.core.steps import NextStepReason
from app.core.units import units_from_json
from app.orders import lifecycle as life
from app.orders.components import begun, unbegun
from app.orders.lifecycle import OrderStatus, cancel_requests
from app.orders.models import CancelRequest, Hold, Order, OrderLine
from app.orders.refusals import ALL_LEFT, OrderAlreadyShipped, OrderOnHold, TooLateToCancel


@dataclass(frozen=True, slots=True)
class Right:
    """The permission for a step; with `is_buyers`, customers can take it for their own orders without one."""

    permission: Permission
    is_buyers: bool = False

    def refuse(self, actor: Actor, holds_there: bool, *path: str) -> None:
        """Check that an actor who sees an order may take the step; `holds_there`: the permission covers the
        order.

        Raises:
            Forbidden: the actor does not have the permission anywhere.
            NotFound: the actor has the permission, but not for this order.
        """
        if actor.is_customer and self.is_buyers:
            return
        if not actor.may(self.permission):
            raise Forbidden(f"This needs the permission {self.permission}.")
        if not holds_there:
            raise NotFound.of("order", *path)


MANAGED = Right(Permission.ORDERS_MANAGE)
REORDER = Right(Permission.ORDERS_MANAGE, is_buyers=True)
RIGHTS: dict[Step, Right] = {
    Step.CONFIRM: MANAGED,
    Step.HOLD: MANAGED,
    Step.RELEASE: MANAGED,
    Step.EDIT: MANAGED,
    Step.RESCHEDULE: MANAGED,
    Step.CANCEL: Right(Permission.ORDERS_CANCEL, is_buyers=True),
    Step.REQUEST_CANCEL: Right(Permission.ORDERS_MANAGE, is_buyers=True),
    Step.GRANT: Right(Permission.ORDERS_CANCEL),
    Step.DECLINE: Right(Permission.ORDERS_CANCEL),
}


def refuse_unless_draft(order: Order, *path: str) -> None:
    """Raise Invalid for an order that is not a draft."""
    if order.status is OrderStatus.EXPIRED:
        text = "The cart has expired or was closed. Create a new one."
        raise Invalid(text, *path, code=ProblemCode.CART_CLOSED)
    if order.status is not OrderStatus.DRAFT:
        text = f"The order is no longer a draft. Its status is {order.status.value} as order {order.number}."
        raise Invalid(text, *path, code=ProblemCode.ALREADY_PLACED)


def refuse_place(order: Order, channel: Channel, actor: Actor) -> None:
    """Check that a draft can be placed in its channel.

    Raises:
        Invalid: it is not a draft, or the channel is inactive.
        NotFound: the actor may not see the channel.
    """
    refuse_unless_draft(order, "draft_id")
    if not channel.is_active:
        text = "The channel is closed and does not accept orders."
        raise Invalid(text, "channel", code=ProblemCode.CHANNEL_CLOSED).shown_as(
            NextStepReason.CHANNEL_CLOSED
        )
    if not channels.is_visible(channel, actor):
        raise NotFound.of("channel", "draft_id")


def refuse_reorder(order: Order) -> None:
    """Raise Invalid for an order that was not placed."""
    if order.placed_at is None:
        text = "Only an order that was placed can be ordered again."
        raise Invalid(text, "id", code=ProblemCode.NOT_APPLICABLE)


def refuse_confirm(order: Order, holds: Sequence[Hold]) -> None:
    """Raise IllegalTransition, or OrderOnHold for an order with open `holds`."""
    life.lifecycle.refuse_unless(order, life.confirm)
    if order.open_holds:
        raise OrderOnHold.by(holds)


def refuse_hold(order: Order) -> None:
    """Raise IllegalTransition if the order cannot be put on hold."""
    life.lifecycle.refuse_unless(order, life.hold)


def refuse_edit(order: Order) -> None:
    """Raise IllegalTransition if the order cannot be edited."""
    life.lifecycle.refuse_unless(order, life.edit)


def refuse_reschedule(order: Order) -> None:
    """Raise IllegalTransition if the order cannot be rescheduled."""
    life.lifecycle.refuse_unless(order, life.reschedule)


def refuse_gift_note(order: Order) -> None:
    """Raise OrderAlreadyShipped if no packing slip is left on which another gift note could be printed."""
    if order.fulfillment_status in ALL_LEFT:
        raise OrderAlreadyShipped.for_gift_note(order)


def refuse_release(holds: Sequence[Hold]) -> None:
    """Raise Invalid for an order without open holds."""
    if not holds:
        raise Invalid("The order has no open holds.", "id", code=ProblemCode.NO_CHANGE)


def refuse_unapproved(holds: Collection[Hold], may_approve: bool) -> None:
    """Raise Forbidden if a hold requires the permission ORDERS_APPROVE and the actor does not have it."""
    kinds = sorted({each.kind.name for each in holds if each.kind.needs_approval})
    if kinds and not may_approve:
        raise Forbidden(
            f"Releasing a hold of the kind {', '.join(kinds)} needs the permission ORDERS_APPROVE."
        )


def refuse_cancel(
    order: Order, lines: Sequence[OrderLine], *, whole: bool, by_customer_of: Channel | None, at: datetime
) -> None:
    """Check that an order, all of it or some lines, can be cancelled.

    `by_customer_of` is the order's channel if its customer cancels it; None for staff.

    Raises:
        IllegalTransition: it is a draft, completed or cancelled.
        TooLateToCancel: for the customer, after the channel's time limit or when fulfillment has begun.
        OrderAlreadyShipped: the whole order is to be cancelled, and a part of it was shipped.
    """
    life.lifecycle.refuse_unless(order, life.cancel)
    has_left = any(begun(line) for line in lines)
    if by_customer_of is not None:
        minutes = by_customer_of.cancel_minutes
        assert order.placed_at is not None
        if minutes is not None and (at - order.placed_at).total_seconds() > minutes * 60:
            raise TooLateToCancel.after(minutes)
        if order.warehouse_stage.has_begun or has_left:
            raise TooLateToCancel.begun()
    if whole and has_left:
        raise OrderAlreadyShipped.of(order)


def refuse_cancel_request(order: Order, lines: Sequence[OrderLine], is_asked: bool) -> None:
    """Check that the cancellation of an order can be requested; `is_asked`: a request is open.

    Raises:
        IllegalTransition: it is a draft, completed or cancelled.
        OrderAlreadyShipped: nothing is left to cancel.
        AlreadyExists: a request is open already.
    """
    life.lifecycle.refuse_unless(order, life.request_cancel)
    if not any(unbegun(line) for line in lines):
        raise OrderAlreadyShipped.of(order)
    if is_asked:
        text = "The cancellation has already been requested and is waiting for an answer."
        raise AlreadyExists(text, "id").shown_as(NextStepReason.ALREADY_REQUESTED)


def still_cancellable(request: CancelRequest, lines: Sequence[OrderLine]) -> dict[UUID, int]:
    """The requested units of each line that can still be cancelled."""
    asked = _asked_of(request)
    chosen = {
        line.id: min(unbegun(line), unbegun(line) if asked is None else asked.get(line.id, 0))
        for line in lines
    }
    return {line_id: units for line_id, units in chosen.items() if units > 0}


def refuse_grant(
    request: CancelRequest, order: Order, lines: Sequence[OrderLine], chosen: Mapping[UUID, int]
) -> None:
    """Check that a request can be granted; `chosen` is the result of `still_cancellable`.

    Raises:
        IllegalTransition: it was answered already.
        OrderAlreadyShipped: everything requested was shipped; decline the request.
    """
    cancel_requests.refuse_unless(request, life.grant)
    asked = _asked_of(request)
    if not chosen and any(begun(line) for line in lines if asked is None or line.id in asked):
        raise OrderAlreadyShipped.of(order)


def _asked_of(request: CancelRequest) -> Mapping[UUID, int] | None:
    return None if request.lines is None else units_from_json(request.lines)


def refuse_decline(request: CancelRequest) -> None:
    """Raise IllegalTransition if the request was answered already."""
    cancel_requests.refuse_unless(request, life.decline)
