"""Permissions at the two ends of a transfer: seeing one end is enough to see the transfer; actions require
the permission at their end.
"""

from app.access.permissions import Permission
from app.core.steps import LifecycleStep
from app.core.uow import UnitOfWork
from app.inventory.locations import queries as locations
from app.inventory.transfers.conditions import end_of, refuse_away
from app.inventory.transfers.models import Transfer


async def refuse_away_from(uow: UnitOfWork, transfer: Transfer, step: LifecycleStep) -> None:
    """Check that an actor may change stock at the end of a transfer where a step is taken.

    Raises:
        Forbidden: the actor does not have the permission there.
    """
    place, does = end_of(transfer, step)
    refuse_away(await locations.covers(uow.actor.scope_of(Permission.STOCK_MANAGE), place), does)
