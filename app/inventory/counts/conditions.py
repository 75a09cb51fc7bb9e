"""Permissions that the steps of a stock count require: pure.

The mutations and `nextSteps` use the same conditions.
"""

from app.access.permissions import Permission
from app.core.steps import LifecycleStep as Step

COUNT_PERMISSIONS: dict[Step, Permission] = {
    Step.SUBMIT: Permission.STOCK_MANAGE,
    Step.APPROVE: Permission.STOCK_APPROVE,
    Step.RECOUNT: Permission.STOCK_APPROVE,
    Step.CANCEL: Permission.STOCK_MANAGE,
}
