"""Who may take each step of a count or a transfer, and where: pure.

The mutations ask this, and so does `nextSteps`.
"""

from uuid import UUID

from app.access.permissions import Permission
from app.core.refusals import Forbidden
from app.core.steps import LifecycleStep as Step
from app.inventory.lifecycle import TransferStatus
from app.inventory.models import Transfer

COUNT_PERMISSIONS: dict[Step, Permission] = {
    Step.SUBMIT: Permission.STOCK_MANAGE,
    Step.APPROVE: Permission.STOCK_APPROVE,
    Step.RECOUNT: Permission.STOCK_APPROVE,
    Step.CANCEL: Permission.STOCK_MANAGE,
}


def end_of(transfer: Transfer, step: Step) -> tuple[UUID, str]:
    """The location where a step of a transfer is taken, and what the transfer does there."""
    if step is not Step.RECEIVE:
        return transfer.source_id, "leaves"
    if transfer.status is TransferStatus.RETURNING:
        return transfer.source_id, "comes back"
    return transfer.destination_id, "arrives"


def refuse_away(is_held: bool, does: str) -> None:
    """Raises Forbidden unless STOCK_MANAGE is held in the location where a transfer does something."""
    if not is_held:
        raise Forbidden(
            f"This needs the permission {Permission.STOCK_MANAGE} in the location where the transfer {does}."
        )
