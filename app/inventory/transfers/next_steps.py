"""The steps that a caller can take next with a transfer: pure."""

from collections.abc import Collection
from functools import partial
from uuid import UUID

from app.access.permissions import Permission
from app.core.next_steps import NextStep, Way, next_steps, refuse_without
from app.core.steps import LifecycleStep as Step
from app.inventory.transfers import lifecycle as life
from app.inventory.transfers.conditions import end_of, refuse_away
from app.inventory.transfers.models import Transfer


def steps_of_transfer(transfer: Transfer, managed: Collection[UUID]) -> list[NextStep]:
    """The steps from a transfer's status; `managed` are its ends where the caller may change stock."""
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
