"""The steps that a caller can take next with a stock count: pure."""

from collections.abc import Collection
from functools import partial

from app.access.permissions import Permission
from app.core.next_steps import NextStep, Way, next_steps, refuse_without
from app.core.steps import LifecycleStep as Step
from app.inventory.counts import lifecycle as life
from app.inventory.counts.conditions import COUNT_PERMISSIONS
from app.inventory.counts.models import StockCount

_STEPS: dict[Step, life.CountStep] = {
    Step.SUBMIT: life.submit_count,
    Step.APPROVE: life.approve_count,
    Step.RECOUNT: life.recount,
    Step.CANCEL: life.cancel_count,
}


def steps_of_count(count: StockCount, held: Collection[Permission]) -> list[NextStep]:
    """The steps from a count's status, for a caller with the given permissions at its location."""
    return next_steps(
        {
            step: [
                Way(
                    partial(refuse_without, needed := COUNT_PERMISSIONS[step], needed in held),
                    partial(life.count_lifecycle.refuse_unless, count, way),
                )
            ]
            for step, way in _STEPS.items()
        }
    )
