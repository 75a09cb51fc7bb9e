"""When each step of a purchase order can be taken, and which permission it requires: pure functions.

The mutations and `nextSteps` call these functions.
"""

from collections.abc import Sequence

from app.access.permissions import Permission
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.core.steps import LifecycleStep as Step
from app.suppliers.models import PurchaseOrder, PurchaseOrderLine

PERMISSIONS: dict[Step, Permission] = {
    Step.SEND: Permission.PURCHASING_MANAGE,
    Step.EDIT: Permission.PURCHASING_MANAGE,
    Step.CONFIRM: Permission.PURCHASING_MANAGE,
    Step.RECEIVE: Permission.STOCK_MANAGE,
    Step.REVERSE: Permission.STOCK_MANAGE,
    Step.CLOSE: Permission.PURCHASING_MANAGE,
    Step.CANCEL: Permission.PURCHASING_MANAGE,
}


def refuse_sent_to_buyer(order: PurchaseOrder, name: str = "id") -> None:
    """Raise Invalid for a drop-ship purchase order, which follows its fulfillment order."""
    if order.is_drop_ship:
        raise Invalid(
            "This is a drop-ship purchase order. It follows its fulfillment order.",
            name,
            code=ProblemCode.NOT_POSSIBLE_NOW,
        )


def refuse_unreceived(lines: Sequence[PurchaseOrderLine]) -> None:
    """Raise Invalid if nothing was received that could be reversed."""
    if not any(line.received for line in lines):
        raise Invalid("There are no units left to reverse.", "receipt_id", code=ProblemCode.NO_CHANGE)
