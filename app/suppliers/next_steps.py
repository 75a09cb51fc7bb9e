"""The next steps of a purchase order, and who may take them: pure functions."""

from collections.abc import Collection, Sequence
from functools import partial

from app.access.permissions import Permission
from app.core.next_steps import NextStep, Way, next_steps, refuse_without
from app.core.steps import LifecycleStep as Step
from app.suppliers import lifecycle as life
from app.suppliers.conditions import PERMISSIONS, refuse_sent_to_buyer, refuse_unreceived
from app.suppliers.models import PurchaseOrder, PurchaseOrderLine


def steps_of_purchase(
    order: PurchaseOrder, lines: Sequence[PurchaseOrderLine], held: Collection[Permission]
) -> list[NextStep]:
    """The steps from an order's status, for a caller with the given permissions at its location."""

    def can(step: Step) -> None:
        refuse_sent_to_buyer(order)
        life.lifecycle.refuse_unless(order, *life.lifecycle.named(step))
        if step is Step.REVERSE:
            refuse_unreceived(lines)

    return next_steps(
        {
            step: [Way(partial(refuse_without, needed, needed in held), partial(can, step))]
            for step, needed in PERMISSIONS.items()
        }
    )
