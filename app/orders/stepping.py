"""What can be done with an order next, and why something cannot: pure."""

from typing import Any

from app.access.permissions import Permission
from app.core.actor import Actor, ActorKind
from app.core.stepping import NextStep, forbidden
from app.core.stepping import NextStepReason as Why
from app.core.steps import LifecycleStep as Step
from app.orders.lifecycle import FulfillmentStatus, OrderStatus, WarehouseStage

F, S = FulfillmentStatus, OrderStatus
_LEFT = (F.PARTIALLY_SHIPPED, F.SHIPPED, F.PARTIALLY_DELIVERED, F.DELIVERED)
_ALL_LEFT = (F.SHIPPED, F.DELIVERED)
_OPEN = (Step.HOLD, Step.RELEASE, Step.EDIT, Step.RESCHEDULE, Step.CANCEL, Step.ASK_TO_CANCEL)
# What may be taken in each state, and the permission for it; buyers may some with their own orders.
_STEPS: dict[OrderStatus, tuple[Step, ...]] = {
    S.DRAFT: (Step.PLACE, Step.DELETE),
    S.PLACED: (
        Step.CONFIRM,
        Step.HOLD,
        Step.RELEASE,
        Step.EDIT,
        Step.RESCHEDULE,
        Step.CANCEL,
        Step.ASK_TO_CANCEL,
    ),
    S.CONFIRMED: _OPEN,
}
_NEEDS = {Step.CANCEL: Permission.ORDERS_CANCEL}
_OF_BUYERS = (Step.PLACE, Step.DELETE, Step.CANCEL, Step.ASK_TO_CANCEL)
_OF_GUESTS = (Step.PLACE, Step.DELETE)


def next_steps(order: Any, actor: Actor) -> list[NextStep]:
    """The steps from where an order stands, each allowed or with the reason why not.

    A buyer is shown what buyers can do with an order of their own; a guest, who has its token, can
    place or delete a cart.
    """
    names = _STEPS.get(order.status, ())
    is_own = actor.is_customer and actor.id == order.customer_id
    is_guest = actor.kind is ActorKind.PUBLIC
    if is_own or is_guest:
        names = tuple(name for name in names if name in _OF_BUYERS)
    if not order.open_holds:
        names = tuple(name for name in names if name != Step.RELEASE)
    if is_guest:
        return [_judged_for_guest(name) for name in names]
    return [_judged(name, order, actor, is_own) for name in names]


def _judged_for_guest(name: Step) -> NextStep:
    if name in _OF_GUESTS:
        return NextStep(name)
    return NextStep(name, Why.FORBIDDEN, "This needs an account: sign in, or ask the shop.")


def _judged(name: Step, order: Any, actor: Actor, is_own: bool) -> NextStep:
    needed = _NEEDS.get(name, Permission.ORDERS_MANAGE)
    if not is_own and not actor.scope_of(needed).reaches(order.channel_id):
        return forbidden(name, needed)
    if name == Step.CONFIRM and order.open_holds:
        return NextStep(name, Why.ON_HOLD, "Release its holds first (orderRelease).")
    if name in (Step.EDIT, Step.RESCHEDULE, Step.ASK_TO_CANCEL) and order.fulfillment_status in _ALL_LEFT:
        return NextStep(name, Why.ALREADY_SHIPPED, "All of it has left.")
    if name == Step.CANCEL and order.fulfillment_status in _LEFT:
        return NextStep(
            name,
            Why.ALREADY_SHIPPED,
            "Something of it has left: only lines of the rest can be cancelled.",
        )
    if name == Step.CANCEL and is_own and order.warehouse_stage is WarehouseStage.IN_PROGRESS:
        return NextStep(
            name, Why.TOO_LATE, "The warehouse has begun with it: ask for it (orderCancelRequest)."
        )
    return NextStep(name)
