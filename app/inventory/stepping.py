"""What can be done with a stock count next, and by whom: pure."""

from typing import Any

from app.access.permissions import Permission
from app.core.actor import Actor
from app.core.stepping import NextStep, forbidden
from app.core.steps import LifecycleStep
from app.inventory.lifecycle import CountStatus

_APPROVES = Permission.STOCK_APPROVE
_COUNTS = Permission.STOCK_MANAGE
# A count whose differences are small completes as it is submitted; a larger one is approved by somebody.
_STEPS: dict[CountStatus, dict[LifecycleStep, Permission]] = {
    CountStatus.OPEN: {LifecycleStep.SUBMIT: _COUNTS, LifecycleStep.CANCEL: _COUNTS},
    CountStatus.SUBMITTED: {
        LifecycleStep.APPROVE: _APPROVES,
        LifecycleStep.RECOUNT: _APPROVES,
        LifecycleStep.CANCEL: _COUNTS,
    },
}


def steps_for_count(actor: Actor, count: Any) -> list[NextStep]:
    steps = _STEPS.get(count.status, {})
    return [
        NextStep(step) if actor.may(needed) else forbidden(step, needed) for step, needed in steps.items()
    ]
