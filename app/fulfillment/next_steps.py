"""The next steps of a fulfillment order, and why some are not possible: pure functions."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from app.access.permissions import Permission
from app.core.actor import Actor
from app.core.next_steps import NextStep, Way, next_steps, refuse_without
from app.core.refusals import Refusal
from app.core.steps import LifecycleStep
from app.fulfillment import conditions
from app.fulfillment import lifecycle as life
from app.fulfillment.models import FulfillmentOrder, Label, Package
from app.orders.models import Order


@dataclass(frozen=True, slots=True)
class StepContext:
    """A fulfillment order with what its next steps depend on, for one actor."""

    actor: Actor
    row: FulfillmentOrder
    order: Order
    packages: Sequence[Package]
    labels: Sequence[Label | None]
    unasked: Refusal | None  # why its supplier cannot be sent a request

    def may(self, permission: Permission) -> None:
        """Raise Forbidden unless the actor sees it and has a permission for it."""
        for needed in (Permission.FULFILLMENT_VIEW, permission):
            scope = self.actor.scope_of(needed)
            refuse_without(needed, scope.covers(self.row.channel_id, self.row.location_id))

    def can_release(self) -> None:
        conditions.refuse_release(self.row, self.order)
        if self.unasked is not None:
            raise self.unasked

    def can_ship(self) -> None:
        conditions.refuse_ship(self.row, self.order)
        conditions.refuse_labels(self.packages, self.labels)


def steps_of_fulfillment(known: StepContext) -> list[NextStep]:
    """The steps from a fulfillment order's status, each allowed or with the reason why not.

    Steps that follow automatically, such as delivery, are not included.
    """
    row, order = known.row, known.order
    manages = partial(known.may, Permission.FULFILLMENT_MANAGE)
    answers = partial(known.may, Permission.DROP_SHIP_ANSWER)
    leads = partial(life.lifecycle.refuse_unless, row)
    return next_steps(
        {
            LifecycleStep.RELEASE: [Way(manages, known.can_release)],
            LifecycleStep.PICK: [Way(manages, lambda: conditions.refuse_pick(row, order))],
            LifecycleStep.RECALL: [Way(manages, partial(leads, life.recall))],
            LifecycleStep.UNPICK: [Way(manages, partial(leads, life.unpick))],
            LifecycleStep.PACK: [Way(manages, partial(leads, life.pack))],
            LifecycleStep.UNPACK: [Way(manages, partial(leads, life.unpack))],
            LifecycleStep.MAKE_READY: [Way(manages, lambda: conditions.refuse_make_ready(row, order))],
            LifecycleStep.UNDO_READY: [Way(manages, partial(leads, life.undo_ready))],
            LifecycleStep.HAND_OVER: [Way(manages, lambda: conditions.refuse_hand_over(row, order))],
            LifecycleStep.ACCEPT: [Way(answers, partial(leads, life.accept))],
            LifecycleStep.REJECT: [Way(answers, partial(leads, life.reject))],
            LifecycleStep.SHIP: [
                Way(manages, known.can_ship),
                Way(answers, lambda: conditions.refuse_ship_direct(row, order)),
            ],
        }
    )
