"""Permissions that the steps of a transfer require: pure.

The mutations and `nextSteps` use the same conditions.
"""

from uuid import UUID

from app.access.permissions import Permission
from app.core.refusals import Forbidden
from app.core.steps import LifecycleStep as Step
from app.inventory.transfers.lifecycle import TransferStatus
from app.inventory.transfers.models import Transfer


def end_of(transfer: Transfer, step: Step) -> tuple[UUID, str]:
    """The location where a step of a transfer is taken, and the action there."""
    if step is not Step.RECEIVE:
        return transfer.source_id, "leaves"
    if transfer.status is TransferStatus.RETURNING:
        return transfer.source_id, "comes back"
    return transfer.destination_id, "arrives"


def refuse_away(is_held: bool, does: str) -> None:
    """Raise Forbidden unless STOCK_MANAGE is held at the location of an action."""
    if not is_held:
        raise Forbidden(
            f"This needs the permission {Permission.STOCK_MANAGE} for the location where the transfer {does}."
        )
