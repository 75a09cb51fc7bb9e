"""What can be done with a count or a transfer next, and by whom: pure."""

from typing import Any

from app.access.permissions import Permission
from app.core.stepping import NextStep, forbidden
from app.core.steps import LifecycleStep
from app.inventory.lifecycle import CountStatus, TransferStatus, transfer_lifecycle

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


def steps_for_count(count: Any, may_count: bool, may_approve: bool) -> list[NextStep]:
    """The steps from where a count stands, for somebody who may change or approve counts of its location."""
    held = {_COUNTS: may_count, _APPROVES: may_approve}
    steps = _STEPS.get(count.status, {})
    return [NextStep(step) if held[needed] else forbidden(step, needed) for step, needed in steps.items()]


def steps_for_transfer(transfer: Any, at_source: bool, at_destination: bool) -> list[NextStep]:
    """The steps from where a transfer stands, for somebody who may change stock at one end or at both."""
    arrives = at_source if transfer.status is TransferStatus.RETURNING else at_destination
    held = {
        LifecycleStep.SHIP: at_source,
        LifecycleStep.CANCEL: at_source,
        LifecycleStep.RECEIVE: arrives,
        LifecycleStep.TURN_BACK: at_source or at_destination,
    }
    return [
        NextStep(step) if held[step] else forbidden(step, Permission.STOCK_MANAGE)
        for step in transfer_lifecycle.names_from(transfer.status)
    ]
