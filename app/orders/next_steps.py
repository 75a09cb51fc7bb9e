"""The next steps of an order or a cancellation request, and why some are not possible: pure functions."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from app.access.permissions import Permission
from app.channels.models import Channel
from app.core.actor import Actor, ActorKind
from app.core.next_steps import Check, NextStep, Way, next_steps, refuse_without
from app.core.refusals import Forbidden, Refusal
from app.core.steps import LifecycleStep as Step
from app.orders import conditions
from app.orders.conditions import RIGHTS, still_cancellable
from app.orders.models import CancelRequest, Hold, Order, OrderLine
from app.orders.queries.proving import is_open_to_guests


@dataclass(frozen=True, slots=True)
class StepContext:
    """An order with what its next steps depend on, for one actor."""

    actor: Actor
    at: datetime
    order: Order
    lines: Sequence[OrderLine]
    holds: Sequence[Hold]  # open holds
    channel: Channel
    is_asked: bool  # a cancellation request is open
    is_seen: bool  # the actor may fetch it by its id
    gives_token: bool  # the actor sees its access token, with which a draft can be changed
    held: Collection[Permission]  # the actor's permissions that cover it

    @property
    def is_buyer(self) -> bool:
        """Whether the rules for buyers apply. Who may not fetch the order has its access token."""
        return self.actor.is_customer or self.actor.kind is ActorKind.PUBLIC or not self.is_seen

    def may(self, step: Step) -> None:
        """Raise Forbidden or NotFound if the actor may not take a step."""
        right = RIGHTS[step]
        if not self.is_seen:
            if right.is_buyers and is_open_to_guests(self.order, self.channel, self.at):
                return  # with the access token by which the caller has reached it
            raise Forbidden("This needs an account. Sign in, or contact the store.")
        refuse_without(Permission.ORDERS_VIEW, self.is_seen)
        right.refuse(self.actor, right.permission in self.held)

    def may_release(self) -> None:
        self.may(Step.RELEASE)
        conditions.refuse_unapproved(self.holds, Permission.ORDERS_APPROVE in self.held)

    def may_write(self) -> None:
        refuse_without(Permission.ORDERS_MANAGE, self.gives_token)

    def can_cancel(self) -> None:
        channel = self.channel if self.is_buyer else None
        conditions.refuse_cancel(self.order, self.lines, whole=True, by_customer_of=channel, at=self.at)


def steps_of_order(known: StepContext) -> list[NextStep]:
    """The steps from the order's status, each allowed or with the reason why not.

    Customers and visitors are shown the steps that buyers can take.
    """
    order = known.order
    can: dict[Step, Check] = {
        Step.CONFIRM: lambda: conditions.refuse_confirm(order, known.holds),
        Step.HOLD: lambda: conditions.refuse_hold(order),
        Step.RELEASE: lambda: conditions.refuse_release(known.holds),
        Step.EDIT: lambda: conditions.refuse_edit(order),
        Step.RESCHEDULE: lambda: conditions.refuse_reschedule(order),
        Step.CANCEL: known.can_cancel,
        Step.REQUEST_CANCEL: lambda: conditions.refuse_cancel_request(order, known.lines, known.is_asked),
    }
    ways = {
        Step.PLACE: [
            Way(known.may_write, lambda: conditions.refuse_place(order, known.channel, known.actor))
        ],
        Step.DELETE: [Way(known.may_write, lambda: conditions.refuse_unless_draft(order))],
    }
    for step, check in can.items():
        if RIGHTS[step].is_buyers or not known.is_buyer:
            may = known.may_release if step is Step.RELEASE else partial(known.may, step)
            ways[step] = [Way(may, check)]
    return next_steps(ways)


def steps_of_request(
    request: CancelRequest, known: StepContext, with_supplier: Refusal | None
) -> list[NextStep]:
    """The steps from the status of a cancellation request, for staff.

    `with_supplier` is the refusal to cancel what was requested from a supplier; None if there is none.
    """

    def can_grant() -> None:
        chosen = still_cancellable(request, known.lines)
        conditions.refuse_grant(request, known.order, known.lines, chosen)
        if with_supplier is not None:
            raise with_supplier

    return next_steps(
        {
            Step.GRANT: [Way(partial(known.may, Step.GRANT), can_grant)],
            Step.DECLINE: [Way(partial(known.may, Step.DECLINE), lambda: conditions.refuse_decline(request))],
        }
    )
