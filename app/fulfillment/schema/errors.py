"""Permission and errors that the mutations of fulfillment share."""

import strawberry

from app.access.permissions import Permission
from app.core import refusals
from app.core.graphql.errors import UserError
from app.core.graphql.policy import needs
from app.fulfillment.refusals import NotReleasable as NotReleasableRefusal
from app.inventory.stock import refusals as stock_refusals

MANAGE = needs(Permission.FULFILLMENT_MANAGE)


@strawberry.type(
    description="The fulfillment order cannot be released to the location yet; `message` contains the reason."
)
class NotReleasable(UserError):
    pass


STEPS = (refusals.IllegalTransition,)
WORK = (*STEPS, NotReleasableRefusal)
TAKES = (*WORK, stock_refusals.InsufficientStock)
