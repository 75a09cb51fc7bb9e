"""What can be done with a count or a transfer next, and by whom: pure."""

from collections.abc import Collection
from functools import partial
from uuid import UUID

from app.access.permissions import Permission
from app.core.next_steps import NextStep, Way, next_steps, refuse_without
from app.core.steps import LifecycleStep as Step
from app.inventory import lifecycle as life
from app.inventory.conditions import COUNT_PERMISSIONS, end_of, refuse_away
from app.inventory.models import StockCount, Transfer

_OF_COUNTS: dict[Step, life.CountStep] = {
    Step.SUBMIT: life.submit_count,
    Step.APPROVE: life.approve_count,
    Step.RECOUNT: life.recount,
    Step.CANCEL: life.cancel_count,
}


def steps_of_count(count: StockCount, held: Collection[Permission]) -> list[NextStep]:
    """The steps from where a count stands, for somebody who has some permissions in its location."""
    return next_steps(
        {
            step: [
                Way(
                    partial(refuse_without, needed := COUNT_PERMISSIONS[step], needed in held),
                    partial(life.count_lifecycle.refuse_unless, count, way),
                )
            ]
            for step, way in _OF_COUNTS.items()
        }
    )


def steps_of_transfer(transfer: Transfer, managed: Collection[UUID]) -> list[NextStep]:
    """The steps from where a transfer stands; `managed` are its ends where the caller changes stock."""
    leads = partial(life.transfer_lifecycle.refuse_unless, transfer)

    def way(step: Step, *steps: life.TransferStep) -> list[Way]:
        place, does = end_of(transfer, step)
        return [Way(partial(refuse_away, place in managed, does), partial(leads, *steps))]

    at_an_end = partial(refuse_without, Permission.STOCK_MANAGE, bool(managed))
    return next_steps(
        {
            Step.SHIP: way(Step.SHIP, life.ship_transfer),
            Step.RECEIVE: way(Step.RECEIVE, life.receive_transfer, life.receive_returned),
            Step.TURN_BACK: [Way(at_an_end, partial(leads, life.turn_transfer_back))],
            Step.CANCEL: way(Step.CANCEL, life.cancel_transfer),
        }
    )
