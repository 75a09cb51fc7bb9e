"""What can be done with an order next, and why something cannot: pure."""

from typing import Any

from app.access.permissions import Permission
from app.core.actor import Actor, ActorKind
from app.core.stepping import NextStep
from app.orders.lifecycle import FulfillmentStatus, OrderStatus, WarehouseStage

F, S = FulfillmentStatus, OrderStatus
_LEFT = (F.PARTIALLY_SHIPPED, F.SHIPPED, F.PARTIALLY_DELIVERED, F.DELIVERED)
_ALL_LEFT = (F.SHIPPED, F.DELIVERED)
# What may be taken in each state, and the permission for it; buyers may some with their own orders.
_STEPS: dict[OrderStatus, tuple[str, ...]] = {
    S.DRAFT: ("place",),
    S.PLACED: ("confirm", "hold", "release", "edit", "reschedule", "cancel", "ask_to_cancel"),
    S.CONFIRMED: ("hold", "release", "edit", "reschedule", "cancel", "ask_to_cancel"),
}
_NEEDS = {"cancel": Permission.ORDERS_CANCEL}
_OF_BUYERS = ("place", "cancel", "ask_to_cancel")


def next_steps(order: Any, actor: Actor) -> list[NextStep]:
    """The steps from where an order stands, each allowed or with the reason why not.

    A buyer is shown what buyers can do with an order of their own; a guest, who has its token, can place it.
    """
    names = _STEPS.get(order.status, ())
    is_own = actor.is_customer and actor.id == order.customer_id
    is_guest = actor.kind is ActorKind.PUBLIC
    if is_own or is_guest:
        names = tuple(name for name in names if name in _OF_BUYERS)
    if not order.open_holds:
        names = tuple(name for name in names if name != "release")
    if is_guest:
        return [_judged_for_guest(name) for name in names]
    return [_judged(name, order, actor, is_own) for name in names]


def _judged_for_guest(name: str) -> NextStep:
    if name == "place":
        return NextStep(name)
    return NextStep(name, "FORBIDDEN", "This needs an account: sign in, or ask the shop.")


def _judged(name: str, order: Any, actor: Actor, is_own: bool) -> NextStep:
    needed = _NEEDS.get(name, Permission.ORDERS_MANAGE)
    if not is_own and not actor.may(needed):
        return NextStep(name, "FORBIDDEN", f"This needs the permission {needed}.")
    if name == "confirm" and order.open_holds:
        return NextStep(name, "ON_HOLD", "Release its holds first (orderRelease).")
    if name in ("edit", "reschedule", "ask_to_cancel") and order.fulfillment_status in _ALL_LEFT:
        return NextStep(name, "ALREADY_SHIPPED", "All of it has left.")
    if name == "cancel" and order.fulfillment_status in _LEFT:
        return NextStep(
            name, "ALREADY_SHIPPED", "Something of it has left: only lines of the rest can be cancelled."
        )
    if name == "cancel" and is_own and order.warehouse_stage is WarehouseStage.IN_PROGRESS:
        return NextStep(name, "TOO_LATE", "The warehouse has begun with it: ask for it (orderCancelRequest).")
    return NextStep(name)
